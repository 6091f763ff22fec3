package models_test

import (
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models"
	"gorgonia.org/gorgonia"
)

// A network with a bidirectional layer, as that of Yin et al. 2021 for TIMIT, learns, and is saved and
// loaded like any other.
func TestBidirectionalNetwork(t *testing.T) {
	c := toyNet(models.AdpMem, models.SumSoftmax{})
	c.Hidden[0].Bidirectional = true
	net := newNet(t, c)
	data := toy{n: 64, steps: 20}
	history, err := net.Fit(t.Context(), data, models.Fit{Epochs: 15, Batch: 16, Solver: adam(.01)})
	if err != nil {
		t.Fatal(err)
	}
	if first, last := history[0].Loss, history[len(history)-1].Loss; !(last < first) {
		t.Errorf("the loss does not fall: %v, then %v", first, last)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := net.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := models.Load(gorgonia.NewGraph(), path)
	if err != nil {
		t.Fatal(err)
	}
	before, err := net.Evaluate(t.Context(), data, models.Evaluation{})
	if err != nil {
		t.Fatal(err)
	}
	after, err := again.Evaluate(t.Context(), data, models.Evaluation{})
	if err != nil {
		t.Fatal(err)
	}
	if before.Accuracy != after.Accuracy || before.Loss != after.Loss {
		t.Errorf("loaded again, accuracy and loss are %v and %v, want %v and %v", after.Accuracy, after.Loss, before.Accuracy, before.Loss)
	}
}
