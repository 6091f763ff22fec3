package hdf5

import (
	"encoding/binary"
	"math"
	"testing"
)

// half is IEEE 754's binary16.
var half = &Type{Class: Float, Size: 2, bits: 16, sign: 15, exponentAt: 10, exponentBits: 5, mantissaBits: 10, implied: true, bias: 15}

// All halves are by the definition: (−1)^s · 2^(e−15) · 1.m, and 2^−14 · 0.m where e is 0.
func TestHalf(t *testing.T) {
	convert, err := converter[float64](half)
	if err != nil {
		t.Fatal(err)
	}
	for bits := range 1 << 16 {
		var got [1]float64
		if _, err := convert(got[:], binary.LittleEndian.AppendUint16(nil, uint16(bits))); err != nil {
			t.Fatal(err)
		}
		sign, e, m := 1-2*float64(bits>>15), bits>>10&31, float64(bits&1023)/1024
		want := sign * (1 + m) * math.Pow(2, float64(e-15))
		switch {
		case e == 0:
			want = sign * m * math.Pow(2, -14)
		case e == 31 && m == 0:
			want = sign * math.Inf(1)
		case e == 31:
			want = math.NaN()
		}
		if got[0] != want && !math.IsNaN(want) || math.IsNaN(want) != math.IsNaN(got[0]) || math.Signbit(got[0]) != (bits>>15 == 1) {
			t.Fatalf("%#04x is %v, want %v", bits, got[0], want)
		}
	}
}

// Numbers that do not fit are errors.
func TestFit(t *testing.T) {
	signed := func(size int) *Type { return &Type{Class: Integer, Size: size, Signed: true, bits: 8 * size} }
	unsigned := func(size int) *Type { return &Type{Class: Integer, Size: size, bits: 8 * size} }
	double := &Type{Class: Float, Size: 8, bits: 64, sign: 63, exponentAt: 52, exponentBits: 11, mantissaBits: 52, implied: true, bias: 1023}
	minus := func(n int64) uint64 { return uint64(-n) }
	float := math.Float64bits
	one := func(t *Type, u uint64, fit func(*Type, []byte) error) error {
		return fit(t, binary.LittleEndian.AppendUint64(nil, u)[:t.Size])
	}
	for _, c := range []struct {
		t   *Type
		u   uint64
		fit func(*Type, []byte) error
		ok  bool
	}{
		{signed(8), minus(1), fits[uint32], false},
		{signed(8), 1 << 32, fits[uint32], false},
		{signed(8), 1<<32 - 1, fits[uint32], true},
		{signed(1), 0xff, fits[int], true},
		{unsigned(8), minus(1), fits[int64], false},
		{unsigned(8), minus(1), fits[float64], true},
		{unsigned(2), 65535, fits[uint16], true},
		{double, float(1.5), fits[int], false},
		{double, float(-3), fits[int32], true},
		{double, float(-3), fits[uint16], false},
		{double, float(1 << 63), fits[int64], false},
		{double, float(math.NaN()), fits[int64], false},
		{double, float(math.Inf(1)), fits[float32], true},
		{double, float(1e39), fits[float32], false},
		{double, float(.1), fits[float32], true},
	} {
		if err := one(c.t, c.u, c.fit); (err == nil) != c.ok {
			t.Errorf("%v %#x: error is %v, want one: %v", c.t, c.u, err, !c.ok)
		}
	}
}

func fits[T Number](t *Type, b []byte) error {
	convert, err := converter[T](t)
	if err != nil {
		return err
	}
	_, err = convert(make([]T, 1), b)
	return err
}
