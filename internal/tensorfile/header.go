package tensorfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// maxHeader is the safetensors format's own limit to a header.
const maxHeader = 100_000_000

// span is a tensor that the header of a safetensors file describes, and where in the data its elements are.
type span struct {
	Tensor
	from, to int64
}

// tensorBytes is about what a tensor takes in memory besides its elements and the letters of its name.
const tensorBytes = 224

// header reads the header of a safetensors file: a JSON object of tensors and perhaps one entry for metadata. It
// knows this one form of JSON, and so takes memory for nothing else, however deep others nest.
type header struct {
	text []byte
	at   int

	spans    []span
	metadata map[string]string
	free     int // memory that what the header describes may still take
}

// parseHeader reads a header, which begins at byte 8 of a file of so many bytes. The tensors, sorted by name, cover
// the data behind it without gap or overlap.
func parseHeader(text []byte, file int64) ([]span, map[string]string, error) {
	if !utf8.Valid(text) {
		return nil, nil, errors.New("header is not UTF-8")
	}
	h := &header{text: text, free: 2*int(file) + 48<<20}
	h.spans = make([]span, 0, min(bytes.Count(text, []byte(`"dtype"`)), h.free/tensorBytes))
	if err := h.entries(); err != nil {
		return nil, nil, errors.WithMessagef(err, "header, byte %d", 8+h.at)
	}
	h.sort()
	for i := 1; i < len(h.spans); i++ {
		if h.spans[i].Name == h.spans[i-1].Name {
			return nil, nil, errors.Errorf("header: two entries are named %.80q", h.spans[i].Name)
		}
	}
	if err := h.covers(file - int64(8+len(text))); err != nil {
		return nil, nil, err
	}
	h.sort()
	return h.spans, h.metadata, nil
}

// sort sorts the tensors by name.
func (h *header) sort() {
	slices.SortFunc(h.spans, func(a, b span) int { return strings.Compare(a.Name, b.Name) })
}

