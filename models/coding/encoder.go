package coding

import (
	"fmt"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// Encoder is a Σ-Δ neuron: one value of each parameter, or two for the two neurons of a signal of both
// signs.
type Encoder struct {
	Adaptation string    `json:"adaptation"`
	Tau        []float64 `json:"tau_ms"`
	B0         []float64 `json:"b0"`
	TauAdp     []float64 `json:"tau_adp_ms,omitempty"` // not with a fixed threshold
	Beta       []float64 `json:"beta,omitempty"`
}

// Kinds are the ways in which a threshold adapts, in the order in which they are shown.
var Kinds = []string{"fixed", "additive", "multiplicative"}

// Scaled is e with its thresholds k times as high.
func (e Encoder) Scaled(k float64) Encoder {
	e.B0 = slices.Clone(e.B0)
	for i := range e.B0 {
		e.B0[i] *= k
	}
	return e
}

// Values are the parameters by their names in [nodes.SigmaDelta].
func (e Encoder) Values() map[string][]float64 {
	v := map[string][]float64{"tau": e.Tau, "b0": e.B0}
	if e.Adaptation != Kinds[0] {
		v["tau_adp"], v["beta"] = e.TauAdp, e.Beta
	}
	return v
}

// String has the parameters of the first neuron.
func (e Encoder) String() string {
	s := fmt.Sprintf("%s: τ %.3g ms, b0 %.3g", e.Adaptation, e.Tau[0], e.B0[0])
	if e.Adaptation != Kinds[0] {
		s += fmt.Sprintf(", τ_adp %.3g ms, β %.3g", e.TauAdp[0], e.Beta[0])
	}
	return s
}

// Adaptations are the kinds as the node has them.
var Adaptations = map[string]nodes.ThresholdAdaptation{
	"fixed": nodes.FixedThreshold, "additive": nodes.AdditiveAdaptation, "multiplicative": nodes.MultiplicativeAdaptation,
}

// EncoderOf has the parameters of an encoder of one feature, as [nodes.SigmaDelta] declares them.
func EncoderOf(adaptation string, p *graph.Params) Encoder {
	e := Encoder{Adaptation: adaptation}
	for name, to := range map[string]*[]float64{"tau": &e.Tau, "b0": &e.B0, "tau_adp": &e.TauAdp, "beta": &e.Beta} {
		if q, ok := p.Get(name); ok {
			*to = q.Values()
		}
	}
	return e
}
