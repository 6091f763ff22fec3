package nodes

import (
	"encoding/json"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/ops"
)

// layerJSON is a Layer as it is saved: everything but the initialisers, with the numbers that
// were used and not the zeros that stood for defaults.
type layerJSON struct {
	Units     int      `json:"units"`
	Recurrent bool     `json:"recurrent,omitempty"`
	NoBias    bool     `json:"no_bias,omitempty"`
	Cell      cellJSON `json:"cell"`
	Initial   Initial  `json:"initial"`
}

type cellJSON struct {
	Kind      string          `json:"kind"` // lif, alif or li
	Beta      float64         `json:"beta,omitempty"`
	B0        float64         `json:"b0,omitempty"`
	Rm        float64         `json:"r_m"`
	Dt        float64         `json:"dt"` // ms
	Surrogate json.RawMessage `json:"surrogate,omitempty"`
}

// MarshalJSON writes what the layer is, without its initialisers: a checkpoint holds the values
// of the parameters themselves.
func (l Layer) MarshalJSON() ([]byte, error) {
	cell, err := marshalCell(l.Cell)
	if err != nil {
		return nil, err
	}
	return json.Marshal(layerJSON{Units: l.Units, Recurrent: l.Recurrent, NoBias: l.Linear.NoBias, Cell: cell, Initial: l.Initial})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Layer) UnmarshalJSON(data []byte) error {
	var j layerJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	cell, err := j.Cell.cell()
	if err != nil {
		return err
	}
	*l = Layer{Units: j.Units, Recurrent: j.Recurrent, Cell: cell, Initial: j.Initial, Linear: Linear{NoBias: j.NoBias}}
	return nil
}

func marshalCell(c Cell) (j cellJSON, err error) {
	surrogate := func(s ops.Surrogate) {
		if s == nil {
			s = ops.DefaultSurrogate
		}
		j.Surrogate, err = ops.MarshalSurrogate(s)
	}
	switch c := c.(type) {
	case LIF:
		j = cellJSON{Kind: "lif", B0: or(c.B0, .01), Rm: or(c.Rm, 1), Dt: or(c.Dt, 1)}
		surrogate(c.Surrogate)
	case ALIF:
		j = cellJSON{Kind: "alif", Beta: or(c.Beta, 1.8), B0: or(c.B0, .01), Rm: or(c.Rm, 1), Dt: or(c.Dt, 1)}
		surrogate(c.Surrogate)
	case LI:
		j = cellJSON{Kind: "li", Rm: or(c.Rm, 1), Dt: or(c.Dt, 1)}
	default:
		err = errors.Errorf("srnn: a cell %T cannot be saved", c)
	}
	return j, err
}

func (j cellJSON) cell() (Cell, error) {
	if j.Kind == "li" {
		return LI{Rm: j.Rm, Dt: j.Dt}, nil
	}
	if j.Kind != "lif" && j.Kind != "alif" {
		return nil, errors.Errorf("cell of unknown kind %q", j.Kind)
	}
	s, err := ops.UnmarshalSurrogate(j.Surrogate)
	if err != nil {
		return nil, errors.Wrapf(err, "cell %s", j.Kind)
	}
	if j.Kind == "lif" {
		return LIF{B0: j.B0, Rm: j.Rm, Dt: j.Dt, Surrogate: s}, nil
	}
	return ALIF{Beta: j.Beta, B0: j.B0, Rm: j.Rm, Dt: j.Dt, Surrogate: s}, nil
}
