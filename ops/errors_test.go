package ops_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var notNumbers = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}

// Values that an op cannot take are errors of the run that name the input and the element.
func TestALIFValueErrors(t *testing.T) {
	run := func(l layer) error {
		in, _ := l.declare(gorgonia.NewGraph(), tensor.Float64)
		if _, err := l.cell.Apply(in); err != nil {
			t.Fatal(err)
		}
		return runGraph(in.Current.Graph())
	}
	for _, c := range []struct {
		name string
		v    func(*layer) *tensor.Dense
		at   int
		want string
	}{
		{"current", func(l *layer) *tensor.Dense { return l.current }, 7, "current[1 0 1]"},
		{"w_rec", func(l *layer) *tensor.Dense { return l.wRec }, 2, "w_rec[1 0]"},
		{"u0", func(l *layer) *tensor.Dense { return l.membrane }, 3, "initial membrane potential[1 1]"},
		{"eta0", func(l *layer) *tensor.Dense { return l.eta }, 4, "initial adaptation[2 0]"},
		{"s0", func(l *layer) *tensor.Dense { return l.spk }, 5, "initial spikes[2 1]"},
	} {
		for _, bad := range notNumbers {
			for _, k := range kinds {
				l := newLayer(30, 5, 3, 2)
				k.strip(&l)
				v := c.v(&l)
				if v == nil {
					continue
				}
				v.Set(c.at, bad)
				wantError(t, fmt.Sprint(k.name, ", ", c.name, " ", bad), run(l), "ALIF", c.want, fmt.Sprint(bad))
			}
		}
	}
	for _, bad := range []float64{-3, math.NaN(), math.Inf(-1)} {
		l := newLayer(30, 5, 3, 2)
		l.tauM.Set(1, bad)
		wantError(t, "tau_m", run(l), "ALIF", "tau_m[1]", fmt.Sprint(bad), "ms")
		l = newLayer(30, 5, 3, 2)
		l.tauAdp.Set(0, bad)
		wantError(t, "tau_adp", run(l), "ALIF", "tau_adp[0]", fmt.Sprint(bad), "ms")
	}
	l := newLayer(30, 40, 3, 2)
	l.cell.Surrogate = ops.Relaxed{Surrogate: ops.StraightThrough{}}
	l.wRec.Memset(1e30)
	wantError(t, "overflow", run(l), "ALIF", "membrane potential of unit", "grows beyond all bounds")
}

func TestLIValueErrors(t *testing.T) {
	run := func(current, tau, u0 *tensor.Dense) error {
		g := gorgonia.NewGraph()
		in := func(name string, v *tensor.Dense) *gorgonia.Node { return input(g, tensor.Float64, name, v) }
		must(ops.LI{Dt: 1, Rm: 1}.Apply(ops.LIInputs{Current: in("current", current), TauM: in("tau", tau), Initial: in("u0", u0)}))
		return runGraph(g)
	}
	values := func() (current, tau, u0 *tensor.Dense) {
		return normal(1, 0, 1, 3, 2, 2), positive(normal(2, 5, 1, 2)), normal(3, 0, 1, 2, 2)
	}
	for _, bad := range notNumbers {
		current, tau, u0 := values()
		current.Set(5, bad)
		wantError(t, "current", run(current, tau, u0), "LI", "current[1 0 1]", fmt.Sprint(bad))
		current, tau, u0 = values()
		u0.Set(2, bad)
		wantError(t, "u0", run(current, tau, u0), "LI", "initial membrane potential[1 0]", fmt.Sprint(bad))
	}
	current, tau, u0 := values()
	current.Memset(1e308)
	tau.Memset(1e-3)
	u0.Memset(1e308)
	wantError(t, "overflow", func() error {
		g := gorgonia.NewGraph()
		in := func(name string, v *tensor.Dense) *gorgonia.Node { return input(g, tensor.Float64, name, v) }
		must(ops.LI{Dt: 1, Rm: 10}.Apply(ops.LIInputs{Current: in("current", current), TauM: in("tau", tau), Initial: in("u0", u0)}))
		return runGraph(g)
	}(), "LI", "membrane potential of unit 0, example 0, grows beyond all bounds")
	for _, bad := range []float64{-3, math.NaN(), math.Inf(-1)} {
		current, tau, u0 := values()
		tau.Set(1, bad)
		wantError(t, "tau", run(current, tau, u0), "LI", "tau_m[1]", fmt.Sprint(bad))
	}
}

