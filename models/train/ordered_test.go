package train_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// noted notes in which order examples are read.
type noted struct {
	toy
	read *[]int
}

func (d noted) Read(i int, e *train.Example) error {
	*d.read = append(*d.read, i)
	return d.toy.Read(i, e)
}

// Examples come in the order of the dataset, in each epoch, where that is asked for; else in an order of their own.
func TestOrdered(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		data := noted{toy{n: 11, steps: 3}, new([]int)}
		k := train.Task[*models.Output]{Model: still(models.Integrator), Loss: models.LastStep{}}
		s := train.Settings{Epochs: 2, Batch: 4, Seed: 3, Ordered: ordered, Solver: adam(.01), Log: io.Discard}
		if err := newTrainer(t, k, data, s).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := *data.read
		if len(got) != 22 {
			t.Fatalf("%d examples are read in two epochs of 11", len(got))
		}
		first, second := got[:11], got[11:]
		if slices.IsSorted(first) != ordered || slices.IsSorted(second) != ordered || slices.Equal(first, second) != ordered {
			t.Errorf("ordered %v: examples come as %v, then %v", ordered, first, second)
		}
	}
}

// A parameter that is fixed is not moved, and has no gradient in the report.
func TestFixedParameters(t *testing.T) {
	k := train.Task[*models.Output]{Model: still(models.Integrator), Loss: models.LastStep{}}
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fix("*.tau_*", "layer0.w_rec"); err != nil {
		t.Fatal(err)
	}
	tr := newTrainer(t, k, toy{n: 8, steps: 12}, train.Settings{Epochs: 2, Batch: 4, Params: p, Solver: optim.New(optim.Adam(optim.Constant(.1))), Log: io.Discard})
	values := func() map[string][]float64 {
		v := map[string][]float64{}
		for _, q := range p.All() {
			v[q.Name] = q.Values()
		}
		return v
	}
	before := values()
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	gradients := tr.History()[1].Gradients
	for name, now := range values() {
		fixed := name == "layer0.w_rec" || strings.Contains(name, ".tau_")
		if slices.Equal(before[name], now) != fixed {
			t.Errorf("%s: fixed %v, but whether it stays is %v", name, fixed, !fixed)
		}
		if _, has := gradients[name]; has == fixed {
			t.Errorf("%s: fixed %v, and a gradient is reported: %v", name, fixed, has)
		}
	}
}
