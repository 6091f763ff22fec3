package optimtest

import (
	"testing"

	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/tensor"
)

// Optimizer checks that the solvers which newSolver makes, all of the same chain, train and
// keep the promises of [optim.Solver], in either precision. The problems are a parabola and
// Rosenbrock's function, in parameters "x" and "y" of three elements each, which start between −2
// and 3; the chain's settings should be such that it lowers both losses a thousandfold within 20,000
// steps.
func Optimizer(t *testing.T, newSolver func() *optim.Solver) {
	t.Helper()
	for _, p := range []problem{parabola(), rosenbrock()} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(p.name+" "+dt.String(), func(t *testing.T) {
				for _, c := range (suite{p, dt, newSolver}).checks() {
					t.Run(c.name, func(t *testing.T) {
						if err := c.check(); err != nil {
							t.Error(err)
						}
					})
				}
			})
		}
	}
}

// suite is a chain on a problem in one precision.
type suite struct {
	problem
	dtype     tensor.Dtype
	newSolver func() *optim.Solver
}

// check is one of the things that are checked.
type check struct {
	name  string
	check func() error
}

func (s suite) checks() []check {
	checks := []check{
		{"minimises", s.minimises},
		{"zeroes gradients", s.zeroesGradients},
		{"ignores order", s.ignoresOrder},
		{"resumes", s.resumes},
		{"refuses what is not finite", s.refusesNotFinite},
	}
	if s.dtype == tensor.Float64 {
		checks = append(checks, check{"trains a graph", s.trainsGraph})
	}
	return checks
}
