package models_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The scale of a loss of spike counts changes the scores, and not the class they name; it is saved.
func TestSpikeCountScale(t *testing.T) {
	scores := func(scale float64) []float64 {
		net := newNet(t, toyNet(models.AdpSpike, models.SpikeCount{Scale: scale}))
		x := gorgonia.NewTensor(net.Params().Graph(), tensor.Float32, 3, gorgonia.WithShape(20, 3, 2), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
		out, err := net.Forward(x)
		if err != nil {
			t.Fatal(err)
		}
		s, err := net.Config().Loss.Scores(out)
		if err != nil {
			t.Fatal(err)
		}
		m, err := graph.NewMachine(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		values, err := graph.Float64s(s.Value())
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	counts, scaled := scores(0), scores(.25)
	for i, n := range counts {
		if n != math.Trunc(n) || scaled[i] != .25*n {
			t.Errorf("score %d is %v, for a count of %v", i, scaled[i], n)
		}
	}
	c := toyNet(models.AdpSpike, models.SpikeCount{Scale: .25})
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var again models.SRNN
	if err := json.Unmarshal(data, &again); err != nil || again.Loss != c.Loss {
		t.Errorf("saved and read again, the loss is %+v, error %v", again.Loss, err)
	}
	net := newNet(t, toyNet(models.AdpSpike, models.SpikeCount{Scale: -1}))
	if _, err := net.Evaluate(t.Context(), toy{n: 2, steps: 3}, models.Evaluation{}); err == nil || !strings.Contains(err.Error(), "scale -1") {
		t.Errorf("error is %v", err)
	}
}
