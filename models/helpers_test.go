package models_test

import (
	"io"
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func newNet(t testing.TB, c models.SRNN) *models.Network {
	t.Helper()
	net, err := models.NewSRNN(gorgonia.NewGraph(), c)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// holder is what has parameters.
type holder interface{ Params() *graph.Params }

// params are all parameters, one after the other.
func params(n holder) []float64 {
	var all []float64
	for _, p := range n.Params().All() {
		all = append(all, p.Values()...)
	}
	return all
}

func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return true
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error is %v, want %q", err, p)
		}
	}
}

// task is a network with a loss, and with terms beside it. What there is to report is reported.
func task(c models.SRNN, l train.Loss[*models.Output], terms ...train.Term) train.Task[*models.Output] {
	return train.Task[*models.Output]{Model: c, Loss: l, Terms: terms, Metrics: []train.Metric{models.Inputs{}}}
}

// prepare is a training of a task that says nothing. The network's dtype and seed are those of the parameters.
func prepare(t testing.TB, k train.Task[*models.Output], data train.Dataset, s train.Settings) (*train.Trainer, error) {
	t.Helper()
	if c, ok := k.Model.(models.SRNN); ok && s.Params == nil {
		dt := c.Dtype
		if dt == (tensor.Dtype{}) {
			dt = tensor.Float32
		}
		s.Params = must(graph.NewParams(gorgonia.NewGraph(), dt, c.Seed))
	}
	s.Log = io.Discard
	tr, err := train.New(k, data, s)
	if err == nil {
		t.Cleanup(func() {
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return tr, err
}

// fit trains, and gives the trainer afterwards.
func fit(t testing.TB, k train.Task[*models.Output], data train.Dataset, s train.Settings) *train.Trainer {
	t.Helper()
	tr, err := prepare(t, k, data, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tr
}

func evaluate(t testing.TB, n *train.Network, data train.Dataset) *train.Report {
	t.Helper()
	r, err := n.Evaluate(t.Context(), data, train.Evaluation{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lossOn is a loss of a network's output in a graph of its own, on whole sequences.
func lossOn(l train.Loss[*models.Output], out *models.Output, x, y *gorgonia.Node) (*gorgonia.Node, error) {
	s := out.Membrane.Shape()
	return l.Loss(out, train.Batch{X: x, Y: y, Spec: train.Spec{Steps: s[0], Classes: s[2], PerStep: y.Dims() == 2}})
}
