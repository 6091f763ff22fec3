package models_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
)

func close9(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }

// Two layers and a readout, every number by hand.
func TestEnergyByHand(t *testing.T) {
	net := models.SRNN{
		In:      3,
		Hidden:  []nodes.Layer{{Units: 4, Cell: nodes.ALIF{}, Recurrent: true}, {Units: 5, Cell: nodes.LIF{}}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
	}
	in := models.InputStats{Steps: 10, Rate: .5, Spikes: true}
	e, err := net.EnergyOf(in, []float64{.25, .1}, models.OpEnergy{Name: "of a test", AC: 1, MAC: 10})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ ac, synapse, state, rnn, lstm float64 }{
		{3*4*10*.5 + 4*4*10*.25, 0, 6 * 4 * 10, (3*4 + 4*4) * 10, (4*(3*4+4*4) + 3*4) * 10},
		{4 * 5 * 10 * .25, 0, 5 * 10, (4*5 + 5*5) * 10, (4*(4*5+5*5) + 3*5) * 10},
		{5 * 2 * 10 * .1, 0, 2 * 10, 5 * 2 * 10, 5 * 2 * 10},
	} {
		l := e.Layers[i]
		got := []float64{l.Synapses.AC, l.Synapses.MAC, l.State.MAC, l.RNN.MAC, l.LSTM.MAC, l.Operations.Joules}
		for k, x := range []float64{want.ac, want.synapse, want.state, want.rnn, want.lstm, 1e-12 * (want.ac + 10*want.state)} {
			if !close9(got[k], x) {
				t.Errorf("%s: number %d is %v, want %v", l.Name, k, got[k], x)
			}
		}
	}
	if want := 1e-12 * (100 + 2400 + 50 + 500 + 10 + 200); !close9(e.SRNN.Joules, want) {
		t.Errorf("the network takes %v J, want %v", e.SRNN.Joules, want)
	}
	if want := float64(2800+4500+1000) / (100 + 2400 + 50 + 500 + 10 + 200); !close9(e.RNNRatio, want) {
		t.Errorf("an RNN takes %v times as much, want %v", e.RNNRatio, want)
	}
	if want := float64(12400+19500+1000) / (100 + 2400 + 50 + 500 + 10 + 200); !close9(e.LSTMRatio, want) {
		t.Errorf("an LSTM takes %v times as much, want %v", e.LSTMRatio, want)
	}

	// Inputs that are not spikes are multiplied with the weights.
	in.Spikes = false
	graded, err := net.EnergyOf(in, []float64{.25, .1}, models.EnergyFP32)
	if err != nil {
		t.Fatal(err)
	}
	if s := graded.Layers[0].Synapses; !close9(s.MAC, 60) || !close9(s.AC, 40) || !close9(s.Joules, 60*4.6e-12+40*.9e-12) {
		t.Errorf("graded inputs take %+v", s)
	}
	for _, want := range []string{"layer0", "3-4r", "readout", "FP32", "0.500"} {
		if !strings.Contains(graded.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, graded)
		}
	}
}

