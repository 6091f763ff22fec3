package matfile

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"io"

	"github.com/pkg/errors"
)

const (
	header  = 128 // bytes: text to 116, place of a subsystem to 124, version to 126, byte order
	version = 0x0100
	tag     = 8 // bytes

	maxDims   = 64   // of an array; MATLAB and NumPy have no more
	maxName   = 4096 // bytes of a name
	ratio     = 1032 // the most that deflate makes of a byte
	headBytes = 64 + 4*maxDims + maxName
)

// walk5 looks at all variables of a file of level 5.
func walk5(r io.ReaderAt, size int64, s *search) error {
	var b [header]byte
	if n, err := r.ReadAt(b[:], 0); n < header {
		return errors.Wrapf(err, "has %d bytes, want a header of %d", size, header)
	}
	w := walker{r: r, search: s}
	switch end := string(b[126:]); end {
	case "IM":
		w.order = binary.LittleEndian
	case "MI":
		w.order = binary.BigEndian
	default:
		return errors.Errorf("offset 126: byte order is %q, want \"IM\" or \"MI\"", end)
	}
	if v := w.order.Uint16(b[124:]); v != version {
		return errors.Errorf("offset 124: version is %#04x, want %#04x (MATLAB 5 to 7.2)", v, version)
	}
	for at := int64(header); at < size; {
		if size-at < tag {
			return errors.Errorf("offset %d: %d bytes are left, want a tag of %d", at, size-at, tag)
		}
		if _, err := r.ReadAt(b[:tag], at); err != nil {
			return errors.Wrapf(err, "offset %d", at)
		}
		k, n := kind(w.order.Uint32(b[:])), int64(w.order.Uint32(b[4:]))
		if small := k >> 16; small > 0 && small <= 4 {
			at += tag // the data is in the tag
			continue
		}
		if n > size-at-tag {
			return errors.Errorf("offset %d: an element declares %d bytes, %d are left", at, n, size-at-tag)
		}
		if err := w.element(k, at+tag, n); err != nil {
			return errors.Wrapf(err, "offset %d", at)
		}
		if at += tag + n; k != kindMatrix && k != kindCompressed {
			at += -n & 7
		}
	}
	return nil
}

type walker struct {
	r      io.ReaderAt
	order  binary.ByteOrder
	search *search

	packed bufio.Reader // in front of inflate, which else has one of its own for each element
	zlib   io.ReadCloser
}

// element looks at an element of the file, whose n bytes begin at an offset.
func (w *walker) element(k kind, at, n int64) error {
	switch k {
	case kindMatrix:
		return w.matrix(&part{r: io.NewSectionReader(w.r, at, n), left: n}, at, n)
	case kindCompressed:
		w.packed.Reset(io.NewSectionReader(w.r, at, n))
		if w.zlib == nil {
			z, err := zlib.NewReader(&w.packed)
			if err != nil {
				return errors.Wrap(err, "compressed element")
			}
			w.zlib = z
		} else if err := w.zlib.(zlib.Resetter).Reset(&w.packed, nil); err != nil {
			return errors.Wrap(err, "compressed element")
		}
		p, err := w.inflated(w.zlib, n)
		if err != nil || p == nil {
			return errors.Wrap(err, "compressed element")
		}
		return errors.Wrap(w.matrix(p, at, n), "compressed element")
	}
	return nil
}

// inflated reads the tag of the matrix in a compressed element of n bytes; nil stands for something else.
func (w *walker) inflated(z io.Reader, n int64) (*part, error) {
	var b [tag]byte
	if _, err := io.ReadFull(z, b[:]); err != nil {
		return nil, err
	}
	if kind(w.order.Uint32(b[:])) != kindMatrix {
		return nil, nil
	}
	p := &part{r: z, left: int64(w.order.Uint32(b[4:])), packed: true}
	if p.left/ratio > n {
		return nil, errors.Errorf("%d bytes cannot inflate to the %d of the matrix", n, p.left)
	}
	return p, nil
}

// part is what is left of a matrix.
type part struct {
	r      io.Reader
	at     int64 // bytes that were read
	left   int64
	packed bool
}

func (p *part) Read(b []byte) (int, error) {
	if int64(len(b)) > p.left {
		b = b[:p.left]
	}
	if len(b) == 0 {
		return 0, io.EOF
	}
	n, err := p.r.Read(b)
	p.at, p.left = p.at+int64(n), p.left-int64(n)
	return n, err
}

// sub reads the tag of an element within a matrix. A small one comes with its data.
func (w *walker) sub(p *part) (k kind, n int64, small []byte, err error) {
	var b [tag]byte
	if _, err := io.ReadFull(p, b[:]); err != nil {
		return 0, 0, nil, errors.Wrapf(err, "byte %d of a matrix: a tag", p.at)
	}
	k, n = kind(w.order.Uint32(b[:])), int64(w.order.Uint32(b[4:]))
	if length := k >> 16; length > 0 {
		if length > 4 {
			return 0, 0, nil, errors.Errorf("byte %d of a matrix: a small element has %d bytes, want at most 4", p.at-tag, length)
		}
		return k & 0xffff, int64(length), b[4 : 4+length], nil
	}
	if n > p.left {
		return 0, 0, nil, errors.Errorf("byte %d of a matrix: an element declares %d bytes, %d are left", p.at-tag, n, p.left)
	}
	return k, n, nil, nil
}

