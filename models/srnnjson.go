package models

import (
	"encoding/json"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/strictjson"
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
}

type readoutJSON struct {
	Kind  ReadoutKind `json:"kind"`
	Layer nodes.Layer `json:"layer"`
}

// MarshalJSON writes what the network is, without what its parameters were made with: initialisers, the dtype
// and the seed, which files hold beside it.
func (c SRNN) MarshalJSON() ([]byte, error) {
	readout, err := c.Readout.layer()
	if err != nil {
		return nil, errors.Wrap(err, "readout")
	}
	return json.Marshal(srnnJSON{In: c.In, Hidden: c.Hidden, Readout: readoutJSON{c.Readout.Kind, readout}})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *SRNN) UnmarshalJSON(data []byte) error {
	var j srnnJSON
	if err := strictjson.Unmarshal(data, &j); err != nil {
		return err
	}
	*c = SRNN{In: j.In, Hidden: j.Hidden, Readout: Readout{j.Readout.Kind, j.Readout.Layer}}
	return nil
}

func dtypeOr32(dt tensor.Dtype) tensor.Dtype {
	if dt == (tensor.Dtype{}) {
		return tensor.Float32
	}
	return dt
}
