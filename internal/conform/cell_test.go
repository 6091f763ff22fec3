package conform

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// lif is a cell without fault, which faulty ones are made of. It has no fused op.
func lif() nodes.LIF {
	return nodes.WithDefaults(nodes.LIF{Reset: nodes.ToValue}).(nodes.LIF)
}

// Each fault is found by the check that is there for it.
func TestCellFindsFaults(t *testing.T) {
	if err := nodes.Register("not saved", unsaved{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		cell  nodes.Cell
		check string
		want  string // in the error
	}{
		{"a parameter of another name", misspeltParameter{lif()}, "declares", "operand is not there"},
		{"a variable of another name", misspeltVariable{lif()}, "declares", "operand is not there"},
		{"no group", ungrouped{lif()}, "declares", "group"},
		{"no initialiser", uninitialised{lif()}, "declares", "initialiser"},
		{"two variables of one name", ambiguous{lif()}, "declares", "different"},
		{"a name that the layer uses", clashing{lif()}, "declares", "declared twice"},
		{"a time constant below zero", backwards{lif()}, "declares", "positive"},
		{"a variable that is not given", forgetful{lif()}, "declares", "membrane, which is a variable of the state"},
		{"no output", mute{lif()}, "declares", "membrane"},
		{"a wrong shape", flat{lif()}, "declares", "shape"},
		{"useless settings of zero", without{Leak: 2}, "declares", "settings of zero"},
		{"no spikes", silent{lif()}, "works", "never spikes"},
		{"spikes without end", frantic{lif()}, "works", "nothing can be checked"},
		{"examples mixed", mixing{lif()}, "batch independence", "example 0"},
		{"a counter", counting{lif(), new(int)}, "purity", "membrane"},
		{"noise", noisy{lif()}, "works", "random"},
		{"numbers that drift, along a run", drifting{lif()}, "scanned = unrolled", "membrane"},
		{"numbers that drift, in the gradient", drifting{lif()}, "keeps every k-th state", "KeepEvery"},
		{"numbers that drift, from run to run", drifting{lif()}, "runs again", "membrane"},
		{"numbers that drift, from layer to layer", drifting{lif()}, "two layers", "membrane"},
		{"a dimension lost", slicing{lif()}, "sizes of one", "shape"},
		{"a gradient detached", detached{lif()}, "gradients", "central differences"},
		{"no surrogate to relax", rigid{}, "gradients", "Surrogate"},
		{"overflow", overflowing{lif()}, "extremes", "a millionfold"},
		{"cancellation", cancelling{lif()}, "single precision", "membrane"},
		{"NaN hidden", hiding{lif()}, "not finite", "neither"},
		{"a setting that is not saved", unsaved{Cell: lif(), Gain: 1}, "saves", "Gain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, check := range newCellSuite(c.cell).checks() {
				if !check.needed && check.name != c.check {
					continue
				}
				err := check.check()
				if check.name == c.check {
					if err == nil || err == errNotSaved || !strings.Contains(err.Error(), c.want) {
						t.Errorf("%s says %v, want an error with %q", c.check, err, c.want)
					}
					return
				}
				if err != nil {
					t.Fatalf("%s says %v before %s can be checked", check.name, err, c.check)
				}
			}
		})
	}
}

// A cell without fault passes.
func TestCellPasses(t *testing.T) { Cell(t, lif()) }

type misspeltParameter struct{ nodes.Cell }

func (c misspeltParameter) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_n", nil, 20)}
}

type misspeltVariable struct{ nodes.Cell }

func (c misspeltVariable) State() []nodes.Variable {
	return []nodes.Variable{{Name: "membrain"}, {Name: nodes.Spikes}}
}

type ungrouped struct{ nodes.Cell }

func (c ungrouped) Parameters() []nodes.Parameter {
	return []nodes.Parameter{{Name: "tau_m", Init: graph.Constant(20)}}
}

type uninitialised struct{ nodes.Cell }

func (c uninitialised) Parameters() []nodes.Parameter {
	return []nodes.Parameter{{Name: "tau_m", Group: "tau"}}
}

type ambiguous struct{ nodes.Cell }

func (c ambiguous) State() []nodes.Variable { return append(c.Cell.State(), c.Cell.State()...) }

type clashing struct{ nodes.Cell }

func (c clashing) Parameters() []nodes.Parameter {
	return append(c.Cell.Parameters(), nodes.Trainable("b_in", nil, 1))
}

type backwards struct{ nodes.Cell }

func (c backwards) Parameters() []nodes.Parameter {
	return []nodes.Parameter{nodes.Tau("tau_m", nil, -20)}
}

type forgetful struct{ nodes.Cell }

func (c forgetful) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	delete(v, nodes.Membrane)
	return v
}

// mute has neither spikes nor a membrane potential.
type mute struct{ nodes.Cell }

func (mute) State() []nodes.Variable { return []nodes.Variable{{Name: nodes.Adaptation}} }

func (mute) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return nodes.Values{nodes.Adaptation: s[nodes.Adaptation].Mul(p["tau_m"]).Add(current)}
}

// flat gives a threshold for each neuron, and not for each example.
type flat struct{ nodes.Cell }

func (c flat) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Threshold] = p["tau_m"]
	return v
}

// without has a setting that cannot be zero, and no default for it.
type without struct{ Leak float64 }

