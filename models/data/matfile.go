package data

import (
	"io/fs"
	"math"
	"os"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// RecordOptions say what a MAT-file of one's own does not.
type RecordOptions struct {
	// X and Y are the names of the variables. Default "x" and "y".
	X, Y string

	// Labels is for y of shape [records, steps] with the number of a class for each step, instead of
	// one-hot classes. A step of −1 or NaN has no label.
	Labels bool

	// FirstClass is the number of the first class in such labels: 1 where they are counted from 1.
	FirstClass int

	// Classes is their number. Default: what y has room for, or the highest of the labels tells.
	Classes int
}

// ReadRecords reads recordings that were coded by a program of one's own from a MAT-file: x of shape
// [records, steps, channels], whole numbers from −128 to 127 such as events of −1, 0 and 1, and y of shape
// [records, steps, classes], one-hot and all zero where a step has no label, or labels, see [RecordOptions].
// As MATLAB drops last dimensions of 1, x of [records, steps] has one channel. The steps without a label are
// those of [train.Ignore].
//
// MATLAB's files of level 5 (save -v6 and -v7, scipy.io.savemat, Octave's -mat), of level 4 and of MATLAB 7.3
// are read, in either byte order, compressed or not. The class of a variable does not matter as long as its numbers are
// whole; nor does what else is in the file. Errors name the path, the variable and the element.
func ReadRecords(path string, o RecordOptions) (*Records, error) {
	r, err := o.read(path)
	if err != nil {
		return nil, errors.Wrapf(err, "data: records: %s", path)
	}
	r.Unlabelled = train.Ignore
	return r, nil
}

// read reads the file.
func (o RecordOptions) read(path string) (*Records, error) {
	if o.X == "" {
		o.X = "x"
	}
	if o.Y == "" {
		o.Y = "y"
	}
	if o.X == o.Y {
		return nil, errors.Errorf("x and y are both variable %q", o.X)
	}
	if o.Classes < 0 || o.Classes > unlabelled || !o.Labels && o.FirstClass != 0 {
		return nil, errors.Errorf("FirstClass is %d, Classes %d: want no more than %d classes, and FirstClass with Labels alone",
			o.FirstClass, o.Classes, unlabelled)
	}
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v, err := findVolumes(f, size, o.X, o.Y)
	if err != nil {
		return nil, err
	}
	x, y := v[0], v[1]
	r, err := o.records(x, y)
	if err != nil {
		return nil, err
	}
	if err := x.events(r); err != nil {
		return nil, err
	}
	if o.Labels {
		return r, o.labels(r, y)
	}
	return r, y.oneHot(r)
}

// openRegular opens a file that has a size.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("is no regular file")
	}
	f, err := os.Open(path)
	return f, info.Size(), bare(err)
}

// bare takes the path out of an error that will be given it.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// records makes records of the shape of x and y, without anything in them.
func (o RecordOptions) records(x, y volume) (*Records, error) {
	n, steps, channels, err := x.shape()
	if err != nil {
		return nil, err
	}
	yn, ySteps, classes, err := y.shape()
	switch {
	case err != nil:
		return nil, err
	case n != yn || steps != ySteps:
		return nil, errors.Errorf("%s has shape %v and %s %v: they differ in records or steps", x.name, x.dims, y.name, y.dims)
	case o.Labels && classes != 1:
		return nil, errors.Errorf("%s has shape %v, want [%d, %d] for labels", y.name, y.dims, n, steps)
	case !o.Labels && classes == 1:
		return nil, errors.Errorf("%s has shape %v, want [%d, %d, classes], one-hot; labels are read with the option Labels", y.name, y.dims, n, steps)
	case !o.Labels && o.Classes != 0 && o.Classes != classes:
		return nil, errors.Errorf("%s has shape %v, want %d classes", y.name, y.dims, o.Classes)
	case classes > unlabelled:
		return nil, errors.Errorf("%s has shape %v, want at most %d classes", y.name, y.dims, unlabelled)
	}
	for _, v := range []volume{x, y} {
		if err := v.check(); err != nil {
			return nil, err
		}
	}
	r := newRecordsOf(n, steps, channels, classes)
	for i := range r.labels {
		r.labels[i] = unlabelled
	}
	return r, nil
}

// volume is a variable of the shape [records, steps, width]. The first index moves fastest.
type volume struct {
	matArray
	name string
	dims []int
}

func (v volume) shape() (records, steps, width int, err error) {
	s := v.dims
	for len(s) > 3 && s[len(s)-1] == 1 {
		s = s[:len(s)-1]
	}
	if len(s) == 2 {
		s = []int{s[0], s[1], 1}
	}
	if len(s) != 3 || v.Len() == 0 {
		return 0, 0, 0, errors.Errorf("%s has shape %v, want three dimensions: records, steps and what there is at a step, at least one of each", v.name, v.dims)
	}
	return s[0], s[1], s[2], nil
}

// trusted is how many bytes are taken from the system before a file has shown that it holds them.
const trusted = 48 << 20

// check reads a large variable once without keeping it, unless the file is known to hold it.
func (v volume) check() error {
	if v.Exact() || v.Len() <= trusted/2 {
		return nil
	}
	return v.Each(func(int, float64) error { return nil })
}

// each calls f for each element that is not 0: its value, and where it lies.
func (v volume) each(f func(record, step, k int, value float64) error) error {
	records, steps, _, err := v.shape()
	if err != nil {
		return err
	}
	return v.Each(func(i int, value float64) error {
		if value == 0 {
			return nil
		}
		return f(i%records, i/records%steps, i/(records*steps), value)
	})
}

// events fills in x.
func (v volume) events(r *Records) error {
	return v.each(func(record, step, k int, value float64) error {
		if value != math.Trunc(value) || value < math.MinInt8 || value > math.MaxInt8 { // NaN is not its integer
			return errors.Errorf("%s[%d, %d, %d] is %v, want a whole number from −128 to 127", v.name, record, step, k, value)
		}
		r.events[(record*r.steps+step)*r.channels+k] = int8(value)
		return nil
	})
}

// oneHot fills in the labels from y, which has a one in the place of the class.
func (v volume) oneHot(r *Records) error {
	return v.each(func(record, step, k int, value float64) error {
		if value != 1 {
			return errors.Errorf("%s[%d, %d, %d] is %v, want 0 or 1", v.name, record, step, k, value)
		}
		label := &r.labels[record*r.steps+step]
		if *label != unlabelled {
			return errors.Errorf("%s[%d, %d] is of classes %d and %d, want at most one", v.name, record, step, *label, k)
		}
		*label = uint8(k)
		return nil
	})
}

// labels fills in the labels from y, which has the numbers of classes.
func (o RecordOptions) labels(r *Records, y volume) error {
	reader := labelReader{FirstClass: o.FirstClass, Classes: o.Classes}
	if err := reader.check(); err != nil {
		return err
	}
	records := r.Len()
	err := y.Each(func(i int, value float64) error {
		if math.IsNaN(value) {
			return nil // what MATLAB has where nothing is
		}
		class, err := reader.class(value)
		if err == nil && class >= unlabelled {
			err = errors.Errorf("label is %v, want one of at most %d classes", value, unlabelled)
		}
		if err != nil {
			return errors.Wrapf(err, "%s[%d, %d]", y.name, i%records, i/records)
		}
		if class != train.Ignore {
			r.labels[i%records*r.steps+i/records] = uint8(class)
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.classes, err = reader.classes()
	return errors.Wrap(err, y.name)
}
