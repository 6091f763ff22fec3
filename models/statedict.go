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

// StateTensor is a tensor of a StateDict, whose elements are decoded when they are asked for.
type StateTensor struct {
	Shape []int
	DType string // of the elements, under the names of the safetensors format: F32, BF16, I64, …

	tensor tensorfile.Tensor
}

// Float64s decodes the elements, the last axis moving fastest. float64 holds those of every type exactly; integers
// beyond ±2⁵³ are an error.
func (t StateTensor) Float64s() ([]float64, error) { return t.tensor.Float64s() }

// ReadStateDict reads a PyTorch .pth file that holds a state dict, or a whole module, of which it
// gives the parameters and persistent buffers under the names of state_dict(). It runs no code: a
// file that calls functions, other than those that make tensors and plain values, is an error.
func ReadStateDict(path string) (StateDict, error) {
	tensors, err := tensorfile.Read(path)
	if err != nil {
		return nil, err
	}
	s := StateDict{}
	for _, t := range tensors {
		s[t.Name] = StateTensor{t.Shape, t.DType, t}
	}
	return s, nil
}

// Matrix is the number of rows and of columns of a tensor that must be a matrix.
func (s StateDict) Matrix(name string) (rows, columns int, err error) {
	t, ok := s[name]
	if !ok || len(t.Shape) != 2 {
		return 0, 0, errors.Errorf("srnn: the state dict has no matrix %s; it has %s", name, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
	}
	return t.Shape[0], t.Shape[1], nil
}

// Module says which tensors of a state dict the parameters of an adaptive layer are: In and Rec are the names of its
// linear modules, and TauM and TauAdp of the tensors of its time constants. Those that the layer lacks are empty.
type Module struct{ In, Rec, TauM, TauAdp string }

// Names are the names of tensors by those of the parameters of a layer called so, for [Network.LoadStateDict].
func (m Module) Names(layer string) map[string]string {
	names := map[string]string{}
	for suffix, linear := range map[string]string{"in": m.In, "rec": m.Rec} {
		if linear != "" {
			names[layer+".w_"+suffix], names[layer+".b_"+suffix] = linear+".weight", linear+".bias"
		}
	}
	for parameter, tensor := range map[string]string{"tau_m": m.TauM, "tau_adp": m.TauAdp} {
		if tensor != "" {
			names[layer+"."+parameter] = tensor
		}
	}
	return names
}

// ModuleNames are those of all layers, by the names of the layers.
func ModuleNames(layers map[string]Module) map[string]string {
	names := map[string]string{}
	for layer, m := range layers {
		maps.Copy(names, m.Names(layer))
	}
	return names
}

// LoadStateDict sets parameters from a state dict. Names gives for each of the network's
// parameters the name of its tensor in s; a leading dimension of 1 too many is no difference. It
// returns the parameters whose tensors s does not have, which keep their values. After an error all
// of them do.
func (n *Network) LoadStateDict(s StateDict, names map[string]string) (missing []string, err error) {
	values := map[string]graph.Given{}
	for _, param := range slices.Sorted(maps.Keys(names)) {
		p, ok := n.params.Get(param)
		if !ok {
			return nil, errors.Errorf("srnn: the network has no parameter %s", param)
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
		x, err := t.Float64s()
		if err == nil {
			values[param] = graph.Given{Shape: shape, Values: x}
			err = n.params.CheckAll(map[string]graph.Given{param: values[param]})
		}
		if err != nil {
			return nil, graph.Wrapf(err, "tensor %s of the state dict, which has %s", names[param],
				strings.Join(slices.Sorted(maps.Keys(s)), ", "))
		}
	}
	return missing, n.params.SetAll(values)
}
