package nodes_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// normMask leaves the last steps of an example out, and all of another.
func normMask(steps, batch int) []float64 {
	m := repeat(1, steps*batch)
	for step := range steps {
		if batch > 1 {
			m[step*batch+batch-1] = 0
		}
		if step > steps/2 {
			m[step*batch] = 0
		}
	}
	return m
}

// normalised is batch normalisation by the book: the output, and the running statistics after it.
type normalised struct{ y, mean, variance []float64 }

func batchNormalised(x, mask, mean, variance []float64, units int, training bool, epsilon, momentum float64) (r normalised) {
	r.y = make([]float64, len(x))
	for j := range units {
		var kept []float64
		for row := range len(x) / units {
			if mask == nil || mask[row] == 1 {
				kept = append(kept, x[row*units+j])
			}
		}
		mu, sigma2 := mean[j], variance[j]
		nextMean, nextVariance := mu, sigma2
		if training && len(kept) > 1 {
			sum, squares := 0.0, 0.0
			for _, v := range kept {
				sum += v
				squares += v * v
			}
			n := float64(len(kept))
			mu = sum / n
			sigma2 = squares/n - mu*mu
			nextMean = (1-momentum)*nextMean + momentum*mu
			nextVariance = (1-momentum)*nextVariance + momentum*sigma2*n/(n-1)
		}
		r.mean, r.variance = append(r.mean, nextMean), append(r.variance, nextVariance)
		for at := j; at < len(x); at += units {
			r.y[at] = (x[at]-mu)/math.Sqrt(sigma2+epsilon)*(2+float64(j)) - float64(j)
		}
	}
	return r
}

// ramp are the gain and the bias of the reference.
type ramp struct{ from, by float64 }

func (r ramp) of(units int) graph.Values {
	v := make(graph.Values, units)
	for j := range v {
		v[j] = r.from + r.by*float64(j)
	}
	return v
}

// Batch normalisation is the reference, run by run: with the statistics of the batch and moving ones in
// training, piece by piece or not, and with the running ones in evaluation.
func TestBatchNorm(t *testing.T) {
	for _, c := range []struct {
		steps, batch, units int
		masked              bool
		epsilon, momentum   *float64
		dt                  tensor.Dtype
	}{
		{steps: 4, batch: 3, units: 5},
		{steps: 4, batch: 3, units: 5, masked: true},
		{steps: 4, batch: 3, units: 5, masked: true, dt: tensor.Float32},
		{steps: 7, batch: 2, units: 130, masked: true, epsilon: new(.5), momentum: new(.7)},
		{steps: 6, batch: 2, units: 1, masked: true, epsilon: new(0.), momentum: new(0.)},
		{steps: 6, batch: 1, units: 3, momentum: new(1.)},
		{steps: 1, batch: 4, units: 3},
		{steps: 1, batch: 4, units: 3, masked: true},
		{steps: 1, batch: 1, units: 3},
		{steps: 1, batch: 2, units: 3, masked: true}, // one value
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			tolerance := 1e-11
			if c.dt == tensor.Float32 {
				tolerance = 1e-5
			} else {
				c.dt = tensor.Float64
			}
			norm := nodes.BatchNorm{Epsilon: c.epsilon, Momentum: c.momentum, Gain: ramp{2, 1}.of(c.units), Bias: ramp{0, -1}.of(c.units)}
			epsilon, momentum := 1e-5, .1
			if c.epsilon != nil {
				epsilon = *c.epsilon
			}
			if c.momentum != nil {
				momentum = *c.momentum
			}
			p := must(graph.NewParams(gorgonia.NewGraph(), c.dt, 1))
			train := must(p.Grow(gorgonia.NewGraph()))
			train.Run().Training = true
			test := must(p.Grow(gorgonia.NewGraph()))
			mean, variance := repeat(0, c.units), repeat(1, c.units)
			for run, q := range []*graph.Params{train, train, test, train, test} {
				x := normal(uint64(run), c.steps*c.batch*c.units)
				for i := range x {
					x[i] = 3*x[i] + 2
				}
				var mask []float64
				if c.masked {
					mask = normMask(c.steps, c.batch)
				}
				y := normRun(t, q, norm, dense(c.dt, x, c.steps, c.batch, c.units), mask)
				want := batchNormalised(x, mask, mean, variance, c.units, q == train, epsilon, momentum)
				closeTo(t, fmt.Sprint("y of run ", run), y, want.y, tolerance)
				mean, variance = want.mean, want.variance
				got, _ := p.Get("norm.mean")
				closeTo(t, fmt.Sprint("mean after run ", run), got.Values(), mean, tolerance)
				got, _ = p.Get("norm.variance")
				closeTo(t, fmt.Sprint("variance after run ", run), got.Values(), variance, tolerance)
			}
		})
	}
}

