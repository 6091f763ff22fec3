package data

import (
	"cmp"
	"math"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models/train"
)

// Arrays are sequences and targets from files of arrays: NumPy's, safetensors, HDF5, MATLAB's or PyTorch's. They
// implement [train.Dataset]. They stay in their files, and each example is read as it is needed, of HDF5 files a chunk
// of which it is part; only arrays that are compressed by NumPy, in Fortran order or PyTorch's are held in memory, in
// the type that they have in the file, and those of MATLAB, 8 bytes a number.
type Arrays struct {
	spec    train.Spec
	x, y    source
	lengths []int // [examples], nil where all have as many steps

	featuresFirst bool
	labels        labelReader
	oneHot        int  // columns of y that together tell a class; 0 where y has labels
	column        bool // y is a column of labels for each example, which surely are those of steps

	files []arrayFile
}

var _ train.Dataset = (*Arrays)(nil)

// source is an array and where it is from.
type source struct {
	*tensorfile.Array
	from string
}

// ArrayOptions say what files of arrays do not.
type ArrayOptions struct {
	// X, Y and Lengths are the names of the arrays in a file of several, by default x, y and lengths. Where Lengths
	// is empty, there need be no such array. In HDF5 and PyTorch files, arrays that lie deeper have paths, as train/x
	// and train.x.
	X, Y, Lengths string

	// FeaturesFirst is for x of shape [N, F, T], with the features before the steps.
	FeaturesFirst bool

	// Classes is their number. Default: the highest label and one.
	Classes int

	// FirstClass is the label of the first class: 1 where labels count from 1, as in MATLAB and R.
	FirstClass int

	// OneHot says that a row of y, with one 1 and else 0, tells a class: y has shape [N, C] or, with a class for
	// each step, [N, T, C]. There a row of zeros is [train.Ignore].
	OneHot bool

	// Numbers is for y of numbers to learn instead of classes: of shape [N, n], or with n of them for each step,
	// [N, T, n]. [N] is [N, 1]; n numbers where n is T are told apart from one a step by shape [N, 1, n].
	Numbers bool

	// Memory is how many bytes may be taken by arrays that cannot be read example by example. Default: 2 GiB.
	Memory int64
}

// ReadNPY reads a dataset from two .npy files: x of shape [N, T, F], that is examples, steps and features, of any
// floats, whole numbers or booleans, which become float32; and y of whole numbers of any type, the classes, of shape
// [N] or, with one for each step, [N, T]. A class of −1 is [train.Ignore]. More axes of length 1 are no difference.
// Labels must all be classes when the file is read; x, and numbers to learn, are looked at as they are needed, and
// what is not finite is an error then. [Arrays.Close] closes the files.
//
// Either file may also be any other that [ReadArrays] reads, if it has one array only.
func ReadNPY(xPath, yPath string, o ArrayOptions) (*Arrays, error) {
	a := &Arrays{}
	err := func() (err error) {
		if a.x, err = a.only(xPath, o); err != nil {
			return err
		}
		if a.y, err = a.only(yPath, o); err != nil {
			return err
		}
		return errors.Wrapf(a.take(o, source{}), "data: %s, %s", xPath, yPath)
	}()
	return a.opened(err)
}

// ReadArrays reads a dataset from the arrays x and y of one file, see [ReadNPY]: a .npz file, compressed or not, a
// safetensors or HDF5 file, a MAT-file of any level, or a dict of tensors that PyTorch saved. Where it has an array
// lengths, of shape [N], the sequences have so many steps, from 1 to T, and what x and y hold beyond is padding. As
// MATLAB drops last dimensions of 1, x of [N, T] has one feature there.
func ReadArrays(path string, o ArrayOptions) (*Arrays, error) {
	a := &Arrays{}
	err := func() error {
		f, err := a.open(path, o)
		if err != nil {
			return err
		}
		find := func(option, name, usual string) (source, error) {
			name = cmp.Or(name, usual)
			x, err := f.Array(name)
			if !f.Has(name) {
				err = errors.Errorf("%v: ArrayOptions.%s names it, by its path where it lies deeper", err, option)
			}
			return source{x, path + ": array " + name}, errors.Wrap(err, "data")
		}
		if a.x, err = find("X", o.X, "x"); err != nil {
			return err
		}
		if a.y, err = find("Y", o.Y, "y"); err != nil {
			return err
		}
		if matlab(f) && len(a.x.Shape) == 2 {
			a.x.Shape = append(a.x.Shape, 1)
		}
		var lengths source
		if o.Lengths != "" || f.Has("lengths") {
			if lengths, err = find("Lengths", o.Lengths, "lengths"); err != nil {
				return err
			}
		}
		return errors.Wrapf(a.take(o, lengths), "data: %s", path)
	}()
	return a.opened(err)
}