func TestValueErrors(t *testing.T) {
	type op func(in gorgonia.Nodes) (*gorgonia.Node, error)
	linear := op(func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.Linear(in[0], in[1]) })
	crossEntropy := op(func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		return ops.CrossEntropy(in[0], in[1], ops.CrossEntropySettings{})
	})
	softmax := op(func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.SoftmaxOverTime(in[0], nil, 0) })
	spike := op(func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.Spike(in[0], nil) })
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name   string
		op     op
		inputs []*tensor.Dense
		want   []string
	}{
		{"x of Linear, NaN", linear, []*tensor.Dense{dense([]float64{1, 2, 3, nan}, 2, 1, 2), zeros(3, 2)}, []string{"Linear", "x[1 0 1] is NaN"}},
		{"x of Linear, +Inf", linear, []*tensor.Dense{dense([]float64{1, inf, 3, 4}, 2, 2), zeros(3, 2)}, []string{"Linear", "x[0 1] is +Inf"}},
		{"x of Linear, −Inf", linear, []*tensor.Dense{dense([]float64{1, 2, -inf, 4}, 2, 2), zeros(3, 2)}, []string{"Linear", "x[1 0] is -Inf"}},
		{"scores, NaN", crossEntropy, []*tensor.Dense{dense([]float64{1, 2, nan, 3}, 2, 2), zeros(2)}, []string{"CrossEntropy", "score[1 0] is NaN"}},
		{"scores, −Inf", crossEntropy, []*tensor.Dense{dense([]float64{math.Inf(-1), 2}, 1, 2), zeros(1)}, []string{"CrossEntropy", "score[0 0] is -Inf"}},
		{"scores, +Inf", crossEntropy, []*tensor.Dense{dense([]float64{1, 2, 3, inf}, 1, 2, 2), zeros(1, 2)}, []string{"CrossEntropy", "score[0 1 1] is +Inf"}},
		{"label too large", crossEntropy, []*tensor.Dense{zeros(2, 3), dense([]float64{0, 3}, 2)}, []string{"CrossEntropy", "label[1] is 3", "0 to 2"}},
		{"label too small", crossEntropy, []*tensor.Dense{zeros(1, 2, 3), dense([]float64{0, -2}, 1, 2)}, []string{"label[0 1] is -2"}},
		{"fractional label", crossEntropy, []*tensor.Dense{zeros(2, 3), dense([]float64{.5, 1}, 2)}, []string{"label[0] is 0.5"}},
		{"label NaN", crossEntropy, []*tensor.Dense{zeros(2, 3), dense([]float64{1, nan}, 2)}, []string{"label[1] is NaN"}},
		{"label +Inf", crossEntropy, []*tensor.Dense{zeros(2, 3), dense([]float64{1, inf}, 2)}, []string{"label[1] is +Inf"}},
		{"softmax, NaN", softmax, []*tensor.Dense{dense([]float64{1, 2, nan, 3}, 2, 1, 2)}, []string{"SoftmaxOverTime", "x[1 0 0] is NaN"}},
		{"softmax, −Inf", softmax, []*tensor.Dense{dense([]float64{1, -inf, 2, 3}, 2, 1, 2)}, []string{"SoftmaxOverTime", "x[0 0 1] is -Inf"}},
		{"spike, NaN", spike, []*tensor.Dense{dense([]float64{1, 2, nan, 3}, 2, 2)}, []string{"spike", "v[1 0] is NaN"}},
	} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			g := gorgonia.NewGraph()
			in := make(gorgonia.Nodes, len(c.inputs))
			for i, v := range c.inputs {
				in[i] = input(g, dt, fmt.Sprint("in", i), v)
			}
			must(c.op(in))
			wantError(t, fmt.Sprint(c.name, " ", dt), runGraph(g), c.want...)
		}
	}
}

