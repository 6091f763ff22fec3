package models_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// fedNet is a network for the toy task whose hidden layer learns through feedback weights, by e-prop.
func fedNet(kind nodes.FeedbackKind) models.SRNN {
	c := toyNet(models.Integrator)
	c.Dtype = tensor.Float64
	c.Hidden[0].Units, c.Hidden[0].Initial, c.Hidden[0].Estimator = 20, nil, ops.EProp{}
	c.Readout.Layer.Initial = nil
	c.Readout.Layer.Linear.Feedback = nodes.Feedback{Kind: kind}
	return c
}

// trainToy takes steps on the toy task, on all examples at once, with parameters whose names begin with
// one of the prefixes. It returns the loss before each step.
func trainToy(t *testing.T, net *models.Network, steps int, solver *optim.Solver, prefixes ...string) (losses []float64) {
	t.Helper()
	data := toy{24, 20, false}
	x, y := make([]float64, data.steps*data.n*2), make([]float64, data.n)
	for i := range data.n {
		one, label := make([]float32, data.steps*2), make([]int, 1)
		if err := data.Read(i, &train.Example{X: one, Classes: label}); err != nil {
			t.Fatal(err)
		}
		for k, v := range one {
			x[(k/2*data.n+i)*2+k%2] = float64(v)
		}
		y[i] = float64(label[0])
	}
	g := net.Params().Graph()
	node := func(name string, data []float64, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
			gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))))
	}
	in := node("x", x, data.steps, data.n, 2)
	out, err := net.Forward(in)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := lossOn(models.SumSoftmax{From: 1}, out, in, node("y", y, data.n))
	if err != nil {
		t.Fatal(err)
	}
	var wrt gorgonia.Nodes
	for _, n := range net.Learnables() {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(n.Name(), p) }) {
			wrt = append(wrt, n)
		}
	}
	if _, err := gorgonia.Grad(loss, wrt...); err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(wrt...))
	defer vm.Close()
	for range steps {
		vm.Reset()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss.Value().Data().(float64))
		if err := solver.Step(gorgonia.NodesToValueGrads(wrt)); err != nil {
			t.Fatal(err)
		}
	}
	return losses
}

// readoutWeights are the readout's weights and those of its feedback.
func readoutWeights(net holder) (w, b []float64) {
	p, _ := net.Params().Get("readout.w_in")
	q, _ := net.Params().Get("readout.feedback")
	return p.Values(), q.Values()
}

// angle is that between two vectors, in degrees.
func angle(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return math.Acos(ab/math.Sqrt(aa*bb)) * 180 / math.Pi
}

