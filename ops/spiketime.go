package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SpikeTime is when each neuron of a layer first crosses its threshold, as a node: the neurons of
// Bohte, Kok & La Poutré 2002, "Error-backpropagation in temporally encoded networks of spiking
// neurons" (SpikeProp). A neuron j has potential 0 until the first of its inputs arrives, and then
//
//	u_j(t) = Σ_i Σ_k w_jik ε(t − t_i − d_jik)     ε(s) = (s/τ) exp(1 − s/τ) for s > 0, otherwise 0
//
// where input i spikes once, at t_i, and arrives over several terminals k, each with a weight and a
// delay of its own. The neuron spikes once, at the first t_j where u_j reaches the threshold. Between
// two arrivals the potential has one extremum at most, so that crossing is found exactly, and not on
// a grid of time steps. Times are in ms; they may be negative.
//
// The gradient is that of the implicit function u_j(t_j) = threshold (for
// delays Schrauwen & Van Campenhout 2004, "Improving SpikeProp: enhancements to an error-backpropagation
// rule for spiking neural networks"):
//
//	∂t_j/∂w_jik = −ε_jik/u′_j     ∂t_j/∂d_jik = w_jik ε′_jik/u′_j     ∂t_j/∂t_i = Σ_k w_jik ε′_jik/u′_j
//
// Two things interrupt it. Where the potential just grazes the threshold, the slope u′ goes to 0: see
// MinSlope. And where it does not reach it, there is no time to differentiate: see Silent.
type SpikeTime struct {
	Tau       float64 // of the postsynaptic potential ε, which is highest, 1, at s = τ; ms
	Threshold float64 // positive

	// Horizon is the end of time, in ms. A neuron that has not spiked before it is silent: its value is
	// the horizon itself. Inputs from the horizon on are silent too. They have no postsynaptic potential
	// and no gradient, so layers in a row want one horizon.
	Horizon float64

	// MinSlope is what the slope of the potential at a spike counts as at least, per ms, in the gradient.
	// Zero is .1 thresholds per ms, as in the work of Booij & Nguyen 2005, "A gradient descent rule for
	// spiking neurons emitting multiple spikes". It does not change the spike times.
	MinSlope float64

	// Silent gives a gradient to a silent neuron, which has none if it is zero: that of a spike at the
	// highest point of its potential, or, if that never rises, τ after the last arrival. Silent stands
	// in the place of 1/u′, in ms per unit of potential. As its value, the horizon, is later than any
	// other, a loss that wants the neuron earlier raises the weights of the inputs that had arrived. A
	// layer behind takes no notice of a silent neuron, and tells it nothing: in hidden layers weights
	// should be large enough from the beginning.
	Silent float64
}

// SpikeTimeInputs are the inputs of a layer of neurons that spike once.
type SpikeTimeInputs struct {
	Times   *gorgonia.Node // [batch, in], when the inputs spike, ms
	Weights *gorgonia.Node // [units, in, terminals], of any sign
	Delays  *gorgonia.Node // [terminals], the same for all connections, or [units, in, terminals]; ms, not negative
}

// Apply gives the times of the spikes, [batch, units], in ms. Gradients flow to times, weights and
// delays. It computes in double precision, whatever the precision of its inputs. A number among the
// inputs that is not finite, a negative delay, and weights so large that their sum is not a number
// are errors of the run. What overflows in a gradient is the largest number that there is.
func (c SpikeTime) Apply(in SpikeTimeInputs) (*gorgonia.Node, error) {
	r, err := graph.Apply(spikeTime{c.withDefaults()}, in.Times, in.Weights, in.Delays)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

func (c SpikeTime) withDefaults() SpikeTime {
	if c.MinSlope == 0 {
		c.MinSlope = .1 * c.Threshold
	}
	return c
}

// check looks at the settings.
func (c SpikeTime) check() error {
	positive := func(x float64) bool { return x > 0 && graph.Finite(x) }
	switch {
	case !positive(c.Tau):
		return errors.Errorf("Tau is %v ms, want a positive time", c.Tau)
	case !positive(c.Threshold):
		return errors.Errorf("Threshold is %v, want a positive number", c.Threshold)
	case !graph.Finite(c.Horizon):
		return errors.Errorf("Horizon is %v ms, want a finite time", c.Horizon)
	case !positive(c.MinSlope):
		return errors.Errorf("MinSlope is %v per ms, want a positive number, or 0 for a tenth of the threshold", c.MinSlope)
	case !(c.Silent >= 0) || math.IsInf(c.Silent, 0):
		return errors.Errorf("Silent is %v ms, want a number that is not negative", c.Silent)
	}
	return nil
}

// spikeTime is SpikeTime as a Function of times, weights and delays.
type spikeTime struct{ SpikeTime }

func (spikeTime) String() string { return "SpikeTime" }

// Taped says that Backward needs the moments of the spikes more exactly than the output has them.
func (spikeTime) Taped() {}

// Separate sets the gradients of times and delays apart: nobody wants the gradient of a network's
// input, and delays may be fixed.
func (spikeTime) Separate(i int) bool { return i != 1 }

func (f spikeTime) Kernel32() graph.Kernel[float32] { return spikeTimeKernel[float32]{f} }
func (f spikeTime) Kernel64() graph.Kernel[float64] { return spikeTimeKernel[float64]{f} }

func (f spikeTime) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	times, weights, delays := in[0], in[1], in[2]
	if err := f.check(); err != nil {
		return nil, err
	}
	if len(times) != 2 {
		return nil, errors.Errorf("times have shape %v, want [batch, in]", times)
	}
	if len(weights) != 3 || weights[1] != times[1] {
		return nil, errors.Errorf("weights have shape %v, want [units, %d, terminals] for times of shape %v", weights, times[1], times)
	}
	if shared := (tensor.Shape{weights[2]}); !graph.SameShape(delays, shared) && !graph.SameShape(delays, weights) {
		return nil, errors.Errorf("delays have shape %v, want %v or %v for weights of shape %v", delays, shared, weights, weights)
	}
	return []tensor.Shape{{times[0], weights[0]}}, nil
}
