package nodes

import (
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SigmaDelta is Σ-Δ coding by a spiking neuron: a leaky integrate-and-fire neuron with a refractory
// response as an analogue-to-digital converter. A signal goes in and spikes come out; what the spikes
// add up to in a synapse, its post-synaptic potential ŝ, is the reconstruction of the signal. The
// neuron itself subtracts that as its refractory response, and spikes when what is left exceeds half of
// what a spike would add, the threshold θ (Bohte 2012, "Efficient spike-coding with multiplicative
// adaptation in a spike response model"; Yoon 2016, "LIF and simplified SRM neurons encode signals into
// spikes via a form of asynchronous pulse sigma-delta modulation"):
//
//	α = exp(−dt/τ)      ρ = exp(−dt/τ_adp)
//	θ_t = b0 + η_t
//	S_t = H(x_t − α ŝ_{t−1} − θ_t/2)
//	ŝ_t = α ŝ_{t−1} + θ_t S_t
//	η_t = ρ (η_{t−1} + β A_{t−1} S_{t−1})
//
// With a fixed threshold η is zero. Otherwise each spike raises it by the share β of A: of the
// threshold at rest b0, or of the present threshold θ_t, by which the code follows the dynamic range of
// the signal. The recursion of the threshold needs nothing but the spikes, so that the decoder knows
// what each of them counts.
//
// In the long run, the multiplicative threshold lets no more than one spike pass in τ_adp ln(1+β),
// however strong the signal is: more would raise it without end. So the error is in proportion to the
// signal. Additive adaptation has no such limit.
//
// |x − ŝ| ≤ θ/2 wherever the signal stays within reach, which is 0 ≤ x_t − α x_{t−1} ≤ θ (3−α)/2 with a
// fixed threshold: there is at most one spike per step, and a decrease can be no faster than the decay
// of ŝ. Signed uses a second neuron for what is left below zero, and has the bound on both sides. The two
// adapt together, each to the spikes of both: otherwise a spike of the one with the higher threshold
// would leave more than the other's, which would answer.
//
// Its parameters are tau (group "tau", in ms) and b0, and, with adaptation, tau_adp and beta, each of
// every channel: [features], or [2·features] if Signed. Gradients flow to them, and to the signal, by
// the surrogate derivative of the spike as a function of (x − ŝ)/θ − 1/2; so they can be trained on the
// error of the reconstruction. A time constant or a threshold that is not positive is an error of the
// run.
type SigmaDelta struct {
	Tau        graph.Initializer   // time constants of the post-synaptic potential, ms; default 20
	B0         graph.Initializer   // thresholds at rest, in units of the signal; default .1
	TauAdp     graph.Initializer   // time constants of the adaptation, ms; default 100
	Beta       graph.Initializer   // by what share a spike raises the threshold; default .2
	Adaptation ThresholdAdaptation // default FixedThreshold
	Signed     bool                // two neurons for each feature, which differ in the sign of their input
	Dt         float64             // time step, ms; zero is 1

	// Surrogate is ops.DefaultSurrogate by default, and a narrower Gaussian, of σ = 0.2, if Signed: in a
	// wide one both neurons of a pair seem to answer where neither does, and training goes astray.
	Surrogate ops.Surrogate
}

// ThresholdAdaptation says how the threshold of a [SigmaDelta] neuron follows its spikes.
type ThresholdAdaptation int

const (
	FixedThreshold           ThresholdAdaptation = iota // θ = b0
	AdditiveAdaptation                                  // a spike raises θ by β b0
	MultiplicativeAdaptation                            // a spike raises θ by β θ (Bohte 2012)
)

// SigmaDeltaNeurons are a SigmaDelta declared in a graph.
type SigmaDeltaNeurons struct {
	Tau, B0      *gorgonia.Node // [channels]
	TauAdp, Beta *gorgonia.Node // [channels]; nil with a fixed threshold

	settings SigmaDelta
	params   *graph.Params
	runs     int
}

var (
	_ Encoder = (*SigmaDeltaNeurons)(nil)
	_ Decoder = (*SigmaDeltaNeurons)(nil)
)

// Declare adds the parameters for that many features.
func (c SigmaDelta) Declare(p *graph.Params, features int) (*SigmaDeltaNeurons, error) {
	if c.Dt == 0 {
		c.Dt = 1
	}
	if c.Surrogate == nil {
		c.Surrogate = ops.DefaultSurrogate
		if c.Signed {
			c.Surrogate = ops.Gaussian{Sigma: .2, Gamma: 1}
		}
	}
	err := firstOf(wantPositive("dt", c.Dt), ops.CheckSurrogate(c.Surrogate))
	if features < 1 {
		err = errors.Errorf("there are %d features, want at least 1", features)
	}
	if c.Adaptation < FixedThreshold || c.Adaptation > MultiplicativeAdaptation {
		err = errors.Errorf("the adaptation is %d, which there is not", c.Adaptation)
	}
	if err != nil {
		return nil, graph.Wrapf(err, "Σ-Δ")
	}
	n := &SigmaDeltaNeurons{settings: c, params: p}
	declared := []struct {
		node **gorgonia.Node
		Parameter
	}{
		{&n.Tau, Tau("tau", c.Tau, 20)}, {&n.B0, Trainable("b0", c.B0, .1)},
		{&n.TauAdp, Tau("tau_adp", c.TauAdp, 100)}, {&n.Beta, Trainable("beta", c.Beta, .2)},
	}
	if c.Adaptation == FixedThreshold {
		declared = declared[:2]
	}
	for _, d := range declared {
		if *d.node, err = d.declare(p, c, features*c.channels()); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// channels are the neurons of a feature.
func (c SigmaDelta) channels() int {
	if c.Signed {
		return 2
	}
	return 1
}

// SigmaDeltaCode is what the neurons make of a signal, through which gradients flow.
type SigmaDeltaCode struct {
	Spikes         *gorgonia.Node // 0 or 1, [T, batch, channels]
	Reconstruction *gorgonia.Node // ŝ, [T, batch, features]
	Threshold      *gorgonia.Node // θ, [T, batch, channels]
}

// Code runs the neurons on a signal x [T, batch, features], from rest. Where sequences are run piece by
// piece, see [graph.Run], the state is carried from one piece into the next, and so it is by Decode.
func (n *SigmaDeltaNeurons) Code(x *gorgonia.Node) (*SigmaDeltaCode, error) {
	if err := n.wantChannels("the signal", x, n.settings.channels()); err != nil {
		return nil, graph.Wrapf(err, "Σ-Δ encoder")
	}
	code, err := n.scan(x, func(x, decayed, theta graph.Expr) graph.Expr {
		left := x.Sub(n.readOut(decayed))
		if n.settings.Signed {
			left = left.Map(bothSigns)
		}
		return Spike(left.Div(theta).Plus(-.5), n.settings.Surrogate)
	})
	return code, graph.Wrapf(err, "Σ-Δ encoder")
}

// Encode gives the spikes of [SigmaDeltaNeurons.Code], [T, batch, features]; if Signed, [T, batch,
// 2·features], where channel 2f has those for what rises above the reconstruction of feature f, and
// 2f+1 for what falls below it.
func (n *SigmaDeltaNeurons) Encode(x *gorgonia.Node) (*gorgonia.Node, error) {
	code, err := n.Code(x)
	if err != nil {
		return nil, err
	}
	return code.Spikes, nil
}

// Decode gives the reconstruction ŝ, [T, batch, features], from spikes in the shape that Encode gives
// them, and from nothing else.
func (n *SigmaDeltaNeurons) Decode(spikes *gorgonia.Node) (*gorgonia.Node, error) {
	if err := n.wantChannels("the spikes", spikes, 1); err != nil {
		return nil, graph.Wrapf(err, "Σ-Δ decoder")
	}
	code, err := n.scan(spikes, func(spikes, _, _ graph.Expr) graph.Expr { return spikes })
	if err != nil {
		return nil, graph.Wrapf(err, "Σ-Δ decoder")
	}
	return code.Reconstruction, nil
}

// Simulate runs the neurons of c, untrained, on a signal [T, batch, features] given as numbers, float32
// or float64, and returns their spikes, the reconstruction and the thresholds, as in [SigmaDeltaCode].
func (c SigmaDelta) Simulate(signal *tensor.Dense) (spikes, reconstruction, threshold *tensor.Dense, err error) {
	if signal == nil || signal.Dims() != 3 {
		return nil, nil, nil, errors.New("srnn: Σ-Δ: the signal is not of shape [T, batch, features]")
	}
	p, err := graph.NewParams(gorgonia.NewGraph(), signal.Dtype(), 0)
	if err != nil {
		return nil, nil, nil, err
	}
	n, err := c.Declare(p, signal.Shape()[2])
	if err != nil {
		return nil, nil, nil, err
	}
	x, err := p.Input("signal", signal)
	if err != nil {
		return nil, nil, nil, err
	}
	code, err := n.Code(x)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := graph.NewMachine(code.Spikes, code.Reconstruction, code.Threshold)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, nil, nil, err
	}
	value := func(n *gorgonia.Node) *tensor.Dense { return n.Value().(*tensor.Dense) }
	return value(code.Spikes), value(code.Reconstruction), value(code.Threshold), nil
}

// wantChannels checks the shape of an input each feature of which has perFeature channels.
func (n *SigmaDeltaNeurons) wantChannels(what string, x *gorgonia.Node, perFeature int) error {
	if err := wantSequence(what, "features", x); err != nil {
		return err
	}
	if channels := n.Tau.Shape()[0]; x.Shape()[2]*perFeature != channels {
		return errors.Errorf("%s (%s) has shape %v, want [T, batch, %d]", what, x.Name(), x.Shape(), channels/perFeature)
	}
	return nil
}

// scan runs encoder and decoder, which differ in where a step gets its spikes from, given the input,
// the decayed potential of each channel and its threshold.
func (n *SigmaDeltaNeurons) scan(x *gorgonia.Node, fire func(x, decayed, theta graph.Expr) graph.Expr) (*SigmaDeltaCode, error) {
	x, err := applyOne(checked{What: "input"}, x)
	if err != nil {
		return nil, err
	}
	initial, err := n.start(x)
	if err != nil {
		return nil, err
	}
	scan := graph.Scan{Sequences: gorgonia.Nodes{x}, Initial: initial, Captured: gorgonia.Nodes{n.Tau, n.B0}, Batched: true}
	if n.settings.Adaptation != FixedThreshold {
		scan.Captured = append(scan.Captured, n.TauAdp, n.Beta)
	}
	scan.Step = func(x, state, captured gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
		potential := graph.Of(state[0])
		tau, b0 := graph.Of(captured[0]), graph.Of(captured[1])
		decayed := Decay(tau, n.settings.Dt).Mul(potential)
		theta, raised := b0.Add(potential.Fill(0)), graph.Expr{}
		if n.settings.Adaptation != FixedThreshold {
			raised = Decay(graph.Of(captured[2]), n.settings.Dt).Mul(graph.Of(state[1]))
			theta = b0.Add(raised)
		}
		theta = theta.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
			return applyOne(checked{What: "threshold", Positive: true}, n)
		})
		spikes := fire(graph.Of(x[0]), decayed, theta)
		potential = decayed.Add(theta.Mul(spikes))
		states := []graph.Expr{potential}
		raising := spikes
		if n.settings.Signed {
			raising = spikes.Map(ofBoth)
		}
		switch n.settings.Adaptation {
		case AdditiveAdaptation:
			states = append(states, raised.Add(graph.Of(captured[3]).Mul(b0).Mul(raising)))
		case MultiplicativeAdaptation:
			states = append(states, raised.Add(graph.Of(captured[3]).Mul(theta).Mul(raising)))
		}
		if next, err = nodesOf(states); err != nil {
			return nil, nil, err
		}
		out, err = nodesOf([]graph.Expr{spikes, n.readOut(potential), theta})
		return out, next, err
	}
	result, err := scan.Apply()
	if err != nil {
		return nil, err
	}
	code := new(SigmaDeltaCode)
	for k, node := range []**gorgonia.Node{&code.Spikes, &code.Reconstruction, &code.Threshold} {
		if *node, err = result.Output(k); err != nil {
			return nil, err
		}
	}
	return code, n.carry(initial, result)
}

