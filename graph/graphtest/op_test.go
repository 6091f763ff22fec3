package graphtest

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// applied declares the function that f gives.
func applied(f func() graph.Function) func(in gorgonia.Nodes) (*gorgonia.Node, error) {
	return func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		r, err := graph.Apply(f(), in...)
		if err != nil {
			return nil, err
		}
		return r.Node(), nil
	}
}

func vector(x ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))
}

var declared atomic.Int64

// Each fault is found by the check that is there for it.
func TestOpFindsFaults(t *testing.T) {
	one := []*tensor.Dense{vector(.5, -1, 2)}
	for _, c := range []struct {
		name  string
		op    func() graph.Function
		check string
		want  string // in the error
	}{
		{"a wrong gradient", func() graph.Function { return cube{Fault: wrongGradient} }, "gradient", "central differences"},
		{"a wrong gradient in float32", func() graph.Function { return cube{Fault: wrongInSingle} }, "single precision", "gradient 0"},
		{"an identity that changes", func() graph.Function { return cube{ID: declared.Add(1)} }, "one node", "two nodes"},
		{"an output that depends on the tape", func() graph.Function { return tapedCube{cube{Fault: recordedOtherwise}} }, "forward only", "output"},
		{"numbers that drift, run again", func() graph.Function { return cube{Fault: drifting} }, "runs again", "output"},
		{"numbers that drift, by two machines", func() graph.Function { return cube{Fault: drifting} }, "two machines", "output"},
		{"numbers that drift, with options", func() graph.Function { return cube{Fault: drifting} }, "machine options", "output"},
		{"numbers that drift, in parallel", func() graph.Function { return cube{Fault: drifting} }, "in parallel", "output"},
		{"input overwritten", func() graph.Function { return cube{Fault: writesInput} }, "memory", "output"},
		{"an output that is added to", func() graph.Function { return cube{Fault: addsToOutput} }, "memory of the run before", "node 0"},
		{"a gradient that is added to", func() graph.Function { return cube{Fault: addsToGradient} }, "memory of the run before", "node 1"},
		{"a tape in the memory of the output", func() graph.Function { return tapedCube{cube{Fault: tapeIsOutput}} }, "overwritten output", "gradient 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, check := range (suite{one, nil, applied(c.op)}).checks() {
				if check.name != c.check {
					continue
				}
				if err := check.check(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s says %v, want an error with %q", c.check, err, c.want)
				}
				return
			}
			t.Errorf("there is no check %q", c.check)
		})
	}
}

// Ops without fault pass.
func TestOpPasses(t *testing.T) {
	for name, f := range map[string]graph.Function{"plain": cube{}, "taped": tapedCube{}} {
		t.Run(name, func(t *testing.T) {
			Op(t, []*tensor.Dense{vector(.5, -1, 2)}, nil, applied(func() graph.Function { return f }))
		})
	}
}

func TestDifferencesErrors(t *testing.T) {
	x := vector(1, 2)
	sum := func(in gorgonia.Nodes) (*gorgonia.Node, error) { return gorgonia.Sum(in[0]) }
	for _, c := range []struct {
		name        string
		differences Differences
		inputs      []*tensor.Dense
		loss        func(in gorgonia.Nodes) (*gorgonia.Node, error)
		want        string
	}{
		{"no inputs", Differences{}, nil, sum, "none has a gradient"},
		{"all constant", Differences{Constant: []int{0}}, []*tensor.Dense{x}, sum, "none has a gradient"},
		{"a constant that is not there", Differences{Constant: []int{1}}, []*tensor.Dense{x}, sum, "constant input 1 of 1"},
		{"single precision", Differences{}, []*tensor.Dense{tensor.New(tensor.WithBacking([]float32{1}))}, sum, "float32, want float64"},
		{"a negative step", Differences{Step: -1}, []*tensor.Dense{x}, sum, "step of -1"},
		{"no scalar", Differences{}, []*tensor.Dense{x}, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return gorgonia.Square(in[0]) }, "want a scalar"},
		{"no loss", Differences{}, []*tensor.Dense{x}, func(gorgonia.Nodes) (*gorgonia.Node, error) { return nil, nil }, "no loss"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.differences.Check(c.inputs, c.loss); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}