// bytes reads a whole element within a matrix, and its padding.
func (w *walker) bytes(p *part, what string, most int64) (kind, []byte, error) {
	k, n, b, err := w.sub(p)
	if err != nil || b != nil {
		return k, b, errors.Wrap(err, what)
	}
	if n > most {
		return 0, nil, errors.Errorf("%s: has %d bytes, want at most %d", what, n, most)
	}
	b = make([]byte, n+min(-n&7, p.left-n))
	_, err = io.ReadFull(p, b)
	return k, b[:n], errors.Wrap(err, what)
}

// head is what a matrix begins with.
type head struct {
	class, flags uint8
	shape        []int
	name         string
}

func (w *walker) head(p *part) (h head, err error) {
	k, b, err := w.bytes(p, "array flags", 64)
	if err != nil {
		return h, err
	}
	if k != kindUint32 || len(b) < 8 {
		return h, errors.Errorf("array flags: type %d with %d bytes, want %d with 8", k, len(b), kindUint32)
	}
	flags := w.order.Uint32(b)
	h.class, h.flags = uint8(flags), uint8(flags>>8)
	if h.class != classOpaque {
		k, b, err = w.bytes(p, "dimensions", 4*maxDims)
		if err != nil {
			return h, err
		}
		if k != kindInt32 && k != kindUint32 || len(b)%4 != 0 {
			return h, errors.Errorf("dimensions: type %d with %d bytes, want whole numbers of 4", k, len(b))
		}
		for ; len(b) > 0; b = b[4:] {
			d := int(w.order.Uint32(b))
			if k == kindInt32 {
				d = int(int32(d))
			}
			h.shape = append(h.shape, d)
		}
	}
	k, b, err = w.bytes(p, "name", maxName)
	if err == nil && k != kindInt8 && k != kindUint8 && k != kindUTF8 {
		err = errors.Errorf("name: type %d, want text", k)
	}
	h.name = string(b)
	return h, err
}

// matrix looks at a matrix, whose element has n bytes at an offset of the file.
func (w *walker) matrix(p *part, at, n int64) error {
	if p.left == 0 {
		return nil // an empty one, which has no name
	}
	h, err := w.head(p)
	if err != nil {
		return err
	}
	name := className(h.class, h.flags)
	i, err := w.search.wanted(h.name, name, h.shape)
	if i < 0 || err != nil {
		return err
	}
	a, err := w.array(p, h, at, n)
	if err != nil {
		return errors.Wrapf(err, "variable %q", short(h.name))
	}
	w.search.found[i] = a
	return nil
}

// array makes an array of a matrix whose head is read. It is read from the file again each time, from
// where the numbers begin.
func (w *walker) array(p *part, h head, at, n int64) (*Array, error) {
	name := className(h.class, h.flags)
	if h.class < classDouble || h.class > classUint64 || h.flags&flagComplex != 0 {
		return nil, errors.Errorf("is of class %s, want an array of real numbers", name)
	}
	count, err := product(h.shape)
	if err != nil {
		return nil, err
	}
	k, bytes, small, err := w.sub(p)
	if err != nil {
		return nil, err
	}
	if k.size() == 0 {
		return nil, errors.Errorf("numbers are of type %d, want one from int8 to uint64, single or double", k)
	}
	if bytes%int64(k.size()) != 0 || bytes/int64(k.size()) != count {
		return nil, errors.Errorf("holds %d numbers, want those of shape %v", bytes/int64(k.size()), h.shape[:min(len(h.shape), 8)])
	}
	a := &Array{Name: h.name, Class: name, Shape: h.shape, kind: k, order: w.order, exact: !p.packed}
	start, rest := p.at, p.left-bytes
	if small != nil {
		start, rest = start-4, p.left
	}
	if a.exact {
		a.open = func() (io.Reader, error) { return io.NewSectionReader(w.r, at+start, bytes), nil }
		a.whole = func(io.Reader) error { return nil }
		return a, nil
	}
	// What comes after the numbers is read too, for the checksum: padding.
	if rest > headBytes {
		return nil, errors.Errorf("goes on for %d bytes after its numbers", rest)
	}
	a.open = func() (io.Reader, error) {
		z, err := zlib.NewReader(bufio.NewReader(io.NewSectionReader(w.r, at, n)))
		if err != nil {
			return nil, err
		}
		_, err = io.CopyN(io.Discard, z, tag+start)
		return z, err
	}
	a.whole = func(z io.Reader) error {
		got, err := io.CopyN(io.Discard, z, headBytes+1)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = errors.Errorf("goes on for more than %d bytes", got-1)
		}
		return errors.Wrap(err, "after the numbers")
	}
	return a, nil
}
