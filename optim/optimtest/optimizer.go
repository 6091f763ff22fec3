package optimtest

import (
	"testing"

	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/tensor"
)

// Optimizer checks that the solvers which newSolver makes, all of the same chain, train and
// keep the promises of [optim.Solver]. The problems are a parabola and Rosenbrock's function, in
// parameters "x" and "y" of three elements each; the chain's settings should be such that it
// lowers both losses a thousandfold within 20,000 steps.
func Optimizer(t *testing.T, newSolver func() *optim.Solver) {
	t.Helper()
	for _, p := range []problem{parabola(), rosenbrock()} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			t.Run(p.name+" "+dt.String(), func(t *testing.T) {
				t.Run("minimises", func(t *testing.T) { minimises(t, p, dt, newSolver()) })
				t.Run("zeroes gradients", func(t *testing.T) { zeroesGradients(t, p, dt, newSolver()) })
				t.Run("ignores order", func(t *testing.T) { ignoresOrder(t, p, dt, newSolver) })
				t.Run("resumes", func(t *testing.T) { resumes(t, p, dt, newSolver) })
				t.Run("refuses NaN", func(t *testing.T) { refusesNaN(t, p, dt, newSolver) })
			})
		}
		t.Run(p.name+" as a graph", func(t *testing.T) { trainsGraph(t, p, newSolver) })
	}
}
