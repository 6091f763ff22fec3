package train

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// Sequences are a dataset in memory, of any lengths: those that differ make its Spec Varying. It is
// checked as a whole before a training, see [Checked].
type Sequences struct {
	X [][][]float32 // [example][step][feature]

	// Y are the targets, or nil where there are none:
	//
	//	[]int           a class for each sequence, Ignore for none
	//	[][]int         a class for each of their steps
	//	[][]float32     numbers for each sequence
	//	[][][]float32   numbers for each of their steps; X, for what is to be reproduced
	Y any

	// Classes is how many classes there are, where Y are classes. 0 stands for as many as occur.
	Classes int
}

var _ Checked = Sequences{}

// Len implements [Dataset].
func (s Sequences) Len() int { return len(s.X) }

// Spec implements [Dataset]. It looks at all sequences.
func (s Sequences) Spec() Spec {
	p := Spec{Features: s.features(), Numbers: s.numbers()}
	for _, x := range s.X {
		p.Varying = p.Varying || len(x) != len(s.X[0])
		p.Steps = max(p.Steps, len(x))
	}
	switch y := s.Y.(type) {
	case []int:
		p.Classes = s.classes(y)
	case [][]int:
		p.PerStep = true
		for _, classes := range y {
			p.Classes = max(p.Classes, s.classes(classes))
		}
	case [][][]float32:
		p.PerStep = true
	}
	return p
}

// classes is how many there are, as far as some targets tell.
func (s Sequences) classes(targets []int) (n int) {
	if s.Classes > 0 {
		return s.Classes
	}
	for _, c := range targets {
		n = max(n, c+1)
	}
	return n
}

// features is how many features each step has, and numbers how many numbers a target is: as the first one.
func (s Sequences) features() int {
	if len(s.X) == 0 || len(s.X[0]) == 0 {
		return 0
	}
	return len(s.X[0][0])
}

func (s Sequences) numbers() int {
	switch y := s.Y.(type) {
	case [][]float32:
		if len(y) > 0 {
			return len(y[0])
		}
	case [][][]float32:
		if len(y) > 0 && len(y[0]) > 0 {
			return len(y[0][0])
		}
	}
	return 0
}

// targets is how many sequences Y is for.
func (s Sequences) targets() (n int, err error) {
	switch y := s.Y.(type) {
	case nil:
		n = len(s.X)
	case []int:
		n = len(y)
	case [][]int:
		n = len(y)
	case [][]float32:
		n = len(y)
	case [][][]float32:
		n = len(y)
	default:
		err = errors.Errorf("srnn: sequences: Y is %T, want []int or [][]int of classes, or [][]float32 or [][][]float32 of numbers", s.Y)
	}
	if err == nil && n != len(s.X) {
		err = errors.Errorf("srnn: sequences: there are %d sequences and %d targets", len(s.X), n)
	}
	return n, err
}

// Check refuses sequences and targets that do not fit each other, see [Checked].
func (s Sequences) Check() error {
	n, err := s.targets()
	if err != nil {
		return err
	}
	classes := false
	switch s.Y.(type) {
	case []int, [][]int:
		classes = true
	}
	switch {
	case s.Classes < 0:
		return errors.Errorf("srnn: sequences: Classes is %d, want at least 1, or 0 for as many as occur", s.Classes)
	case s.Classes > 0 && !classes:
		return errors.Errorf("srnn: sequences: Classes is %d, but Y is %T and not classes", s.Classes, s.Y)
	}
	for i := range n {
		if err := s.check(i); err != nil {
			return graph.Wrapf(err, "sequence %d", i)
		}
	}
	if classes && n > 0 && s.Spec().Classes == 0 {
		return errors.Errorf("srnn: sequences: no target is a class, all are %d for none: say in Classes how many there are", Ignore)
	}
	return nil
}

// check refuses a sequence that is not like others, or not like its target.
func (s Sequences) check(i int) error {
	steps, features := len(s.X[i]), s.features()
	if steps == 0 {
		return errors.New("there are no steps")
	}
	for t, row := range s.X[i] {
		if len(row) != features || features == 0 {
			return errors.Errorf("step %d has %d features, want as many as the first step of the first sequence, and that has %d", t, len(row), features)
		}
	}
	numbers := s.numbers()
	switch y := s.Y.(type) {
	case []int:
		return s.checkClass(y[i])
	case [][]int:
		if len(y[i]) != steps {
			return errors.Errorf("there are %d steps and %d targets", steps, len(y[i]))
		}
		for t, c := range y[i] {
			if err := s.checkClass(c); err != nil {
				return errors.WithMessagef(err, "step %d", t)
			}
		}
	case [][]float32:
		if len(y[i]) != numbers || numbers == 0 {
			return errors.Errorf("the target has %d numbers, want as many as the first one, and that has %d", len(y[i]), numbers)
		}
	case [][][]float32:
		if len(y[i]) != steps {
			return errors.Errorf("there are %d steps and %d targets", steps, len(y[i]))
		}
		for t, row := range y[i] {
			if len(row) != numbers || numbers == 0 {
				return errors.Errorf("the target of step %d has %d numbers, want as many as the first one, and that has %d", t, len(row), numbers)
			}
		}
	}
	return nil
}

// checkClass refuses a class that cannot be one.
func (s Sequences) checkClass(c int) error {
	switch {
	case c == Ignore || c >= 0 && (s.Classes == 0 || c < s.Classes):
		return nil
	case s.Classes == 0:
		return errors.Errorf("the class is %d, want 0 or more, or %d for none", c, Ignore)
	}
	return errors.Errorf("the class is %d, want 0 to %d, or %d for none", c, s.Classes-1, Ignore)
}

// Read implements [Dataset].
func (s Sequences) Read(i int, e *Example) error {
	n, err := s.targets()
	if err != nil {
		return err
	}
	if i < 0 || i >= n {
		return errors.Errorf("srnn: sequences: there is no sequence %d, but 0 to %d", i, n-1)
	}
	if err := s.check(i); err != nil {
		return err
	}
	features, numbers := s.features(), s.numbers()
	e.Steps = len(s.X[i])
	for t, row := range s.X[i] {
		copy(e.X[t*features:], row)
	}
	switch y := s.Y.(type) {
	case []int:
		copy(e.Classes, y[i:i+1])
	case [][]int:
		copy(e.Classes, y[i])
	case [][]float32:
		copy(e.Y, y[i])
	case [][][]float32:
		for t, row := range y[i] {
			copy(e.Y[t*numbers:], row)
		}
	}
	return nil
}