// start is the state that a run starts from: the potential, and with adaptation what the threshold is raised
// by. It is at rest, or where sequences are run piece by piece, an input.
func (n *SigmaDeltaNeurons) start(x *gorgonia.Node) (initial gorgonia.Nodes, err error) {
	n.runs++
	names := []string{"potential", "raised"}
	if n.settings.Adaptation == FixedThreshold {
		names = names[:1]
	}
	initial = make(gorgonia.Nodes, len(names))
	for k, name := range names {
		if !n.params.Run().Pieces {
			initial[k], err = n.rest(x)
		} else {
			name = n.params.Name(fmt.Sprintf("sigma_delta.run%d.%s", n.runs, name))
			initial[k], err = constantInput(n.params, name, tensor.Shape{x.Shape()[1], n.Tau.Shape()[0]}, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	return initial, nil
}

// carry has the next piece start from the state after this one.
func (n *SigmaDeltaNeurons) carry(initial gorgonia.Nodes, result *graph.Scanned) error {
	if !n.params.Run().Pieces {
		return nil
	}
	c := new(carry)
	for k, input := range initial {
		final, err := result.Final(k)
		if err != nil {
			return err
		}
		c.variables = append(c.variables, carried{name: input.Name(), input: input, final: final})
	}
	n.params.Run().Carry(c)
	return nil
}

// rest is a state of zeros, [batch, channels].
func (n *SigmaDeltaNeurons) rest(x *gorgonia.Node) (*gorgonia.Node, error) {
	first, err := graph.Step(x, 0)
	if err != nil {
		return nil, err
	}
	zero := graph.Of(first).Fill(0)
	if first.Shape()[1] != n.Tau.Shape()[0] {
		zero = zero.Map(bothSigns)
	}
	return zero.Node()
}

// readOut is what the potentials of all channels say of the features.
func (n *SigmaDeltaNeurons) readOut(potential graph.Expr) graph.Expr {
	if n.settings.Signed {
		return potential.Map(differences)
	}
	return potential
}

// nodesOf are the nodes of expressions.
func nodesOf(exprs []graph.Expr) (gorgonia.Nodes, error) {
	nodes := make(gorgonia.Nodes, len(exprs))
	for i, e := range exprs {
		var err error
		if nodes[i], err = e.Node(); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// bothSigns is x and −x, side by side: [batch, features] gives [batch, 2·features].
func bothSigns(x *gorgonia.Node) (*gorgonia.Node, error) { return applyOne(signs{}, x) }

// differences is the reverse, the first channel of each feature minus the second: [batch,
// 2·features] gives [batch, features].
func differences(x *gorgonia.Node) (*gorgonia.Node, error) { return applyOne(signs{Reverse: true}, x) }

// ofBoth gives both channels of each feature the sum of the two, [batch, 2·features].
func ofBoth(x *gorgonia.Node) (*gorgonia.Node, error) { return applyOne(pairSum{}, x) }

// applyOne adds a Function of one input and one output to a graph.
func applyOne(f graph.Function, x *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := graph.Apply(f, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// signs is bothSigns, or its reverse. Each is the other's gradient.
type signs struct{ Reverse bool }

func (f signs) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	out := in[0].Clone()
	if f.Reverse {
		out[len(out)-1] /= 2
	} else {
		out[len(out)-1] *= 2
	}
	return []tensor.Shape{out}, nil
}

func (f signs) Kernel32() graph.Kernel[float32] { return signsKernel[float32]{f} }
func (f signs) Kernel64() graph.Kernel[float64] { return signsKernel[float64]{f} }

type signsKernel[F graph.Float] struct{ signs }

func (k signsKernel[F]) Forward(c *graph.Call[F]) error {
	k.write(c.In[0].Data, c.Out[0].Data, k.Reverse)
	return nil
}

func (k signsKernel[F]) Backward(c *graph.Call[F]) error {
	k.write(c.DOut[0].Data, c.DIn[0].Data, !k.Reverse)
	return nil
}

func (signsKernel[F]) write(from, to []F, reverse bool) {
	if reverse {
		for i := range to {
			to[i] = from[2*i] - from[2*i+1]
		}
		return
	}
	for i, x := range from {
		to[2*i], to[2*i+1] = x, -x
	}
}

// pairSum is ofBoth. It is its own gradient.
type pairSum struct{}

func (pairSum) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (pairSum) Kernel32() graph.Kernel[float32]                  { return pairSumKernel[float32]{} }
func (pairSum) Kernel64() graph.Kernel[float64]                  { return pairSumKernel[float64]{} }

type pairSumKernel[F graph.Float] struct{}

func (k pairSumKernel[F]) Forward(c *graph.Call[F]) error {
	return k.write(c.In[0].Data, c.Out[0].Data)
}
func (k pairSumKernel[F]) Backward(c *graph.Call[F]) error {
	return k.write(c.DOut[0].Data, c.DIn[0].Data)
}

func (pairSumKernel[F]) write(from, to []F) error {
	for i := 0; i < len(from); i += 2 {
		to[i] = from[i] + from[i+1]
		to[i+1] = to[i]
	}
	return nil
}

// checked is its input, which must be finite, or else positive and finite.
type checked struct {
	What     string
	Positive bool
}

func (f checked) String() string { return f.What }

func (checked) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (f checked) Kernel32() graph.Kernel[float32]                { return checkedKernel[float32]{f} }
func (f checked) Kernel64() graph.Kernel[float64]                { return checkedKernel[float64]{f} }

type checkedKernel[F graph.Float] struct{ checked }

func (k checkedKernel[F]) Forward(c *graph.Call[F]) error {
	for i, x := range c.In[0].Data {
		if !graph.Finite(x) || k.Positive && x <= 0 {
			want := "a finite number"
			if k.Positive {
				want = "a positive number"
			}
			return errors.Errorf("element %v is %v, want %s", position(c.In[0].Shape, i), x, want)
		}
	}
	copy(c.Out[0].Data, c.In[0].Data)
	return nil
}

func (k checkedKernel[F]) Backward(c *graph.Call[F]) error {
	copy(c.DIn[0].Data, c.DOut[0].Data)
	return nil
}
