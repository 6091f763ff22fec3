package cases

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models/train"
)

// Weights of a PyTorch model as safetensors.torch.save_file writes them (safetensors/safetensors#598,
// mlverse/safetensors#11): into a state dict, as those of a .pth file, in F32, F16 and BF16.
func TestCase05SafetensorsImport(t *testing.T) {
	r := begin(t, "05")
	dir := t.TempDir()
	f32 := func(x float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)) }
	bf16 := func(x float32) []byte { return binary.LittleEndian.AppendUint16(nil, uint16(math.Float32bits(x)>>16)) }
	f16 := func(x float32) []byte { // 1 to 6 are normal numbers
		b := math.Float32bits(x)
		return binary.LittleEndian.AppendUint16(nil, uint16(b>>13&0x3ff|(b>>23-112)<<10))
	}
	for _, c := range []struct {
		dtype  string
		encode func(float32) []byte
	}{{"F32", f32}, {"F16", f16}, {"BF16", bf16}} {
		path := filepath.Join(dir, c.dtype+".safetensors")
		r.must(writeSafetensors(path, c.dtype, c.encode))
		r.weights("safetensors of PyTorch, "+c.dtype+", by models.ReadStateDict", path)
	}
	_, err := train.Load(filepath.Join(dir, "F32.safetensors"))
	r.check("control: train.Load says that it is no checkpoint of this module", err != nil, "%v", err)
}

// writeSafetensors makes a file with fc.weight [2, 3] = 1 … 6 and another tensor, as PyTorch users have.
func writeSafetensors(path, dtype string, encode func(float32) []byte) error {
	var data []byte
	for i := range 6 {
		data = append(data, encode(float32(i+1))...)
	}
	end := len(data)
	data = append(data, make([]byte, 8)...)
	header, err := json.Marshal(map[string]any{
		"__metadata__":           map[string]string{"format": "pt"},
		"fc.weight":              map[string]any{"dtype": dtype, "shape": []int{2, 3}, "data_offsets": []int{0, end}},
		"bn.num_batches_tracked": map[string]any{"dtype": "I64", "shape": []int{}, "data_offsets": []int{end, end + 8}},
	})
	if err != nil {
		return err
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return os.WriteFile(path, append(append(b, header...), data...), 0o644)
}