// The two directions of a layer are separate, and both feed the next layer.
func TestEnergyBidirectional(t *testing.T) {
	net := models.SRNN{
		In:      3,
		Hidden:  []nodes.Layer{{Units: 4, Cell: nodes.LIF{}, Recurrent: true, Bidirectional: true}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
	}
	e, err := net.EnergyOf(models.InputStats{Steps: 10, Rate: .5, Spikes: true}, []float64{.25}, models.EnergyFP32)
	if err != nil {
		t.Fatal(err)
	}
	hidden, readout := e.Layers[0], e.Layers[1]
	if want := 2 * (3*4*10*.5 + 4*4*10*.25); !close9(hidden.Synapses.AC, want) || !close9(hidden.State.MAC, 80) || !close9(hidden.RNN.MAC, 2*(3*4+4*4)*10) {
		t.Errorf("two directions take %+v, want %v accumulates", hidden, want)
	}
	if want := 8 * 2 * 10 * .25; !close9(readout.Synapses.AC, want) {
		t.Errorf("the readout takes %v accumulates, want %v", readout.Synapses.AC, want)
	}
}

// The network of Yin et al. 2021 for S-MNIST, at the firing rates of its published weights.
func TestEnergySMNIST(t *testing.T) {
	layer := func(units int, recurrent bool) nodes.Layer {
		return nodes.Layer{Units: units, Cell: nodes.ALIF{}, Recurrent: recurrent}
	}
	net := models.SRNN{
		In:      8,
		Hidden:  []nodes.Layer{layer(64, true), layer(256, true), layer(256, false)},
		Readout: models.Readout{Kind: models.AdpSpike, Layer: nodes.Layer{Units: 10}},
	}
	rates := []float64{.1192, .0732, .0416, .01}
	e, err := net.EnergyOf(models.InputStats{Steps: 784, Rate: .2}, rates, models.EnergyFP32)
	if err != nil {
		t.Fatal(err)
	}
	const ac, mac = .9e-12, 4.6e-12
	want := 784 * (8*64*.2*mac + 64*64*rates[0]*ac + 6*64*mac + // inputs are grey
		64*256*rates[0]*ac + 256*256*rates[1]*ac + 6*256*mac +
		256*256*rates[1]*ac + 6*256*mac +
		256*10*rates[2]*ac + 6*10*mac)
	if !close9(e.SRNN.Joules, want) {
		t.Errorf("%v J, want %v", e.SRNN.Joules, want)
	}
	rnn := 784 * mac * (8*64 + 64*64 + 64*256 + 256*256 + 256*256 + 256*256 + 256*10)
	if !close9(e.RNN.Joules, rnn) || !close9(e.RNNRatio, rnn/want) {
		t.Errorf("an RNN takes %v J, %v times as much; want %v and %v", e.RNN.Joules, e.RNNRatio, rnn, rnn/want)
	}
	t.Logf("\n%s", e)
}

// What the step of every neuron counts for, against counting by hand.
func TestEnergyOfNeurons(t *testing.T) {
	for _, c := range []struct {
		cell nodes.Cell
		want int
	}{
		{nodes.LIF{}, 1},
		{nodes.ALIF{}, 6},               // Yin et al. 2021: 2 of η, β η, 2 of u, S θ
		{nodes.ALIF{Dt: 2}, 7},          // S θ dt
		{nodes.IF{}, 0},                 // sums: its threshold is 1
		{nodes.IF{B0: new(.5)}, 1},      // S θ
		{nodes.LSNN{}, 5},               // α u, ρ a, their reset and threshold by constants, v/θ for the surrogate
		{nodes.PLIF{}, 2},               // k (I − u), the reset
		{nodes.Scanned(nodes.LIF{}), 3}, // no figure of a paper for wrapped cells: α u, (1−α) I, S b0
	} {
		net := models.SRNN{In: 1, Hidden: []nodes.Layer{{Units: 1, Cell: c.cell}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 1}}}
		e, err := net.EnergyOf(models.InputStats{Steps: 1}, []float64{0}, models.EnergyINT8)
		if err != nil {
			t.Errorf("%T: %v", c.cell, err)
			continue
		}
		if got := e.Layers[0].PerUpdate; got != c.want {
			t.Errorf("%#v: %d multiply-accumulates a step, want %d", c.cell, got, c.want)
		}
		if e.Layers[1].PerUpdate != 1 {
			t.Errorf("LI takes %d a step, want 1", e.Layers[1].PerUpdate)
		}
	}
}

