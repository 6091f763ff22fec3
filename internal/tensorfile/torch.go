package tensorfile

import (
	"strings"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/pkg/errors"
)

// maxAxes is PyTorch's own limit to the axes of a tensor.
const maxAxes = 64

// storage is a run of elements in a checkpoint. Tensors are views of storages.
type storage struct {
	dtype string
	count int
	data  []byte
}

// storageClass is a class such as torch.FloatStorage.
type storageClass struct{ dtype string }

var storageClasses = map[string]storageClass{
	"DoubleStorage":   {"F64"},
	"FloatStorage":    {"F32"},
	"HalfStorage":     {"F16"},
	"BFloat16Storage": {"BF16"},
	"LongStorage":     {"I64"},
	"IntStorage":      {"I32"},
	"ShortStorage":    {"I16"},
	"CharStorage":     {"I8"},
	"ByteStorage":     {"U8"},
	"BoolStorage":     {"BOOL"},
}

// knownClass finds the classes and functions that checkpoints need, by module and name. Others
// are opaque.
func knownClass(name string) (any, bool) {
	switch name {
	case "torch._utils._rebuild_tensor_v2":
		return rebuildTensor{}, true
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return rebuildParameter{}, true
	case "__builtin__.set", "builtins.set":
		return newSet{}, true
	// gopickle knows the names that these two have in protocol 2.
	case "builtins.object":
		return &types.ObjectClass{}, true
	case "copyreg._reconstructor":
		return &types.Reconstructor{}, true
	}
	if storage, ok := strings.CutPrefix(name, "torch."); ok {
		class, ok := storageClasses[storage]
		return class, ok
	}
	return nil, false
}

// rebuildTensor is torch._utils._rebuild_tensor_v2(storage, offset, shape, stride,
// requires_grad, hooks).
type rebuildTensor struct{}

func (rebuildTensor) Call(args ...any) (any, error) {
	if len(args) != 6 {
		return nil, errors.Errorf("tensor has %d arguments, want 6", len(args))
	}
	v := new(tensorView)
	var ok [4]bool
	v.storage, ok[0] = args[0].(*storage)
	v.offset, ok[1] = args[1].(int)
	v.shape, ok[2] = ints(args[2])
	v.stride, ok[3] = ints(args[3])
	for i, name := range [...]string{"storage", "offset", "shape", "strides"} {
		if !ok[i] {
			return nil, errors.Errorf("a tensor's %s: value of type %T, want integers for at most %d axes", name, args[i], maxAxes)
		}
	}
	return v, nil
}

// ints turns a tuple with a number for each axis into a slice.
func ints(tuple any) ([]int, bool) {
	t, ok := tuple.(*types.Tuple)
	if !ok || t.Len() > maxAxes {
		return nil, false
	}
	n := make([]int, t.Len())
	for i := range n {
		if n[i], ok = t.Get(i).(int); !ok {
			return nil, false
		}
	}
	return n, true
}

// rebuildParameter is torch._utils._rebuild_parameter(tensor, requires_grad, hooks), and
// _rebuild_parameter_with_state, which has one argument more: the attributes of the parameter.
type rebuildParameter struct{}

func (rebuildParameter) Call(args ...any) (any, error) {
	if len(args) == 3 || len(args) == 4 {
		if v, ok := args[0].(*tensorView); ok {
			return v, nil
		}
	}
	return nil, errors.New("parameter: want a tensor and two or three more arguments")
}

// tensorView is a tensor as the pickle has it: element [i, j, …] is element
// offset + i·stride[0] + j·stride[1] + … of the storage.
type tensorView struct {
	storage *storage
	offset  int
	shape   []int
	stride  []int
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
	t := Tensor{Name: name, Shape: v.shape, DType: v.storage.dtype}
	size := dtypes[t.DType].size
	t.raw = make([]byte, 0, n*size)
	index := make([]int, len(v.shape))
	at := v.offset
	for range n {
		t.raw = append(t.raw, v.storage.data[at*size:][:size]...)
		for axis := len(index) - 1; axis >= 0; axis-- {
			index[axis]++
			at += v.stride[axis]
			if index[axis] < v.shape[axis] {
				break
			}
			index[axis] = 0
			at -= v.shape[axis] * v.stride[axis]
		}
	}
	return t, nil
}