// shaped is a node without a value.
func shaped(g *gorgonia.ExprGraph, dt tensor.Dtype, name string, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// Wrong shapes are errors of the declaration that name the input and both shapes.
func TestALIFShapeErrors(t *testing.T) {
	for _, c := range []struct {
		input string
		set   func(in *ops.ALIFInputs, n *gorgonia.Node)
		shape []int
		want  []string
	}{
		{"current", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.Current = n }, []int{3, 2}, []string{"current has shape (3, 2)", "[T, batch, units]"}},
		{"w_rec", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.WRec = n }, []int{2, 4}, []string{"w_rec has shape (2, 4), want (2, 2)", "(5, 3, 2)"}},
		{"w_rec", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.WRec = n }, []int{4}, []string{"w_rec has shape (4), want (2, 2)"}},
		{"tau_m", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.TauM = n }, []int{3}, []string{"tau_m has shape (3), want (2)"}},
		{"tau_m", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.TauM = n }, []int{2, 1}, []string{"tau_m has shape (2, 1), want (2)"}},
		{"tau_adp", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.TauAdp = n }, []int{1}, []string{"tau_adp has shape (1), want (2)"}},
		{"u0", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.Initial.Membrane = n }, []int{2, 3}, []string{"initial membrane potential has shape (2, 3), want (3, 2)"}},
		{"eta0", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.Initial.Adaptation = n }, []int{2}, []string{"initial adaptation has shape (2), want (3, 2)"}},
		{"s0", func(in *ops.ALIFInputs, n *gorgonia.Node) { in.Initial.Spikes = n }, []int{1, 3, 2}, []string{"initial spikes has shape (1, 3, 2), want (3, 2)"}},
	} {
		l := newLayer(1, 5, 3, 2)
		in, _ := l.declare(gorgonia.NewGraph(), tensor.Float64)
		c.set(&in, shaped(in.TauM.Graph(), tensor.Float64, "wrong", c.shape...))
		_, err := l.cell.Apply(in)
		wantError(t, c.input, err, append(c.want, "ALIF")...)
	}
}

func TestShapeErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	node := func(shape ...int) *gorgonia.Node { return shaped(g, tensor.Float64, fmt.Sprint(shape), shape...) }
	check := func(_ *gorgonia.Node, err error) error { return err }
	cell := ops.LI{Dt: 1, Rm: 1}
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"x of Linear", check(ops.Linear(node(4), node(3, 4))), []string{"Linear", "x has shape (4)", "[T, batch, in]"}},
		{"w of Linear", check(ops.Linear(node(2, 4), node(3, 5))), []string{"Linear", "w has shape (3, 5), want [out, 4]", "(2, 4)"}},
		{"w of Linear, a vector", check(ops.Linear(node(2, 4), node(4))), []string{"w has shape (4)"}},
		{"bias of Linear", check(ops.Linear(node(2, 4), node(3, 4), node(3), node(1, 3))), []string{"bias 1 has shape (1, 3), want (3)", "(3, 4)"}},
		{"current of LI", check(cell.Apply(ops.LIInputs{Current: node(2, 4), TauM: node(4)})), []string{"LI", "current has shape (2, 4)"}},
		{"tau of LI", check(cell.Apply(ops.LIInputs{Current: node(5, 2, 4), TauM: node(5)})), []string{"LI", "tau_m has shape (5), want (4)"}},
		{"u0 of LI", check(cell.Apply(ops.LIInputs{Current: node(5, 2, 4), TauM: node(4), Initial: node(4, 2)})), []string{"initial membrane potential has shape (4, 2), want (2, 4)"}},
		{"scores", check(ops.CrossEntropy(node(4), node(4), ops.CrossEntropySettings{})), []string{"CrossEntropy", "scores have shape (4)"}},
		{"labels", check(ops.CrossEntropy(node(5, 2, 4), node(2, 5), ops.CrossEntropySettings{})), []string{"labels have shape (2, 5), want (5, 2)", "(5, 2, 4)"}},
		{"skip = T", check(ops.CrossEntropy(node(5, 2, 4), node(5, 2), ops.CrossEntropySettings{Skip: 5})), []string{"skip 5 steps", "(5, 2, 4)"}},
		{"skip < 0", check(ops.CrossEntropy(node(5, 2, 4), node(5, 2), ops.CrossEntropySettings{Skip: -1})), []string{"skip -1 steps"}},
		{"skip without steps", check(ops.CrossEntropy(node(5, 4), node(5), ops.CrossEntropySettings{Skip: 1})), []string{"skip 1 steps", "(5, 4)"}},
		{"sum", check(ops.SumOverTime(node(5, 4), nil, 0)), []string{"SumOverTime", "x has shape (5, 4)"}},
		{"sum from T", check(ops.SumOverTime(node(5, 2, 4), nil, 5)), []string{"SumOverTime", "step 5", "(5, 2, 4)"}},
		{"softmax from −1", check(ops.SoftmaxOverTime(node(5, 2, 4), nil, -1)), []string{"SoftmaxOverTime", "step -1"}},
		{"spike without surrogate", check(ops.Spike(node(3), ops.Relaxed{})), []string{"surrogate is nil"}},
		{"spike", check(ops.Spike(node(3), ops.Gaussian{Sigma: -1})), []string{"Sigma = -1"}},
		{"spike of nothing", check(ops.Spike(nil, nil)), []string{"input 0 is nil"}},
	} {
		wantError(t, c.name, c.err, append(c.want, "srnn")...)
	}
}

func TestDtypeErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	x, ints, single := shaped(g, tensor.Float64, "x", 3, 2, 2), shaped(g, tensor.Int, "ints", 3, 2, 2), shaped(g, tensor.Float32, "single", 2, 2)
	labels := shaped(g, tensor.Int, "labels", 3, 2)
	tau := shaped(g, tensor.Float32, "tau", 2)
	check := func(_ *gorgonia.Node, err error) error { return err }
	_, err := ops.ALIF{Dt: 1}.Apply(ops.ALIFInputs{Current: x, TauM: tau})
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"ALIF", err, []string{"ALIF", "tau is float32", "x is float64"}},
		{"LI", check(ops.LI{Dt: 1}.Apply(ops.LIInputs{Current: x, TauM: tau})), []string{"LI", "tau is float32"}},
		{"Linear", check(ops.Linear(x, single)), []string{"Linear", "single is float32 but x is float64"}},
		{"int", check(ops.SumOverTime(ints, nil, 0)), []string{"int, want float32 or float64"}},
		{"int labels", check(ops.CrossEntropy(x, labels, ops.CrossEntropySettings{})), []string{"CrossEntropy", "int, want float32 or float64"}},
		{"int spikes", check(ops.Spike(ints, nil)), []string{"int, want float32 or float64"}},
	} {
		wantError(t, c.name, c.err, c.want...)
	}
}

func TestSettingsErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	x, tau, state := shaped(g, tensor.Float64, "x", 3, 2, 2), shaped(g, tensor.Float64, "tau", 2), shaped(g, tensor.Float64, "state", 2, 2)
	for _, c := range []struct {
		cell ops.ALIF
		in   ops.ALIFInputs
		want string
	}{
		{ops.ALIF{}, ops.ALIFInputs{Current: x, TauM: tau}, "dt is 0"},
		{ops.ALIF{Dt: -1}, ops.ALIFInputs{Current: x, TauM: tau}, "dt is -1"},
		{ops.ALIF{Dt: math.NaN()}, ops.ALIFInputs{Current: x, TauM: tau}, "dt is NaN"},
		{ops.ALIF{Dt: 1, B0: math.Inf(1)}, ops.ALIFInputs{Current: x, TauM: tau}, "b0 is +Inf"},
		{ops.ALIF{Dt: 1, Rm: math.NaN()}, ops.ALIFInputs{Current: x, TauM: tau}, "Rm is NaN"},
		{ops.ALIF{Dt: 1, Beta: math.NaN()}, ops.ALIFInputs{Current: x, TauM: tau, TauAdp: tau}, "beta is NaN"},
		{ops.ALIF{Dt: 1, Beta: 2}, ops.ALIFInputs{Current: x, TauM: tau}, "β is 2, but there are no adaptation time constants"},
		{ops.ALIF{Dt: 1}, ops.ALIFInputs{Current: x, TauM: tau, Initial: ops.State{Adaptation: state}}, "no adaptation time constants"},
		{ops.ALIF{Dt: 1}, ops.ALIFInputs{Current: x}, "TauM is nil"},
		{ops.ALIF{Dt: 1}, ops.ALIFInputs{TauM: tau}, "neither a current nor synapses"},
		{ops.ALIF{Dt: 1, Surrogate: ops.Boxcar{Width: -1}}, ops.ALIFInputs{Current: x, TauM: tau}, "Width = -1"},
	} {
		_, err := c.cell.Apply(c.in)
		wantError(t, fmt.Sprintf("%+v", c.cell), err, "ALIF", c.want)
	}
	for _, cell := range []ops.LI{{}, {Dt: -1, Rm: 1}, {Dt: 1, Rm: math.NaN()}} {
		_, err := cell.Apply(ops.LIInputs{Current: x, TauM: tau})
		wantError(t, fmt.Sprintf("%+v", cell), err, "LI: dt is")
	}
	s := must(ops.ALIF{Dt: 1}.Apply(ops.ALIFInputs{Current: x, TauM: tau}))
	_, err := s.Adaptation()
	wantError(t, "adaptation of a LIF", err, "no adaptation")
}
