package traintest

import (
	"math/rand/v2"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Scores is tanh(W x + b) at each step, [T, batch, n], also at steps that only fill up: a smooth model without
// state, for a loss or a metric that reads numbers or the scores of classes.
func Scores(p *graph.Params, b train.Batch, n int) (*gorgonia.Node, error) {
	w, err := p.Declare("w", "weight", graph.Normal{Std: 1}, b.Spec.Features, n)
	if err != nil {
		return nil, err
	}
	bias, err := p.Declare("b", "bias", graph.Normal{Std: 1}, n)
	if err != nil {
		return nil, err
	}
	return graph.Of(b.X).MatMul(graph.Of(w)).Add(graph.Of(bias)).Tanh().Node()
}

// synthetic are examples of a Spec, drawn at random: features are normal or, as events, there or not; classes and
// numbers between 0 and 1 are uniform. Of some sequences that have a class, or of some of their steps, it does not
// count. Where lengths vary, they do from 2 steps on, and rubbish stands behind the ends.
type synthetic struct {
	spec train.Spec
	n    int
}

// Len implements [train.Dataset].
func (s synthetic) Len() int { return s.n }

// Spec implements [train.Dataset].
func (s synthetic) Spec() train.Spec { return s.spec }

// Read implements [train.Dataset].
func (s synthetic) Read(i int, e *train.Example) error {
	rng := rand.New(rand.NewPCG(uint64(i), 31))
	if s.spec.Varying && i > 0 { // the first one has all
		least := min(2, s.spec.Steps)
		e.Steps = least + rng.IntN(s.spec.Steps-least+1)
	}
	for k := range e.X {
		e.X[k] = float32(rng.NormFloat64())
	}
	for step := range s.spec.Steps {
		for f := range s.spec.Features {
			if there := rng.Float64() < .3; there && s.spec.Events && (e.Steps == 0 || step < e.Steps) {
				e.Events = append(e.Events, train.Event{Step: step, Feature: f})
			}
		}
	}
	for k := range e.Classes {
		if e.Classes[k] = rng.IntN(s.spec.Classes); i > 0 && rng.Float64() < .25 {
			e.Classes[k] = train.Ignore
		}
	}
	for k := range e.Y {
		e.Y[k] = float32(rng.Float64())
	}
	return nil
}

// alone is one example of others in a dataset of its own, with nothing that fills up.
type alone struct {
	of      synthetic
	example int
	spec    train.Spec
}

// apart are the examples one by one.
func (s synthetic) apart() (all []alone, err error) {
	for i := range s.n {
		e, err := train.ReadExample(s, i)
		if err != nil {
			return nil, err
		}
		a := alone{s, i, s.spec}
		a.spec.Steps, a.spec.Varying = e.Steps, false
		all = append(all, a)
	}
	return all, nil
}

// Len implements [train.Dataset].
func (a alone) Len() int { return 1 }

// Spec implements [train.Dataset].
func (a alone) Spec() train.Spec { return a.spec }

// Read implements [train.Dataset].
func (a alone) Read(_ int, e *train.Example) error {
	whole, err := train.ReadExample(a.of, a.example)
	if err != nil {
		return err
	}
	copy(e.X, whole.X)
	copy(e.Classes, whole.Classes)
	copy(e.Y, whole.Y)
	e.Events = append(e.Events, whole.Events...)
	return nil
}

// targets is how many targets of the example count, of those from a step on.
func (a alone) targets(first int) (n int, err error) {
	whole, err := train.ReadExample(a.of, a.example)
	if err != nil {
		return 0, err
	}
	if !a.spec.PerStep {
		first = 0
	}
	for t := first; t < a.spec.Targets(a.spec.Steps); t++ {
		if a.spec.Classes == 0 || whole.Classes[t] != train.Ignore {
			n++
		}
	}
	return n, nil
}
