package tensorfile

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
)

// dtype is a type of elements. Files hold them little-endian.
type dtype struct {
	size   int
	decode func(b []byte) float64
}

var little = binary.LittleEndian

// dtypes has the types by their names in the safetensors format.
var dtypes = map[string]dtype{
	"F64":  {8, func(b []byte) float64 { return math.Float64frombits(little.Uint64(b)) }},
	"F32":  {4, func(b []byte) float64 { return float64(math.Float32frombits(little.Uint32(b))) }},
	"F16":  {2, func(b []byte) float64 { return half(little.Uint16(b)) }},
	"BF16": {2, func(b []byte) float64 { return float64(math.Float32frombits(uint32(little.Uint16(b)) << 16)) }},
	"I64":  {8, func(b []byte) float64 { return float64(int64(little.Uint64(b))) }},
	"I32":  {4, func(b []byte) float64 { return float64(int32(little.Uint32(b))) }},
	"I16":  {2, func(b []byte) float64 { return float64(int16(little.Uint16(b))) }},
	"I8":   {1, func(b []byte) float64 { return float64(int8(b[0])) }},
	"U64":  {8, func(b []byte) float64 { return float64(little.Uint64(b)) }},
	"U32":  {4, func(b []byte) float64 { return float64(little.Uint32(b)) }},
	"U16":  {2, func(b []byte) float64 { return float64(little.Uint16(b)) }},
	"U8":   {1, func(b []byte) float64 { return float64(b[0]) }},
	"BOOL": {1, func(b []byte) float64 { return float64(min(b[0], 1)) }},
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

// checkExact fails if data may hold integers that float64 has rounded.
func checkExact(name string, data []float64) error {
	if name != "I64" && name != "U64" {
		return nil
	}
	for i, v := range data {
		if math.Abs(v) >= 1<<53 {
			return errors.Errorf("element %d of type %s is about %g, want an integer between ±2⁵³", i, name, v)
		}
	}
	return nil
}
