package ops

import (
	"encoding/json"

	"github.com/pkg/errors"
)

// Estimator says how the gradient of a layer of neurons assigns credit over time: [BPTT], [TBPTT]
// or [EProp]. It changes nothing but gradients. Nil stands for BPTT.
type Estimator interface{ estimator() estimatorJSON }

// BPTT is backpropagation through time: the exact gradient.
type BPTT struct{}

// TBPTT is truncated backpropagation through time: gradients do not flow from one piece of K steps
// into the one before. Pieces are counted from the first step of the sequence.
type TBPTT struct{ K int }

// EProp is e-prop (Bellec et al. 2020): the gradient
//
//	dE/dw_ji = Σ_t L_j^t e_ji^t
//
// of a learning signal L, which is the gradient that comes to the spikes S_j^t from outside the
// layer, and an eligibility trace e, which the synapse can find as time goes on: it is what the
// weight has done to the neuron's own state. This is the exact gradient but for what the recurrent
// synapses do: the way from a spike to the other neurons, W_rec S_{t−1}, is cut. Without recurrent
// synapses it is the exact gradient.
type EProp struct {
	// Local has the gradient of the layer's input, from which layers below it learn, be that of the
	// moment: what x_t does to the output of its own step, and not through the neurons' state to
	// later ones. It is what is known at that step, and what a stack of layers can learn from online.
	Local bool
}

type estimatorJSON struct {
	Kind  string `json:"kind"` // bptt, tbptt or eprop
	K     int    `json:"k,omitempty"`
	Local bool   `json:"local,omitempty"`
}

func (BPTT) estimator() estimatorJSON    { return estimatorJSON{Kind: "bptt"} }
func (e TBPTT) estimator() estimatorJSON { return estimatorJSON{Kind: "tbptt", K: e.K} }
func (e EProp) estimator() estimatorJSON { return estimatorJSON{Kind: "eprop", Local: e.Local} }

// CheckEstimator reports an error for settings that mean nothing.
func CheckEstimator(e Estimator) error {
	if t, ok := e.(TBPTT); ok && t.K < 1 {
		return errors.Errorf("TBPTT: pieces of %d steps, want at least one", t.K)
	}
	return nil
}

// MarshalEstimator writes an estimator as JSON, as {"kind":"tbptt","k":20}.
func MarshalEstimator(e Estimator) ([]byte, error) {
	if e == nil {
		e = BPTT{}
	}
	return json.Marshal(e.estimator())
}

// UnmarshalEstimator reads what MarshalEstimator wrote.
func UnmarshalEstimator(data []byte) (Estimator, error) {
	var j estimatorJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, errors.Wrap(err, "estimator")
	}
	var e Estimator
	switch j.Kind {
	case "bptt":
		e = BPTT{}
	case "tbptt":
		e = TBPTT{j.K}
	case "eprop":
		e = EProp{j.Local}
	default:
		return nil, errors.Errorf("estimator of unknown kind %q", j.Kind)
	}
	return e, errors.Wrap(CheckEstimator(e), "estimator")
}

// paths are the ways that gradients take through time.
type paths struct {
	cut   bool // not through the recurrent synapses
	local bool // to x only those of the same step
	piece int  // not from one piece of so many steps to the one before; 0: the sequence is one piece
}

// begins reports whether step t is the first of a piece that another stands before.
func (p paths) begins(t int) bool { return p.piece > 0 && t > 0 && t%p.piece == 0 }

func pathsOf(e Estimator) (p paths) {
	switch e := e.(type) {
	case TBPTT:
		p.piece = e.K
	case EProp:
		p.cut, p.local = true, e.Local
	}
	return p
}
