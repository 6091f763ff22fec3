package train

import "github.com/pkg/errors"

// ReadExample reads one example into memory of its own, and checks it as a training does: it is an error
// if it is longer than Spec says, or shorter without being Varying, if a number is not finite, and if
// an event or a class is out of range. Classes of steps beyond its end are [Ignore]. It is for looking at
// examples, and for tests; a training reads them into memory that is used again.
func ReadExample(d Dataset, i int) (*Example, error) {
	if d == nil {
		return nil, errors.New("srnn: there is no dataset")
	}
	l := loader{spec: d.Spec()}
	if err := l.spec.check(); err != nil {
		return nil, err
	}
	read, err := l.load(d, []int{i})
	if err != nil {
		return nil, err
	}
	return &read[0], nil
}
