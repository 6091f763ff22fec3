// Package tensorfile keeps named tensors in files: it reads and writes the safetensors format,
// and reads .npy and .npz files and PyTorch checkpoints. A file is never trusted: whatever its bytes, a reader returns
// tensors or an error that names the file, runs nothing that the file holds, and needs memory in
// proportion to the file's size.
package tensorfile

import (
	"bytes"
	"math"
	"math/bits"
	"os"
	"strings"

	"github.com/pkg/errors"
)

// Tensor is a named tensor.
type Tensor struct {
	Name string

	// Shape holds the length of each axis; a scalar has none.
	Shape []int

	// DType is the type of the elements, under the names of the safetensors format: F64, F32,
	// F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 or BOOL.
	DType string

	// raw holds the elements as the file does, little-endian, the last axis moving fastest:
	// decoded, those of a narrow type would be eight times larger.
	raw []byte
}

// NewTensor makes a tensor of elements of a type, under its name in the safetensors format,
// little-endian, the last axis moving fastest. It keeps raw.
func NewTensor(name string, shape []int, dtype string, raw []byte) (Tensor, error) {
	size, ok := Size(dtype)
	if !ok {
		return Tensor{}, errors.Errorf("type is %.40q, want one of real numbers", dtype)
	}
	if n, ok := elements(shape); !ok || n != len(raw)/size || len(raw)%size != 0 {
		return Tensor{}, errors.Errorf("shape %v of type %s does not fit %d bytes", shape, dtype, len(raw))
	}
	return Tensor{name, shape, dtype, raw}, nil
}

// FromFloats makes a tensor of type F64 or F32. The data, the last axis moving fastest, are copied;
// those that do not fit the shape are found out when the tensor is written.
func FromFloats[F Float](name string, shape []int, data []F) Tensor {
	t := Tensor{Name: name, Shape: shape}
	switch data := any(data).(type) {
	case []float32:
		t.DType, t.raw = "F32", make([]byte, 0, 4*len(data))
		for _, x := range data {
			t.raw = little.AppendUint32(t.raw, math.Float32bits(x))
		}
	case []float64:
		t.DType, t.raw = "F64", make([]byte, 0, 8*len(data))
		for _, x := range data {
			t.raw = little.AppendUint64(t.raw, math.Float64bits(x))
		}
	}
	return t
}

// Len is the number of elements.
func (t Tensor) Len() int {
	size, _ := Size(t.DType)
	return len(t.raw) / max(size, 1)
}

// Raw are the elements as a file has them: little-endian, the last axis moving fastest. They are
// the tensor's own.
func (t Tensor) Raw() []byte { return t.raw }

// Float64s decodes the elements, the last axis moving fastest. float64 holds those of every type
// exactly; integers beyond ±2⁵³ are an error.
func (t Tensor) Float64s() ([]float64, error) { return Floats[float64](t) }

// Floats decodes the elements as [Decode] does, the last axis moving fastest.
func Floats[F Float](t Tensor) ([]F, error) {
	data := make([]F, t.Len())
	if err := Decode(data, t.DType, t.raw); err != nil {
		return nil, errors.WithMessagef(err, "tensor %.80q", t.Name)
	}
	return data, nil
}

// Read reads all tensors, sorted by name, of a .npy, .npz or safetensors file or a PyTorch checkpoint,
// whichever the content says it is. See [ReadPTH] on checkpoints. The tensor of a .npy file has the file's
// name without the ending. Arrays of text in .npz files are left out.
func Read(path string) ([]Tensor, error) {
	f, err := Open(path, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tensors, err := f.tensors()
	return tensors, inFile(err, path)
}

// inFile names the file that an error is about, and bounds the text: it may quote much of a
// hostile file.
func inFile(err error, path string) error {
	const most = 400
	if err != nil && len(err.Error()) > most {
		err = errors.New(strings.ToValidUTF8(err.Error()[:most], "") + " …")
	}
	return errors.Wrap(err, path)
}

// readFile reads a regular file.
func readFile(path string) ([]byte, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// isPTH tells whether b starts as a PyTorch checkpoint or another pickle does, of the protocols 2 to 5.
func isPTH(b []byte) bool {
	return bytes.HasPrefix(b, zipMagic) || len(b) > 1 && b[0] == 0x80 && b[1] <= 5
}

// elements is the number of elements of a shape; ok tells that no length is negative and that
// the number fits an int.
func elements(shape []int) (n int, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		high, low := bits.Mul(uint(n), uint(d))
		if high != 0 || int(low) < 0 {
			return 0, false
		}
		n = int(low)
	}
	return n, true
}
