package room

import (
	"math"
	"strings"
	"testing"
)

// Sizes are multiplied, and refused by name where memory cannot have room for them.
func TestFor(t *testing.T) {
	defer func(f func() uint64) { available = f }(available)
	asked := 0
	available = func() uint64 { asked++; return 100e6 }
	for _, c := range []struct {
		sizes []Size
		n     int
		want  string
	}{
		{[]Size{{"units", 36}, {"inputs", 4}}, 144, ""},
		{nil, 1, ""},
		{[]Size{{"units", 0}, {"steps", math.MaxInt}, {"inputs", math.MaxInt}}, 0, ""},
		{[]Size{{"steps", 12_500_000}}, 12_500_000, ""},
		{[]Size{{"steps", 12_500_001}}, 0, "12500001 steps of 8 bytes take 100 MB, and memory has room for 100 MB"},
		{[]Size{{"units", -1}}, 0, "-1 units, want at least 0"},
		{[]Size{{"units", 1 << 40}, {"inputs", 4}}, 0, "1099511627776 units × 4 inputs of 8 bytes are too large: want at most 1.1 TB"},
		{[]Size{{"batch", math.MaxInt}}, 0, "9223372036854775807 batch"},
		{[]Size{{"steps", 1 << 32}, {"", 1 << 32}}, 0, "4294967296 steps × 4294967296 of 8 bytes"},
		{[]Size{{"steps", 1 << 32}, {"inputs", 1 << 32}, {"units", 0}}, 0, ""},
	} {
		n, err := For(8, c.sizes...)
		if n != c.n || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %d, error %v, want %d and %q", c.sizes, n, err, c.n, c.want)
		}
	}
	if asked != 2 {
		t.Errorf("the machine was asked %d times, want 2", asked)
	}
	if _, err := Shape(4, []int{1 << 20, 1 << 30}); err == nil || !strings.Contains(err.Error(), "shape [1048576 1073741824]") {
		t.Errorf("error is %v, want one with the shape", err)
	}
}

// What Linux says is read by its fields.
func TestKilobytes(t *testing.T) {
	const content = "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\nSwapFree:              0 kB\nOdd: x kB\n"
	for field, want := range map[string]uint64{"MemAvailable:": 8000000 << 10, "SwapFree:": 0} {
		if got, ok := kilobytes(content, field); got != want || !ok {
			t.Errorf("%s is %d, %v, want %d", field, got, ok, want)
		}
	}
	for _, field := range []string{"Odd:", "None:"} {
		if got, ok := kilobytes(content, field); ok {
			t.Errorf("%s is %d, want nothing", field, got)
		}
	}
	if have := machine(); have < 1<<20 || have > Most {
		t.Errorf("this machine has %s", Bytes(have))
	}
}
