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
	t.raw = data[info.DataOffsets[0]:info.DataOffsets[1]]
	return t, nil
}

// WriteSafetensors writes a file of the safetensors format: the tensors and metadata, which may be
// nil. The same tensors and metadata, in any order, make the same bytes.
// The file replaces what was at path only when it is complete.
//
// Names must be unique.
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
	data  []byte
}

func newView(t Tensor) (view, error) {
	v := view{shape: make([]uint64, len(t.Shape)), data: t.raw}
	if t.Name == "" || t.Name == "__metadata__" || !utf8.ValidString(t.Name) {
		return v, errors.New("a tensor cannot have this name")
	}
	var err error
	if v.dtype, err = safetensors.ParseDType(t.DType); err != nil {
		return v, err
	}
	if n, ok := elements(t.Shape); !ok || n != t.Len() {
		return v, errors.Errorf("shape %v does not fit %d elements", t.Shape, t.Len())
	}
	for i, d := range t.Shape {
		v.shape[i] = uint64(d)
	}
	return v, nil
}

func (v view) DType() safetensors.DType { return v.dtype }
func (v view) Shape() []uint64          { return v.shape }
func (v view) DataLen() uint64          { return uint64(len(v.data)) }
func (v view) Data() []byte             { return v.data }
