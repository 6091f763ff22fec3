package models

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
)

// StateDict are the tensors of a file of weights by name.
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

// ReadOption says what [ReadStateDict] reads of a file, and under which names.
type ReadOption func(*reading)

// reading is what the options say.
type reading struct {
	at    string
	rules []renaming
}

type renaming struct{ old, new string }

// At chooses what lies at a path in the file, where several state dicts lie in it or one lies deep: state.model is the
// entry model of the entry state, ["a.b"] an entry whose name has a dot, [0] the first of a list or a tuple, and a
// dot the file as a whole. [Inspect] lists the paths. Of a dict that only holds other dicts of tensors, all are read,
// under their names on the way with dots between.
func At(path string) ReadOption { return func(r *reading) { r.at = path } }

// Strip takes a prefix, as "module.", away from the names that have it. That no name has it is an error.
func Strip(prefix string) ReadOption { return Rename(prefix, "") }

// Rename replaces a prefix of names by another. That no name has it is an error, and so are two tensors of one name.
// Several rules apply in the order of the options.
func Rename(old, new string) ReadOption {
	return func(r *reading) { r.rules = append(r.rules, renaming{old, new}) }
}

// ReadStateDict reads the tensors of a file of weights: what torch.save writes, in the zip format or the older one, a
// pickle of tensors or of NumPy's arrays, a safetensors, .npz or .npy file, whichever the content says it is. Of a whole
// torch.nn.Module it gives the parameters and persistent buffers under the names of state_dict().
//
// It runs no code. What is no tensor, no container and no plain value is passed over, whatever its class; a tensor
// that cannot be read, as a sparse one, is an error only where its elements are asked for.
//
// Of several dicts of tensors in a file, [At] chooses. Without it, the state of optimizers and of generators of random
// numbers does not count beside others; neither do statistics of the data (mean, std, …), single numbers, lists of
// tensors and tensors beside which a dict of them lies. If several are left, the one that lies least deep and is named
// state_dict, model_state_dict, model, net or the like is read; if there is none, the error lists their paths.
func ReadStateDict(path string, options ...ReadOption) (StateDict, error) {
	var r reading
	for _, o := range options {
		o(&r)
	}
	w, err := tensorfile.OpenWeights(path)
	if err != nil {
		return nil, err
	}
	tensors, err := w.Read(r.at)
	if err != nil {
		return nil, err
	}
	s := make(StateDict, len(tensors))
	for _, t := range tensors {
		s[t.Name] = StateTensor{t.Shape, t.DType, t}
	}
	for _, rule := range r.rules {
		if s, err = s.rename(rule); err != nil {
			return nil, errors.Wrap(err, path)
		}
	}
	return s, nil
}

// rename applies a rule.
func (s StateDict) rename(r renaming) (StateDict, error) {
	out, applied := make(StateDict, len(s)), false
	for _, name := range slices.Sorted(maps.Keys(s)) {
		rest, ok := strings.CutPrefix(name, r.old)
		applied = applied || ok
		to := name
		if ok {
			to = r.new + rest
		}
		if _, ok := out[to]; ok {
			return nil, errors.Errorf("srnn: with %.80q in place of the prefix %.80q, two tensors are named %.80q", r.new, r.old, to)
		}
		out[to] = s[name]
	}
	if !applied {
		return nil, errors.Errorf("srnn: no tensor's name has the prefix %.80q; there are %s", r.old, s.list())
	}
	return out, nil
}

// list names some of the tensors, for messages.
func (s StateDict) list() string {
	const most, longest = 20, 60
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if len(names) == most {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(s)-most)
		}
		if len(name) > longest {
			name = strings.ToValidUTF8(name[:longest], "") + "…"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// Prefix is what stands before the names of tensors in s that someone looks for, as "module." in files of DataParallel
// or "_orig_mod." in those of torch.compile: the prefix with which most of the names are in s. It is empty if no other
// finds more. Two prefixes that find equally many are an error.
func (s StateDict) Prefix(names ...string) (string, error) {
	wanted, lengths := map[string]bool{}, map[int]bool{}
	for _, name := range names {
		wanted[name], lengths[len(name)] = true, true
	}
	found := map[string]int{"": 0}
	for name := range s {
		for n := range lengths {
			if at := len(name) - n; at >= 0 && wanted[name[at:]] && (at == 0 || name[at-1] == '.') {
				found[name[:at]]++
			}
		}
	}
	best := ""
	for _, prefix := range slices.Sorted(maps.Keys(found)) {
		if found[prefix] > found[best] {
			best = prefix
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(found)) {
		if best != "" && prefix != best && found[prefix] == found[best] {
			return "", errors.Errorf("srnn: the names that are wanted, as %.60q, are there with the prefix %.60q and with %.60q: choose by models.At or models.Strip",
				slices.Min(names), best, prefix)
		}
	}
	return best, nil
}

// Fit is s without the prefix before the names that someone looks for, see [StateDict.Prefix], and that prefix. Tensors
// that do not have it, as counters beside the weights, keep their names.
func (s StateDict) Fit(names ...string) (fit StateDict, prefix string, err error) {
	if prefix, err = s.Prefix(names...); err != nil || prefix == "" {
		return s, "", err
	}
	fit, err = s.rename(renaming{old: prefix})
	return fit, prefix, err
}

// Matrix is the number of rows and of columns of a tensor that must be a matrix.
func (s StateDict) Matrix(name string) (rows, columns int, err error) {
	t, ok := s[name]
	if !ok || len(t.Shape) != 2 {
		return 0, 0, errors.Errorf("srnn: the state dict has no matrix %s; it has %s", name, s.list())
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
// of them do. A prefix that the names in s share, as "module.", makes no difference, see [StateDict.Prefix].
func (n *Network) LoadStateDict(s StateDict, names map[string]string) (missing []string, err error) {
	s, _, err = s.Fit(slices.Collect(maps.Values(names))...)
	if err != nil {
		return nil, err
	}
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
			return nil, graph.Wrapf(err, "tensor %s of the state dict, which has %s", names[param], s.list())
		}
	}
	return missing, n.params.SetAll(values)
}
