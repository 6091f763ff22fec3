package train

import "github.com/pkg/errors"

// Sequences are a dataset in memory, of any lengths.
type Sequences struct {
	X [][][]float32 // [example][step][feature]

	// Y are the targets, or nil:
	//
	//	[]int           a class for each sequence
	//	[][]int         a class for each of their steps, Ignore for none
	//	[][]float32     numbers for each sequence
	//	[][][]float32   numbers for each of their steps
	Y any

	// Classes is how many classes there are; 0 stands for as many as occur.
	Classes int
}

// Len implements [Dataset].
func (s Sequences) Len() int { return len(s.X) }

// Spec implements [Dataset].
func (s Sequences) Spec() Spec {
	var p Spec
	for _, x := range s.X {
		if p.Steps > 0 && len(x) != p.Steps {
			p.Varying = true
		}
		p.Steps = max(p.Steps, len(x))
	}
	p.Features = s.features()
	most := func(classes []int) {
		for _, c := range classes {
			p.Classes = max(p.Classes, c+1)
		}
	}
	switch y := s.Y.(type) {
	case []int:
		most(y)
	case [][]int:
		p.PerStep = true
		for _, classes := range y {
			most(classes)
		}
	case [][]float32:
		if len(y) > 0 {
			p.Numbers = len(y[0])
		}
	case [][][]float32:
		p.PerStep = true
		p.Numbers = s.numbers()
	}
	if s.Classes > 0 && p.Numbers == 0 {
		p.Classes = s.Classes
	}
	return p
}

// Check refuses targets that do not fit the sequences, see [Checked].
func (s Sequences) Check() error {
	targets := -1
	switch y := s.Y.(type) {
	case nil:
		return nil
	case []int:
		targets = len(y)
	case [][]int:
		targets = len(y)
	case [][]float32:
		targets = len(y)
	case [][][]float32:
		targets = len(y)
	default:
		return errors.Errorf("srnn: Sequences: Y is %T, want []int or [][]int of classes, or [][]float32 or [][][]float32 of numbers", s.Y)
	}
	if targets != len(s.X) {
		return errors.Errorf("srnn: Sequences: there are %d sequences and %d targets", len(s.X), targets)
	}
	return nil
}

// Read implements [Dataset].
func (s Sequences) Read(i int, e *Example) error {
	if i < 0 || i >= len(s.X) {
		return errors.Errorf("srnn: Sequences: there is no sequence %d, but 0 to %d", i, len(s.X)-1)
	}
	x := s.X[i]
	if len(x) == 0 {
		return errors.New("srnn: Sequences: the sequence has no steps")
	}
	features := s.features()
	for t, row := range x {
		if len(row) != features {
			return errors.Errorf("srnn: Sequences: step %d has %d features, others have %d", t, len(row), features)
		}
		copy(e.X[t*features:], row)
	}
	e.Steps = len(x)
	return s.target(i, e)
}

// features is how many features each step has.
func (s Sequences) features() int {
	for _, x := range s.X {
		if len(x) > 0 {
			return len(x[0])
		}
	}
	return 0
}

// numbers is how many numbers the target of each step is.
func (s Sequences) numbers() int {
	y, _ := s.Y.([][][]float32)
	for _, rows := range y {
		if len(rows) > 0 {
			return len(rows[0])
		}
	}
	return 0
}

// target writes the target of sequence i.
func (s Sequences) target(i int, e *Example) error {
	rows := func(got int) error {
		if got != e.Steps {
			return errors.Errorf("srnn: Sequences: there are %d steps and %d targets", e.Steps, got)
		}
		return nil
	}
	switch y := s.Y.(type) {
	case []int:
		e.Classes[0] = y[i]
	case [][]int:
		copy(e.Classes, y[i])
		return rows(len(y[i]))
	case [][]float32:
		if copy(e.Y, y[i]); len(y[i]) != len(e.Y) {
			return errors.Errorf("srnn: Sequences: the target has %d numbers, others have %d", len(y[i]), len(e.Y))
		}
	case [][][]float32:
		if err := rows(len(y[i])); err != nil {
			return err
		}
		n := s.numbers()
		for t, row := range y[i] {
			if len(row) != n {
				return errors.Errorf("srnn: Sequences: the target of step %d has %d numbers, others have %d", t, len(row), n)
			}
			copy(e.Y[t*n:], row)
		}
	}
	return nil
}
