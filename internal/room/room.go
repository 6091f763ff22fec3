// Package room tells whether memory has room for an array, before it is made: sizes come from flags, files and
// settings, and may be any number.
package room

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/pkg/errors"
)

// Size is the length of an array along an axis, with what it counts.
type Size struct {
	Of string // as "units"
	N  int
}

const (
	// Most is the most bytes that one array may have on any machine.
	Most = 1 << 40

	// unasked is the most bytes for which the machine is not asked, as that takes some microseconds.
	unasked = 64 << 20
)

// available is how many bytes this machine can give. Tests replace it.
var available = machine

// For is the number of elements of an array with so many bytes for each: the product of the sizes. It is an error
// that names the sizes if one of them is negative, if the product overflows, if the array has more than [Most]
// bytes, or more than there is memory on this machine.
func For(bytes int, sizes ...Size) (elements int, err error) {
	product := uint64(1)
	over := false
	for _, s := range sizes {
		if s.N < 0 {
			return 0, errors.Errorf("%d %s, want at least 0", s.N, s.Of)
		}
		high, low := bits.Mul64(product, uint64(s.N))
		over = over || high != 0
		product = low
		if s.N == 0 {
			return 0, nil
		}
	}
	high, size := bits.Mul64(product, uint64(bytes))
	if over || high != 0 || size > Most {
		return 0, errors.Errorf("%s of %d bytes are too large: want at most %s", text(sizes), bytes, Bytes(Most))
	}
	if size > unasked {
		if have := available(); size > have {
			return 0, errors.Errorf("%s of %d bytes take %s, and memory has room for %s", text(sizes), bytes, Bytes(size), Bytes(have))
		}
	}
	return int(product), nil
}

// Shape is [For] with the axes of a shape, which count nothing in particular.
func Shape(bytes int, shape []int) (elements int, err error) {
	sizes := make([]Size, len(shape))
	for i, n := range shape {
		sizes[i].N = n
	}
	n, err := For(bytes, sizes...)
	return n, errors.WithMessagef(err, "shape %v", shape)
}

// text is as "36 units × 4 inputs".
func text(sizes []Size) string {
	parts := make([]string, len(sizes))
	for i, s := range sizes {
		parts[i] = strings.TrimSpace(fmt.Sprint(s.N, " ", s.Of))
	}
	return strings.Join(parts, " × ")
}

// Bytes is a number of bytes with a unit, as "1.5 GB".
func Bytes(n uint64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	x := float64(n)
	for ; x >= 1000 && len(units) > 1; units = units[1:] {
		x /= 1000
	}
	return fmt.Sprintf("%.4g %s", x, units[0])
}
