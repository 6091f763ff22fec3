package optim

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CheckState tells whether the solver can go on from a state, as [Solver.State] gives it, with these parameters, all of
// which it has moved before. It is the error that [Solver.Restore] or the [Solver.Step] after it would have; nothing
// changes. The step is tried on a copy of the parameters, with gradients of zero.
func (s *Solver) CheckState(state map[string][]float64, params []graph.Param) error {
	trial, err := s.chain.restore(state)
	if err == nil && trial.step > 0 {
		model := make([]gorgonia.ValueGrad, len(params))
		for i, p := range params {
			shape := p.Node.Shape()
			value := tensor.New(tensor.Of(p.Node.Dtype()), tensor.WithShape(shape...))
			if err := tensor.Copy(value, p.Node.Value().(tensor.Tensor)); err != nil {
				return errors.Wrapf(err, "srnn: solver state: %s", p.Name)
			}
			model[i] = trialParameter{p.Name, value, tensor.New(tensor.Of(p.Node.Dtype()), tensor.WithShape(shape...))}
		}
		err = trial.apply(model)
	}
	return errors.Wrap(err, "srnn: solver state")
}

// trialParameter is a copy of a parameter.
type trialParameter struct {
	name        string
	value, grad *tensor.Dense
}

func (p trialParameter) Name() string                  { return p.name }
func (p trialParameter) Value() gorgonia.Value         { return p.value }
func (p trialParameter) Grad() (gorgonia.Value, error) { return p.grad, nil }
