package matfile

import (
	"encoding/binary"
	"math"
)

// kind is the type of the data of an element, miINT8 to miUTF32.
type kind uint32

const (
	kindInt8       kind = 1
	kindUint8      kind = 2
	kindInt16      kind = 3
	kindUint16     kind = 4
	kindInt32      kind = 5
	kindUint32     kind = 6
	kindSingle     kind = 7
	kindDouble     kind = 9
	kindInt64      kind = 12
	kindUint64     kind = 13
	kindMatrix     kind = 14
	kindCompressed kind = 15
	kindUTF8       kind = 16
)

// size is the number of bytes of a number, 0 for what is no number.
func (k kind) size() int {
	switch k {
	case kindInt8, kindUint8:
		return 1
	case kindInt16, kindUint16:
		return 2
	case kindInt32, kindUint32, kindSingle:
		return 4
	case kindDouble, kindInt64, kindUint64:
		return 8
	}
	return 0
}

// value is the number at the beginning of b.
func (k kind) value(order binary.ByteOrder, b []byte) float64 {
	switch k {
	case kindInt8:
		return float64(int8(b[0]))
	case kindUint8:
		return float64(b[0])
	case kindInt16:
		return float64(int16(order.Uint16(b)))
	case kindUint16:
		return float64(order.Uint16(b))
	case kindInt32:
		return float64(int32(order.Uint32(b)))
	case kindUint32:
		return float64(order.Uint32(b))
	case kindSingle:
		return float64(math.Float32frombits(order.Uint32(b)))
	case kindDouble:
		return math.Float64frombits(order.Uint64(b))
	case kindInt64:
		return float64(int64(order.Uint64(b)))
	}
	return float64(order.Uint64(b))
}

// The classes of arrays, mxCELL_CLASS to mxOPAQUE_CLASS, by their numbers.
var classes = map[uint8]string{
	1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse",
	6: "double", 7: "single", 8: "int8", 9: "uint8", 10: "int16", 11: "uint16",
	12: "int32", 13: "uint32", 14: "int64", 15: "uint64",
	16: "function_handle", 17: "opaque object",
}

const (
	classDouble = 6
	classUint64 = 15 // the last of the numeric ones
	classOpaque = 17

	flagComplex = 0x08
	flagLogical = 0x02
)

// className names the class of an array; flags are as the file has them.
func className(class, flags uint8) string {
	name, ok := classes[class]
	switch {
	case !ok:
		return "unknown"
	case flags&flagLogical != 0 && class >= classDouble:
		return "logical"
	case flags&flagComplex != 0:
		return "complex " + name
	}
	return name
}
