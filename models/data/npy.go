package data

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"strconv"

	"github.com/pkg/errors"
	"github.com/sbinet/npyio/npy"
	"github.com/sbinet/npyio/npz"

	"github.com/srnn-go/srnn/models/train"
)

// Arrays are sequences and labels from NumPy files. They implement [train.Dataset].
type Arrays struct {
	spec   train.Spec
	x      []float32 // [examples, steps, features]
	labels []int32   // [examples], or with one for each step [examples, steps]
}

var _ train.Dataset = (*Arrays)(nil)

// ArrayOptions say what NumPy files do not.
type ArrayOptions struct {
	// FeaturesFirst is for x of shape [N, F, T], with the features before the steps.
	FeaturesFirst bool

	// Classes is their number. Default: the highest label and one.
	Classes int
}

// ReadNPY reads a dataset from two .npy files: x of shape [N, T, F], that is examples, steps and
// features, of numbers or booleans, which become float32; and y of whole numbers, the classes, of shape
// [N] or, with one for each step, [N, T]. A class of −1 is [train.Ignore].
func ReadNPY(xPath, yPath string, o ArrayOptions) (*Arrays, error) {
	x, err := readNPY[float32](xPath)
	if err != nil {
		return nil, err
	}
	y, err := readNPY[float64](yPath)
	if err != nil {
		return nil, err
	}
	a, err := o.arrays(x, y)
	return a, errors.Wrapf(err, "data: NumPy files %s, %s", xPath, yPath)
}

// ReadNPZ reads a dataset from the arrays x and y of a .npz file, see [ReadNPY].
func ReadNPZ(path string, o ArrayOptions) (*Arrays, error) {
	raw, err := readBounded(path, maxNumPy)
	if err != nil {
		return nil, errors.Wrap(err, "data: NumPy file")
	}
	a, err := o.parseNPZ(raw)
	return a, errors.Wrapf(err, "data: NumPy file %s", path)
}

// maxNumPy bounds the bytes of a NumPy file, and of each array.
const maxNumPy = 2 << 30

func readNPY[N float32 | float64](path string) (*array[N], error) {
	raw, err := readBounded(path, maxNumPy)
	if err != nil {
		return nil, errors.Wrap(err, "data: NumPy file")
	}
	a, err := parseNPY[N](raw)
	return a, errors.Wrapf(err, "data: NumPy file %s", path)
}

func (o ArrayOptions) parseNPZ(raw []byte) (*Arrays, error) {
	r, err := npz.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	x, err := member[float32](r, "x")
	if err != nil {
		return nil, err
	}
	y, err := member[float64](r, "y")
	if err != nil {
		return nil, err
	}
	return o.arrays(x, y)
}

// member reads one array of a .npz file.
func member[N float32 | float64](r *npz.Reader, name string) (*array[N], error) {
	f, err := r.Open(name + ".npy")
	if err != nil {
		return nil, errors.Errorf("has no array %s; it has %v", name, r.Keys())
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxNumPy+1))
	if err != nil {
		return nil, errors.Wrapf(err, "array %s", name)
	}
	if len(raw) > maxNumPy {
		return nil, errors.Errorf("array %s inflates to more than %d bytes", name, maxNumPy)
	}
	a, err := parseNPY[N](raw)
	return a, errors.Wrapf(err, "array %s", name)
}

// array is a NumPy array.
type array[N float32 | float64] struct {
	shape  []int
	values []N // in row-major order, or with the first index fastest
	column bool
}

// parseNPY hands the file to the library once its sizes are known to be honest: the library allocates
// what the header declares, takes a file that is cut for one of zeros, and panics on a broken header.
func parseNPY[N float32 | float64](raw []byte) (a *array[N], err error) {
	defer func() {
		if p := recover(); p != nil {
			a, err = nil, errors.Errorf("broken: %v", p)
		}
	}()
	if len(raw) < 12 || !bytes.HasPrefix(raw, npy.Magic[:]) {
		return nil, errors.Errorf("offset 0: is not a .npy file: want %q and a header", npy.Magic)
	}
	header := 10 + int64(little.Uint16(raw[8:]))
	if raw[6] > 1 {
		header = 12 + int64(little.Uint32(raw[8:]))
	}
	if header > int64(len(raw)) {
		return nil, errors.Errorf("offset 8: the header ends at %d, but the file at %d: it is cut", header, len(raw))
	}
	r, err := npy.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	d := r.Header.Descr
	n := 1
	for _, s := range d.Shape {
		if s < 0 || s > 0 && n > len(raw)/s {
			return nil, errors.Errorf("has shape %v, but only %d bytes", d.Shape, len(raw))
		}
		n *= s
	}
	t := npy.TypeFrom(d.Type)
	if t == nil || t.Kind() == reflect.String {
		return nil, errors.Errorf("has elements of type %q, want whole numbers of 8 to 64 bits, floats of 32 or 64 bits or booleans", d.Type)
	}
	if got := int64(len(raw)) - header; got != int64(n)*int64(t.Size()) {
		return nil, errors.Errorf("offset %d: has %d bytes, want %d of type %s for shape %v", header, got, int64(n)*int64(t.Size()), d.Type, d.Shape)
	}
	a = &array[N]{shape: d.Shape, column: d.Fortran}
	if n == 0 {
		return a, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		for i, b := range raw[header:] {
			if b > 1 {
				return nil, errors.Errorf("element %d is %d, want a boolean", i, b)
			}
			a.values = append(a.values, N(b))
		}
	case reflect.Int8:
		a.values, err = elements[int8, N](r)
	case reflect.Int16:
		a.values, err = elements[int16, N](r)
	case reflect.Int32:
		a.values, err = elements[int32, N](r)
	case reflect.Int64:
		a.values, err = elements[int64, N](r)
	case reflect.Uint8:
		a.values, err = elements[uint8, N](r)
	case reflect.Uint16:
		a.values, err = elements[uint16, N](r)
	case reflect.Uint32:
		a.values, err = elements[uint32, N](r)
	case reflect.Uint64:
		a.values, err = elements[uint64, N](r)
	case reflect.Float32:
		a.values, err = elements[float32, N](r)
	case reflect.Float64:
		a.values, err = elements[float64, N](r)
	default:
		return nil, errors.Errorf("has elements of type %q, want real numbers or booleans", d.Type)
	}
	return a, err
}

