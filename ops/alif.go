package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ALIF is a layer of adaptive leaky integrate-and-fire neurons over a whole sequence, as one
// node (Yin, Corradi & Bohté 2020):
//
//	α = exp(−dt/τm)      ρ = exp(−dt/τadp)
//	η_t = ρ η_{t−1} + (1−ρ) S_{t−1}
//	θ_t = b0 + β η_t
//	u_t = α u_{t−1} + (1−α) Rm (I_t + W_rec S_{t−1}) − S_{t−1} θ_t dt
//	S_t = H(u_t − θ_t)
//
// u is the membrane potential, θ the threshold, η its adaptation, S the spikes. With β = 0 it
// is a plain LIF neuron. The fields are used as they are: zero is zero. A time constant of zero or infinity
// gives the limit, see [Decay].
type ALIF struct {
	Dt        float64 // time step, ms
	B0        float64 // threshold at rest
	Beta      float64 // strength of the adaptation, β
	Rm        float64 // membrane resistance
	Surrogate Surrogate
	Estimator Estimator // of the gradient; nil is BPTT

	// Refractory is for how many steps a neuron is silent after each of its spikes, with everything
	// else in it going on: S_t = 0 while State.Silence is above 0. Suppressed spikes have no gradient.
	// Zero is no refractory period.
	Refractory int

	// DetachReset leaves the reset out of the gradient: −S_{t−1} θ_t dt counts as a constant in it.
	DetachReset bool

	// Continuous makes what a spike does independent of the time step: it takes θ_t from u, in the place of
	// θ_t dt, and adds 1 − exp(−1 ms/τadp) to η, in the place of 1 − ρ. At dt = 1 ms nothing changes.
	Continuous bool

	// Recompute has the backward pass compute the currents again instead of keeping them. Layers
	// with few inputs always do. For others it is slower, and keeps nothing of a sequence for the
	// backward pass but bits and the state before every 16th step.
	Recompute bool
}

// ALIFInputs are the nodes that an ALIF layer reads. I is the sum of Current and what the Synapses
// give; one of them may be left out.
type ALIFInputs struct {
	Current  *gorgonia.Node // [T, batch, units]
	Synapses Synapses

	WRec    *gorgonia.Node // recurrent weights, [units, units] as [to, from]; nil: none
	TauM    *gorgonia.Node // membrane time constants, ms, [units]
	TauAdp  *gorgonia.Node // adaptation time constants, ms, [units]; nil: no adaptation, for β = 0
	Initial State          // the state before the first step
}

// State is the state of a layer at one moment, each [batch, units]. A nil node is zero.
type State struct {
	Membrane   *gorgonia.Node // u
	Adaptation *gorgonia.Node // η
	Spikes     *gorgonia.Node // S; any real number, it need not be 0 or 1
	Silence    *gorgonia.Node // silent steps still to come, of neurons with a refractory period
}

// Sequence is what a layer did over a sequence. Every quantity is a node [T, batch, units]
// through which gradients flow.
type Sequence struct {
	result *graph.Result
	adapts bool
	rests  bool // there is a refractory period
}

// The outputs of the function.
const (
	outSpikes = iota
	outMembrane
	outAdaptation
	outThreshold
	outSilence // only with a refractory period
)

// Spikes are S: 0 or 1.
func (s *Sequence) Spikes() *gorgonia.Node { return s.result.Node() }

// Membrane is the membrane potential u after the reset of the previous step's spike.
func (s *Sequence) Membrane() (*gorgonia.Node, error) { return s.result.Output(outMembrane) }

// Threshold is θ.
func (s *Sequence) Threshold() (*gorgonia.Node, error) { return s.result.Output(outThreshold) }

// Adaptation is η. A layer without adaptation time constants has none.
func (s *Sequence) Adaptation() (*gorgonia.Node, error) {
	if !s.adapts {
		return nil, errors.New("srnn: the neurons have no adaptation")
	}
	return s.result.Output(outAdaptation)
}

// Refractory reports whether the neurons have a refractory period.
func (s *Sequence) Refractory() bool { return s.rests }

// Silence is the number of silent steps that are still to come. A layer without a refractory period
// has none.
func (s *Sequence) Silence() (*gorgonia.Node, error) {
	if !s.rests {
		return nil, errors.New("srnn: the neurons have no refractory period")
	}
	return s.result.Output(outSilence)
}

// Final is the state after the last step, from which another sequence can go on.
func (s *Sequence) Final() (State, error) {
	u, err := s.Membrane()
	if err != nil {
		return State{}, err
	}
	last := func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Step(n, n.Shape()[0]-1) }
	var f State
	if f.Membrane, err = last(u); err != nil {
		return State{}, err
	}
	if f.Spikes, err = last(s.Spikes()); err != nil {
		return State{}, err
	}
	if s.adapts {
		eta, err := s.Adaptation()
		if err != nil {
			return State{}, err
		}
		if f.Adaptation, err = last(eta); err != nil {
			return State{}, err
		}
	}
	if s.rests {
		silence, err := s.Silence()
		if err != nil {
			return State{}, err
		}
		if f.Silence, err = last(silence); err != nil {
			return State{}, err
		}
	}
	return f, nil
}

