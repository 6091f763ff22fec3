package tensorfile

import (
	"io"
	"slices"
	"strings"
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

// parseSafetensors reads the content of a file. The tensors' elements are parts of it.
func parseSafetensors(b []byte) ([]Tensor, map[string]string, error) {
	n, err := headerLen(b[:min(len(b), 9)], int64(len(b)))
	if err != nil {
		return nil, nil, err
	}
	spans, metadata, err := parseHeader(b[8:8+n], int64(len(b)))
	if err != nil {
		return nil, nil, err
	}
	return tensorsOf(spans, b[8+n:]), metadata, nil
}

// tensorsOf are the tensors whose elements are in the data.
func tensorsOf(spans []span, data []byte) []Tensor {
	tensors := make([]Tensor, len(spans))
	for i, s := range spans {
		tensors[i] = s.Tensor
		tensors[i].raw = data[s.from:s.to:s.to]
	}
	return tensors
}

// headerLen is the length of the header of a file of so many bytes, by its first nine.
func headerLen(first []byte, file int64) (int, error) {
	if len(first) < 9 || first[8] != '{' {
		return 0, errors.New("not a safetensors file: want a length of 8 bytes, then a JSON object")
	}
	most := uint64(min(maxHeader, file-8))
	if n := little.Uint64(first); n > most {
		return 0, errors.Errorf("header: length %d at byte 0, want at most %d", n, most)
	}
	return int(little.Uint64(first)), nil
}

// safetensorsFile is a file whose tensors stay in it.
type safetensorsFile struct {
	r     io.ReaderAt
	size  int64
	data  int64  // where the elements begin
	spans []span // sorted by name
}

func openSafetensors(f io.ReaderAt, file int64) (*safetensorsFile, error) {
	first := make([]byte, 9)
	k, err := f.ReadAt(first, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	n, err := headerLen(first[:k], file)
	if err != nil {
		return nil, err
	}
	text := make([]byte, n)
	if _, err := f.ReadAt(text, 8); err != nil {
		return nil, errors.WithMessage(err, "header")
	}
	spans, _, err := parseHeader(text, file)
	if err != nil {
		return nil, err
	}
	return &safetensorsFile{f, file, int64(8 + n), spans}, nil
}

// tensors reads all elements in one piece: there may be very many tensors of a few.
func (f *safetensorsFile) tensors() ([]Tensor, error) {
	data := make([]byte, f.size-f.data)
	if _, err := io.ReadFull(io.NewSectionReader(f.r, f.data, int64(len(data))), data); err != nil {
		return nil, err
	}
	return tensorsOf(f.spans, data), nil
}

func (f *safetensorsFile) names() []string {
	names := make([]string, len(f.spans))
	for i, s := range f.spans {
		names[i] = s.Name
	}
	return names
}

func (f *safetensorsFile) array(name string) (*Array, error) {
	i, _ := slices.BinarySearchFunc(f.spans, name, func(s span, name string) int { return strings.Compare(s.Name, name) })
	s := f.spans[i]
	return &Array{Name: s.Name, Shape: s.Shape, DType: s.DType, r: io.NewSectionReader(f.r, f.data+s.from, s.to-s.from)}, nil
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
	return atomicfile.Write(path, b)
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
	if n := little.Uint64(b); n > maxHeader {
		return nil, errors.Errorf("header: length %d, want at most %d", n, maxHeader)
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