// The count from an evaluation: what went in, and the spikes that were counted.
func TestEnergyOfEvaluation(t *testing.T) {
	c, data := toyNet(models.AdpSpike), toy{n: 7, steps: 20}
	tr, err := prepare(t, task(c, models.SpikeCount{}), data, train.Settings{Epochs: 1, Batch: 4, Solver: unmoving{}, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	r, err := tr.Evaluate(t.Context(), data, train.Evaluation{Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	ones := 0.0
	for i := range data.n {
		e := train.Example{X: make([]float32, 40), Classes: make([]int, 1)}
		if err := data.Read(i, &e); err != nil {
			t.Fatal(err)
		}
		for _, v := range e.X {
			ones += float64(v)
		}
	}
	in := r.Detail("inputs").(models.InputStats)
	if in.Steps != 20 || !in.Spikes || !close9(in.Rate, ones/(7*40)) {
		t.Errorf("%+v; want 20, true, %v", in, ones/(7*40))
	}
	e, err := c.Energy(r, models.EnergyFP16)
	if err != nil {
		t.Fatal(err)
	}
	// 8 units: each input spike adds 8 weights, each hidden spike 8 recurrent ones.
	layers := train.HealthOf(r)
	if len(layers) != 2 || layers[0].Name != "layer0" || !(layers[0].Rate > 0) {
		t.Fatalf("layers %+v", layers)
	}
	if want := 8*ones/7 + 8*layers[0].Rate*8*20; !close9(e.Layers[0].Synapses.AC, want) {
		t.Errorf("%v accumulates, want %v", e.Layers[0].Synapses.AC, want)
	}
	if e.Layers[1].FiringRate != layers[1].Rate {
		t.Errorf("the readout's rate is %v, want %v", e.Layers[1].FiringRate, layers[1].Rate)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back models.Energy
	if err := json.Unmarshal(b, &back); err != nil || fmt.Sprint(&back) != fmt.Sprint(e) {
		t.Errorf("JSON gives %v (%v) for\n%v", &back, err, e)
	}
}

// grey has inputs of 0 and another number.
type grey struct {
	toy
	scale float32
}

func (g grey) Read(i int, e *train.Example) error {
	err := g.toy.Read(i, e)
	for k := range e.X {
		e.X[k] *= g.scale
	}
	return err
}

func TestGradedInput(t *testing.T) {
	for scale, spikes := range map[float32]bool{1: true, -1: true, .5: false, 2: false} {
		data := grey{toy{n: 3, steps: 20}, scale}
		tr, err := prepare(t, task(toyNet(models.AdpSpike), models.SpikeCount{}), data, train.Settings{Epochs: 1, Batch: 4, Solver: unmoving{}, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		in := evaluate(t, tr.Network, data).Detail("inputs").(models.InputStats)
		if in.Spikes != spikes || in.Rate == 0 {
			t.Errorf("inputs of 0 and %v count as spikes: %v, at a rate of %v", scale, in.Spikes, in.Rate)
		}
	}
}

func TestEnergyErrors(t *testing.T) {
	c := toyNet(models.AdpSpike)
	good := models.InputStats{Steps: 5}
	if _, err := c.EnergyOf(good, []float64{.1, .1}, models.EnergyFP32); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		want  string
		in    models.InputStats
		rates []float64
	}{
		{"readout has no firing rate", good, []float64{.1}},
		{"1 more than layers", good, []float64{0, 0, 0}},
		{"layer0 has no firing rate", good, []float64{math.NaN(), 0}},
		{"input rate of 2", models.InputStats{Steps: 5, Rate: 2}, []float64{0, 0}},
		{"0 steps", models.InputStats{}, []float64{0, 0}},
	} {
		_, err := c.EnergyOf(x.in, x.rates, models.EnergyFP32)
		wantError(t, err, "energy: ", x.want)
	}
	if _, err := c.EnergyOf(good, []float64{0, 0}, models.OpEnergy{AC: -1}); err == nil {
		t.Error("negative costs are taken")
	}
	_, err := c.Energy(nil, models.EnergyFP32)
	wantError(t, err, "wants the report")
	k, data := task(c, models.SpikeCount{}), toy{n: 3, steps: 5}
	k.Metrics = nil
	tr, err := prepare(t, k, data, train.Settings{Epochs: 1, Batch: 4, Solver: unmoving{}, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Energy(evaluate(t, tr.Network, data), models.EnergyFP32)
	wantError(t, err, "models.Inputs")
}

// Neurons of other packages count by their step as well.
func TestEnergyOfOwnNeuron(t *testing.T) {
	net := models.SRNN{In: 1, Hidden: []nodes.Layer{{Units: 2, Cell: leaky{}}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 1}}}
	e, err := net.EnergyOf(models.InputStats{Steps: 1}, []float64{0}, models.EnergyFP32)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Layers[0].PerUpdate; got != 3 {
		t.Errorf("%d multiply-accumulates a step, want 3", got)
	}
}

// leaky has three products of what changes, one of parameters, and a constant.
type leaky struct{}

func (leaky) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_m", nil, 20), nodes.Trainable("gain", nil, 1)}
}
func (leaky) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Membrane}} }
func (leaky) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	alpha := nodes.Decay(p["tau_m"], 1)
	u := alpha.Mul(s[nodes.Membrane]).Add(alpha.OneMinus().Mul(p["gain"]).Mul(current))
	spikes := nodes.Spike(u.Plus(-.1), nil)
	return nodes.Values{nodes.Membrane: u.Mul(spikes.OneMinus()), nodes.Spikes: spikes, nodes.Threshold: u.Fill(.1)}
}

// thrifty says itself what its step costs.
type thrifty struct{ leaky }

func (thrifty) MACs() int { return 7 }

// A cell's own figure counts, where it has one.
func TestEnergyOfCostedCell(t *testing.T) {
	for _, c := range []struct {
		cell nodes.Cell
		want int
	}{{thrifty{}, 7}, {leaky{}, 3}, {nodes.LIF{}, 1}, {nodes.ALIF{}, 6}} {
		net := models.SRNN{In: 1, Hidden: []nodes.Layer{{Units: 2, Cell: c.cell}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 1}}}
		e, err := net.EnergyOf(models.InputStats{Steps: 1}, []float64{0}, models.EnergyFP32)
		if err != nil {
			t.Fatal(err)
		}
		if got := []int{e.Layers[0].PerUpdate, e.Layers[1].PerUpdate}; got[0] != c.want || got[1] != 1 {
			t.Errorf("%T and LI take %v multiply-accumulates a step, want %d and 1", c.cell, got, c.want)
		}
	}
}
