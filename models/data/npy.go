package data

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"github.com/sbinet/npyio/npy"
	"github.com/sbinet/npyio/npz"

	"github.com/srnn-go/srnn/models/train"
)

// Arrays are sequences and targets from NumPy files. They implement [train.Dataset].
type Arrays struct {
	spec    train.Spec
	x       []float32 // [examples, steps, features]
	labels  []int32   // [examples], or with one for each step [examples, steps]
	numbers []float32 // instead of labels: [examples, numbers], or [examples, steps, numbers]
	lengths []int     // [examples], nil where all have as many steps
}

var _ train.Dataset = (*Arrays)(nil)

// ArrayOptions say what NumPy files do not.
type ArrayOptions struct {
	// FeaturesFirst is for x of shape [N, F, T], with the features before the steps.
	FeaturesFirst bool

	// Classes is their number. Default: the highest label and one.
	Classes int

	// Numbers is for y of numbers to learn instead of classes: of shape [N, n], or with n of them for
	// each step, [N, T, n].
	Numbers bool
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
	a, err := o.arrays(x, y, nil)
	return a, errors.Wrapf(err, "data: NumPy files %s, %s", xPath, yPath)
}

// ReadNPZ reads a dataset from the arrays x and y of a .npz file, see [ReadNPY]. Where it has an array
// lengths, of shape [N], the sequences have so many steps, from 1 to T, and what x and y hold beyond is
// padding.
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
	var lengths *array[float64]
	if slices.Contains(r.Keys(), "lengths.npy") {
		if lengths, err = member[float64](r, "lengths"); err != nil {
			return nil, err
		}
	}
	return o.arrays(x, y, lengths)
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
	header := 10 + int64(binary.LittleEndian.Uint16(raw[8:]))
	if raw[6] > 1 {
		header = 12 + int64(binary.LittleEndian.Uint32(raw[8:]))
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

// arrays makes a dataset of arrays; lengths may be nil.
func (o ArrayOptions) arrays(x *array[float32], y, lengths *array[float64]) (*Arrays, error) {
	if len(x.shape) != 3 || len(x.values) == 0 {
		return nil, errors.Errorf("x has shape %v, want three dimensions: examples, steps and features, at least one of each", x.shape)
	}
	if o.Classes < 0 || o.Numbers && o.Classes != 0 {
		return nil, errors.Errorf("Classes is %d, want at least 1, or 0 for what the labels tell, and for Numbers", o.Classes)
	}
	a := &Arrays{spec: train.Spec{Steps: x.shape[1], Features: x.shape[2], Classes: o.Classes}, x: x.values}
	if o.FeaturesFirst {
		a.spec.Steps, a.spec.Features = a.spec.Features, a.spec.Steps
	}
	if x.column || o.FeaturesFirst {
		a.x = make([]float32, len(x.values))
		for i := range a.x {
			n := a.spec.Features
			example, step, feature := i/(a.spec.Steps*n), i/n%a.spec.Steps, i%n
			if o.FeaturesFirst {
				step, feature = feature, step
			}
			a.x[i] = x.values[x.at(example, step, feature)]
		}
	}
	take := a.takeClasses
	if o.Numbers {
		take = a.takeNumbers
	}
	if err := take(x.shape, y); err != nil {
		return nil, err
	}
	return a, a.takeLengths(lengths)
}

// takeClasses takes y for classes.
func (a *Arrays) takeClasses(x []int, y *array[float64]) error {
	n, steps, classes := a.Len(), a.spec.Steps, a.spec.Classes
	a.spec.PerStep = len(y.shape) == 2
	if !a.spec.PerStep && len(y.shape) != 1 || y.shape[0] != n || a.spec.PerStep && y.shape[1] != steps {
		return errors.Errorf("y has shape %v, want [%d] or [%d, %d] for x of shape %v", y.shape, n, n, steps, x)
	}
	a.labels = make([]int32, len(y.values))
	highest := 0.
	for i := range a.labels {
		at := i
		if a.spec.PerStep {
			at = y.at(i/steps, i%steps)
		}
		v := y.values[at]
		if v != math.Trunc(v) || v < train.Ignore || v >= math.MaxInt32 || classes != 0 && v >= float64(classes) {
			return errors.Errorf("y: label %d is %v, want a class from 0 on%s, or %d for none", i, v, below(classes), train.Ignore)
		}
		a.labels[i] = int32(v)
		highest = max(highest, v)
	}
	if classes == 0 {
		a.spec.Classes = int(highest) + 1
	}
	return nil
}

// takeNumbers takes y for numbers to learn.
func (a *Arrays) takeNumbers(x []int, y *array[float64]) error {
	n, steps := a.Len(), a.spec.Steps
	a.spec.PerStep = len(y.shape) == 3
	if !a.spec.PerStep && len(y.shape) != 2 || y.shape[0] != n || a.spec.PerStep && y.shape[1] != steps || len(y.values) == 0 {
		return errors.Errorf("y has shape %v, want [%d, n] or [%d, %d, n] with numbers to learn, for x of shape %v", y.shape, n, n, steps, x)
	}
	k := y.shape[len(y.shape)-1]
	a.spec.Numbers, a.numbers = k, make([]float32, len(y.values))
	for i := range a.numbers {
		index := []int{i / k, i % k}
		if a.spec.PerStep {
			index = []int{i / (steps * k), i / k % steps, i % k}
		}
		v := y.values[y.at(index...)]
		if math.Abs(v) > math.MaxFloat32 {
			return errors.Errorf("y: number %d is %v, want one in the range of 32-bit floats", i, v)
		}
		a.numbers[i] = float32(v)
	}
	return nil
}

// takeLengths takes the lengths of sequences, if there are some.
func (a *Arrays) takeLengths(lengths *array[float64]) error {
	if lengths == nil {
		return nil
	}
	if len(lengths.shape) != 1 || lengths.shape[0] != a.Len() {
		return errors.Errorf("lengths has shape %v, want [%d]", lengths.shape, a.Len())
	}
	a.spec.Varying, a.lengths = true, make([]int, a.Len())
	for i, v := range lengths.values {
		if v != math.Trunc(v) || v < 1 || v > float64(a.spec.Steps) {
			return errors.Errorf("lengths: sequence %d has %v steps, want 1 to %d", i, v, a.spec.Steps)
		}
		a.lengths[i] = int(v)
	}
	return nil
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
	if a.lengths != nil {
		e.Steps = a.lengths[i]
	}
	copy(e.X, a.x[i*len(e.X):])
	copy(e.Y, a.numbers[i*len(e.Y):])
	n := len(e.Classes)
	for k, v := range a.labels[i*n : (i+1)*n] {
		e.Classes[k] = int(v)
	}
	return nil
}
