package nodes_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// sigmaDeltaRun is what Σ-Δ neurons do: their spikes, reconstruction and threshold, and what the
// decoder makes of the spikes alone.
type sigmaDeltaRun struct{ spikes, reconstruction, threshold, decoded []float64 }

func runSigmaDelta(dt tensor.Dtype, c nodes.SigmaDelta, x numbers) (r sigmaDeltaRun, err error) {
	signal := tensorOf[float64](x.values, x.shape...)
	if dt == tensor.Float32 {
		signal = tensorOf[float32](x.values, x.shape...)
	}
	spikes, reconstruction, threshold, err := c.Simulate(signal)
	if err != nil {
		return r, err
	}
	r.spikes, r.reconstruction, r.threshold = must(graph.Float64s(spikes)), must(graph.Float64s(reconstruction)), must(graph.Float64s(threshold))

	p := must(graph.NewParams(gorgonia.NewGraph(), dt, 0))
	n := must(c.Declare(p, x.shape[2]))
	in := gorgonia.NewTensor(p.Graph(), dt, 3, gorgonia.WithShape(spikes.Shape()...), gorgonia.WithName("spikes"), gorgonia.WithValue(spikes))
	decoded, err := n.Decode(in)
	if err != nil {
		return r, err
	}
	if err := must(graph.NewMachine(decoded)).RunAll(); err != nil {
		return r, err
	}
	r.decoded = must(graph.Float64s(decoded.Value()))
	return r, nil
}

// A slow wave, its spikes, and what they tell of it.
func ExampleSigmaDelta() {
	signal := tensor.New(tensor.WithShape(8, 1, 1), tensor.WithBacking([]float32{0, .3, .6, .8, .8, .6, .3, 0}))
	coding := nodes.SigmaDelta{B0: graph.Constant(.3), Tau: graph.Constant(5)}
	spikes, reconstruction, _, err := coding.Simulate(signal)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v\n%.2f\n", spikes.Data(), reconstruction.Data())
	// Output:
	// [0 1 1 1 1 0 0 0]
	// [0.00 0.30 0.55 0.75 0.91 0.75 0.61 0.50]
}

// A step halves the potential and the adaptation.
func TestSigmaDelta(t *testing.T) {
	halved := nodes.SigmaDelta{Tau: graph.Constant(halving), TauAdp: graph.Constant(halving), B0: graph.Constant(1), Beta: graph.Constant(.5)}
	with := func(a nodes.ThresholdAdaptation, signed bool) nodes.SigmaDelta {
		c := halved
		c.Adaptation, c.Signed = a, signed
		return c
	}
	for _, c := range []struct {
		name                              string
		coding                            nodes.SigmaDelta
		x                                 numbers
		spikes, reconstruction, threshold []float64
	}{
		{"one step", with(nodes.FixedThreshold, false), sequenceOf(.6), []float64{1}, []float64{1}, []float64{1}},
		{"fixed threshold", with(nodes.FixedThreshold, false), sequenceOf(1, .9, .8, .2),
			[]float64{1, 0, 1, 0}, []float64{1, .5, 1.25, .625}, []float64{1, 1, 1, 1}},
		{"below zero, unsigned", with(nodes.FixedThreshold, false), sequenceOf(-1, -2), []float64{0, 0}, []float64{0, 0}, []float64{1, 1}},
		{"signed", with(nodes.FixedThreshold, true), sequenceOf(1, .2, -1),
			[]float64{1, 0, 0, 0, 0, 1}, []float64{1, .5, -.75}, []float64{1, 1, 1, 1, 1, 1}},
		{"multiplicative", with(nodes.MultiplicativeAdaptation, false), sequenceOf(1, 2, 1, 2),
			[]float64{1, 1, 0, 1}, []float64{1, 1.75, .875, 1.65625}, []float64{1, 1.25, 1.4375, 1.21875}},
		{"additive", with(nodes.AdditiveAdaptation, false), sequenceOf(1, 2, 1, 2),
			[]float64{1, 1, 0, 1}, []float64{1, 1.75, .875, 1.625}, []float64{1, 1.25, 1.375, 1.1875}},
		{"two neurons adapt to the spikes of either", with(nodes.MultiplicativeAdaptation, true), sequenceOf(1, -1),
			[]float64{1, 0, 0, 1}, []float64{1, -.75}, []float64{1, 1, 1.25, 1.25}},
		{"half the time step", nodes.SigmaDelta{Tau: graph.Constant(halving / 2), B0: graph.Constant(1), Dt: .5}, sequenceOf(1, .2),
			[]float64{1, 0}, []float64{1, .5}, []float64{1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				r, err := runSigmaDelta(dt, c.coding, c.x)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "spikes", r.spikes, c.spikes)
				closeTo(t, "reconstruction", r.reconstruction, c.reconstruction, 1e-6)
				closeTo(t, "thresholds", r.threshold, c.threshold, 1e-6)
				equal(t, "what is decoded", r.decoded, r.reconstruction)
			}
		})
	}
}

