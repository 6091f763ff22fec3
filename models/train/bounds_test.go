package train_test

import (
	"path"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// downhill is a solver that lowers every parameter.
type downhill struct{ by float32 }

func (d downhill) Step(model []gorgonia.ValueGrad) error {
	for _, p := range model {
		for i := range p.Value().Data().([]float32) {
			p.Value().Data().([]float32)[i] -= d.by
		}
	}
	return nil
}

// Time constants stay positive, whatever a solver makes of them; other parameters go where it puts them.
func TestTimeConstantsStayPositive(t *testing.T) {
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{8, 5, false}, train.Settings{Epochs: 3, Batch: 4, Solver: downhill{100}})
	before := map[string][]float64{}
	for _, p := range tr.Params().All() {
		before[p.Name] = p.Values()
	}
	run(t, tr)
	constants := 0
	for _, p := range tr.Params().All() {
		isTau, err := path.Match("*.tau_*", p.Name)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range p.Values() {
			switch {
			case isTau && !(x > 0 && graph.Finite(x)):
				t.Fatalf("%s is %v", p.Name, p.Values())
			case isTau:
				constants++
			case x > before[p.Name][i]-500:
				t.Errorf("%s went from %v to %v", p.Name, before[p.Name][i], x)
			}
		}
	}
	if constants < 10 {
		t.Errorf("there are %d time constants", constants)
	}
}
