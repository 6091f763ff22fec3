package models

import (
	"encoding/json"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// srnnJSON is an SRNN as a checkpoint's metadata hold it.
type srnnJSON struct {
	In      int           `json:"in"`
	Hidden  []nodes.Layer `json:"hidden"`
	Readout readoutJSON   `json:"readout"`
	Loss    *lossJSON     `json:"loss,omitempty"`
	Dtype   string        `json:"dtype"`
	Seed    uint64        `json:"seed"`
}

type readoutJSON struct {
	Kind  ReadoutKind `json:"kind"`
	Layer nodes.Layer `json:"layer"`
}

type lossJSON struct {
	Kind string `json:"kind"` // per_step, sum_softmax or spike_count
	PerStep
	SumSoftmax
	Scale float64 `json:"scale,omitempty"`
}

// MarshalJSON writes what the network is, without its initialisers.
func (c SRNN) MarshalJSON() ([]byte, error) {
	readout, err := c.Readout.layer()
	if err != nil {
		return nil, errors.Wrap(err, "readout")
	}
	loss, err := marshalLoss(c.Loss)
	if err != nil {
		return nil, err
	}
	return json.Marshal(srnnJSON{In: c.In, Hidden: c.Hidden, Readout: readoutJSON{c.Readout.Kind, readout},
		Loss: loss, Dtype: dtypeOr32(c.Dtype).Name(), Seed: c.Seed})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *SRNN) UnmarshalJSON(data []byte) error {
	var j srnnJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	out := SRNN{In: j.In, Hidden: j.Hidden, Readout: Readout{j.Readout.Kind, j.Readout.Layer}, Seed: j.Seed}
	switch j.Dtype {
	case tensor.Float32.Name():
		out.Dtype = tensor.Float32
	case tensor.Float64.Name():
		out.Dtype = tensor.Float64
	default:
		return errors.Errorf("dtype is %q, want float32 or float64", j.Dtype)
	}
	var err error
	if out.Loss, err = j.Loss.loss(); err != nil {
		return err
	}
	*c = out
	return nil
}

func marshalLoss(l Loss) (*lossJSON, error) {
	switch l := l.(type) {
	case nil:
		return nil, nil
	case PerStep:
		return &lossJSON{Kind: "per_step", PerStep: l}, nil
	case SumSoftmax:
		return &lossJSON{Kind: "sum_softmax", SumSoftmax: l}, nil
	case SpikeCount:
		return &lossJSON{Kind: "spike_count", Scale: l.Scale}, nil
	}
	return nil, errors.Errorf("a loss %T cannot be saved", l)
}

func (j *lossJSON) loss() (Loss, error) {
	switch {
	case j == nil:
		return nil, nil
	case j.Kind == "per_step":
		return j.PerStep, nil
	case j.Kind == "sum_softmax":
		return j.SumSoftmax, nil
	case j.Kind == "spike_count":
		return SpikeCount{Scale: j.Scale}, nil
	}
	return nil, errors.Errorf("loss of unknown kind %q", j.Kind)
}

func dtypeOr32(dt tensor.Dtype) tensor.Dtype {
	if dt == (tensor.Dtype{}) {
		return tensor.Float32
	}
	return dt
}
