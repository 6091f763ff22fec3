package tensorfile

import (
	"math"
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
