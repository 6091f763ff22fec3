package tensorfile

import (
	"math"
	"strings"
	"testing"
)

func TestHalf(t *testing.T) {
	for _, c := range []struct {
		bits uint16
		want float64
	}{
		{0x0000, 0},
		{0x0001, math.Ldexp(1, -24)},
		{0x03ff, math.Ldexp(1023, -24)},
		{0x0400, math.Ldexp(1, -14)},
		{0x3c00, 1},
		{0x3c01, 1 + 1./1024},
		{0xc000, -2},
		{0x7bff, 65504},
		{0x7c00, math.Inf(1)},
		{0xfc00, math.Inf(-1)},
	} {
		if got := half(c.bits); got != c.want {
			t.Errorf("%04x: %v, want %v", c.bits, got, c.want)
		}
	}
	if !math.IsNaN(half(0x7e00)) || !math.Signbit(half(0x8000)) {
		t.Error("NaN or −0 is lost")
	}
}

// The table of Micikevicius et al. 2022, and what torch.float8_e4m3fn and float8_e5m2 give.
func TestFloat8(t *testing.T) {
	for _, c := range []struct {
		dtype string
		bits  byte
		want  float64
	}{
		{"F8_E4M3", 0x00, 0}, {"F8_E4M3", 0x01, math.Ldexp(1, -9)}, {"F8_E4M3", 0x07, math.Ldexp(7, -9)}, {"F8_E4M3", 0x08, math.Ldexp(1, -6)},
		{"F8_E4M3", 0x38, 1}, {"F8_E4M3", 0x7e, 448}, {"F8_E4M3", 0xfe, -448},
		{"F8_E5M2", 0x01, math.Ldexp(1, -16)}, {"F8_E5M2", 0x3c, 1}, {"F8_E5M2", 0x7b, 57344}, {"F8_E5M2", 0xfc, math.Inf(-1)},
	} {
		got := make([]float64, 1)
		if err := Decode(got, c.dtype, []byte{c.bits}); err != nil || got[0] != c.want {
			t.Errorf("%s %02x: %v, want %v: %v", c.dtype, c.bits, got[0], c.want, err)
		}
	}
	if !math.IsNaN(eighth(0x7f)) || !math.IsNaN(eighth(0xff)) {
		t.Error("NaN is lost")
	}
}

func TestFloats(t *testing.T) {
	for _, c := range []struct{ dtype, raw, want32, want64 string }{
		{"U64", le64(-1), "±2⁵³", "±2⁵³"},
		{"I64", le64(1 << 53), "±2⁵³", "±2⁵³"},
		{"I64", le64(-1<<53 + 1), "", ""},
		{"F64", le64(int(math.Float64bits(1e39))), "element 0 of type F64 is 1e+39, want one in the range of float32", ""},
		{"F64", le64(int(math.Float64bits(math.Inf(1)))), "", ""},
		{"F64", le64(int(math.Float64bits(1e-50))), "", ""},
		{"BF16", "\x7f\x7f", "", ""},
		{"BOOL", "\x02", "element 0 of type BOOL is 2", "element 0 of type BOOL is 2"},
	} {
		x, err := NewTensor("w", nil, c.dtype, []byte(c.raw))
		if err != nil {
			t.Fatal(err)
		}
		_, err32 := Floats[float32](x)
		_, err64 := Floats[float64](x)
		for _, e := range []struct {
			err  error
			want string
		}{{err32, c.want32}, {err64, c.want64}} {
			if (e.err != nil) != (e.want != "") || e.err != nil && (!strings.Contains(e.err.Error(), e.want) || !strings.Contains(e.err.Error(), `"w"`)) {
				t.Errorf("%s %x: %v, want an error with %q", c.dtype, c.raw, e.err, e.want)
			}
		}
	}
}

func TestNewTensorRejects(t *testing.T) {
	for _, c := range []struct {
		shape []int
		dtype string
		bytes int
	}{
		{[]int{2}, "F32", 7}, {[]int{2}, "F32", 9}, {[]int{2}, "F32", 12}, {[]int{1}, "", 8}, {[]int{1}, "C64", 8},
		{[]int{-1, -1}, "U8", 1}, {[]int{math.MaxInt, math.MaxInt}, "U8", 1}, {nil, "U8", 0},
	} {
		if x, err := NewTensor("w", c.shape, c.dtype, make([]byte, c.bytes)); err == nil {
			t.Errorf("%v of %q has %d bytes: %v", c.shape, c.dtype, c.bytes, x)
		}
	}
}