// Apply runs the layer over a sequence. Gradients flow to all inputs.
func (c ALIF) Apply(in ALIFInputs) (*Sequence, error) { return alif{ALIF: c}.apply(in) }

func (f alif) apply(in ALIFInputs) (*Sequence, error) {
	if f.Surrogate == nil {
		f.Surrogate = DefaultSurrogate
	}
	if f.Estimator == nil {
		f.Estimator = BPTT{}
	}
	if err := f.check(); err != nil {
		return nil, graph.Wrapf(err, "%v", f)
	}
	var nodes inputs
	var err error
	if f.wiring, err = nodes.wire(in.Current, in.Synapses); err != nil {
		return nil, graph.Wrapf(err, "%v", f)
	}
	if in.TauM == nil {
		return nil, errors.Errorf("srnn: %v: TauM is nil, want [units]", f)
	}
	if in.TauAdp == nil && (f.Beta != 0 || in.Initial.Adaptation != nil) {
		return nil, errors.Errorf("srnn: %v: β is %v, but there are no adaptation time constants", f, f.Beta)
	}
	if f.Refractory == 0 && in.Initial.Silence != nil {
		return nil, errors.Errorf("srnn: %v: there are silent steps to come, but no refractory period", f)
	}
	f.WRec, f.TauM, f.TauAdp = nodes.add(in.WRec), nodes.add(in.TauM), nodes.add(in.TauAdp)
	f.U0, f.Eta0, f.S0 = nodes.add(in.Initial.Membrane), nodes.add(in.Initial.Adaptation), nodes.add(in.Initial.Spikes)
	f.Silence0 = nodes.add(in.Initial.Silence)
	r, err := graph.Apply(f, nodes.nodes...)
	if err != nil {
		return nil, err
	}
	return &Sequence{result: r, adapts: in.TauAdp != nil, rests: f.Refractory > 0}, nil
}

func (c ALIF) check() error {
	for _, p := range []struct {
		name string
		x    float64
		ok   bool
	}{
		{"dt", c.Dt, c.Dt > 0}, {"b0", c.B0, true}, {"beta", c.Beta, true}, {"Rm", c.Rm, true},
	} {
		if !p.ok || !graph.Finite(p.x) {
			return errors.Errorf("%s is %v", p.name, p.x)
		}
	}
	if c.Refractory < 0 {
		return errors.Errorf("the refractory period is %d steps", c.Refractory)
	}
	if err := CheckEstimator(c.Estimator); err != nil {
		return err
	}
	return CheckSurrogate(c.Surrogate)
}

// alif is ALIF, or LSNN, as a Function.
type alif struct {
	ALIF
	LSNN    bool // the equations are those of LSNN
	Regular int  // see LSNN

	wiring
	WRec, TauM, TauAdp, U0, Eta0, S0, Silence0 slot
}

func (f alif) String() string {
	if f.LSNN {
		return "LSNN"
	}
	return "ALIF"
}

func (alif) Taped() {}

// LeavesBits makes the spikes those that others can read from the tape.
func (alif) LeavesBits() {}

// Terse is true of spikes: the tape has their bits.
func (f alif) Terse() bool {
	_, relaxed := f.Surrogate.(Relaxed)
	return !relaxed
}

// ReadsTape is true of x where it is spikes of other neurons.
func (f alif) ReadsTape(i int, source graph.Function) bool { return f.readsSpikes(i, source) }

// Separate sets apart, besides what the wiring does, with e-prop all that cannot be found in one pass
// from the first step to the last.
func (f alif) Separate(i int) bool {
	if _, eprop := f.Estimator.(EProp); eprop {
		switch slot(i + 1) {
		case f.Current, f.U0, f.Eta0, f.S0, f.Silence0:
			return true
		}
	}
	return f.wiring.Separate(i)
}

func (f alif) Kernel32() graph.Kernel[float32] { return alifKernel[float32]{f} }
func (f alif) Kernel64() graph.Kernel[float64] { return alifKernel[float64]{f} }

func (f alif) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	seq, err := f.shape(in)
	if err != nil {
		return nil, err
	}
	batch, units := seq[1], seq[2]
	state := tensor.Shape{batch, units}
	for _, c := range []struct {
		slot slot
		name string
		want tensor.Shape
	}{
		{f.WRec, "w_rec", tensor.Shape{units, units}},
		{f.TauM, "tau_m", tensor.Shape{units}},
		{f.TauAdp, "tau_adp", tensor.Shape{units}},
		{f.U0, "initial membrane potential", state},
		{f.Eta0, "initial adaptation", state},
		{f.S0, "initial spikes", state},
		{f.Silence0, "initial silence", state},
	} {
		if c.slot > 0 && !graph.SameShape(in[c.slot-1], c.want) {
			return nil, errors.Errorf("%s has shape %v, want %v for a current of shape %v", c.name, in[c.slot-1], c.want, seq)
		}
	}
	if f.Regular > units {
		return nil, errors.Errorf("%d neurons do not adapt, of only %d", f.Regular, units)
	}
	out := []tensor.Shape{seq, seq, seq, seq}
	if f.Refractory > 0 {
		out = append(out, seq)
	}
	return out, nil
}
