package data

import (
	"fmt"
	"math"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// mostLabels bounds the classes that labels alone may tell of: a number beyond is more likely none of a class.
const mostLabels = 1 << 16

// labelReader turns the labels of a file into classes from 0 on. All readers of files have these two settings, under
// these names, and so understand and refuse the same labels.
type labelReader struct {
	// FirstClass is the label of class 0, usually 0, and 1 where labels count from 1, as in MATLAB and R.
	FirstClass int

	// Classes is the number of classes; 0 is for what the labels tell.
	Classes int

	lowest, highest int // class that has come, where any is true
	any             bool
	ignored         bool // a label of no class has come
}

// check finds out whether the settings make sense.
func (r *labelReader) check() error {
	if r.Classes < 0 || r.Classes > math.MaxInt32 {
		return errors.Errorf("Classes is %d, want 1 to %d, or 0 for what the labels tell", r.Classes, math.MaxInt32)
	}
	if r.FirstClass < -math.MaxInt32 || r.FirstClass > math.MaxInt32 {
		return errors.Errorf("FirstClass is %d, want the label of the first class, such as 0 or 1", r.FirstClass)
	}
	return nil
}

// class is the class that a label means: [train.Ignore] for −1, unless FirstClass says that this is a class. It must
// see all labels once, and is not safe for concurrent calls, as meaning is.
func (r *labelReader) class(label float64) (int, error) {
	c, err := r.meaning(label)
	if err != nil || c == train.Ignore {
		r.ignored = r.ignored || err == nil
		return c, err
	}
	if !r.any {
		r.lowest, r.highest, r.any = c, c, true
	}
	r.lowest, r.highest = min(r.lowest, c), max(r.highest, c)
	return c, nil
}

func (r *labelReader) meaning(label float64) (int, error) {
	if label == train.Ignore && r.FirstClass > train.Ignore {
		return train.Ignore, nil
	}
	class := label - float64(r.FirstClass)
	switch {
	case label != math.Trunc(label) || math.Abs(label) > math.MaxInt32: // or not a number
		return 0, errors.Errorf("label is %v, want a whole number", label)
	case class < 0:
		return 0, errors.Errorf("label is %v, want at least %d, FirstClass, or %d for none", label, r.FirstClass, train.Ignore)
	case r.Classes != 0 && int(class) == r.Classes && r.FirstClass == 0:
		return 0, errors.Errorf("label is %v, want at most %d of %d classes; where labels count from 1, set FirstClass to 1",
			label, r.Classes-1, r.Classes)
	case r.Classes != 0 && int(class) >= r.Classes:
		return 0, errors.Errorf("label is %v, want at most %d of %d classes", label, r.FirstClass+r.Classes-1, r.Classes)
	case class >= mostLabels && r.Classes == 0:
		return 0, errors.Errorf("label is %v, which is more than classes usually are: set Classes to their number", label)
	}
	return int(class), nil
}

// classes is the number of classes, once all labels have been read. Where class 0 never comes and no setting says
// why, labels probably count from 1, and a class too many would go unnoticed.
func (r *labelReader) classes() (int, error) {
	if r.Classes != 0 {
		return r.Classes, nil
	}
	if !r.any {
		return 0, errors.Errorf("there is no label other than %d: set Classes to the number of classes", train.Ignore)
	}
	if r.lowest > 0 {
		low, high := r.lowest+r.FirstClass, r.highest+r.FirstClass
		none := ""
		if r.ignored {
			none = fmt.Sprintf(" (%d is for none, or set FirstClass to it)", train.Ignore)
		}
		return 0, errors.Errorf("labels run from %d to %d, and none is %d%s: set FirstClass to %d if they count from there, or Classes to %d "+
			"if %d is a class that has no example", low, high, r.FirstClass, none, low, r.highest+1, r.FirstClass)
	}
	return r.highest + 1, nil
}

// oneHot is the class of a row in which a single 1 tells it, and the others are 0; ok tells that it is such a row.
// A row of zeros is of no class.
func oneHot(row []float64) (class int, ok bool) {
	class = train.Ignore
	for i, v := range row {
		switch {
		case v == 1 && class == train.Ignore:
			class = i
		case v != 0:
			return 0, false
		}
	}
	return class, true
}
