package optimtest

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/tensor"
)

// Each fault that a chain can have is found by the check that is there for it.
func TestOptimizerFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		chain func() optim.Chain
		check string
		want  string // in the error
	}{
		{"uphill", func() optim.Chain { return optim.Chain{scale(-1), optim.SGD(optim.Constant(1e-5))} }, "minimises", "loss fell from"},
		{"too slow", func() optim.Chain { return optim.Chain{optim.SGD(optim.Constant(1e-9))} }, "minimises", "loss fell from"},
		{"a state that is not saved", func() optim.Chain { return optim.Chain{&forgetful{}, sgd} }, "resumes", "5 steps, Restore, 5 steps"},
		{"a state that solvers share", sharing(), "ignores order", "another order"},
		{"a state that solvers share, of a graph", sharing(), "trains a graph", "on the graph"},
		{"settings out of range", func() optim.Chain { return optim.Chain{optim.Momentum{Decay: 2}, sgd} }, "zeroes gradients", "want"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := suite{parabola(), tensor.Float64, func() *optim.Solver { return optim.New(c.chain()) }}
			for _, check := range s.checks() {
				if check.name != c.check {
					continue
				}
				if err := check.check(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s says %v, want an error with %q", c.check, err, c.want)
				}
				return
			}
			t.Errorf("there is no check %q", c.check)
		})
	}
}

// A chain without fault passes.
func TestOptimizerPasses(t *testing.T) {
	Optimizer(t, func() *optim.Solver { return optim.New(optim.Adam(optim.Constant(1e-2))) })
}

var sgd = optim.SGD(optim.Constant(1e-4))

// scale multiplies all updates.
type scale float64

func (s scale) Update(_ int, leaves []*optim.Leaf) error {
	for _, l := range leaves {
		for i := range l.Update {
			l.Update[i] *= float64(s)
		}
	}
	return nil
}

// forgetful keeps its own count of steps, where no checkpoint finds it.
type forgetful struct{ steps int }

func (f *forgetful) Update(step int, leaves []*optim.Leaf) error {
	f.steps++
	return scale(1/float64(f.steps)).Update(step, leaves)
}

// sharing makes chains that have one transform with a state.
func sharing() func() optim.Chain {
	shared := &forgetful{}
	return func() optim.Chain { return optim.Chain{shared, sgd} }
}
