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

// populationTimes are the times that values [batch, features] are coded by, in a precision.
func populationTimes(dt tensor.Dtype, r nodes.ReceptiveTimes, x []float64, features int) (*tensor.Dense, error) {
	p := must(graph.NewParams(gorgonia.NewGraph(), dt, 1))
	n, err := r.Declare(p, features)
	if err != nil {
		return nil, err
	}
	v := tensorOf[float64](x, len(x)/features, features)
	if dt == tensor.Float32 {
		v = tensorOf[float32](x, len(x)/features, features)
	}
	in := gorgonia.NewTensor(p.Graph(), dt, 2, gorgonia.WithShape(v.Shape()...), gorgonia.WithName("x"), gorgonia.WithValue(v))
	y, err := n.Encode(in)
	if err != nil {
		return nil, err
	}
	m := must(graph.NewMachine(y))
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	return y.Value().(*tensor.Dense), nil
}

func TestReceptiveTimes(t *testing.T) {
	one, two := 10*(1-math.Exp(-.5)), 10*(1-math.Exp(-2))
	for _, c := range []struct {
		name     string
		code     nodes.ReceptiveTimes
		features int
		x, want  []float64
	}{
		// Five fields for 0 to 3 have centres −.5, .5, 1.5, 2.5 and 3.5, of width 1.
		{"centres", nodes.ReceptiveTimes{Fields: 5, High: []float64{3}, Gamma: 1}, 1, []float64{.5, 1.5},
			[]float64{one, 0, one, two, 50, two, one, 0, one, two}},
		{"the cut-off", nodes.ReceptiveTimes{Fields: 5, High: []float64{3}, Gamma: 1, CutOff: 5, Horizon: 20}, 1, []float64{2.5},
			[]float64{20, 20, one, 0, one}},
		{"all that there are", nodes.ReceptiveTimes{Fields: 3, Low: []float64{1}, High: []float64{2}, Gamma: 1, CutOff: 1e-3, Latest: 1}, 1, []float64{1.5},
			[]float64{50, 0, 50}},
		{"gamma", nodes.ReceptiveTimes{Fields: 5, High: []float64{3}}, 1, []float64{1.5},
			[]float64{50, 10 * (1 - math.Exp(-1.125)), 0, 10 * (1 - math.Exp(-1.125)), 50}},
		{"far out", nodes.ReceptiveTimes{Fields: 3}, 1, []float64{1e300}, []float64{50, 50, 50}},
		{"a range for each feature", nodes.ReceptiveTimes{Fields: 3, Low: []float64{-1, 0}, High: []float64{1, 10}, Gamma: 1}, 2, []float64{0, 5, 2, 15},
			[]float64{one, 0, one, one, 0, one, two, one, 0, two, one, 0}},
		{"a longer time", nodes.ReceptiveTimes{Fields: 3, Latest: 20, CutOff: 18, Gamma: 1}, 1, []float64{.5}, []float64{2 * one, 0, 2 * one}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
				x := c.x
				if dt == tensor.Float32 && x[0] > 1e38 {
					x = []float64{1e30}
				}
				y, err := populationTimes(dt, c.code, x, c.features)
				if err != nil {
					t.Fatal(err)
				}
				fields := c.code.Fields
				if want := (tensor.Shape{len(x) / c.features, c.features * fields}); !graph.SameShape(y.Shape(), want) {
					t.Errorf("shape is %v, want %v", y.Shape(), want)
				}
				closeTo(t, "times", must(graph.Float64s(y)), c.want, 2e-5)
			}
		})
	}
}

