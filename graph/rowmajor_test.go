package graph_test

import (
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// Only what lies row by row is given as it lies.
func TestRowMajor32(t *testing.T) {
	x := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6}))
	if got := graph.RowMajor32(x); !slices.Equal(got, []float32{1, 2, 3, 4, 5, 6}) {
		t.Errorf("got %v", got)
	}
	column, err := x.Slice(nil, tensor.S(1))
	if err != nil {
		t.Fatal(err)
	}
	turned := x.Clone().(*tensor.Dense)
	if err := turned.T(); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*tensor.Dense{"a column": column.(*tensor.Dense), "transposed": turned,
		"float64": tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))} {
		if got := graph.RowMajor32(v); got != nil {
			t.Errorf("%s: got %v, want nothing", name, got)
		}
	}
}