func distance(a, b []float64) float64 {
	d := 0.0
	for i := range a {
		d += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(d)
}

// With weights B that are drawn at random and stay as they are, the hidden layer learns nevertheless: the
// loss ends below where the readout alone gets, and the readout's weights turn towards B. They are what
// it learns from: where only the hidden layer learns, its steps are none of descent.
func TestFeedbackAlignment(t *testing.T) {
	for seed := range uint64(3) {
		learn := func(prefixes ...string) (first, last, before, after float64) {
			c := fedNet(nodes.RandomFeedback)
			c.Seed = seed
			net := newNet(t, c)
			w, b := readoutWeights(net)
			losses := trainToy(t, net, 150, optim.New(optim.Adam(optim.Constant(1e-2))), prefixes...)
			learned, fixed := readoutWeights(net)
			if !same(b, fixed) {
				t.Error("random feedback weights have changed")
			}
			return losses[0], losses[149], angle(w, b), angle(learned, fixed)
		}
		first, last, before, after := learn("layer0", "readout")
		_, alone, _, _ := learn("readout")
		_, lost, _, _ := learn("layer0")
		t.Logf("loss from %.3f to %.3f, %.3f by the readout alone, %.3f without it; angle from %.0f° to %.0f°", first, last, alone, lost, before, after)
		if last > .9*alone || lost < first || after > before-15 {
			t.Errorf("loss from %v to %v, %v by the readout alone, %v without it; angle from %v° to %v°", first, last, alone, lost, before, after)
		}
	}
}

// Trained with weight decay on both, W and the weights for its feedback come together by a factor of
// 1 − rate·λ in each step, and without decay they stay as far apart as they were.
func TestAdaptiveFeedback(t *testing.T) {
	const steps, rate, lambda = 200, .1, .2
	for name, front := range map[string]optim.Chain{"SGD": {}, "AdamW": {optim.ScaleByAdam{}}} {
		for _, decays := range []bool{true, false} {
			net := newNet(t, fedNet(nodes.AdaptiveFeedback))
			w, b := readoutWeights(net)
			chain, want := slices.Clone(front), distance(w, b)
			if decays {
				chain = append(chain, optim.DecoupledWeightDecay{Decay: lambda, Names: optim.Names{"readout.w_in", "readout.feedback"}})
				want *= math.Pow(1-rate*lambda, steps)
			}
			chain = append(chain, optim.GroupRate{Names: optim.Names{"layer0.*"}, Factor: .01}, optim.LearningRate{Schedule: optim.Constant(rate)},
				optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: .5})
			losses := trainToy(t, net, steps, optim.New(chain...), "layer0", "readout")
			learned, fed := readoutWeights(net)
			before, after, got := angle(w, b), angle(learned, fed), distance(learned, fed)
			t.Logf("%s, decay %v: loss from %.3f to %.3f; angle from %.1f° to %.1f°, distance from %.3f to %.3f",
				name, decays, losses[0], losses[steps-1], before, after, distance(w, b), got)
			if math.Abs(got-want) > 1e-9 {
				t.Errorf("%s, decay %v: the weights are %v apart, want %v", name, decays, got, want)
			}
			if losses[steps-1] > .7*losses[0] || decays && after > before/4 {
				t.Errorf("%s, decay %v: loss from %v to %v, angle from %v° to %v°", name, decays, losses[0], losses[steps-1], before, after)
			}
		}
	}
}

// Training leaves random weights alone and trains adaptive ones; checkpoints hold both, and a training that is
// resumed goes on as it would have.
func TestFeedbackCheckpoint(t *testing.T) {
	for _, kind := range []nodes.FeedbackKind{nodes.RandomFeedback, nodes.AdaptiveFeedback} {
		c := fedNet(kind)
		c.Hidden[0].Linear.Feedback, c.Hidden[0].Bidirectional = nodes.Feedback{Kind: kind}, true
		data := toy{24, 20, false}
		path := filepath.Join(t.TempDir(), "net.safetensors")
		learn := func(epochs int, resume bool) *train.Trainer {
			trainer, err := prepare(t, task(c, models.SumSoftmax{From: 1}), data, train.Settings{Epochs: epochs, Batch: 8, Share: .1, Solver: adam(1e-2), Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			if resume {
				if err := trainer.Resume(path); err != nil {
					t.Fatal(err)
				}
			}
			if err := trainer.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := trainer.Save(path); err != nil {
				t.Fatal(err)
			}
			return trainer
		}
		_, drawn := readoutWeights(newNet(t, c))
		whole := learn(4, false)
		if _, b := readoutWeights(whole); same(b, drawn) != (kind == nodes.RandomFeedback) {
			t.Errorf("%s feedback: trained weights are the drawn ones: %v", kind, same(b, drawn))
		}
		learn(2, false)
		resumed := learn(4, true)
		loaded, err := models.Load(gorgonia.NewGraph(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !same(params(resumed), params(whole)) || !same(params(loaded), params(whole)) {
			t.Errorf("%s feedback: the parameters are others after saving", kind)
		}
		for _, name := range []string{"readout.feedback", "layer0.forward.feedback", "layer0.backward.feedback"} {
			if p, ok := loaded.Params().Get(name); !ok || p.Fixed != (kind == nodes.RandomFeedback) {
				t.Errorf("%s feedback: %s is %+v", kind, name, p)
			}
		}
	}
}