// opened closes the files after an error.
func (a *Arrays) opened(err error) (*Arrays, error) {
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (o ArrayOptions) memory() int64 {
	if o.Memory == 0 {
		return 2 << 30
	}
	return o.Memory
}

func (a *Arrays) open(path string, o ArrayOptions) (arrayFile, error) {
	f, err := openArrays(path, o.memory())
	if err != nil {
		return nil, errors.Wrap(err, "data")
	}
	a.files = append(a.files, f)
	return f, nil
}

// only is the one array of a file.
func (a *Arrays) only(path string, o ArrayOptions) (source, error) {
	f, err := a.open(path, o)
	if err != nil {
		return source{}, err
	}
	if n := len(f.Names()); n != 1 {
		return source{}, errors.Errorf("data: %s: has %d arrays, want one; ReadArrays reads x and y of one file", path, n)
	}
	x, err := f.Array(f.Names()[0])
	return source{x, path}, errors.Wrap(err, "data")
}

// Close closes the files, after which no example can be read.
func (a *Arrays) Close() error {
	var err error
	for _, f := range a.files {
		if e := f.Close(); err == nil {
			err = e
		}
	}
	return errors.Wrap(err, "data")
}

// mostNumbers bounds what one example may take of memory.
const mostNumbers = 1 << 27

// take finds out what x, y and lengths mean. It looks at all shapes before it takes memory for any of them.
func (a *Arrays) take(o ArrayOptions, lengths source) error {
	x := a.x.Shape
	if len(x) != 3 || x[0] == 0 || x[1] == 0 || x[2] == 0 {
		return errors.Errorf("x has shape %v, want three axes: examples, steps and features, at least one of each; "+
			"in NumPy, x[:, None, :] gives one step to tables, and x.reshape(N, T, -1) makes features of more axes", x)
	}
	a.labels = labelReader{FirstClass: o.FirstClass, Classes: o.Classes}
	if err := a.labels.check(); err != nil {
		return err
	}
	if o.Memory < 0 {
		return errors.Errorf("Memory is %d, want a number of bytes", o.Memory)
	}
	for name, s := range map[string]source{"x": a.x, "y": a.y} {
		n := 1
		for _, d := range s.Shape[min(1, len(s.Shape)):] {
			n *= d
		}
		if n > mostNumbers {
			return errors.Errorf("%s has shape %v, which is %d numbers for an example, want at most %d", name, s.Shape, n, mostNumbers)
		}
	}
	a.featuresFirst = o.FeaturesFirst
	a.spec = train.Spec{Steps: x[1], Features: x[2], Varying: lengths.Array != nil}
	if o.FeaturesFirst {
		a.spec.Steps, a.spec.Features = a.spec.Features, a.spec.Steps
	}
	if err := a.takeTargets(o); err != nil {
		return err
	}
	if a.spec.Varying && !a.vector(lengths.Array) {
		return errors.Errorf("lengths has shape %v, want [%d]", lengths.Shape, a.Len())
	}
	free := o.memory()
	hold := func(s source) error {
		n, err := s.Hold(free)
		free -= n
		if large := tensorfile.TooLarge(""); errors.As(err, &large) {
			err = errors.WithMessage(err, "ArrayOptions.Memory")
		}
		return errors.WithMessage(err, s.Name)
	}
	if lengths.Array != nil {
		if err := hold(lengths); err != nil {
			return err
		}
		if err := a.takeLengths(lengths); err != nil {
			return err
		}
	}
	if err := hold(a.y); err != nil {
		return err
	}
	if !o.Numbers {
		if err := a.checkLabels(); err != nil {
			return err
		}
	}
	return hold(a.x) // the largest, once all else is right
}

// vector tells whether an array has one element for each example. It drops other axes, of length 1.
func (a *Arrays) vector(x *tensorfile.Array) bool {
	switch n := a.Len(); {
	case len(x.Shape) == 2 && x.Shape[0] == n && x.Shape[1] == 1:
		x.Drop(1)
	case len(x.Shape) == 2 && x.Shape[0] == 1 && x.Shape[1] == n:
		x.Drop(0)
	case len(x.Shape) != 1 || x.Shape[0] != n:
		return false
	}
	return true
}

// takeLengths takes the lengths of sequences.
func (a *Arrays) takeLengths(lengths source) error {
	values := make([]float64, a.Len())
	if err := tensorfile.ReadRows(lengths.Array, 0, values); err != nil {
		return errors.WithMessage(err, "lengths")
	}
	a.lengths = make([]int, a.Len())
	for i, v := range values {
		if v != math.Trunc(v) || v < 1 || v > float64(a.spec.Steps) {
			return errors.Errorf("lengths: sequence %d has %v steps, want 1 to %d", i, v, a.spec.Steps)
		}
		a.lengths[i] = int(v)
	}
	return nil
}

// Len implements [train.Dataset].
func (a *Arrays) Len() int { return a.x.Shape[0] }

// Spec implements [train.Dataset].
func (a *Arrays) Spec() train.Spec { return a.spec }

// steps are those of an example.
func (a *Arrays) steps(i int) int {
	if a.lengths == nil {
		return a.spec.Steps
	}
	return a.lengths[i]
}

// Read implements [train.Dataset].
func (a *Arrays) Read(i int, e *train.Example) error {
	if err := wantExample(i, a.Len()); err != nil {
		return err
	}
	steps := a.steps(i)
	e.Steps = steps
	if err := a.readX(i, steps, e.X); err != nil {
		return err
	}
	if n := a.spec.Numbers; n > 0 {
		return a.y.read(i, e.Y[:a.spec.Targets(steps)*n], func(k int) string { return number(a.spec, k) })
	}
	row := make([]float64, len(e.Classes)*max(a.oneHot, 1))
	if err := tensorfile.ReadRows(a.y.Array, i, row); err != nil {
		return errors.Wrapf(err, "data: %s: example %d", a.y.from, i)
	}
	return errors.Wrapf(a.classes(row, e.Classes[:a.spec.Targets(steps)], a.labels.meaning), "data: %s: example %d", a.y.from, i)
}

// readX reads the features of the steps that an example has.
func (a *Arrays) readX(i, steps int, x []float32) error {
	features := a.spec.Features
	if !a.featuresFirst {
		return a.x.read(i, x[:steps*features], func(k int) string {
			return numbered("step", k/features, "feature", k%features)
		})
	}
	all := make([]float32, len(x)) // [features, steps]
	err := a.x.read(i, all, func(k int) string {
		if k%a.spec.Steps >= steps {
			return "" // padding
		}
		return numbered("step", k%a.spec.Steps, "feature", k/a.spec.Steps)
	})
	for k := range x[:steps*features] {
		x[k] = all[k%features*a.spec.Steps+k/features]
	}
	return err
}

// read reads the beginning of row i, and wants all elements to be finite but those of no name.
func (s source) read(i int, to []float32, name func(k int) string) error {
	err := tensorfile.ReadRows(s.Array, i, to)
	if e, ok := err.(*tensorfile.ElementError); ok {
		row := 1
		for _, d := range s.Shape[1:] {
			row *= d
		}
		return errors.Errorf("data: %s: example %d, %s %s", s.from, i, name(e.At-i*row), e.Problem)
	}
	if err != nil {
		return errors.Wrapf(err, "data: %s: example %d", s.from, i)
	}
	for k, v := range to {
		if v-v != 0 && name(k) != "" {
			return errors.Errorf("data: %s: example %d, %s is %v, want a finite number", s.from, i, name(k), v)
		}
	}
	return nil
}
