package models_test

import (
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
)

// A network with a bidirectional layer, as that of Yin et al. 2021 for TIMIT, learns, and is saved and
// loaded like any other.
func TestBidirectionalNetwork(t *testing.T) {
	c := toyNet(models.AdpMem)
	c.Hidden[0].Bidirectional = true
	data := toy{n: 64, steps: 20}
	net := fit(t, task(c, models.SumSoftmax{}), data, train.Settings{Epochs: 15, Batch: 16, Share: .1, Solver: adam(.01), Seed: 3})
	history := net.History()
	if first, last := history[0].Training.Loss, history[len(history)-1].Training.Loss; !(last < first) {
		t.Errorf("the loss does not fall: %v, then %v", first, last)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := net.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := train.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	before, after := evaluate(t, net.Network, data), evaluate(t, again, data)
	if before.Loss != after.Loss {
		t.Errorf("loaded again, the loss is %v, want %v", after.Loss, before.Loss)
	}
}
