package tensorfile

import (
	"strings"

	"github.com/pkg/errors"
)

// numpyTypes are NumPy's types by the codes of its array protocol. Others are opaque.
var numpyTypes = map[string]elementType{
	"f8": {"F64", 8}, "f4": {"F32", 4}, "f2": {"F16", 2},
	"i8": {"I64", 8}, "i4": {"I32", 4}, "i2": {"I16", 2}, "i1": {"I8", 1},
	"u8": {"U64", 8}, "u4": {"U32", 4}, "u2": {"U16", 2}, "u1": {"U8", 1}, "b1": {"BOOL", 1},
}

// array says what NumPy's functions make of arguments and a state, if that is an array or a
// scalar.
func (c *checkpoint) array(name string, args []ref, state ref) (*tensorView, bool, error) {
	function, ok := strings.CutPrefix(strings.Replace(name, "numpy._core.", "numpy.core.", 1), "numpy.core.")
	if !ok {
		return nil, false, nil
	}
	var shape, dtype, data ref
	fortran := false
	switch function {
	case "multiarray._reconstruct":
		s, _ := c.m.fields(state, 5)
		if len(s) != 5 {
			return nil, false, nil
		}
		shape, dtype, data, fortran = s[1], s[2], s[4], s[3].kind() == kindTrue
	case "multiarray.scalar":
		if len(args) != 2 {
			return nil, false, nil
		}
		shape, dtype, data = makeRef(kindEmpty, 0), args[0], args[1]
	case "numeric._frombuffer":
		if len(args) != 4 {
			return nil, false, nil
		}
		data, dtype, shape, fortran = args[0], args[1], args[2], c.m.isText(args[3], "F")
	default:
		return nil, false, nil
	}
	v, err := c.arrayOf(shape, dtype, data, fortran)
	return v, true, err
}

// arrayOf is the array of a shape and a type whose elements are the bytes data.
func (c *checkpoint) arrayOf(shape, dtype, data ref, fortran bool) (*tensorView, error) {
	v := &tensorView{numpy: true}
	var ok, swap bool
	if v.shape, ok = c.ints(shape); !ok {
		return nil, errors.Errorf("an array's shape: %s, want integers for at most %d axes", c.m.describe(shape), maxAxes)
	}
	if v.elementType, swap = c.numpyType(dtype); !v.readable() {
		return v, nil
	}
	n, ok := elements(v.shape)
	if !ok {
		return nil, errors.Errorf("shape %v is negative or too large", v.shape)
	}
	v.stride = make([]int, len(v.shape))
	step := 1
	for i := range v.shape {
		axis := len(v.shape) - 1 - i
		if fortran {
			axis = i
		}
		v.stride[axis] = step
		step *= max(v.shape[axis], 1)
	}
	v.storage = &storage{elementType: v.elementType, count: n, swap: swap}
	v.storage.load = func() ([]byte, error) {
		b, ok := c.m.raw(data)
		if data.kind() != kindBytes {
			c.drop(8 * len(b)) // as large blocks they lie about longer
		}
		if !ok || len(b) != n*v.size {
			return nil, errors.Errorf("an array of %d elements of type %s has %d bytes: %s", n, v.name, len(b), c.m.describe(data))
		}
		return b, nil
	}
	return v, nil
}

// numpyType is the type that numpy.dtype makes, and whether its elements are big-endian.
func (c *checkpoint) numpyType(r ref) (e elementType, bigEndian bool) {
	if !c.m.is(r, typeObject) || c.m.className(c.m.part(r, 1)) != "numpy.dtype" {
		return elementType{name: "of NumPy's"}, false
	}
	args, _ := c.m.fields(c.m.part(r, 2), 3)
	state, _ := c.m.fields(c.m.part(r, 3), 10)
	code := ""
	if len(args) > 0 {
		code, _ = c.m.text(args[0], 10)
	}
	if len(state) > 1 {
		bigEndian = c.m.isText(state[1], ">")
	}
	code = strings.TrimLeft(code, "<|=")
	if rest, ok := strings.CutPrefix(code, ">"); ok {
		code, bigEndian = rest, true
	}
	if e, ok := numpyTypes[code]; ok {
		return e, bigEndian
	}
	return elementType{name: "NumPy's " + code}, false
}
