package tensorfile

import (
	"strings"

	"github.com/pkg/errors"
)

// maxAxes is PyTorch's own limit to the axes of a tensor.
const maxAxes = 64

// elementType is a type of elements: its name, which is one of dtypes where such tensors can be
// read, and the size of an element, 0 where a tensor of the type says nothing of that.
type elementType struct {
	name string
	size int
}

func (e elementType) readable() bool { return dtypes[e.name].size != 0 }

// storageTypes are those of PyTorch's classes of storages, by their names without the module's.
var storageTypes = map[string]elementType{
	"DoubleStorage": {"F64", 8}, "FloatStorage": {"F32", 4}, "HalfStorage": {"F16", 2}, "BFloat16Storage": {"BF16", 2},
	"LongStorage": {"I64", 8}, "IntStorage": {"I32", 4}, "ShortStorage": {"I16", 2}, "CharStorage": {"I8", 1},
	"ByteStorage": {"U8", 1}, "BoolStorage": {"BOOL", 1},
	"UntypedStorage": {"U8", 1}, "_UntypedStorage": {"U8", 1},
	"ComplexFloatStorage": {"complex64", 8}, "ComplexDoubleStorage": {"complex128", 16},
	"QInt8Storage": {"qint8", 1}, "QUInt8Storage": {"quint8", 1}, "QInt32Storage": {"qint32", 4},
	"QUInt4x2Storage": {"quint4x2", 1}, "QUInt2x4Storage": {"quint2x4", 1},
}

// torchTypes are the types that PyTorch names, as torch.uint16. Tensors of some have untyped
// storages. Others are opaque: their bytes are one element each.
var torchTypes = map[string]elementType{
	"float64": {"F64", 8}, "float32": {"F32", 4}, "float16": {"F16", 2}, "bfloat16": {"BF16", 2},
	"float8_e4m3fn": {"F8_E4M3", 1}, "float8_e5m2": {"F8_E5M2", 1},
	"int64": {"I64", 8}, "int32": {"I32", 4}, "int16": {"I16", 2}, "int8": {"I8", 1},
	"uint64": {"U64", 8}, "uint32": {"U32", 4}, "uint16": {"U16", 2}, "uint8": {"U8", 1}, "bool": {"BOOL", 1},
	"complex32": {"complex32", 4}, "complex64": {"complex64", 8}, "complex128": {"complex128", 16}, "bits16": {"bits16", 2},
}

// storage is a run of elements in a checkpoint. Tensors are views of storages.
type storage struct {
	elementType
	count int
	swap  bool // big-endian
	load  func() ([]byte, error)
}

// tensorView is a tensor as the pickle has it: element [i, j, …] is element
// offset + i·stride[0] + j·stride[1] + … of the storage.
type tensorView struct {
	elementType // of the tensor, and of the storage but for its name
	storage     *storage
	offset      int
	shape       []int
	stride      []int
	negate      bool     // the elements of the storage are those of the tensor times -1
	scale       *float64 // the tensor is scale times (element - zero)
	zero        int
	numpy       bool // an array of NumPy's
}

// bytesView is about what is allocated to find out what a tensor is.
const bytesView = 700

// workView is about how much work that is, in items that are looked at.
const workView = 16

// maxWrapped bounds how often a tensor may be wrapped in a parameter or a derived class.
const maxWrapped = 16

// tensor says whether a value is a tensor or an array, and which. Those that cannot be read have a
// type that says why.
func (c *checkpoint) tensor(r ref) (v *tensorView, ok bool, err error) {
	if !c.m.is(r, typeObject) {
		return nil, false, nil
	}
	return c.call(c.m.part(r, 1), c.m.part(r, 2), c.m.part(r, 3), 0)
}

