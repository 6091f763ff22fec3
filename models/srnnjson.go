package models

import (
	"encoding/json"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

func init() { train.MustRegisterModel("srnn", SRNN{}) }

// srnnJSON is an SRNN as a file holds it.
type srnnJSON struct {
	In      int           `json:"in"`
	Hidden  []nodes.Layer `json:"hidden"`
	Readout readoutJSON   `json:"readout"`
	Dtype   string        `json:"dtype,omitempty"`
	Seed    uint64        `json:"seed,omitempty"`
}

type readoutJSON struct {
	Kind  ReadoutKind `json:"kind"`
	Layer nodes.Layer `json:"layer"`
}

// MarshalJSON writes what the network is, without its initialisers.
func (c SRNN) MarshalJSON() ([]byte, error) {
	readout, err := c.Readout.layer()
	if err != nil {
		return nil, errors.Wrap(err, "readout")
	}
	j := srnnJSON{In: c.In, Hidden: c.Hidden, Readout: readoutJSON{c.Readout.Kind, readout}, Seed: c.Seed}
	if c.Dtype != (tensor.Dtype{}) {
		j.Dtype = c.Dtype.Name()
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *SRNN) UnmarshalJSON(data []byte) error {
	var j srnnJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	out := SRNN{In: j.In, Hidden: j.Hidden, Readout: Readout{j.Readout.Kind, j.Readout.Layer}, Seed: j.Seed}
	switch j.Dtype {
	case "":
	case tensor.Float32.Name():
		out.Dtype = tensor.Float32
	case tensor.Float64.Name():
		out.Dtype = tensor.Float64
	default:
		return errors.Errorf("dtype is %q, want float32 or float64", j.Dtype)
	}
	*c = out
	return nil
}

func dtypeOr32(dt tensor.Dtype) tensor.Dtype {
	if dt == (tensor.Dtype{}) {
		return tensor.Float32
	}
	return dt
}
