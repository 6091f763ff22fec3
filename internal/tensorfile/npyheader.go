package tensorfile

import (
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// npyMagic starts a .npy file.
const npyMagic = "\x93NUMPY"

// maxNPYHeader bounds the header of a .npy file. Only the many fields of a structured type need more.
const maxNPYHeader = 1 << 16

// npyHeader is what a .npy file says of its array, see numpy.lib.format.
type npyHeader struct {
	shape  []int
	dtype  string // under its name in the safetensors format
	big    bool   // elements are big-endian
	column bool   // the first axis moves fastest: Fortran order
	bytes  int64  // of the header with all that is before it
}

// readNPYHeader reads the beginning of a .npy file of so many bytes, all of which the array must need.
func readNPYHeader(r io.Reader, size int64) (h npyHeader, err error) {
	b := make([]byte, 12)
	if n, err := io.ReadFull(r, b[:10]); err != nil || string(b[:6]) != npyMagic {
		return h, errors.Errorf("is not a .npy file: byte 0: %q, want %q and a header", b[:min(n, 6)], npyMagic)
	}
	length := int64(little.Uint16(b[8:]))
	h.bytes = 10 + length
	switch b[6] {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, b[10:]); err != nil {
			return h, errors.Wrap(err, "byte 10")
		}
		length = int64(little.Uint32(b[8:]))
		h.bytes = 12 + length
	default:
		return h, errors.Errorf("byte 6: format version %d.%d, want 1.0, 2.0 or 3.0", b[6], b[7])
	}
	if b[7] != 0 {
		return h, errors.Errorf("byte 7: format version %d.%d, want 1.0, 2.0 or 3.0", b[6], b[7])
	}
	if h.bytes > size {
		return h, errors.Errorf("byte 8: the header ends at byte %d, and the file at %d: it is cut", h.bytes, size)
	}
	if length > maxNPYHeader {
		return h, errors.Errorf("byte 8: the header has %d bytes, want at most %d", length, maxNPYHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, errors.Wrap(err, "header")
	}
	p := literal{text: string(text), from: int(h.bytes - length)}
	if err := p.header(&h); err != nil {
		return h, err
	}
	n, ok := elements(h.shape)
	width := dtypes[h.dtype].size
	if !ok || n > math.MaxInt/width {
		return h, errors.Errorf("shape %v is too large", h.shape)
	}
	if got, want := size-h.bytes, int64(n)*int64(width); got != want {
		return h, errors.Errorf("byte %d: %d bytes of elements, want %d for shape %v of type %s", h.bytes, got, want, h.shape, h.dtype)
	}
	return h, nil
}

// literal reads the header of a .npy file: a Python dict of three entries.
type literal struct {
	text string
	at   int
	from int // where in the file the text begins
}

// errorf is an error about what comes next.
func (p *literal) errorf(format string, args ...any) error {
	return errors.Wrapf(errors.Errorf(format, args...), "header, byte %d", p.from+p.at)
}

// next skips white space and takes s, if it comes next.
func (p *literal) next(s string) bool {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	ok := strings.HasPrefix(p.text[p.at:], s)
	if ok {
		p.at += len(s)
	}
	return ok
}

// quote is a short piece of what comes next.
func (p *literal) quote() string {
	const most = 60
	if rest := p.text[p.at:]; len(rest) > most {
		return strconv.Quote(rest[:most]) + " …"
	}
	return strconv.Quote(p.text[p.at:])
}

func (p *literal) header(h *npyHeader) error {
	if !p.next("{") {
		return p.errorf("%s, want a Python dict {'descr': …, 'fortran_order': …, 'shape': …}", p.quote())
	}
	seen := map[string]bool{}
	for !p.next("}") {
		if len(seen) > 0 && !p.next(",") {
			return p.errorf("%s, want a comma or }", p.quote())
		}
		if len(seen) > 0 && p.next("}") {
			break
		}
		key, err := p.string()
		if err != nil {
			return err
		}
		if seen[key] {
			return p.errorf("two entries are named %q", key)
		}
		seen[key] = true
		if !p.next(":") {
			return p.errorf("%s, want a colon", p.quote())
		}
		if err := p.value(key, h); err != nil {
			return err
		}
	}
	if p.next(""); p.at != len(p.text) {
		return p.errorf("%s after the dict", p.quote())
	}
	if !seen["descr"] || !seen["fortran_order"] || !seen["shape"] {
		return p.errorf("want entries descr, fortran_order and shape")
	}
	return nil
}

// value reads the value of an entry.
func (p *literal) value(key string, h *npyHeader) (err error) {
	switch key {
	case "descr":
		if p.next(""); strings.IndexByte("'\"u", (p.text + " ")[p.at]) < 0 {
			return p.errorf("elements of the structured type %s: save its fields one by one, as np.savez(path, **{k: a[k] for k in a.dtype.names})", p.quote())
		}
		var descr string
		if descr, err = p.string(); err == nil {
			h.dtype, h.big, err = npyType(descr)
		}
	case "fortran_order":
		if h.column = p.next("True"); !h.column && !p.next("False") {
			err = p.errorf("fortran_order is %s, want True or False", p.quote())
		}
	case "shape":
		h.shape, err = p.shape()
	default:
		err = p.errorf("entry %.40q, want descr, fortran_order and shape", key)
	}
	return err
}

// string reads a Python string, which here has no escapes.
func (p *literal) string() (string, error) {
	p.next("")
	p.next("u") // of a unicode string in Python 2
	for _, q := range []string{"'", `"`} {
		if !strings.HasPrefix(p.text[p.at:], q) {
			continue
		}
		s, _, ok := strings.Cut(p.text[p.at+1:], q)
		if !ok || strings.Contains(s, `\`) {
			return "", p.errorf("string %s does not end, or has escapes", p.quote())
		}
		p.at += len(s) + 2
		return s, nil
	}
	return "", p.errorf("%s, want a string", p.quote())
}

// shape reads a tuple of lengths.
func (p *literal) shape() ([]int, error) {
	if !p.next("(") {
		return nil, p.errorf("shape is %s, want a tuple of lengths", p.quote())
	}
	shape := []int{}
	for !p.next(")") {
		if len(shape) > 0 && !p.next(",") {
			return nil, p.errorf("shape: %s, want a comma or )", p.quote())
		}
		if len(shape) > 0 && p.next(")") {
			break
		}
		if len(shape) == maxAxes {
			return nil, p.errorf("shape has more than %d axes", maxAxes)
		}
		p.next("")
		digits := len(p.text) - p.at - len(strings.TrimLeft(p.text[p.at:], "0123456789"))
		n, err := strconv.Atoi(p.text[p.at : p.at+digits])
		if err != nil {
			return nil, p.errorf("shape: %s, want a length from 0 to %d", p.quote(), math.MaxInt)
		}
		p.at += digits
		if strings.HasPrefix(p.text[p.at:], "L") { // Python 2
			p.at++
		}
		shape = append(shape, n)
	}
	return shape, nil
}

// npyTypes has the types by NumPy's kind and size, its one-letter codes and its names. NumPy's own files have only
// the first.
var npyTypes = map[string]string{
	"f8": "F64", "f4": "F32", "f2": "F16", "b1": "BOOL",
	"i8": "I64", "i4": "I32", "i2": "I16", "i1": "I8", "u8": "U64", "u4": "U32", "u2": "U16", "u1": "U8",

	"d": "F64", "f": "F32", "e": "F16", "?": "BOOL", "q": "I64", "i": "I32", "h": "I16", "b": "I8",
	"Q": "U64", "I": "U32", "H": "U16", "B": "U8",

	"float64": "F64", "float32": "F32", "float16": "F16", "bool": "BOOL",
	"int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
	"uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8",
}

// npyRefused says what is to be done about kinds of elements that are no real numbers.
var npyRefused = []struct{ prefix, what string }{
	{"O", "Python objects, which only Python can read: a dict d is saved as np.savez(path, **d), and a ragged list as one padded array and its lengths"},
	{"c", "complex numbers: save a.real and a.imag"},
	{"F", "complex numbers: save a.real and a.imag"},
	{"D", "complex numbers: save a.real and a.imag"},
	{"f16", "long doubles, which differ between machines: save a.astype('float64')"},
	{"f12", "long doubles, which differ between machines: save a.astype('float64')"},
	{"g", "long doubles, which differ between machines: save a.astype('float64')"},
	{"U", "text: save numbers"},
	{"S", "text: save numbers"},
	{"M", "dates: save them as numbers, as a.astype('int64') is"},
	{"m", "time differences: save them as numbers, as a.astype('int64') is"},
	{"V2", "bytes of no known meaning, as NumPy saves bfloat16: save a.astype('float32')"},
	{"V", "bytes of no known meaning: save numbers"},
}

// errText is the error for arrays of text.
type errText struct{ error }

// npyType finds a type by NumPy's description of it: an order of bytes (< or >, or none; = is little-endian), a kind
// and a size.
func npyType(descr string) (dtype string, big bool, err error) {
	plain := descr
	if descr != "" && strings.IndexByte("<>=|", descr[0]) >= 0 {
		big, plain = descr[0] == '>', descr[1:]
	}
	dtype, ok := npyTypes[plain]
	if ok && (descr[0] != '|' || dtypes[dtype].size == 1) {
		return dtype, big, nil
	}
	for _, r := range npyRefused {
		if strings.HasPrefix(plain, r.prefix) {
			err := errors.Errorf("elements of type %.40q are %s", descr, r.what)
			if r.prefix == "U" || r.prefix == "S" {
				return "", false, errText{err}
			}
			return "", false, err
		}
	}
	return "", false, errors.Errorf("elements of type %.40q, want floats of 16 to 64 bits, whole numbers of 8 to 64 bits or booleans", descr)
}
