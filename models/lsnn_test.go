package models_test

import (
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The network of the paper's accumulation of evidence.
func TestLSNN(t *testing.T) {
	c := must(models.LSNN{In: 40, Regular: 50, Adaptive: 50, Out: 2, Feedback: nodes.Feedback{Kind: nodes.RandomFeedback}}.SRNN())
	net := must(models.NewSRNN(gorgonia.NewGraph(), c))
	w, _ := net.Params().Get("layer0.w_rec")
	var squares float64
	for i, x := range w.Values() {
		if i%101 == 0 && x != 0 {
			t.Errorf("neuron %d has a weight of %v to itself", i/101, x)
		}
		squares += x * x / 9900
	}
	if std := math.Sqrt(squares); math.Abs(std-.1) > .003 {
		t.Errorf("recurrent weights have standard deviation %v, want .1", std)
	}
	if _, ok := net.Params().Get("layer0.b_rec"); ok {
		t.Error("there are biases")
	}
	for name, want := range map[string]float64{"layer0.tau_m": 20, "layer0.tau_adp": 2000, "readout.tau_m": 20} {
		if p, _ := net.Params().Get(name); p.Values()[0] != want {
			t.Errorf("%s is %v, want %v", name, p.Values()[0], want)
		}
	}
	if p, ok := net.Params().Get("readout.feedback"); !ok || !p.Fixed {
		t.Error("there is no fixed feedback")
	}
	layer := net.Config().Hidden[0]
	cell := layer.Cell.(nodes.Refractory).Cell.(nodes.LSNN)
	if math.Abs(*cell.Beta-.0174) > 5e-5 || cell.Regular != .5 || !cell.DetachReset || layer.Estimator != (ops.EProp{}) {
		t.Errorf("the neurons are %+v", cell)
	}
	// A strong input makes neurons fire; half of them have thresholds that rise.
	g := net.Params().Graph()
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(200, 1, 40), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	out := must(net.Forward(x))
	a := must(out.Hidden[0].Adaptation())
	m := must(graph.NewMachine(a))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	last := a.Value().Data().([]float32)[199*100:]
	for j, v := range last {
		if j < 50 && v != 0 {
			t.Errorf("neuron %d adapts", j)
		}
	}
	if peak := maxOf(last); peak < 1 {
		t.Errorf("no neuron has adapted: at most %v", peak)
	}
	exact := must(models.LSNN{In: 1, Regular: 1, Out: 1, Refractory: new(0.), Estimator: ops.BPTT{}}.SRNN())
	if cell := exact.Hidden[0].Cell.(nodes.LSNN); cell.DetachReset || cell.Regular != 1 {
		t.Errorf("the neurons are %+v", cell)
	}
	for want, bad := range map[string]models.LSNN{
		"0 regular and 0 adaptive": {In: 1, Out: 1},
		"-1 regular":               {In: 1, Out: 1, Regular: -1, Adaptive: 3},
		"0 inputs":                 {Out: 1, Regular: 1},
		"NaN":                      {In: 1, Out: 1, Regular: 1, TauM: math.NaN()},
	} {
		if _, err := bad.SRNN(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func maxOf(x []float32) (peak float32) {
	for _, v := range x {
		peak = max(peak, v)
	}
	return peak
}

// Zero is zero: no adaptation, and no refractory period.
func TestLSNNZeros(t *testing.T) {
	c := must(models.LSNN{In: 1, Adaptive: 1, Out: 1, Strength: new(0.), Refractory: new(0.)}.SRNN())
	if cell, ok := c.Hidden[0].Cell.(nodes.LSNN); !ok || *cell.Beta != 0 {
		t.Errorf("the cell is %#v", c.Hidden[0].Cell)
	}
	if _, err := (models.LSNN{In: 1, Adaptive: 1, Out: 1, Refractory: new(-1.)}).SRNN(); err == nil || !strings.Contains(err.Error(), "refractory period is -1") {
		t.Errorf("error is %v", err)
	}
}
