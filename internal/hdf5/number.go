package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// Number is what numbers of a file can be read as.
type Number interface {
	~int | ~int32 | ~int64 | ~uint16 | ~uint32 | ~float32 | ~float64
}

// Read fills into with the elements from the first, counted in rows: the last dimension changes fastest. A number
// that does not fit is an error: an integer takes whole numbers of its range; a float takes the nearest number, but
// no number becomes infinite. Errors name the dataset and the element.
func Read[T Number](d *Dataset, first int, into []T) error {
	err := func() error {
		convert, err := numbers[T](d)
		if err != nil {
			return err
		}
		if first < 0 {
			return errors.Errorf("there is no element %d", first)
		}
		return d.raw(uint64(first), uint64(len(into)), func(at uint64, b []byte) error {
			k, err := convert(into[at:], b)
			return errors.Wrapf(err, "element %d", uint64(first)+at+uint64(k))
		})
	}()
	return errors.Wrap(err, d.path)
}

// ReadColumn fills into with column i of a dataset of two dimensions: as many elements as it has rows. See [Read].
func ReadColumn[T Number](d *Dataset, i int, into []T) error {
	err := func() error {
		convert, err := numbers[T](d)
		if err != nil {
			return err
		}
		if len(d.dims) != 2 || i < 0 || uint64(i) >= d.dims[1] || uint64(len(into)) != d.dims[0] {
			return errors.Errorf("%d elements of column %d of shape %v", len(into), i, d.dims)
		}
		if len(into) == 0 {
			return nil
		}
		column := box{[]uint64{0, uint64(i)}, []uint64{d.dims[0], uint64(i) + 1}}
		return d.rawBox(column, func(at uint64, b []byte) error {
			k, err := convert(into[at:], b)
			return errors.Wrapf(err, "element %d of column %d", at+uint64(k), i)
		})
	}()
	return errors.Wrap(err, d.path)
}

// numbers is the converter for a dataset of numbers.
func numbers[T Number](d *Dataset) (func(into []T, b []byte) (int, error), error) {
	if !d.typ.Number() {
		return nil, errors.Errorf("holds %v, want numbers", d.typ)
	}
	return converter[T](d.typ)
}

// ReadSequence returns the numbers of element i of a dataset of sequences, in the memory of into as far as that goes.
// See [Read].
func ReadSequence[T Number](d *Dataset, i int, into []T) ([]T, error) {
	out, err := readSequence(d, i, into[:0])
	return out, errors.Wrapf(err, "%s: element %d", d.path, i)
}

func readSequence[T Number](d *Dataset, i int, into []T) ([]T, error) {
	if !d.typ.Numbers() {
		return nil, errors.Errorf("holds %v, want sequences of numbers", d.typ)
	}
	convert, err := converter[T](d.typ.Base)
	if err != nil {
		return nil, err
	}
	n, data, err := d.sequence(i)
	if err != nil {
		return nil, err
	}
	size := d.typ.Base.Size
	out := grow(into, n)
	piece := max(pieceBytes/size, 1)
	b := make([]byte, min(piece, n)*size)
	for at := 0; at < n; at += piece {
		p := b[:min(piece, n-at)*size]
		if err := d.f.readInto(p, data.address+uint64(at*size), "sequence"); err != nil {
			return nil, err
		}
		if k, err := convert(out[at:], p); err != nil {
			return nil, errors.Wrapf(err, "number %d", at+k)
		}
	}
	return out, nil
}

// grow returns n elements, in the memory of s if that has room.
func grow[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n)
}

// converter returns a function that reads numbers of a type from bytes, one after the other. It returns how many it
// has read before an error.
func converter[T Number](t *Type) (func(into []T, b []byte) (int, error), error) {
	if t.vax {
		return nil, errors.New("holds numbers in the order of bytes of a VAX, which are not read")
	}
	if t.Size > 8 {
		return nil, errors.Errorf("holds %v of %d bytes, want at most 8", t, t.Size)
	}
	if t.Class == Integer {
		return eachBits(t, func(u uint64) (T, bool) { return fromInteger[T](t.integer(u)) }), nil
	}
	if t.exponentBits < 1 || t.exponentBits > 11 || t.mantissaBits > 52 || !t.implied ||
		t.exponentAt+t.exponentBits > 64 || t.mantissaAt+t.mantissaBits > 64 || t.sign > 63 || t.bias > 1<<11 {
		return nil, errors.Errorf("holds %v with %d bits of exponent and %d of mantissa, want a format of IEEE 754 of at most 64 bits", t, t.exponentBits, t.mantissaBits)
	}
	if t.Size == 8 && t.exponentBits == 11 && t.mantissaBits == 52 && t.bias == 1023 {
		return eachBits(t, func(u uint64) (T, bool) { return fromFloat[T](math.Float64frombits(u)) }), nil
	}
	if t.Size == 4 && t.exponentBits == 8 && t.mantissaBits == 23 && t.bias == 127 {
		return eachBits(t, func(u uint64) (T, bool) { return fromFloat[T](float64(math.Float32frombits(uint32(u)))) }), nil
	}
	return eachBits(t, func(u uint64) (T, bool) { return fromFloat[T](t.float(u)) }), nil
}