func (without) Parameters() []nodes.Parameter { return nil }
func (without) State() []nodes.Variable       { return []nodes.Variable{{Name: nodes.Membrane}} }

func (c without) Step(_, s nodes.Values, current graph.Expr) nodes.Values {
	return nodes.Values{nodes.Membrane: s[nodes.Membrane].Add(current).Div(current.Fill(c.Leak))}
}

// silent never spikes.
type silent struct{ nodes.Cell }

func (c silent) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Spikes] = v[nodes.Spikes].Times(0)
	return v
}

// frantic spikes at every step.
type frantic struct{ nodes.Cell }

func (c frantic) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	v := c.Cell.Step(p, s, current)
	v[nodes.Spikes] = v[nodes.Spikes].Fill(1)
	return v
}

// mixing has a current that flows from every example to all of the batch.
type mixing struct{ nodes.Cell }

func (c mixing) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	all := current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n, 0) })
	return c.Cell.Step(p, s, current.Add(all.Times(.1)))
}

// counting counts the calls of Step.
type counting struct {
	nodes.Cell
	calls *int
}

func (c counting) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	*c.calls++
	return c.Cell.Step(p, s, current.Times(1+.01*float64(*c.calls)))
}

// noisy draws a random current.
type noisy struct{ nodes.Cell }

func (c noisy) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	noise := current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		dtype := tensor.Float64
		if v, ok := n.Type().(gorgonia.TensorType); ok && v.Of == tensor.Float32 {
			dtype = tensor.Float32
		}
		return gorgonia.GaussianRandomNode(n.Graph(), dtype, 0, .01, n.Shape()...), nil
	})
	return c.Cell.Step(p, s, current.Add(noise))
}

// drifting has an operator that does not give the same numbers again.
type drifting struct{ nodes.Cell }

func (c drifting) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		r, err := graph.Apply(drift{}, n)
		if err != nil {
			return nil, err
		}
		return r.Node(), nil
	}))
}

type drift struct{}

func (drift) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (drift) Kernel32() graph.Kernel[float32]                  { return driftKernel[float32]{} }
func (drift) Kernel64() graph.Kernel[float64]                  { return driftKernel[float64]{} }

type driftKernel[F graph.Float] struct{}

var drifted atomic.Uint64

func (driftKernel[F]) Forward(c *graph.Call[F]) error {
	factor := 1 + 1e-6*F(drifted.Add(1)%1009)
	for i, x := range c.In[0].Data {
		c.Out[0].Data[i] = factor * x
	}
	return nil
}

func (driftKernel[F]) Backward(c *graph.Call[F]) error {
	copy(c.DIn[0].Data, c.DOut[0].Data)
	return nil
}

// slicing takes a slice, from which Gorgonia drops dimensions of length one.
type slicing struct{ nodes.Cell }

func (c slicing) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Slice(n, nil, gorgonia.S(0, n.Shape()[1]))
	}))
}

// detached stops the gradient on its way through the membrane potential.
type detached struct{ nodes.Cell }

func (c detached) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	s[nodes.Membrane] = s[nodes.Membrane].Detach()
	return c.Cell.Step(p, s, current)
}

// rigid has a surrogate that cannot be changed.
type rigid struct{}

func (rigid) Parameters() []nodes.Parameter { return lif().Parameters() }
func (rigid) State() []nodes.Variable       { return lif().State() }

func (rigid) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return lif().Step(p, s, current)
}

// overflowing has a current that grows exponentially, with nothing to bound it.
type overflowing struct{ nodes.Cell }

func (c overflowing) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Exp().Plus(-1))
}

// cancelling loses digits.
type cancelling struct{ nodes.Cell }

func (c cancelling) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Plus(1e5).Plus(-1e5))
}

// hiding turns NaN and infinities into spikes.
type hiding struct{ nodes.Cell }

func (c hiding) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	above := s[nodes.Membrane].Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		zero, err := graph.Fill(n, 0)
		if err != nil {
			return nil, err
		}
		return gorgonia.Gt(n, zero, true)
	})
	v := c.Cell.Step(p, nodes.Values{nodes.Membrane: above, nodes.Spikes: s[nodes.Spikes]}, current)
	return v
}

// unsaved has a setting without a tag. It is told apart from its default by its effect alone.
type unsaved struct {
	nodes.Cell `json:"cell"`
	Gain       float64 `default:"1"`
}

func (c unsaved) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return c.Cell.Step(p, s, current.Times(c.Gain))
}

// Only cells of package nodes have fused ops, so none can be made that disagrees with its steps. The
// comparison itself notices when the steps are those of another neuron.
func TestFusedAgainstOtherSteps(t *testing.T) {
	s := newCellSuite(nodes.ALIF{})
	for _, check := range s.checks() {
		if check.needed {
			if err := check.check(); err != nil {
				t.Fatal(err)
			}
		}
	}
	e := s.experiment(false)
	other := e.scanned()
	other.cell = nodes.Scanned(nodes.ALIF{Beta: new(1.8 * (1 + 1e-6))})
	if err := e.same(layered, other, layered, 1e-10); err == nil || !strings.Contains(err.Error(), "threshold") && !strings.Contains(err.Error(), "membrane") {
		t.Errorf("error is %v, want one that names what differs", err)
	}
}