// normRun is one run of a graph, which is declared when it is run first.
func normRun(t *testing.T, p *graph.Params, norm nodes.BatchNorm, x *tensor.Dense, mask []float64) []float64 {
	t.Helper()
	g := p.Graph()
	var y *gorgonia.Node
	if named := g.ByName("x"); len(named) == 0 {
		in := gorgonia.NewTensor(g, x.Dtype(), 3, gorgonia.WithShape(x.Shape()...), gorgonia.WithName("x"), gorgonia.WithValue(x.Clone().(*tensor.Dense)))
		if mask != nil {
			p.Run().Mask = gorgonia.NewMatrix(g, x.Dtype(), gorgonia.WithShape(x.Shape()[:2]...), gorgonia.WithName("mask"),
				gorgonia.WithValue(dense(x.Dtype(), mask, x.Shape()[:2]...)))
		}
		y = must(norm.Apply(p, "norm", in))
		gorgonia.WithName("y")(y)
	} else {
		if err := tensor.Copy(named[0].Value().(*tensor.Dense), x); err != nil {
			t.Fatal(err)
		}
		y = g.ByName("y")[0]
	}
	m := must(graph.NewMachine(append(p.Run().Nodes(), y)...))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := must(graph.Float64s(y.Value()))
	if err := p.Run().Settle(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Where nothing of a batch exists, as in a piece behind the ends of all sequences, running statistics
// stay.
func TestBatchNormOfNothing(t *testing.T) {
	p := newParams(1)
	p.Run().Training = true
	if y := normRun(t, p, nodes.BatchNorm{Epsilon: new(0.)}, dense(tensor.Float64, []float64{3, 4}, 2, 1, 1), []float64{0, 0}); y[0] != 3 || y[1] != 4 {
		t.Errorf("y is %v, want x by the running statistics", y)
	}
	for name, want := range map[string]float64{"norm.mean": 0, "norm.variance": 1} {
		if q, _ := p.Get(name); q.Values()[0] != want {
			t.Errorf("%s is %v, want %v", name, q.Values()[0], want)
		}
	}
}

func TestNormParameters(t *testing.T) {
	p := newParams(1)
	x := input(p, "x", normal(1, 12), 2, 2, 3)
	must(nodes.BatchNorm{}.Apply(p.Scope("a"), "b", x))
	must(nodes.LayerNorm{}.Apply(p, "c", x))
	want := "[a.b.gain gain (3) a.b.bias bias (3) a.b.mean statistics (3) a.b.variance statistics (3) c.gain gain (3) c.bias bias (3)]"
	if got := fmt.Sprint(describe(p)); got != want {
		t.Errorf("parameters are %s, want %s", got, want)
	}
	for _, q := range p.All() {
		if q.Fixed != (q.Group == "statistics") {
			t.Errorf("%s is fixed: %v", q.Name, q.Fixed)
		}
	}
}

// Gradients are those of central differences, through the statistics too, and the ops behave as nodes.
func TestNormsConform(t *testing.T) {
	const steps, batch, units = 4, 3, 2
	draw := func(seed uint64, shape ...int) *tensor.Dense {
		return dense(tensor.Float64, normal(seed, tensor.Shape(shape).TotalSize()), shape...)
	}
	x, gain, bias, mean := draw(1, steps, batch, units), draw(2, units), draw(3, units), draw(4, units)
	variance := dense(tensor.Float64, []float64{.7, 2}, units)
	mask := dense(tensor.Float64, normMask(steps, batch), steps, batch)
	one := dense(tensor.Float64, append(repeat(0, steps*batch-1), 1), steps, batch)
	for name, c := range map[string]struct {
		in       []*tensor.Dense
		constant []int
		apply    func(in gorgonia.Nodes) (*gorgonia.Node, error)
	}{
		"batch": {[]*tensor.Dense{x, gain, bias, mean, variance}, []int{3, 4}, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return nodes.BatchNormOf(true, in...) }},
		"batch, masked": {[]*tensor.Dense{x, gain, bias, mean, variance, mask}, []int{3, 4, 5}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return nodes.BatchNormOf(true, in...)
		}},
		"batch of one": {[]*tensor.Dense{x, gain, bias, mean, variance, one}, []int{3, 4, 5}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return nodes.BatchNormOf(true, in...)
		}},
		"evaluation": {[]*tensor.Dense{x, gain, bias, mean, variance}, []int{3, 4}, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return nodes.BatchNormOf(false, in...) }},
		"layer":      {[]*tensor.Dense{draw(5, 3, 2, 4), draw(6, 4), draw(7, 4)}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return nodes.LayerNormOf(in...) }},
		"mask":       {[]*tensor.Dense{x, draw(8, batch, units)}, []int{1}, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return nodes.Multiply(in[0], in[1]) }},
	} {
		t.Run(name, func(t *testing.T) { graphtest.Op(t, c.in, c.constant, c.apply) })
	}
}