// call says what a function makes of arguments, if that is a tensor. No function is called: this
// is what those that PyTorch and NumPy write would make.
func (c *checkpoint) call(function, arguments, state ref, depth int) (v *tensorView, ok bool, err error) {
	_, short, named := c.m.nameParts(function)
	if !named || len(short) > maxName {
		return nil, false, nil
	}
	c.drop(bytesView)
	c.m.work -= workView
	name := c.m.className(function)
	args, whole := c.m.fields(arguments, maxWrapped)
	inner := func(i int) (*tensorView, bool, error) {
		if i >= len(args) || !c.m.is(args[i], typeObject) || depth >= maxWrapped {
			return nil, false, nil
		}
		return c.call(c.m.part(args[i], 1), c.m.part(args[i], 2), c.m.part(args[i], 3), depth+1)
	}
	switch name {
	case "torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2", "torch.tensor._rebuild_from_type":
		if len(args) == 4 && depth < maxWrapped {
			v, ok, err = c.call(args[0], args[2], makeRef(kindNone, 0), depth+1)
			if !ok { // of a class whose tensors consist of others, as a jagged one
				v = &tensorView{elementType: elementType{name: "of class " + c.m.className(args[1])}}
			}
			return v, true, err
		}
	case "torch.nn.parameter.Parameter", "torch.autograd.variable.Variable":
		// Before PyTorch 0.4, the tensor was an argument or a part of the state.
		if v, ok, err = inner(0); !ok {
			args, _ = c.m.fields(state, maxWrapped)
			v, ok, err = inner(0)
		}
		return v, ok, err
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
		"torch._utils._rebuild_device_tensor_from_numpy", "torch._utils._rebuild_xla_tensor",
		"torch._utils._rebuild_device_tensor_from_cpu_tensor":
		if v, ok, err = inner(0); ok || err != nil {
			return v, ok, err
		}
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
		"torch._utils._rebuild_qtensor":
		v, err = c.strided(name, args)
		return v, true, err
	case "fastai.torch_core._fa_rebuild_tensor":
		if len(args) > 0 {
			v, err = c.strided(name, args[1:])
			return v, true, err
		}
	}
	if kind, ok := strings.CutPrefix(name, "torch._utils._rebuild_"); ok {
		if !whole || strings.HasPrefix(kind, "parameter") {
			return nil, true, errors.Errorf("a tensor made by %s has other arguments than PyTorch writes", name)
		}
		if kind, _, _ = strings.Cut(kind, "_tensor"); kind == "" || dtypes[kind].size != 0 {
			kind = name
		}
		return &tensorView{elementType: elementType{name: kind}}, true, nil
	}
	return c.array(name, args, state)
}

// strided is the tensor of a storage, an offset, a shape and strides, and of what more arguments
// the functions have that take these.
func (c *checkpoint) strided(name string, args []ref) (*tensorView, error) {
	if len(args) < 4 {
		return nil, errors.Errorf("a tensor has %d arguments, want at least 4", len(args))
	}
	v := new(tensorView)
	var ok [3]bool
	v.offset, ok[0] = integerOf(args[1])
	v.shape, ok[1] = c.ints(args[2])
	v.stride, ok[2] = c.ints(args[3])
	for i, what := range [...]string{"offset", "shape", "strides"} {
		if !ok[i] {
			return nil, errors.Errorf("a tensor's %s: %s, want integers for at most %d axes", what, c.m.describe(args[i+1]), maxAxes)
		}
	}
	var err error
	if v.storage, err = c.storage(args[0]); err != nil {
		return nil, err
	}
	v.elementType = v.storage.elementType
	metadata := 6
	switch {
	case strings.HasSuffix(name, "_v3") && len(args) > 6:
		metadata = 7
		if err := c.retype(v, args[6]); err != nil {
			return nil, err
		}
	case strings.HasSuffix(name, "_qtensor") && len(args) > 4:
		metadata = len(args)
		c.quantised(v, args[4])
	}
	if len(args) > metadata {
		if neg, ok := c.m.get(args[metadata], "neg"); ok && neg.kind() == kindTrue {
			v.negate = true
			if !strings.HasPrefix(v.name, "F") && v.name != "BF16" {
				v.elementType = elementType{"negated " + v.name, v.size}
			}
		}
	}
	return v, nil
}

// retype gives a view of an untyped storage the type that PyTorch names.
func (c *checkpoint) retype(v *tensorView, dtype ref) error {
	name, ok := strings.CutPrefix(c.m.className(dtype), "torch.")
	if !ok {
		return errors.Errorf("a tensor's type: %s, want one of PyTorch's", c.m.describe(dtype))
	}
	if v.elementType, ok = torchTypes[name]; !ok {
		v.elementType = elementType{name, 1}
	}
	s := *v.storage
	s.elementType, s.count = v.elementType, s.count*s.size/v.size
	v.storage = &s
	return nil
}

