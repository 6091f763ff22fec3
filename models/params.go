package models

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
	dtype := "F32"
	if p.Dtype() == tensor.Float64 {
		dtype = "F64"
	}
	var tensors []tensorfile.Tensor
	for _, q := range p.All() {
		tensors = append(tensors, tensorfile.Tensor{Name: q.Name, Shape: q.Node.Shape().Clone(), DType: dtype, Data: q.Values()})
	}
	return tensorfile.WriteSafetensors(path, tensors, metadata)
}

// LoadParams reads what SaveParams wrote into parameters of the same names and shapes, and returns the
// metadata. Where the file and the parameters do not match, nothing is changed.
func LoadParams(path string, p *graph.Params) (metadata map[string]string, err error) {
	tensors, metadata, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return nil, err
	}
	before := map[string][]float64{}
	for _, q := range p.All() {
		before[q.Name] = q.Values()
	}
	if err := setAll(p, tensors); err != nil {
		for _, q := range p.All() {
			if err := p.Set(q.Name, q.Node.Shape(), before[q.Name]); err != nil {
				return nil, err
			}
		}
		return nil, errors.Wrap(err, path)
	}
	return metadata, nil
}

// setAll takes all parameters from tensors.
func setAll(p *graph.Params, tensors []tensorfile.Tensor) error {
	missing := map[string]bool{}
	for _, q := range p.All() {
		missing[q.Name] = true
	}
	for _, t := range tensors {
		if err := p.Set(t.Name, t.Shape, t.Data); err != nil {
			return err
		}
		delete(missing, t.Name)
	}
	if len(missing) > 0 {
		return errors.Errorf("there is no tensor %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return nil
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
	for _, q := range p.All() {
		if err := p.Set(q.Name, q.Node.Shape(), values[q.Name]); err != nil {
			return err
		}
	}
	return nil
}
