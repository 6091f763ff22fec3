package models

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
)

// StateDict are the tensors of a PyTorch checkpoint by name, with shapes and row-major values.
type StateDict map[string]StateTensor

// StateTensor is a tensor of a StateDict.
type StateTensor struct {
	Shape  []int
	Values []float64
}

// ReadStateDict reads a PyTorch .pth file that holds a state dict, or a whole module, of which it
// gives the parameters and persistent buffers under the names of state_dict(). It runs no code: a
// file that calls functions, other than those that make tensors and plain values, is an error.
func ReadStateDict(path string) (StateDict, error) {
	tensors, err := tensorfile.ReadPTH(path)
	if err != nil {
		return nil, err
	}
	s := StateDict{}
	for _, t := range tensors {
		s[t.Name] = StateTensor{t.Shape, t.Data}
	}
	return s, nil
}

// LoadStateDict sets parameters from a state dict. Names gives for each of the network's
// parameters the name of its tensor in s; a leading dimension of 1 too many is no difference. It
// returns the parameters whose tensors s does not have, which keep their values. After an error all
// of them do.
func (n *Network) LoadStateDict(s StateDict, names map[string]string) (missing []string, err error) {
	err = n.params.Attempt(func() error {
		for _, param := range slices.Sorted(maps.Keys(names)) {
			p, ok := n.params.Get(param)
			if !ok {
				return errors.Errorf("srnn: the network has no parameter %s", param)
			}
			t, ok := s[names[param]]
			if !ok {
				missing = append(missing, param)
				continue
			}
			shape := t.Shape
			if len(shape) == p.Node.Dims()+1 && shape[0] == 1 {
				shape = shape[1:]
			}
			if err := n.params.Set(param, shape, t.Values); err != nil {
				return graph.Wrapf(err, "tensor %s of the state dict, which has %s", names[param],
					strings.Join(slices.Sorted(maps.Keys(s)), ", "))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return missing, nil
}
