package ops

import "github.com/pkg/errors"

// LSNN is a layer of the adaptive neurons of long short-term memory spiking networks over a whole
// sequence, as one node (Bellec et al. 2020, A solution to the learning dilemma for recurrent
// networks of spiking neurons):
//
//	α = exp(−dt/τm)      ρ = exp(−dt/τadp)
//	v_t = α v_{t−1} + I_t + W_rec S_{t−1} − S_{t−1} b0
//	a_t = ρ a_{t−1} + S_{t−1}
//	A_t = b0 + β a_t
//	S_t = H((v_t − A_t)/b0)
//
// The surrogate's derivative is taken at (v_t − A_t)/b0: with [Triangle] it is the paper's
// (γ/b0) max(0, 1 − |v − A|/b0), γ = 0.3. The fields are used as they are: zero is zero. It is
// [ALIF] with other constants; the inputs and what it gives are the same, v being the membrane
// potential, a the adaptation and A the threshold.
type LSNN struct {
	Dt   float64 // time step, ms
	B0   float64 // threshold at rest, which is positive
	Beta float64 // strength of the adaptation, β

	// Regular is how many of the neurons, the first ones, are plain LIF neurons: a = 0.
	Regular int

	Refractory  int  // silent steps after a spike, see [ALIF]
	DetachReset bool // leaves −S_{t−1} b0 out of the gradient, as the paper's e-prop does
	Surrogate   Surrogate
	Estimator   Estimator // of the gradient; nil is BPTT
	Recompute   bool      // less memory for long sequences, see [ALIF]
}

// Apply runs the layer over a sequence. Gradients flow to all inputs.
func (c LSNN) Apply(in ALIFInputs) (*Sequence, error) {
	if !(c.B0 > 0) {
		return nil, errors.Errorf("srnn: LSNN: b0 is %v, want a positive threshold", c.B0)
	}
	if c.Regular < 0 {
		return nil, errors.Errorf("srnn: LSNN: %d neurons do not adapt", c.Regular)
	}
	return alif{LSNN: true, Regular: c.Regular, ALIF: ALIF{Dt: c.Dt, B0: c.B0, Beta: c.Beta, Refractory: c.Refractory,
		DetachReset: c.DetachReset, Surrogate: c.Surrogate, Estimator: c.Estimator, Recompute: c.Recompute}}.apply(in)
}
