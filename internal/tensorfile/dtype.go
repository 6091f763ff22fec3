package tensorfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// Float is what elements are decoded into.
type Float interface{ float32 | float64 }

// dtype is a type of elements, little-endian.
type dtype struct {
	size   int
	decode func(b []byte) float64
	limit  float64 // integers of a magnitude from here on may have been rounded; 0: there are none
}

var little = binary.LittleEndian

// dtypes has the types by their names in the safetensors format.
var dtypes = map[string]dtype{
	"F64":     {8, func(b []byte) float64 { return math.Float64frombits(little.Uint64(b)) }, 0},
	"F32":     {4, func(b []byte) float64 { return float64(math.Float32frombits(little.Uint32(b))) }, 0},
	"F8_E5M2": {1, func(b []byte) float64 { return half(uint16(b[0]) << 8) }, 0},
	"F8_E4M3": {1, func(b []byte) float64 { return eighth(b[0]) }, 0},
	"F16":     {2, func(b []byte) float64 { return half(little.Uint16(b)) }, 0},
	"BF16":    {2, func(b []byte) float64 { return float64(math.Float32frombits(uint32(little.Uint16(b)) << 16)) }, 0},
	"I64":     {8, func(b []byte) float64 { return float64(int64(little.Uint64(b))) }, 1 << 53},
	"I32":     {4, func(b []byte) float64 { return float64(int32(little.Uint32(b))) }, 0},
	"I16":     {2, func(b []byte) float64 { return float64(int16(little.Uint16(b))) }, 0},
	"I8":      {1, func(b []byte) float64 { return float64(int8(b[0])) }, 0},
	"U64":     {8, func(b []byte) float64 { return float64(little.Uint64(b)) }, 1 << 53},
	"U32":     {4, func(b []byte) float64 { return float64(little.Uint32(b)) }, 0},
	"U16":     {2, func(b []byte) float64 { return float64(little.Uint16(b)) }, 0},
	"U8":      {1, func(b []byte) float64 { return float64(b[0]) }, 0},
	"BOOL":    {1, func(b []byte) float64 { return float64(min(b[0], 1)) }, 0},
}

// half is the value of an IEEE 754 binary16 number.
func half(u uint16) float64 {
	exponent, fraction := int(u>>10&0x1f), float64(u&0x3ff)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 0x1f:
		if v = math.Inf(1); fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(fraction+0x400, exponent-25)
	}
	if u&0x8000 != 0 {
		return -v
	}
	return v
}

// Size is the number of bytes of an element of a type, by its name in the safetensors format; ok
// tells that there is such a type.
func Size(name string) (bytes int, ok bool) {
	d, ok := dtypes[name]
	return d.size, ok
}

// ElementError is about an element of a tensor.
type ElementError struct {
	At      int // the element, the last axis moving fastest
	Problem string
}

// Error implements error.
func (e *ElementError) Error() string { return fmt.Sprintf("element %d %s", e.At, e.Problem) }

// Decode decodes the first len(dst) elements of raw, little-endian elements of a type. Numbers of
// more digits than F has are rounded; those out of its range, integers beyond ±2⁵³ and booleans
// that are neither 0 nor 1 are an [ElementError].
func Decode[F Float](dst []F, name string, raw []byte) error {
	d, ok := dtypes[name]
	if !ok {
		return errors.Errorf("type is %.40q, want one of real numbers", name)
	}
	if len(raw)/d.size < len(dst) {
		return errors.Errorf("%d bytes, want %d elements of type %s", len(raw), len(dst), name)
	}
	switch name { // these need no checks, and are common and long
	case "U8":
		for i := range dst {
			dst[i] = F(raw[i])
		}
		return nil
	case "F32":
		for i := range dst {
			dst[i] = F(math.Float32frombits(little.Uint32(raw[4*i:])))
		}
		return nil
	}
	for i := range dst {
		b := raw[i*d.size:]
		v := d.decode(b)
		dst[i] = F(v)
		switch {
		case d.limit != 0 && math.Abs(v) >= d.limit:
			return &ElementError{i, fmt.Sprintf("of type %s is about %g, want an integer between ±2⁵³", name, v)}
		case math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0):
			return &ElementError{i, fmt.Sprintf("of type %s is %g, want one in the range of %T", name, v, dst[i])}
		case name == "BOOL" && b[0] > 1:
			return &ElementError{i, fmt.Sprintf("of type %s is %d, want 0 or 1", name, b[0])}
		}
	}
	return nil
}

// eighth is the value of a number of the type float8_e4m3fn (Micikevicius et al. 2022, FP8 formats for
// deep learning): four bits of exponent and three of fraction, and no infinities.
func eighth(u byte) float64 {
	exponent, fraction := int(u>>3&0xf), float64(u&7)
	v := math.Ldexp(fraction+8, exponent-10)
	switch {
	case exponent == 0:
		v = math.Ldexp(fraction, -9)
	case u&0x7f == 0x7f:
		v = math.NaN()
	}
	if u&0x80 != 0 {
		return -v
	}
	return v
}
