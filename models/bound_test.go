package models_test

import (
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// sinking is a solver that takes 7 from all parameters at each step.
type sinking struct{}

func (sinking) Step(params []gorgonia.ValueGrad) error {
	for _, p := range params {
		switch x := p.Value().Data().(type) {
		case []float32:
			for i := range x {
				x[i] -= 7
			}
		case []float64:
			for i := range x {
				x[i] -= 7
			}
		}
	}
	return nil
}

// checkBounds wants time constants at their bound, and weights where the solver left them.
func checkBounds(t *testing.T, net holder) {
	t.Helper()
	for _, p := range net.Params().Trainable() {
		for i, x := range p.Values() {
			if p.Group == "tau" && x != .1 && x != float64(float32(.1)) {
				t.Errorf("%s[%d] is %v, want the bound, 0.1", p.Name, i, x)
			}
			if p.Group == "weight" && x > -7 {
				t.Errorf("%s[%d] is %v, want what the solver made of it", p.Name, i, x)
			}
		}
	}
}

// Time constants stay positive without being asked, whatever a solver does.
func TestTimeConstantsStayPositive(t *testing.T) {
	checkBounds(t, fit(t, task(toyNet(models.AdpMem), models.SumSoftmax{}), toy{n: 24, steps: 12}, train.Settings{Epochs: 5, Batch: 4, Solver: sinking{}, Seed: 3}))

	online := newNet(t, models.SRNN{In: 2, Hidden: []nodes.Layer{{Units: 3, Cell: nodes.LIF{}, Estimator: ops.EProp{}}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}}, Dtype: tensor.Float64, Seed: 1})
	learner, err := online.Online(models.OnlineConfig{Loss: models.OnlineSquaredError{}, Solver: sinking{}, Every: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := learner.Step([]float64{1, 0}); err != nil {
			t.Fatal(err)
		}
		if _, err := learner.Learn([]float64{1, 0}); err != nil {
			t.Fatal(err)
		}
	}
	checkBounds(t, online)
}
