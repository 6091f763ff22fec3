package train

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Metric is a number, or several, that is reported beside the loss. It is settings, as a [Loss] is.
type Metric interface {
	// Name is what the metric is called in reports, as "accuracy".
	Name() string

	// Watch are the nodes whose values the metric reads, [T, B, n] or [B, n] or scalars.
	Watch(v View) (gorgonia.Nodes, error)

	// Meter starts a sum over the batches of a dataset.
	Meter() Meter
}

// Costly is implemented by a [Metric] that takes time: it is left out of training where there are data for
// validation.
type Costly interface{ Costly() }

// Meter sums up what a metric saw.
type Meter interface {
	// Add adds a run of a graph.
	Add(s Seen) error

	// Result is what came out so far.
	Result() Result
}

// Result is what a metric found.
type Result struct {
	// Numbers go into histories and curves, and can be selected by. That of the metric itself has its name.
	Numbers []Number `json:"numbers"`

	// Detail is whatever else there is to report, as a confusion matrix.
	Detail any `json:"detail,omitempty"`

	// Warnings say what is probably wrong.
	Warnings []Warning `json:"-"`
}

// Warning is printed by a training, once for each thing that it is about.
type Warning struct{ About, Text string }

// Number is a named number.
type Number struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Seen is what a metric sees of a run: the values of its nodes, with the targets beside them. Only examples
// that count are there, which come first in the batch.
type Seen struct {
	Spec   Spec
	run    *runner
	first  int            // step of the sequences at which the run began
	nodes  gorgonia.Nodes // that are watched
	shapes []tensor.Shape // of them
}

// Len is the number of examples.
func (s *Seen) Len() int { return s.run.count }

// Out is what the model gave in this graph.
func (s *Seen) Out() any { return s.run.view.Out }

// Steps is the number of steps that example b has in this run.
func (s *Seen) Steps(b int) int { return s.run.stepsIn(b, s.first) }

// Last tells whether this run is the last of its sequences. It is, but for pieces, see [Settings].
func (s *Seen) Last() bool { return s.first+s.run.steps >= s.run.longest }

// Class is the target of example b, at step t of this run where each step has one; [Ignore] if none counts.
func (s *Seen) Class(b, t int) int { return s.run.classAt(b, s.first, t) }

// Target is the same for targets that are numbers; nil if none counts.
func (s *Seen) Target(b, t int) []float32 { return s.run.numbersAt(b, s.first, t) }

// Row are the values of the k-th node that is watched, of example b at step t if the node has steps. They are
// valid until [Meter.Add] returns.
func (s *Seen) Row(k, b, t int) []float64 {
	x, from, to := s.run.values(s.nodes[k]), 0, 0
	if from, to = s.place(k, b, t); to < 0 {
		return x
	}
	return x[from:to]
}

// place is where the row of a node lies among its values; all of them, if to is −1.
func (s *Seen) place(k, b, t int) (from, to int) {
	switch shape := s.shapes[k]; len(shape) {
	case 3:
		from = (t*shape[1] + b) * shape[2]
		return from, from + shape[2]
	case 2:
		return b * shape[1], (b + 1) * shape[1]
	}
	return 0, -1
}

// Rows calls f for every target that counts, with its step and the row of the k-th node beside it, step after
// step. The row is valid until f returns.
func (s *Seen) Rows(k int, f func(b, t int, row []float64)) {
	single := graph.RowMajor32(s.nodes[k].Value())
	if single == nil || len(s.shapes[k]) < 2 {
		s.each(func(b, t int) { f(b, t, s.Row(k, b, t)) })
		return
	}
	// Numbers of single precision are converted as they are looked at: there may be many of them.
	row := make([]float64, s.shapes[k][len(s.shapes[k])-1])
	s.each(func(b, t int) {
		from, to := s.place(k, b, t)
		for i, v := range single[from:to] {
			row[i] = float64(v)
		}
		f(b, t, row)
	})
}

// each calls f for every target that counts.
func (s *Seen) each(f func(b, t int)) {
	r := s.run
	most := 1
	if s.Spec.PerStep {
		most = r.steps
	}
	steps := make([]int, r.count)
	for b := range steps {
		steps[b] = r.stepsIn(b, s.first)
	}
	for t := range most {
		for b, n := range steps {
			switch {
			case t >= n:
			case s.Spec.Classes > 0 && s.Spec.PerStep && r.examples[b].Classes[s.first+t] == Ignore:
			case s.Spec.Classes > 0 && !s.Spec.PerStep && r.examples[b].Classes[0] == Ignore:
			case s.Spec.Numbers > 0 && r.numbersAt(b, s.first, t) == nil:
			default:
				f(b, t)
			}
		}
	}
}

// Input tells of the inputs of example b: how many there are in this run, and how many are not zero, and
// whether all are −1, 0 or 1.
func (s *Seen) Input(b int) (all, active int, signs bool) { return s.run.inputs(b, s.first) }
