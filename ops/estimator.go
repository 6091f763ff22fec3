package ops

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/registry"
)

// Estimator says how the gradient of a layer of neurons assigns credit over time: [BPTT], [TBPTT]
// or [EProp]. It changes nothing but gradients. Nil stands for BPTT.
//
// One of your own is a plain struct that names other [Paths], and is registered once, see
// [MustRegisterEstimator], where it is to be saved.
type Estimator interface{ Paths() Paths }

// Paths are the ways that gradients take through time. The zero value is all of them.
type Paths struct {
	Cut   bool // not through the recurrent synapses
	Local bool // to the layer's input only those of the same step
	Piece int  // not from one piece of so many steps to the one before; 0: the sequence is one piece
}

// BPTT is backpropagation through time: the exact gradient.
type BPTT struct{}

// TBPTT is truncated backpropagation through time: gradients do not flow from one piece of K steps
// into the one before. Pieces are counted from the first step of the sequence.
type TBPTT struct {
	K int `json:"k"` // 1 or more
}

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
	Local bool `json:"local,omitempty"`
}

// Paths implements [Estimator].
func (BPTT) Paths() Paths { return Paths{} }

// Paths implements [Estimator].
func (e TBPTT) Paths() Paths { return Paths{Piece: e.K} }

// Paths implements [Estimator].
func (e EProp) Paths() Paths { return Paths{Cut: true, Local: e.Local} }

// Check is that of the settings.
func (e TBPTT) Check() error {
	if e.K < 1 {
		return errors.Errorf("TBPTT: pieces of %d steps, want at least one", e.K)
	}
	return nil
}

// estimators are those that can be saved.
var estimators = registry.New[Estimator]("estimator", "ops.MustRegisterEstimator")

// MustRegisterEstimator makes it possible to save and load an estimator of one's own under a name: its fields,
// as JSON. It panics where the name is taken.
func MustRegisterEstimator(name string, e Estimator) {
	if err := estimators.Register(name, e); err != nil {
		panic(err)
	}
}

func init() {
	MustRegisterEstimator("bptt", BPTT{})
	MustRegisterEstimator("tbptt", TBPTT{})
	MustRegisterEstimator("eprop", EProp{})
}

// CheckEstimator reports an error for settings that mean nothing. An estimator may have a method Check() error
// of its own.
func CheckEstimator(e Estimator) error {
	if e == nil {
		return nil
	}
	if c, ok := e.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return err
		}
	}
	if p := e.Paths(); p.Piece < 0 {
		return errors.Errorf("%T: pieces of %d steps, want at least one, or 0 for none", e, p.Piece)
	}
	return nil
}

// PathsOf are the paths of an estimator. Nil stands for BPTT.
func PathsOf(e Estimator) Paths {
	if e == nil {
		return Paths{}
	}
	return e.Paths()
}

// MarshalEstimator writes an estimator as JSON, as {"k":20,"kind":"tbptt"}.
func MarshalEstimator(e Estimator) ([]byte, error) {
	if e == nil {
		e = BPTT{}
	}
	kind, err := estimators.NameOf(e)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, errors.Wrapf(err, "estimator %s", kind)
	}
	fields["kind"], err = json.Marshal(kind)
	if err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// UnmarshalEstimator reads what MarshalEstimator wrote.
func UnmarshalEstimator(data []byte) (Estimator, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, errors.Wrap(err, "estimator")
	}
	var kind string
	if err := json.Unmarshal(fields["kind"], &kind); err != nil {
		return nil, errors.Wrap(err, "estimator: kind")
	}
	zero, err := estimators.Get(kind)
	if err != nil {
		return nil, err
	}
	delete(fields, "kind")
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	v := reflect.New(reflect.TypeOf(zero))
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v.Interface()); err != nil {
		return nil, errors.Wrapf(err, "estimator %s", kind)
	}
	e := v.Elem().Interface().(Estimator)
	return e, errors.Wrap(CheckEstimator(e), "estimator")
}

// begins reports whether step t is the first of a piece that another stands before.
func (p Paths) begins(t int) bool { return p.Piece > 0 && t > 0 && t%p.Piece == 0 }
