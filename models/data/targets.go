package data

import (
	"fmt"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models/train"
)

// numbered names a place by two numbers.
func numbered(a string, i int, b string, k int) string {
	return fmt.Sprintf("%s %d, %s %d", a, i, b, k)
}

// number names a number to learn.
func number(s train.Spec, k int) string {
	if s.PerStep {
		return numbered("step", k/s.Numbers, "number", k%s.Numbers)
	}
	return fmt.Sprintf("number %d", k)
}

// takeTargets finds out by its shape what y is.
func (a *Arrays) takeTargets(o ArrayOptions) error {
	switch {
	case o.Numbers && (o.OneHot || o.Classes != 0 || o.FirstClass != 0):
		return errors.New("Numbers are no classes: want neither OneHot nor Classes nor FirstClass beside them")
	case o.OneHot && o.FirstClass != 0:
		return errors.Errorf("FirstClass is %d, but OneHot rows have no labels that could count from there", o.FirstClass)
	case o.Numbers:
		return a.takeNumbers()
	case o.OneHot:
		return a.takeOneHot(o)
	}
	y, n, steps := a.y.Shape, a.Len(), a.spec.Steps
	if len(y) == 3 && y[0] == n && y[1] == steps && y[2] == 1 {
		a.y.Drop(2)
		a.spec.PerStep, a.column = true, true
		return nil
	}
	a.spec.PerStep = len(y) == 2 && y[0] == n && y[1] == steps
	if a.spec.PerStep || a.vector(a.y.Array) {
		return nil
	}
	hint := ""
	if len(y) > 0 && y[0] != n && y[0] == a.x.Shape[1] {
		hint = "; an x that begins with the steps is given as x.swapaxes(0, 1)"
	}
	if len(y) == 2 && y[0] == n || len(y) == 3 && y[0] == n && y[1] == steps {
		hint = "; rows that are one-hot need OneHot, and numbers to learn need Numbers"
	}
	return errors.Errorf("y has shape %v, want [%d] or [%d, %d] for x of shape %v%s", y, n, n, steps, a.x.Shape, hint)
}

// takeOneHot takes rows of y for classes.
func (a *Arrays) takeOneHot(o ArrayOptions) error {
	y, n, steps := a.y.Shape, a.Len(), a.spec.Steps
	a.spec.PerStep = len(y) == 3
	if !a.spec.PerStep && len(y) != 2 || y[0] != n || a.spec.PerStep && y[1] != steps || y[len(y)-1] < 2 {
		return errors.Errorf("y has shape %v, want [%d, C] or [%d, %d, C] with OneHot rows of at least 2 classes, for x of shape %v",
			y, n, n, steps, a.x.Shape)
	}
	a.oneHot = y[len(y)-1]
	if o.Classes != 0 && o.Classes != a.oneHot {
		return errors.Errorf("y has OneHot rows of %d classes, and Classes is %d", a.oneHot, o.Classes)
	}
	return nil
}

// takeNumbers takes y for numbers to learn.
func (a *Arrays) takeNumbers() error {
	y, n, steps := a.y.Shape, a.Len(), a.spec.Steps
	switch {
	case len(y) == 2 && y[0] == n && y[1] == steps && steps > 1:
		return errors.Errorf("y has shape %v, which may be %d numbers for each example, or one for each step: give it as [%d, 1, %d], "+
			"or as [%d, %d, 1]", y, steps, n, steps, n, steps)
	case len(y) == 3 && y[0] == n && y[1] == steps && y[2] > 0:
		a.spec.PerStep, a.spec.Numbers = true, y[2]
	case len(y) == 3 && y[0] == n && y[1] == 1 && y[2] > 0:
		a.y.Drop(1)
		a.spec.Numbers = y[2]
	case len(y) == 2 && y[0] == n && y[1] > 0:
		a.spec.Numbers = y[1]
	case len(y) == 1 && y[0] == n:
		a.spec.Numbers = 1
	default:
		return errors.Errorf("y has shape %v, want [%d, n] or [%d, %d, n] with numbers to learn, for x of shape %v", y, n, n, steps, a.x.Shape)
	}
	return nil
}

// classes reads classes from a row of y.
func (a *Arrays) classes(row []float64, to []int, meaning func(label float64) (int, error)) error {
	for t := range to {
		place := ""
		if a.spec.PerStep {
			place = fmt.Sprintf("step %d: ", t)
		}
		if a.oneHot == 0 {
			class, err := meaning(row[t])
			if err != nil {
				return errors.WithMessage(err, place+"y")
			}
			to[t] = class
			continue
		}
		class, ok := oneHot(row[t*a.oneHot : (t+1)*a.oneHot])
		if !ok || class == train.Ignore && !a.spec.PerStep {
			return errors.Errorf("%sy: the row is not one-hot: want a single 1 and else 0", place)
		}
		to[t] = class
	}
	return nil
}

// checkLabels looks at all labels, and finds out how many classes there are.
func (a *Arrays) checkLabels() error {
	targets := a.spec.Targets(a.spec.Steps)
	row := targets * max(a.oneHot, 1)
	buffer, classes := make([]float64, max(1, 1<<15/row)*row), make([]int, targets)
	looksOneHot := a.spec.PerStep && a.oneHot == 0 && targets > 1 && !a.column
	for first := 0; first < a.Len(); first += len(buffer) / row {
		block := buffer[:min(len(buffer), (a.Len()-first)*row)]
		if err := tensorfile.ReadRows(a.y.Array, first, block); err != nil {
			return errors.WithMessage(err, "y")
		}
		for k := range len(block) / row {
			i := first + k
			y := block[k*row : (k+1)*row]
			if err := a.classes(y, classes[:a.spec.Targets(a.steps(i))], a.labels.class); err != nil {
				return errors.WithMessagef(err, "example %d", i)
			}
			if looksOneHot {
				class, ok := oneHot(y)
				looksOneHot = ok && class != train.Ignore
			}
		}
	}
	if looksOneHot {
		return errors.Errorf("y has shape %v, and each row a single 1: if these are one-hot classes, and not labels of steps, set OneHot; "+
			"else give it as [%d, %d, 1]", a.y.Shape, a.Len(), targets)
	}
	if a.oneHot != 0 {
		a.spec.Classes = a.oneHot
		return nil
	}
	var err error
	a.spec.Classes, err = a.labels.classes()
	return errors.WithMessage(err, "y")
}
