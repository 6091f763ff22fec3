package tensorfile

import (
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/nlpodyssey/safetensors"
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/atomicfile"
)

// ReadSafetensors reads a file of the safetensors format: its tensors, sorted by name, and its
// metadata, nil if it has none.
func ReadSafetensors(path string) (tensors []Tensor, metadata map[string]string, err error) {
	b, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	tensors, metadata, err = parseSafetensors(b)
	return tensors, metadata, inFile(err, path)
}

// parseSafetensors reads the content of a file. The library checks that each tensor's bytes fit
// its shape and type, and that the tensors cover the data without gap or overlap.
func parseSafetensors(b []byte) ([]Tensor, map[string]string, error) {
	if len(b) < 9 || b[8] != '{' {
		return nil, nil, errors.New("not a safetensors file: want a length of 8 bytes, then a JSON object")
	}
	if n := little.Uint64(b); n > uint64(min(maxIndex, len(b)-8)) {
		return nil, nil, errors.Errorf("header: length %d at byte 0, want at most %d", n, min(maxIndex, len(b)-8))
	}
	n, header, err := safetensors.ReadMetadata(b)
	if err != nil {
		return nil, nil, errors.WithMessage(err, "header")
	}
	// The library takes one of several entries of one name, and alters names that are not
	// UTF-8.
	if err := checkKeys(b[8 : 8+n]); err != nil {
		return nil, nil, errors.WithMessage(err, "header")
	}

	infos, data := header.Tensors(), b[8+n:]
	tensors := make([]Tensor, 0, len(infos))
	for _, name := range slices.Sorted(maps.Keys(infos)) {
		t, err := newTensor(name, infos[name], data)
		if err != nil {
			return nil, nil, errors.WithMessagef(err, "tensor %q", name)
		}
		tensors = append(tensors, t)
	}
	return tensors, header.Metadata(), nil
}

// newTensor decodes a tensor that the header describes.
func newTensor(name string, info *safetensors.TensorInfo, data []byte) (Tensor, error) {
	t := Tensor{Name: name, Shape: make([]int, len(info.Shape)), DType: info.DType.String()}
	for i, d := range info.Shape {
		if d > math.MaxInt { // possible beside an axis of length 0
			return t, errors.Errorf("axis %d has length %d", i, d)
		}
		t.Shape[i] = int(d)
	}
	d := dtypes[t.DType]
	b := data[info.DataOffsets[0]:info.DataOffsets[1]]
	t.Data = make([]float64, len(b)/d.size)
	for i := range t.Data {
		t.Data[i] = d.decode(b[i*d.size:])
	}
	return t, checkExact(t.DType, t.Data)
}

// WriteSafetensors writes a file of the safetensors format: the tensors, of type F64 or F32, and
// metadata, which may be nil. The same tensors and metadata, in any order, make the same bytes.
// The file replaces what was at path only when it is complete.
//
// Names must be unique, and the elements of F32 tensors float32 values: rounding is the
// caller's decision.
func WriteSafetensors(path string, tensors []Tensor, metadata map[string]string) error {
	b, err := encodeSafetensors(tensors, metadata)
	if err != nil {
		return inFile(err, path)
	}
	return errors.Wrap(atomicfile.Write(path, b), "tensorfile")
}

// encodeSafetensors makes the content of a file.
func encodeSafetensors(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	views := make(map[string]view, len(tensors))
	for _, t := range tensors {
		if _, ok := views[t.Name]; ok {
			return nil, errors.Errorf("two tensors are named %q", t.Name)
		}
		v, err := newView(t)
		if err != nil {
			return nil, errors.WithMessagef(err, "tensor %q", t.Name)
		}
		views[t.Name] = v
	}
	for k, v := range metadata {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return nil, errors.Errorf("metadata %q: %q is not UTF-8", k, v)
		}
	}
	b, err := safetensors.Serialize(views, metadata)
	if err != nil {
		return nil, err
	}
	if n := little.Uint64(b); n > maxIndex {
		return nil, errors.Errorf("header: length %d, want at most %d", n, maxIndex)
	}
	return b, nil
}

// view shows a tensor to the library, whose own type for this refuses scalars.
type view struct {
	dtype safetensors.DType
	shape []uint64
	data  []float64
}

func newView(t Tensor) (view, error) {
	v := view{dtype: safetensors.F64, shape: make([]uint64, len(t.Shape)), data: t.Data}
	if t.Name == "" || t.Name == "__metadata__" || !utf8.ValidString(t.Name) {
		return v, errors.New("a tensor cannot have this name")
	}
	if n, ok := elements(t.Shape); !ok || n != len(t.Data) {
		return v, errors.Errorf("shape %v does not fit %d elements", t.Shape, len(t.Data))
	}
	for i, d := range t.Shape {
		v.shape[i] = uint64(d)
	}
	switch t.DType {
	case "", "F64":
	case "F32":
		v.dtype = safetensors.F32
		for i, x := range t.Data {
			if float64(float32(x)) != x && !math.IsNaN(x) {
				return v, errors.Errorf("element %d is %v, which is no float32", i, x)
			}
		}
	default:
		return v, errors.Errorf("type is %q, want F64 or F32", t.DType)
	}
	return v, nil
}

func (v view) DType() safetensors.DType { return v.dtype }
func (v view) Shape() []uint64          { return v.shape }
func (v view) DataLen() uint64          { return uint64(len(v.data)) * v.dtype.Size() }

func (v view) Data() []byte {
	b := make([]byte, 0, v.DataLen())
	for _, x := range v.data {
		if v.dtype == safetensors.F32 {
			b = little.AppendUint32(b, math.Float32bits(float32(x)))
		} else {
			b = little.AppendUint64(b, math.Float64bits(x))
		}
	}
	return b
}