// eachBits reads the bits of each number, and has them converted.
func eachBits[T Number](t *Type, one func(uint64) (T, bool)) func(into []T, b []byte) (int, error) {
	size := t.Size
	word := t.word()
	return func(into []T, b []byte) (int, error) {
		for k := 0; len(b) >= size; k++ {
			u := word(b)
			v, ok := one(u)
			if !ok {
				return k, errors.Errorf("is %s, which does not fit %T", t.format(u), v)
			}
			into[k] = v
			b = b[size:]
		}
		return 0, nil
	}
}

// word returns a function that reads the bits of an element.
func (t *Type) word() func(b []byte) uint64 {
	switch little := !t.BigEndian; {
	case little && t.Size == 2:
		return func(b []byte) uint64 { return uint64(binary.LittleEndian.Uint16(b)) }
	case little && t.Size == 4:
		return func(b []byte) uint64 { return uint64(binary.LittleEndian.Uint32(b)) }
	case little && t.Size == 8:
		return binary.LittleEndian.Uint64
	}
	return func(b []byte) uint64 {
		var word [8]byte
		for i, v := range b[:t.Size] {
			if t.BigEndian {
				i = t.Size - 1 - i
			}
			word[i] = v
		}
		return binary.LittleEndian.Uint64(word[:])
	}
}

// integer extracts an integer from the bits of an element.
func (t *Type) integer(u uint64) (v int64, unsigned bool) {
	u >>= t.at
	if t.bits < 64 {
		u &= 1<<t.bits - 1
		if t.Signed {
			return int64(u<<(64-t.bits)) >> (64 - t.bits), false
		}
	}
	return int64(u), !t.Signed
}

// float is the definition of IEEE 754: (−1)^s · 2^(e − bias) · 1.m, with 0.m and e of 1 where e is 0.
func (t *Type) float(u uint64) float64 {
	e := int(u >> t.exponentAt & (1<<t.exponentBits - 1))
	m := u >> t.mantissaAt & (1<<t.mantissaBits - 1)
	minus := u >> t.sign & 1 << 63
	var v float64
	switch wide := e - int(t.bias) + 1023; {
	case e == 1<<t.exponentBits-1 && m == 0:
		v = math.Inf(1)
	case e == 1<<t.exponentBits-1:
		v = math.NaN()
	case e == 0:
		v = math.Ldexp(float64(m), 1-int(t.bias)-t.mantissaBits)
	case wide > 0 && wide < 2047:
		v = math.Float64frombits(uint64(wide)<<52 | m<<(52-t.mantissaBits))
	default:
		v = math.Ldexp(float64(m)+math.Ldexp(1, t.mantissaBits), e-int(t.bias)-t.mantissaBits)
	}
	return math.Float64frombits(math.Float64bits(v) | minus)
}

// format is an element for messages.
func (t *Type) format(u uint64) string {
	if t.Class == Float {
		return fmt.Sprint(t.float(u))
	}
	if v, unsigned := t.integer(u); !unsigned {
		return fmt.Sprint(v)
	}
	v, _ := t.integer(u)
	return fmt.Sprint(uint64(v))
}

// fromInteger converts an integer, if it fits.
func fromInteger[T Number](v int64, unsigned bool) (T, bool) {
	if T(1)/2 != 0 { // a float
		if unsigned {
			return T(uint64(v)), true
		}
		return T(v), true
	}
	t := T(v)
	return t, int64(t) == v && (!unsigned || v >= 0) && (t >= 0) == (v >= 0)
}

// fromFloat converts a float, if it fits.
func fromFloat[T Number](v float64) (T, bool) {
	if T(1)/2 != 0 {
		t := T(v)
		return t, !math.IsInf(float64(t), 0) || math.IsInf(v, 0)
	}
	if !(v >= -1<<63 && v < 1<<63) || v != math.Trunc(v) {
		return 0, false
	}
	return fromInteger[T](int64(v), false)
}
