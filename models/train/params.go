package train

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"gorgonia.org/tensor"
)

// SaveParams writes the parameters of a graph of your own to a safetensors file, by their names, with
// metadata. A file that is there is replaced at once or not at all.
func SaveParams(path string, p *graph.Params, metadata map[string]string) error {
	if err := p.CheckFinite(); err != nil {
		return err
	}
	return tensorfile.WriteSafetensors(path, tensorsOf(p, valuesOf(p), ""), metadata)
}

// LoadParams reads what SaveParams wrote into parameters of the same names and shapes, and returns the
// metadata. Where the file and the parameters do not match, nothing is changed.
func LoadParams(path string, p *graph.Params) (metadata map[string]string, err error) {
	tensors, metadata, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return nil, err
	}
	return metadata, errors.Wrap(setAll(p, tensors), path)
}

// setAll takes all parameters from tensors; after an error they are as they were.
func setAll(p *graph.Params, tensors []tensorfile.Tensor) error {
	values, err := givenBy(p, tensors)
	if err != nil {
		return err
	}
	return p.SetAll(values)
}

// givenBy are the values of all parameters, as they would be set, of tensors that have their names and no others.
func givenBy(p *graph.Params, tensors []tensorfile.Tensor) (map[string]graph.Given, error) {
	missing, values := map[string]bool{}, map[string]graph.Given{}
	for _, q := range p.All() {
		missing[q.Name] = true
	}
	for _, t := range tensors {
		if !missing[t.Name] {
			return nil, errors.Errorf("tensor %q is no parameter of the network", t.Name)
		}
		delete(missing, t.Name)
		x, err := t.Float64s()
		if err != nil {
			return nil, err
		}
		values[t.Name] = graph.Given{Shape: t.Shape, Values: x}
	}
	if len(missing) > 0 {
		return nil, errors.Errorf("there is no tensor %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	if err := p.CheckAll(values); err != nil {
		return nil, err
	}
	for name, g := range values {
		values[name] = graph.Given{Shape: g.Shape, Values: graph.Rounded(p.Dtype(), g.Values)}
	}
	return values, nil
}

// tensorsOf are parameter values as they are saved, with a prefix to their names.
func tensorsOf(p *graph.Params, values map[string][]float64, prefix string) (out []tensorfile.Tensor) {
	for _, q := range p.All() {
		name, shape, x := prefix+q.Name, q.Node.Shape().Clone(), values[q.Name]
		if p.Dtype() == tensor.Float64 {
			out = append(out, tensorfile.FromFloats(name, shape, x))
			continue
		}
		singles := make([]float32, len(x))
		for i := range x {
			singles[i] = float32(x[i])
		}
		out = append(out, tensorfile.FromFloats(name, shape, singles))
	}
	return out
}

// valuesOf copies the parameters.
func valuesOf(p *graph.Params) map[string][]float64 {
	values := map[string][]float64{}
	for _, q := range p.All() {
		values[q.Name] = q.Values()
	}
	return values
}

// restore puts copied parameters back.
func restore(p *graph.Params, values map[string][]float64) error {
	all := map[string]graph.Given{}
	for _, q := range p.All() {
		all[q.Name] = graph.Given{Shape: q.Node.Shape(), Values: values[q.Name]}
	}
	return p.SetAll(all)
}