// With the numbers of the paper, a value within the range is told by about three spikes, and two
// neighbours tell it exactly.
func TestReceptiveTimesTellTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-5, 5).Draw(t, "low")
		high := low + rapid.Float64Range(.1, 10).Draw(t, "range")
		r := nodes.ReceptiveTimes{Low: []float64{low}, High: []float64{high}}
		x := low + (high-low)*rapid.Float64Range(0, 1).Draw(t, "value")
		times := must(graph.Float64s(must(populationTimes(tensor.Float64, r, []float64{x}, 1))))
		first, spikes := 0, 0
		for i, at := range times {
			if at < times[first] {
				first = i
			}
			if at < 50 {
				spikes++
			}
		}
		if len(times) != 12 || spikes < 2 || spikes > 3 {
			t.Fatalf("%d of %d neurons spike, want 2 or 3 of 12", spikes, len(times))
		}
		distance := (high - low) / 10
		next := first - 1
		if first == 0 || first < 11 && times[first+1] < times[first-1] {
			next = first + 1
		}
		log := func(i int) float64 { return math.Log(1 - times[i]/10) } // −(x−c)²/(2σ²)
		sign := float64(next - first)
		centre := low + (float64(first)-.5)*distance
		width := distance / 1.5
		back := centre + sign*distance/2 + sign*width*width/distance*(log(next)-log(first))
		if math.Abs(back-x) > 1e-6*(high-low) {
			t.Fatalf("%v comes back as %v", x, back)
		}
	})
}

func TestReceptiveTimesGradient(t *testing.T) {
	inputs := []*tensor.Dense{tensorOf[float64]([]float64{.3, .72, .45, .81, .11, .59}, 3, 2)}
	codes := map[*gorgonia.ExprGraph]*nodes.ReceptiveNeurons{}
	graphtest.Op(t, inputs, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		n := codes[in[0].Graph()]
		if n == nil {
			p, err := graph.NewParams(in[0].Graph(), in[0].Dtype(), 1)
			if err != nil {
				return nil, err
			}
			if n, err = (nodes.ReceptiveTimes{Fields: 6}).Declare(p, 2); err != nil {
				return nil, err
			}
			codes[in[0].Graph()] = n
		}
		return n.Encode(in[0])
	})
}

func TestReceptiveTimesParameters(t *testing.T) {
	p := newParams(1)
	must(nodes.ReceptiveTimes{Fields: 4}.Declare(p.Scope("code"), 2))
	if got := describe(p); len(got) != 2 || got[0] != "code.centre field (2, 4)" || got[1] != "code.width field (2, 4)" || len(p.Trainable()) != 0 {
		t.Errorf("the parameters are %v, of which %d are trained", got, len(p.Trainable()))
	}
}

func TestReceptiveTimesRefuse(t *testing.T) {
	for _, c := range []struct {
		code nodes.ReceptiveTimes
		x    float64
		want string
	}{
		{nodes.ReceptiveTimes{Fields: 2}, 0, "2 fields"},
		{nodes.ReceptiveTimes{Low: []float64{1}}, 0, "feature 0: the range is from 1 to 1"},
		{nodes.ReceptiveTimes{High: []float64{1, nan}}, 0, "feature 1: the range is from 0 to NaN"},
		{nodes.ReceptiveTimes{High: []float64{1, 2, 3}}, 0, "High has 3 numbers"},
		{nodes.ReceptiveTimes{Gamma: -1}, 0, "Gamma is -1"},
		{nodes.ReceptiveTimes{Latest: inf}, 0, "Latest is +Inf"},
		{nodes.ReceptiveTimes{CutOff: -9}, 0, "CutOff is -9"},
		{nodes.ReceptiveTimes{Horizon: 9}, 0, "Horizon is 9 ms, want a time after CutOff, 9 ms"},
	} {
		_, err := populationTimes(tensor.Float64, c.code, []float64{0, c.x}, 2)
		wantError(t, c.want, err, "ReceptiveTimes", c.want)
	}
	_, err := populationTimes(tensor.Float64, nodes.ReceptiveTimes{}, []float64{0, nan}, 2)
	wantError(t, "NaN", err, "RBF", "x[0 0 1] is NaN") // the fields see a sequence of one step
	p := newParams(1)
	n := must(nodes.ReceptiveTimes{}.Declare(p, 3))
	_, err = n.Encode(nil)
	wantError(t, "nothing", err, "ReceptiveTimes", "nil")
	_, err = n.Encode(input(p, "x", []float64{1, 2}, 1, 2))
	wantError(t, "other features", err, "ReceptiveTimes", "(1, 2)", "[batch, 3]")
	_, err = nodes.ReceptiveTimes{}.Declare(newParams(1), 0)
	wantError(t, "no features", err, "0 features")
}