// elements reads all elements, of type T, as they are in the file.
func elements[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64, N float32 | float64](r *npy.Reader) ([]N, error) {
	var values []T
	if err := r.Read(&values); err != nil {
		return nil, err
	}
	out := make([]N, len(values))
	for i, v := range values {
		out[i] = N(v)
		if math.IsNaN(float64(out[i])) || math.IsInf(float64(out[i]), 0) {
			return nil, errors.Errorf("element %d is %v, want a finite number in the range of 32-bit floats", i, v)
		}
	}
	return out, nil
}

// at is where the element at an index is.
func (a *array[N]) at(index ...int) int {
	at := 0
	for k := range index {
		if a.column {
			k = len(index) - 1 - k
		}
		at = at*a.shape[k] + index[k]
	}
	return at
}

// arrays makes a dataset of two arrays.
func (o ArrayOptions) arrays(x *array[float32], y *array[float64]) (*Arrays, error) {
	if len(x.shape) != 3 || len(x.values) == 0 {
		return nil, errors.Errorf("x has shape %v, want three dimensions: examples, steps and features, at least one of each", x.shape)
	}
	n, steps, features := x.shape[0], x.shape[1], x.shape[2]
	if o.FeaturesFirst {
		steps, features = features, steps
	}
	perStep := len(y.shape) == 2
	if !perStep && len(y.shape) != 1 || y.shape[0] != n || perStep && y.shape[1] != steps {
		return nil, errors.Errorf("y has shape %v, want [%d] or [%d, %d] for x of shape %v", y.shape, n, n, steps, x.shape)
	}
	a := &Arrays{
		spec: train.Spec{Steps: steps, Features: features, Classes: o.Classes, PerStep: perStep},
		x:    x.values, labels: make([]int32, len(y.values)),
	}
	if x.column || o.FeaturesFirst {
		a.x = make([]float32, len(x.values))
		for i := range a.x {
			example, step, feature := i/(steps*features), i/features%steps, i%features
			if o.FeaturesFirst {
				a.x[i] = x.values[x.at(example, feature, step)]
			} else {
				a.x[i] = x.values[x.at(example, step, feature)]
			}
		}
	}
	highest := 0.
	for i := range a.labels {
		at := i
		if perStep {
			at = y.at(i/steps, i%steps)
		}
		v := y.values[at]
		if v != math.Trunc(v) || v < train.Ignore || v >= math.MaxInt32 || o.Classes != 0 && v >= float64(o.Classes) {
			return nil, errors.Errorf("y: label %d is %v, want a class from 0 on%s, or %d for none", i, v, below(o.Classes), train.Ignore)
		}
		a.labels[i] = int32(v)
		highest = max(highest, v)
	}
	if o.Classes < 0 {
		return nil, errors.Errorf("Classes is %d, want at least 1, or 0 for what the labels tell", o.Classes)
	}
	if o.Classes == 0 {
		a.spec.Classes = int(highest) + 1
	}
	return a, nil
}

func below(classes int) string {
	if classes == 0 {
		return ""
	}
	return " and below " + strconv.Itoa(classes)
}

// Len implements [train.Dataset].
func (a *Arrays) Len() int { return len(a.x) / (a.spec.Steps * a.spec.Features) }

// Spec implements [train.Dataset].
func (a *Arrays) Spec() train.Spec { return a.spec }

// Read implements [train.Dataset].
func (a *Arrays) Read(i int, e *train.Example) error {
	if err := wantExample(i, a.Len()); err != nil {
		return err
	}
	copy(e.X, a.x[i*len(e.X):])
	n := len(e.Classes)
	for k, v := range a.labels[i*n : (i+1)*n] {
		e.Classes[k] = int(v)
	}
	return nil
}
