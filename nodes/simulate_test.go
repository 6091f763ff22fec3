package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// Each unit of a simulation is a neuron with parameters of its own.
func TestSimulate(t *testing.T) {
	const steps = 30
	current := tensor.New(tensor.WithShape(steps, 1, 2), tensor.WithBacking(constant(1, 2*steps, 1)))
	recorded, err := nodes.Simulate(nodes.LI{TauM: graph.Values{5, 20}}, current, nil)
	if err != nil {
		t.Fatal(err)
	}
	u := recorded[nodes.Membrane].Data().([]float64)
	for i, tau := range []float64{5, 20} {
		for step := range steps {
			if want := 1 - math.Exp(-float64(step+1)/tau); math.Abs(u[2*step+i]-want) > 1e-14 {
				t.Errorf("step %d of unit %d is %v, want %v", step, i, u[2*step+i], want)
			}
		}
	}
	recorded, err = nodes.Simulate(nodes.ALIF{}, current, nodes.Random(1))
	if err != nil || len(recorded) != 4 || recorded[nodes.Spikes] == nil {
		t.Errorf("recorded %v, error %v, want four quantities", recorded, err)
	}
	_, err = nodes.Simulate(nodes.LI{}, tensor.New(tensor.WithShape(3), tensor.WithBacking([]float64{1, 2, 3})), nil)
	wantError(t, "a vector", err, "simulation", "(3)", "[T, batch, units]")
	_, err = nodes.Simulate(nodes.LI{TauM: graph.Values{5}}, current, nil)
	wantError(t, "too few values", err, "tau_m", "1 values for shape (2)")
}