// With a fixed threshold it is the leaky integrate-and-fire neuron with reset by subtraction, of the
// current that the signal is the leaky integral of.
func TestSigmaDeltaIsALeakyIntegrateAndFireNeuron(t *testing.T) {
	const steps, theta = 300, .4
	alpha := math.Exp(-1. / 20)
	x, v := 0., 0.
	var signal, want []float64
	for _, current := range normal(3, steps) {
		current = .1 * (current + .5)
		x = alpha*x + current
		v = alpha*v + current
		s := 0.
		if v > theta/2 {
			s = 1
		}
		v -= theta * s
		signal, want = append(signal, x), append(want, s)
	}
	r := must(runSigmaDelta(tensor.Float64, nodes.SigmaDelta{B0: graph.Constant(theta)}, sequenceOf(signal...)))
	equal(t, "spikes", r.spikes, want)
	if n := len(slices.DeleteFunc(r.spikes, func(s float64) bool { return s == 0 })); n < 20 {
		t.Errorf("there are %d spikes, too few to tell", n)
	}
}

// The reconstruction stays within half a threshold of any signal within reach, and the decoder gives
// the same, from the spikes alone.
func TestSigmaDeltaFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		theta, tau := rapid.Float64Range(.01, 10).Draw(t, "theta"), rapid.Float64Range(.5, 100).Draw(t, "tau")
		c := nodes.SigmaDelta{Tau: graph.Constant(tau), B0: graph.Constant(theta), Signed: rapid.Bool().Draw(t, "signed")}
		alpha := math.Exp(-1 / tau)
		low := 0.
		if c.Signed {
			low = -1
		}
		x := 0.
		var signal []float64
		for _, drive := range rapid.SliceOfN(rapid.Float64Range(low, 1), 1, 80).Draw(t, "drive") {
			x = alpha*x + .999*drive*theta*(3-alpha)/2
			signal = append(signal, x)
		}
		r := must(runSigmaDelta(tensor.Float64, c, sequenceOf(signal...)))
		for k := range signal {
			if d := math.Abs(signal[k] - r.reconstruction[k]); d > theta/2*(1+1e-6) {
				t.Fatalf("step %d errs by %v, want at most %v", k, d, theta/2)
			}
		}
		if !slices.Equal(r.decoded, r.reconstruction) {
			t.Fatalf("decoded is %v, want %v", r.decoded, r.reconstruction)
		}
	})
}

// A threshold that adapts is decoded too, and the error is less than half of it wherever the neuron
// has just spiked or is silent with the signal above the reconstruction.
func TestSigmaDeltaWithAdaptationFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := nodes.SigmaDelta{Adaptation: rapid.SampledFrom([]nodes.ThresholdAdaptation{nodes.AdditiveAdaptation, nodes.MultiplicativeAdaptation}).Draw(t, "adaptation"),
			Beta: graph.Constant(rapid.Float64Range(.01, 1).Draw(t, "beta")), TauAdp: graph.Constant(rapid.Float64Range(1, 500).Draw(t, "tau_adp"))}
		signal := rapid.SliceOfN(rapid.Float64Range(0, 3), 1, 80).Draw(t, "signal")
		r := must(runSigmaDelta(tensor.Float64, c, sequenceOf(signal...)))
		for k := range signal {
			if d := signal[k] - r.reconstruction[k]; r.spikes[k] == 1 && d < -r.threshold[k]/2-1e-9 || r.spikes[k] == 0 && d > r.threshold[k]/2+1e-9 {
				t.Fatalf("step %d errs by %v with a spike %v and a threshold of %v", k, d, r.spikes[k], r.threshold[k])
			}
		}
		if !slices.Equal(r.decoded, r.reconstruction) {
			t.Fatalf("decoded is %v, want %v", r.decoded, r.reconstruction)
		}
	})
}

