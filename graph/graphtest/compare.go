package graphtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// numbers copies a value's elements; nil has none.
func numbers(v gorgonia.Value) ([]float64, error) {
	if v == nil {
		return nil, nil
	}
	switch x := v.Data().(type) {
	case float64:
		return []float64{x}, nil
	case float32:
		return []float64{float64(x)}, nil
	case []float64:
		return slices.Clone(x), nil
	case []float32:
		out := make([]float64, len(x))
		for i, y := range x {
			out[i] = float64(y)
		}
		return out, nil
	}
	return nil, errors.Errorf("value is a %T", v.Data())
}

// same compares outputs and gradients, with a tolerance relative to each tensor's largest
// element.
func same(got, want [][]float64, tolerance float64) error {
	if len(got) != len(want) {
		return errors.Errorf("%d tensors, want %d", len(got), len(want))
	}
	for k := range want {
		what := "output"
		if k > 0 {
			what = fmt.Sprintf("gradient %d", k-1)
		}
		if len(got[k]) != len(want[k]) {
			return errors.Errorf("%s has %d elements, want %d", what, len(got[k]), len(want[k]))
		}
		scale := 0.0
		for _, x := range want[k] {
			scale = math.Max(scale, math.Abs(x))
		}
		for i, x := range want[k] {
			if !(math.Abs(got[k][i]-x) <= tolerance*scale) {
				return errors.Errorf("%s[%d] is %.17g, want %.17g", what, i, got[k][i], x)
			}
		}
	}
	return nil
}
