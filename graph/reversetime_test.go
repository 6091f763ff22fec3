package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestReverse(t *testing.T) {
	x := uniform(1, 4, 2, 3)
	graphtest.Op(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return graph.Reverse(in[0], nil) })
	got := valuesOf(t, must(graph.Reverse(declare(gorgonia.NewGraph(), []*tensor.Dense{x})[0], nil)))[0]
	for step := range 4 {
		if want := x.Data().([]float64)[(3-step)*6:][:6]; !slices.Equal(got[step*6:][:6], want) {
			t.Errorf("step %d is %v, want %v", step, got[step*6:][:6], want)
		}
	}
}

// maskOf is the mask [T, batch] of examples with so many steps.
func maskOf(steps int, lengths ...int) *tensor.Dense {
	mask := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(steps, len(lengths)))
	for b, n := range lengths {
		for t := range n {
			mask.Set(t*len(lengths)+b, 1.)
		}
	}
	return mask
}

func TestReverseWithMask(t *testing.T) {
	reverse := func(in gorgonia.Nodes) (*gorgonia.Node, error) { return graph.Reverse(in[0], in[1]) }
	lengths := []int{5, 3, 0, 1}
	for _, width := range [][]int{{2}, {}, {2, 3}} {
		shape := append([]int{5, 4}, width...)
		x, mask := uniform(1, shape...), maskOf(5, lengths...)
		graphtest.Op(t, []*tensor.Dense{x, mask}, []int{1}, reverse)
		in := declare(gorgonia.NewGraph(), []*tensor.Dense{x, mask})
		once := must(reverse(in))
		values := valuesOf(t, once, must(graph.Reverse(once, in[1])))
		if !slices.Equal(values[1], x.Data().([]float64)) {
			t.Errorf("%v: reversed twice it is %v, want %v", shape, values[1], x)
		}
		n := tensor.Shape(width).TotalSize()
		if len(width) == 0 {
			n = 1
		}
		for step := range 5 {
			for b, length := range lengths {
				from := step
				if step < length {
					from = length - 1 - step
				}
				got, want := values[0][(step*4+b)*n:][:n], x.Data().([]float64)[(from*4+b)*n:][:n]
				if !slices.Equal(got, want) {
					t.Errorf("%v: step %d of example %d is %v, want %v", shape, step, b, got, want)
				}
			}
		}
	}
	// A mask of ones is none.
	x := uniform(1, 4, 2, 3)
	in := declare(gorgonia.NewGraph(), []*tensor.Dense{x, maskOf(4, 4, 4)})
	if v := valuesOf(t, must(reverse(in)), must(graph.Reverse(in[0], nil))); !slices.Equal(v[0], v[1]) {
		t.Errorf("with a mask of ones it is %v, want %v", v[0], v[1])
	}
}

func TestReverseErrors(t *testing.T) {
	for _, c := range []struct {
		mask []float64
		want string
	}{
		{[]float64{1, 1, 1, 0, 1, 1}, "mask[2 1] is 1 after a 0 at step 1"},
		{[]float64{0, 1, 1, 1, 0, 1}, "mask[1 0] is 1 after a 0 at step 0"},
		{[]float64{1, 1, .5, 1, 0, 1}, "mask[1 0] is 0.5, want 0 or 1"},
	} {
		in := declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 3, 2, 2), tensor.New(tensor.WithShape(3, 2), tensor.WithBacking(c.mask))})
		m := must(graph.NewMachine(must(graph.Reverse(in[0], in[1]))))
		if err := m.RunAll(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("mask %v: error is %v, want one with %q", c.mask, err, c.want)
		}
	}
	in := declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 3, 2, 2), maskOf(2, 1, 2), uniform(1, 3)})
	for _, x := range []*gorgonia.Node{in[0], in[2]} {
		if _, err := graph.Reverse(x, in[1]); err == nil || !strings.Contains(err.Error(), "mask has shape (2, 2), want [T, batch]") {
			t.Errorf("error is %v", err)
		}
	}
}