// With multiplicative adaptation the rate saturates where a spike in τ_adp ln(1+β) keeps the threshold
// up, and the error is in proportion to the signal, over a wide range. A fixed threshold has its end
// where every step spikes.
func TestSigmaDeltaAdaptsToTheRange(t *testing.T) {
	const steps, settled = 4000, 1000
	run := func(c nodes.SigmaDelta, x float64) (rate, relativeError float64) {
		c.B0, c.Beta, c.TauAdp = graph.Constant(.1), graph.Constant(.2), graph.Constant(100)
		r := must(runSigmaDelta(tensor.Float64, c, sequenceOf(slices.Repeat([]float64{x}, steps)...)))
		for k := settled; k < steps; k++ {
			rate += r.spikes[k] / (steps - settled)
			relativeError += math.Abs(x-r.reconstruction[k]) / x / (steps - settled)
		}
		return rate, relativeError
	}
	limit := 1 / (100 * math.Log(1.2))
	for _, x := range []float64{10, 100, 1000, 10000} {
		rate, err := run(nodes.SigmaDelta{Adaptation: nodes.MultiplicativeAdaptation}, x)
		if math.Abs(rate-limit) > .03*limit || err > .25 {
			t.Errorf("a signal of %v: %.4f spikes per step and a relative error of %.2f, want %.4f and at most .25", x, rate, err, limit)
		}
	}
	if rate, err := run(nodes.SigmaDelta{}, 1000); rate < .999 || err < .9 {
		t.Errorf("with a fixed threshold: %v spikes per step and a relative error of %v", rate, err)
	}
}

// Examples do not touch each other, nor do features.
func TestSigmaDeltaNeuronsAreIndependent(t *testing.T) {
	const steps, batch, features = 30, 20, 2 // more examples than run together
	c := nodes.SigmaDelta{Adaptation: nodes.MultiplicativeAdaptation, Signed: true, B0: graph.Constant(.3)}
	x := normal(4, steps*batch*features)
	all := must(runSigmaDelta(tensor.Float64, c, numbers{x, tensor.Shape{steps, batch, features}}))
	for i := range batch * features {
		var one, want []float64
		for k := i; k < len(x); k += batch * features {
			one, want = append(one, x[k]), append(want, all.reconstruction[k])
		}
		equal(t, "one alone", must(runSigmaDelta(tensor.Float64, c, sequenceOf(one...))).reconstruction, want)
	}
}