// quantised takes the scale and the zero point of a tensor that has one of each.
func (c *checkpoint) quantised(v *tensorView, params ref) {
	types := map[string]string{"qint8": "I8", "quint8": "U8", "qint32": "I32"}
	p, _ := c.m.fields(params, 4)
	integer, ok := types[v.name]
	if !ok || len(p) != 3 || c.m.className(p[0]) != "torch.per_tensor_affine" {
		return
	}
	scale, ok1 := c.m.float(p[1])
	zero, ok2 := integerOf(p[2])
	if ok1 && ok2 {
		s := *v.storage
		s.name = integer
		v.storage, v.name, v.scale, v.zero = &s, "F32", &scale, zero
	}
}

// ints turns a tuple or a list with a number for each axis into a slice.
func (c *checkpoint) ints(r ref) ([]int, bool) {
	if c.m.is(r, typeObject) { // torch.Size
		if inner, ok := c.m.fields(c.m.part(r, 2), 1); ok && len(inner) == 1 && strings.HasPrefix(c.m.className(c.m.part(r, 1)), "torch.Size") {
			r = inner[0]
		}
	}
	if r.kind() == kindEmpty {
		return []int{}, true
	}
	if !c.m.is(r, typeTuple) && !c.m.is(r, typeList) || c.m.count(r) > maxAxes {
		return nil, false
	}
	n := make([]int, 0, c.m.count(r))
	c.m.items(r, 1, func(_ int, item ref) bool {
		v, ok := integerOf(item)
		if ok {
			n = append(n, v)
		}
		return ok
	})
	return n, len(n) == c.m.count(r)
}

// len is the number of elements, once the view is known to lie within its storage.
func (v *tensorView) len() (int, error) {
	if len(v.shape) != len(v.stride) {
		return 0, errors.Errorf("shape %v has other axes than strides %v", v.shape, v.stride)
	}
	n, ok := elements(v.shape)
	if !ok {
		return 0, errors.Errorf("shape %v is negative or too large", v.shape)
	}
	if n == 0 {
		return 0, nil
	}
	// last is the largest index into the storage. It never leaves [0, count).
	last := v.offset
	if last < 0 || last >= v.storage.count {
		return 0, errors.Errorf("offset %d into a storage of %d elements", v.offset, v.storage.count)
	}
	for i, d := range v.shape {
		if v.stride[i] < 0 || d > 1 && v.stride[i] > (v.storage.count-1-last)/(d-1) {
			return 0, errors.Errorf("shape %v, strides %v and offset %d exceed a storage of %d elements",
				v.shape, v.stride, v.offset, v.storage.count)
		}
		last += (d - 1) * v.stride[i]
	}
	return n, nil
}

// tensor copies the view's n elements.
func (v *tensorView) tensor(name string, n int) (Tensor, error) {
	size := v.storage.size
	raw := make([]byte, n*size)
	if n > 0 {
		data, err := v.storage.load()
		if err != nil {
			return Tensor{}, err
		}
		if len(data) < v.storage.count*size {
			return Tensor{}, errors.Errorf("its storage has %d bytes, want %d elements of type %s", len(data), v.storage.count, v.storage.name)
		}
		v.gather(raw, data)
	}
	if v.storage.swap {
		for i := range n {
			e := raw[i*size:][:size]
			for a, b := 0, size-1; a < b; a, b = a+1, b-1 {
				e[a], e[b] = e[b], e[a]
			}
		}
	}
	if v.negate {
		for i := range n {
			raw[i*size+size-1] ^= 0x80
		}
	}
	if v.scale == nil {
		return NewTensor(name, v.shape, v.name, raw)
	}
	q := make([]float32, n)
	if err := Decode(q, v.storage.name, raw); err != nil {
		return Tensor{}, err
	}
	for i := range q {
		q[i] = (q[i] - float32(v.zero)) * float32(*v.scale)
	}
	return FromFloats(name, v.shape, q), nil
}

// gather copies the elements of the view, the last axis moving fastest.
func (v *tensorView) gather(raw, data []byte) {
	size := v.storage.size
	run := 1 // the number of elements that lie beside each other
	axes := len(v.shape)
	for axes > 0 && (v.stride[axes-1] == run || v.shape[axes-1] == 1) {
		axes--
		run *= v.shape[axes]
	}
	index := make([]int, axes)
	at := v.offset
	for len(raw) > 0 {
		copy(raw[:run*size], data[at*size:])
		raw = raw[run*size:]
		for axis := axes - 1; axis >= 0; axis-- {
			index[axis]++
			at += v.stride[axis]
			if index[axis] < v.shape[axis] {
				break
			}
			index[axis] = 0
			at -= v.shape[axis] * v.stride[axis]
		}
	}
}