// covers finds out whether the tensors cover so many bytes of data.
func (h *header) covers(data int64) error {
	slices.SortFunc(h.spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	end := int64(0)
	for _, s := range h.spans {
		if s.from != end {
			return errors.Errorf("tensor %.80q: data_offsets begin at %d, want %d, where the one before ends", s.Name, s.from, end)
		}
		end = s.to
	}
	if end != data {
		return errors.Errorf("the file has %d bytes of data behind the header, want %d: it is incomplete, or has too many", data, end)
	}
	return nil
}

// quote is a short piece of what comes next.
func (h *header) quote() string {
	const most = 40
	return strconv.Quote(string(h.text[h.at:min(h.at+most, len(h.text))]))
}

// next skips white space and takes c, if it comes next.
func (h *header) next(c byte) bool {
	for h.at < len(h.text) && bytes.IndexByte([]byte(" \t\r\n"), h.text[h.at]) >= 0 {
		h.at++
	}
	ok := h.at < len(h.text) && h.text[h.at] == c
	if ok {
		h.at++
	}
	return ok
}

func (h *header) want(c byte) error {
	if !h.next(c) {
		return errors.Errorf("%s, want %q", h.quote(), c)
	}
	return nil
}

// list reads what is between brackets, separated by commas.
func (h *header) list(open, end byte, item func() error) error {
	if err := h.want(open); err != nil {
		return err
	}
	if h.next(end) {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if h.next(end) {
			return nil
		}
		if err := h.want(','); err != nil {
			return err
		}
	}
}

// object reads an object. It gives the key of each entry as it is in the file, with its quotes.
func (h *header) object(value func(key []byte) error) error {
	return h.list('{', '}', func() error {
		key, err := h.raw()
		if err != nil {
			return err
		}
		if err := h.want(':'); err != nil {
			return err
		}
		return value(key)
	})
}

// raw reads a string and gives it as it is in the file, with its quotes.
func (h *header) raw() ([]byte, error) {
	if err := h.want('"'); err != nil {
		return nil, err
	}
	from := h.at - 1
	for ; h.at < len(h.text); h.at++ {
		switch h.text[h.at] {
		case '\\':
			h.at++
		case '"':
			h.at++
			return h.text[from:h.at], nil
		}
	}
	h.at = from
	return nil, errors.Errorf("string %s does not end", h.quote())
}

// unquote is the string that raw gave.
func (h *header) unquote(raw []byte) (s string, err error) {
	inside := raw[1 : len(raw)-1]
	if h.free -= len(inside); h.free < 0 {
		return "", errTooMany
	}
	if bytes.IndexByte(inside, '\\') < 0 && bytes.IndexFunc(inside, func(r rune) bool { return r < ' ' }) < 0 {
		return string(inside), nil
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

// errTooMany ends what would take far more memory than the file has bytes.
var errTooMany = errors.New("describes far more than a file of this size can hold")

func (h *header) number() (n int64, err error) {
	h.next(0)
	from := h.at
	for ; h.at < len(h.text) && '0' <= h.text[h.at] && h.text[h.at] <= '9'; h.at++ {
		digit := int64(h.text[h.at] - '0')
		if n > (math.MaxInt64-digit)/10 {
			h.at = from
			break
		}
		n = 10*n + digit
	}
	if h.at == from || h.text[from] == '0' && h.at > from+1 {
		h.at = from
		return 0, errors.Errorf("%s, want a whole number from 0 to 2⁶³−1", h.quote())
	}
	return n, nil
}

func (h *header) entries() error {
	err := h.object(func(key []byte) error {
		if string(key) == `"__metadata__"` {
			return h.readMetadata()
		}
		name, err := h.unquote(key)
		if err != nil {
			return err
		}
		if h.free -= tensorBytes; h.free < 0 {
			return errTooMany
		}
		s := span{Tensor: Tensor{Name: name}}
		if err := h.tensor(&s); err != nil {
			return errors.WithMessagef(err, "tensor %.80q", name)
		}
		h.spans = append(h.spans, s)
		return nil
	})
	if err == nil && (h.next(0) || h.at != len(h.text)) {
		err = errors.Errorf("%s after the object", h.quote())
	}
	return err
}

func (h *header) readMetadata() error {
	if h.metadata != nil {
		return errors.New("two entries are named __metadata__")
	}
	h.metadata = map[string]string{}
	return h.object(func(key []byte) error {
		name, err := h.unquote(key)
		if err != nil {
			return err
		}
		if _, ok := h.metadata[name]; ok {
			return errors.Errorf("__metadata__: two entries are named %.80q", name)
		}
		raw, err := h.raw()
		if err != nil {
			return errors.WithMessagef(err, "__metadata__ %.80q", name)
		}
		if h.free -= 160; h.free < 0 { // of an entry of the map
			return errTooMany
		}
		h.metadata[name], err = h.unquote(raw)
		return err
	})
}

// tensor reads the description of a tensor.
func (h *header) tensor(s *span) error {
	var seen [3]bool
	err := h.object(func(key []byte) error { return h.field(key, s, &seen) })
	if err == nil && seen != [3]bool{true, true, true} {
		err = errors.New("want keys dtype, shape and data_offsets")
	}
	if err != nil {
		return err
	}
	n, ok := elements(s.Shape)
	width := int64(dtypes[s.DType].size)
	if !ok || s.from > s.to || int64(n) != (s.to-s.from)/width || (s.to-s.from)%width != 0 {
		return errors.Errorf("shape %v of type %s does not fit data_offsets %d to %d", s.Shape, s.DType, s.from, s.to)
	}
	return nil
}

// field reads a field of the description of a tensor.
func (h *header) field(key []byte, s *span, seen *[3]bool) (err error) {
	known := slices.Index([]string{`"dtype"`, `"shape"`, `"data_offsets"`}, string(key))
	switch {
	case known < 0:
		return errors.Errorf("entry %.40s, want keys dtype, shape and data_offsets", key)
	case seen[known]:
		return errors.Errorf("two entries are named %s", key)
	}
	seen[known] = true
	switch known {
	case 0:
		raw, err := h.raw()
		if err != nil {
			return err
		}
		for name := range dtypes {
			if len(raw) == len(name)+2 && string(raw[1:len(raw)-1]) == name {
				s.DType = name
				return nil
			}
		}
		return errors.Errorf("type %.40s, want F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I or U with 8 to 64 bits, or BOOL", raw)
	case 1:
		s.Shape = []int{}
		return errors.WithMessage(h.list('[', ']', func() error {
			n, err := h.number()
			if err == nil && (int64(int(n)) != n || len(s.Shape) == maxAxes) {
				err = errors.Errorf("want at most %d axes of lengths up to %d", maxAxes, math.MaxInt)
			}
			if h.free -= 16; err == nil && h.free < 0 {
				err = errTooMany
			}
			s.Shape = append(s.Shape, int(n))
			return err
		}), "shape")
	}
	count := 0
	err = h.list('[', ']', func() error {
		n, err := h.number()
		s.from, s.to = s.to, n
		if count++; err == nil && count > 2 {
			err = errors.New("more than two numbers")
		}
		return err
	})
	if err == nil && count != 2 {
		err = errors.New("want two numbers")
	}
	return errors.WithMessage(err, "data_offsets")
}