// Layer normalisation is the reference, with any number of units, in training as in evaluation.
func TestLayerNorm(t *testing.T) {
	for _, c := range []struct {
		units   int
		epsilon *float64
	}{{2, nil}, {130, nil}, {7, new(.5)}, {3, new(0.)}} {
		for _, training := range []bool{false, true} {
			const steps, batch = 25, 3
			p := newParams(1)
			p.Run().Training = training
			x := normal(1, steps*batch*c.units)
			y := must(nodes.LayerNorm{Epsilon: c.epsilon, Gain: ramp{2, 1}.of(c.units), Bias: ramp{0, -1}.of(c.units)}.Apply(p, "norm", input(p, "x", x, steps, batch, c.units)))
			epsilon := 1e-5
			if c.epsilon != nil {
				epsilon = *c.epsilon
			}
			want := make([]float64, len(x))
			for at := 0; at < len(x); at += c.units {
				sum, squares, n := 0.0, 0.0, float64(c.units)
				for _, v := range x[at : at+c.units] {
					sum += v
					squares += v * v
				}
				mu := sum / n
				for j, v := range x[at : at+c.units] {
					want[at+j] = (v-mu)/math.Sqrt(squares/n-mu*mu+epsilon)*(2+float64(j)) - float64(j)
				}
			}
			closeTo(t, "y", read(t, p, y)[0], want, 1e-9)
		}
	}
}

func TestNormsRefuse(t *testing.T) {
	for _, c := range []struct {
		norm interface {
			Apply(*graph.Params, string, *gorgonia.Node) (*gorgonia.Node, error)
		}
		shape []int
		parts []string
	}{
		{nodes.BatchNorm{Epsilon: new(-1.)}, []int{2, 2, 3}, []string{"srnn: batch normalisation norm: ", "epsilon", "-1"}},
		{nodes.BatchNorm{Momentum: new(1.5)}, []int{2, 2, 3}, []string{"momentum", "1.5"}},
		{nodes.BatchNorm{Momentum: new(math.NaN())}, []int{2, 2, 3}, []string{"momentum", "NaN"}},
		{nodes.BatchNorm{}, []int{2, 3}, []string{"x (x)", "(2, 3)", "[T, batch, units]"}},
		{nodes.BatchNorm{}, []int{3, 2, 3}, []string{"mask", "(2, 2)", "(3, 2)"}},
		{nodes.LayerNorm{Epsilon: new(math.Inf(1))}, []int{2, 2, 3}, []string{"srnn: layer normalisation norm: ", "epsilon", "Inf"}},
		{nodes.LayerNorm{}, []int{2, 3}, []string{"x (x)", "(2, 3)", "[T, batch, units]"}},
		{nodes.LayerNorm{}, []int{2, 2, 1}, []string{"one unit"}},
	} {
		p := newParams(1)
		p.Run().Training = true
		p.Run().Mask = input(p, "mask", repeat(1, 4), 2, 2)
		_, err := c.norm.Apply(p, "norm", input(p, "x", repeat(1, tensor.Shape(c.shape).TotalSize()), c.shape...))
		wantError(t, fmt.Sprintf("%#v", c.norm), err, c.parts...)
	}
	p := newParams(1)
	_, err := nodes.BatchNorm{}.Apply(p, "norm", nil)
	wantError(t, "nil", err, "x is nil")
}

// What cannot be normalised is an error, and not a number that is none.
func TestNormsOfConstants(t *testing.T) {
	p := newParams(1)
	p.Run().Training = true
	x := input(p, "x", repeat(3, 8), 2, 2, 2)
	for what, y := range map[string]*gorgonia.Node{
		"unit 0": must(nodes.BatchNorm{Epsilon: new(0.)}.Apply(p, "a", x)),
		"row 0":  must(nodes.LayerNorm{Epsilon: new(0.)}.Apply(p, "b", x)),
	} {
		m := must(graph.NewMachine(y))
		wantError(t, "a constant", m.RunAll(), what, "variance 0", "epsilon 0")
		m.Close()
	}
}
