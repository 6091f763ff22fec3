package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// activities are what receptive fields answer to numbers, in a precision.
func activities(dt tensor.Dtype, r nodes.RBF, x numbers) (*tensor.Dense, error) {
	p := must(graph.NewParams(gorgonia.NewGraph(), dt, 1))
	f, err := r.Declare(p, x.shape[2])
	if err != nil {
		return nil, err
	}
	v := tensorOf[float64](x.values, x.shape...)
	if dt == tensor.Float32 {
		v = tensorOf[float32](x.values, x.shape...)
	}
	in := gorgonia.NewTensor(p.Graph(), dt, 3, gorgonia.WithShape(x.shape...), gorgonia.WithName("x"), gorgonia.WithValue(v))
	y, err := f.Encode(in)
	if err != nil {
		return nil, err
	}
	m := must(graph.NewMachine(y))
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	return y.Value().(*tensor.Dense), nil
}

func TestRBF(t *testing.T) {
	half, two := math.Exp(-.5), math.Exp(-2)
	for _, c := range []struct {
		name    string
		rbf     nodes.RBF
		x, want numbers
	}{
		{"three fields", nodes.RBF{Fields: 3, Overlap: 1}, sequenceOf(.5, 0, 1),
			numbers{[]float64{half, 1, half, 1, half, two, two, half, 1}, tensor.Shape{3, 1, 3}}},
		{"a range", nodes.RBF{Fields: 2, Low: -2, High: 2, Overlap: .5}, sequenceOf(-2, 0),
			numbers{[]float64{1, two, half, half}, tensor.Shape{2, 1, 2}}},
		{"one field", nodes.RBF{Fields: 1, Overlap: .5}, sequenceOf(.5, 1), sequenceOf(1, half)},
		{"two features", nodes.RBF{Fields: 2, Centre: graph.Values{0, 1, 5, 6}, Width: graph.Values{1, 1, 1, .5}},
			numbers{[]float64{0, 6}, tensor.Shape{1, 1, 2}}, numbers{[]float64{1, half, half, 1}, tensor.Shape{1, 1, 4}}},
		{"the default overlap", nodes.RBF{Fields: 2}, sequenceOf(1), numbers{[]float64{math.Exp(-1.125), 1}, tensor.Shape{1, 1, 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				y, err := activities(dt, c.rbf, c.x)
				if err != nil {
					t.Fatal(err)
				}
				if !graph.SameShape(y.Shape(), c.want.shape) {
					t.Errorf("shape is %v, want %v", y.Shape(), c.want.shape)
				}
				closeTo(t, "activities", must(graph.Float64s(y)), c.want.values, 1e-6)
			}
		})
	}
}

// The neuron that answers most is the one whose field is nearest: the population tells a value to half
// of the distance between two centres. Two neighbours together tell it exactly.
func TestRBFTellsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := nodes.RBF{Fields: rapid.IntRange(2, 40).Draw(t, "fields"), Low: rapid.Float64Range(-5, 5).Draw(t, "low")}
		r.High = r.Low + rapid.Float64Range(.1, 10).Draw(t, "range")
		x := r.Low + (r.High-r.Low)*rapid.Float64Range(0, 1).Draw(t, "value")
		distance := (r.High - r.Low) / float64(r.Fields-1)
		a := must(graph.Float64s(must(activities(tensor.Float64, r, sequenceOf(x)))))
		best := 0
		for k := range a {
			if a[k] > a[best] {
				best = k
			}
		}
		centre := r.Low + float64(best)*distance
		if d := math.Abs(x - centre); d > distance/2*(1+1e-9) {
			t.Fatalf("the strongest neuron of %v is that of %v, %v away, want at most %v", x, centre, d, distance/2)
		}
		lower := min(best, r.Fields-2)
		width := distance / 1.5
		back := r.Low + (float64(lower)+.5)*distance + width*width/distance*math.Log(a[lower+1]/a[lower])
		if math.Abs(back-x) > 1e-6 {
			t.Fatalf("%v comes back as %v", x, back)
		}
	})
}

func TestRBFGradient(t *testing.T) {
	inputs := []*tensor.Dense{
		tensorOf[float64](normal(1, 3*2*2), 3, 2, 2),
		tensorOf[float64](normal(2, 2*4), 2, 4),
		tensorOf[float64]([]float64{.5, 1, 2, .7, .8, .9, 1.5, .6}, 2, 4),
	}
	graphtest.Op(t, inputs, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		return (&nodes.Fields{Centre: in[1], Width: in[2]}).Encode(in[0])
	})
}

func TestRBFParameters(t *testing.T) {
	for _, trainable := range []bool{false, true} {
		p := newParams(1)
		must(nodes.RBF{Fields: 3, Trainable: trainable}.Declare(p.Scope("code"), 2))
		if got := describe(p); len(got) != 2 || got[0] != "code.centre field (2, 3)" || got[1] != "code.width field (2, 3)" {
			t.Errorf("the parameters are %v", got)
		}
		if n := len(p.Trainable()); trainable != (n == 2) || !trainable != (n == 0) {
			t.Errorf("%d parameters are trained where trainable is %v", n, trainable)
		}
	}
}

func TestRBFRefuses(t *testing.T) {
	one := sequenceOf(.5)
	for _, c := range []struct {
		rbf  nodes.RBF
		x    numbers
		want string
	}{
		{nodes.RBF{}, one, "0 fields"},
		{nodes.RBF{Fields: 3, Low: 1, High: 1}, one, "from 1 to 1"},
		{nodes.RBF{Fields: 3, High: nan}, one, "to NaN"},
		{nodes.RBF{Fields: 3, Overlap: -1}, one, "the overlap is -1"},
		{nodes.RBF{Fields: 2, Width: graph.Values{1, 0}}, one, "width[0 1] is 0"},
		{nodes.RBF{Fields: 1, Width: graph.Constant(-1)}, one, "width[0 0] is -1"},
		{nodes.RBF{Fields: 2}, sequenceOf(0, nan), "x[1 0 0] is NaN"},
		{nodes.RBF{Fields: 2}, sequenceOf(inf), "x[0 0 0] is +Inf"},
	} {
		_, err := activities(tensor.Float32, c.rbf, c.x)
		wantError(t, c.want, err, "RBF", c.want)
	}
	p := newParams(1)
	f := must(nodes.RBF{Fields: 2}.Declare(p, 3))
	_, err := f.Encode(input(p, "x", []float64{1, 2}, 1, 1, 2))
	wantError(t, "other features", err, "RBF", "(1, 1, 2)", "(3, 2)")
	_, err = f.Encode(input(p, "y", []float64{1, 2, 3}, 1, 3))
	wantError(t, "two dimensions", err, "RBF", "[T, batch, features]")
	_, err = nodes.RBF{Fields: 2}.Declare(newParams(1), 0)
	wantError(t, "no features", err, "0 features")
}
