// Package golden runs reference cases, computed independently of this project, through its
// public API. The cases are JSON files: a kind, a config, inputs, and the expected values and
// gradients.
package golden

import (
	"encoding/json"
	"os"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Case is a reference case as its file has it.
type Case struct {
	Name       string            `json:"name"`
	Kind       string            `json:"kind"`
	Config     config            `json:"config"`
	Inputs     map[string]array  `json:"inputs"`
	Cotangents map[string]array  `json:"cotangents"`
	Labels     array             `json:"labels"`
	Expect     expect            `json:"expect"`
	Grads      map[string]array  `json:"grads"`
	V          array             `json:"v"`
	Spike      array             `json:"spike"`
	Cases      []surrogateValues `json:"cases"`
}

type config struct {
	Dt        float64       `json:"dt"`
	B0        float64       `json:"b0"`
	Beta      float64       `json:"beta"`
	Rm        float64       `json:"r_m"`
	Surrogate surrogateSpec `json:"surrogate"`
	Hidden    []int         `json:"hidden"`
	Readout   string        `json:"readout"`
	Loss      string        `json:"loss"`
	Skip      int           `json:"skip"`
}

type surrogateSpec struct {
	Name   string             `json:"name"`
	Params map[string]float64 `json:"params"`
	Gamma  float64            `json:"gamma"`
}

type surrogateValues struct {
	surrogateSpec
	Derivative array `json:"derivative"`
}

// expect holds tensors and scalars by name.
type expect map[string]array

// array is a tensor, or a scalar without a shape.
type array struct {
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

func (a *array) UnmarshalJSON(b []byte) error {
	var x float64
	if err := json.Unmarshal(b, &x); err == nil {
		a.Data = []float64{x}
		return nil
	}
	type plain array
	if err := json.Unmarshal(b, (*plain)(a)); err != nil {
		return err
	}
	if n := tensor.Shape(a.Shape).TotalSize(); n != len(a.Data) {
		return errors.Errorf("tensor of shape %v has %d elements", a.Shape, len(a.Data))
	}
	return nil
}

// Read reads the case in a file.
func Read(path string) (*Case, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := new(Case)
	if err := json.Unmarshal(b, c); err != nil {
		return nil, errors.Wrapf(err, "%s: not a reference case", path)
	}
	if c.Name == "" || c.Kind == "" {
		return nil, errors.Errorf("%s: not a reference case: it has no name or kind", path)
	}
	return c, nil
}