// Gradients of spikes, reconstruction and threshold, and through the decoder, with spikes relaxed.
func TestSigmaDeltaGradient(t *testing.T) {
	const steps, batch, features = 12, 2, 2
	for _, adaptation := range []nodes.ThresholdAdaptation{nodes.FixedThreshold, nodes.AdditiveAdaptation, nodes.MultiplicativeAdaptation} {
		for _, signed := range []bool{false, true} {
			t.Run(fmt.Sprintf("adaptation %d, signed %v", adaptation, signed), func(t *testing.T) {
				c := nodes.SigmaDelta{Adaptation: adaptation, Signed: signed, Surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}}
				channels := features
				if signed {
					channels *= 2
				}
				spread := func(from float64) *tensor.Dense {
					v := make([]float64, channels)
					for i := range v {
						v[i] = from * (1 + .2*float64(i))
					}
					return tensorOf[float64](v, channels)
				}
				inputs := []*tensor.Dense{tensorOf[float64](normal(5, steps*batch*features), steps, batch, features), spread(4), spread(.7)}
				if adaptation != nodes.FixedThreshold {
					inputs = append(inputs, spread(6), spread(.3))
				}
				err := graphtest.Differences{Tolerance: 1e-5}.Check(inputs, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					p := must(graph.NewParams(in[0].Graph(), tensor.Float64, 1))
					n := must(c.Declare(p.Scope("neurons"), features))
					n.Tau, n.B0 = in[1], in[2]
					if adaptation != nodes.FixedThreshold {
						n.TauAdp, n.Beta = in[3], in[4]
					}
					code, err := n.Code(in[0])
					if err != nil {
						return nil, err
					}
					decoded, err := n.Decode(code.Spikes)
					if err != nil {
						return nil, err
					}
					sum := graph.Of(must(gorgonia.Sum(must(graph.Of(in[0]).Sub(graph.Of(code.Reconstruction)).Square().Node()))))
					for _, y := range []*gorgonia.Node{code.Threshold, code.Spikes, decoded} {
						sum = sum.Add(graph.Of(must(gorgonia.Sum(must(graph.Of(y).Tanh().Node())))))
					}
					return sum.Node()
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Trained on the error of the reconstruction, the neurons find parameters that follow the signal.
func TestSigmaDeltaIsTrained(t *testing.T) {
	const steps = 200
	var signal []float64
	for t := range steps {
		signal = append(signal, 1+math.Sin(2*math.Pi*float64(t)/100))
	}
	p := newParams(1)
	c := nodes.SigmaDelta{Adaptation: nodes.MultiplicativeAdaptation, B0: graph.Constant(1.5), Tau: graph.Constant(5)}
	n := must(c.Declare(p, 1))
	x := input(p, "x", signal, steps, 1, 1)
	code := must(n.Code(x))
	loss := must(gorgonia.Mean(must(graph.Of(x).Sub(graph.Of(code.Reconstruction)).Square().Node())))
	grads := must(gorgonia.Grad(loss, p.Nodes()...))
	m := must(graph.NewMachine(append(grads, loss)...))
	solver := optim.New(optim.Adam(optim.Constant(.03)))
	var losses []float64
	for range 150 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, must(graph.Float64s(loss.Value()))[0])
		if err := solver.Step(gorgonia.NodesToValueGrads(p.Nodes())); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("mean squared error: %.4f, trained %.4f", losses[0], slices.Min(losses[100:]))
	if trained := slices.Max(losses[140:]); !(trained < losses[0]/3) {
		t.Errorf("the mean squared error was %v and is up to %v", losses[0], trained)
	}
}

func TestSigmaDeltaParameters(t *testing.T) {
	p := newParams(1)
	must(nodes.SigmaDelta{Signed: true, Adaptation: nodes.AdditiveAdaptation}.Declare(p.Scope("code"), 3))
	must(nodes.SigmaDelta{}.Declare(p.Scope("fixed"), 3))
	want := []string{"code.tau tau (6)", "code.b0 neuron (6)", "code.tau_adp tau (6)", "code.beta neuron (6)", "fixed.tau tau (3)", "fixed.b0 neuron (3)"}
	if got := describe(p); !slices.Equal(got, want) {
		t.Errorf("the parameters are %v, want %v", got, want)
	}
}

func TestSigmaDeltaRefuses(t *testing.T) {
	one := sequenceOf(1, 2)
	for _, c := range []struct {
		coding nodes.SigmaDelta
		x      numbers
		want   string
	}{
		{nodes.SigmaDelta{Dt: -1}, one, "dt is -1"},
		{nodes.SigmaDelta{Dt: nan}, one, "dt is NaN"},
		{nodes.SigmaDelta{Adaptation: 7}, one, "the adaptation is 7"},
		{nodes.SigmaDelta{Surrogate: ops.Gaussian{Sigma: -1}}, one, "Sigma"},
		{nodes.SigmaDelta{Tau: graph.Constant(-1)}, one, "tau[0] is -1 ms"},
		{nodes.SigmaDelta{Tau: graph.Constant(nan)}, one, "tau"},
		{nodes.SigmaDelta{TauAdp: graph.Constant(-3), Adaptation: nodes.AdditiveAdaptation}, one, "-3"},
		{nodes.SigmaDelta{B0: graph.Constant(0)}, one, "threshold: element [0 0] is 0, want a positive number"},
		{nodes.SigmaDelta{B0: graph.Constant(-1), Signed: true}, one, "threshold: element [0 0] is -1"},
		{nodes.SigmaDelta{Beta: graph.Constant(-50), Adaptation: nodes.MultiplicativeAdaptation}, sequenceOf(9, 9), "threshold: element [0 0] is -"},
		{nodes.SigmaDelta{}, sequenceOf(0, nan), "element [1 0 0] is NaN"},
		{nodes.SigmaDelta{}, sequenceOf(inf), "element [0 0 0] is +Inf"},
	} {
		_, err := runSigmaDelta(tensor.Float32, c.coding, c.x)
		wantError(t, c.want, err, c.want)
	}
	_, err := nodes.SigmaDelta{}.Declare(newParams(1), 0)
	wantError(t, "no features", err, "Σ-Δ", "0 features")

	_, _, _, err = nodes.SigmaDelta{}.Simulate(nil)
	wantError(t, "nil", err, "[T, batch, features]")
	_, _, _, err = nodes.SigmaDelta{}.Simulate(tensor.New(tensor.WithShape(1, 1, 1), tensor.WithBacking([]int{1})))
	wantError(t, "integers", err, "int")

	p := newParams(1)
	n := must(nodes.SigmaDelta{Signed: true}.Declare(p, 2))
	_, err = n.Encode(input(p, "a", make([]float64, 4), 1, 1, 4))
	wantError(t, "other features", err, "Σ-Δ encoder", "(1, 1, 4)", "want [T, batch, 2]")
	_, err = n.Decode(input(p, "b", make([]float64, 2), 1, 1, 2))
	wantError(t, "other channels", err, "Σ-Δ decoder", "(1, 1, 2)", "want [T, batch, 4]")
	_, err = n.Encode(input(p, "c", make([]float64, 2), 1, 2))
	wantError(t, "two dimensions", err, "[T, batch, features]")
	decoded := must(n.Decode(input(p, "d", []float64{1, 0, nan, 0}, 1, 1, 4)))
	wantError(t, "NaN for spikes", must(graph.NewMachine(decoded)).RunAll(), "element [0 0 2] is NaN")
}
