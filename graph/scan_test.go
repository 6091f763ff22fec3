package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The recurrent network of these tests: h_t = tanh(W_h h_{t−1} + W_x x_t) + e^b ∘ z_t, with a count of
// the steps as a second variable of the state, and three outputs.
//
// In what is captured, e^b does not change from step to step.
func recurrent(x, state, captured gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
	h, count := state[0], state[1]
	in, err := gorgonia.Mul(x[0], captured[0])
	if err != nil {
		return nil, nil, err
	}
	back, err := gorgonia.Mul(h, captured[1])
	if err != nil {
		return nil, nil, err
	}
	shift := graph.Of(captured[2]).Exp().Mul(graph.Of(x[1]))
	h, err = graph.Of(in).Add(graph.Of(back)).Map(gorgonia.Tanh).Add(shift).Node()
	if err != nil {
		return nil, nil, err
	}
	if count, err = graph.Of(count).Plus(1).Node(); err != nil {
		return nil, nil, err
	}
	square, err := gorgonia.Square(h)
	return gorgonia.Nodes{h, square, count}, gorgonia.Nodes{h, count}, err
}

// The inputs of the network: two sequences, two variables of state, three captured tensors.
func recurrentInputs(steps, batch, in, units int) []*tensor.Dense {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(shape ...int) *tensor.Dense {
		x := make([]float64, tensor.Shape(shape).TotalSize())
		for i := range x {
			x[i] = .5 * rng.NormFloat64()
		}
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
	}
	return []*tensor.Dense{random(steps, batch, in), random(steps, batch, units),
		random(batch, units), random(batch, units),
		random(in, units), random(units, units), random(units)}
}

// scan is the network as a scan.
func scan(s graph.Scan, in gorgonia.Nodes) (*graph.Scanned, error) {
	s.Sequences, s.Initial, s.Captured, s.Step = in[:2], in[2:4], in[4:], recurrent
	return s.Apply()
}

// result is the k-th of the three outputs, or after them of the two final states.
func result(r *graph.Scanned, k int) (*gorgonia.Node, error) {
	if k < 3 {
		return r.Output(k)
	}
	return r.Final(k - 3)
}

// scanned are all results of the network.
func scanned(s graph.Scan, in gorgonia.Nodes) (all gorgonia.Nodes, err error) {
	r, err := scan(s, in)
	if err != nil {
		return nil, err
	}
	for k := range 5 {
		all = append(all, must(result(r, k)))
	}
	return all, nil
}

// unrolled is the same with a copy of the step for each moment. Outputs are lists of steps.
func unrolled(in gorgonia.Nodes) (out [3]gorgonia.Nodes, final gorgonia.Nodes, err error) {
	final = in[2:4]
	for t := range in[0].Shape()[0] {
		x := gorgonia.Nodes{must(graph.Step(in[0], t)), must(graph.Step(in[1], t))}
		var o gorgonia.Nodes
		if o, final, err = recurrent(x, final, in[4:]); err != nil {
			return out, nil, err
		}
		for k, n := range o {
			out[k] = append(out[k], n)
		}
	}
	return out, final, nil
}

// weighted is Σ c·x with fixed numbers c, another for each element and number i.
func weighted(x *gorgonia.Node, i int) *gorgonia.Node {
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	c := make([]float64, x.Shape().TotalSize())
	for k := range c {
		c[k] = rng.NormFloat64()
	}
	n := gorgonia.NewTensor(x.Graph(), tensor.Float64, x.Dims(), gorgonia.WithShape(x.Shape()...), gorgonia.WithName(fmt.Sprint("weights of ", i)),
		gorgonia.WithValue(tensor.New(tensor.WithShape(x.Shape()...), tensor.WithBacking(c))))
	return must(gorgonia.Sum(must(gorgonia.HadamardProd(x, n))))
}

func declare(g *gorgonia.ExprGraph, values []*tensor.Dense) (in gorgonia.Nodes) {
	for i, v := range values {
		in = append(in, gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...),
			gorgonia.WithName(fmt.Sprint("in", i)), gorgonia.WithValue(v)))
	}
	return in
}

// valuesOf are the values of nodes.
func valuesOf(t *testing.T, nodes ...*gorgonia.Node) (values [][]float64) {
	t.Helper()
	m := must(graph.NewMachine(nodes...))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		values = append(values, must(graph.Float64s(n.Value())))
	}
	return values
}

func near(a, b []float64, tolerance float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x-y <= tolerance && y-x <= tolerance })
}

// A scan gives what the unrolled graph gives: every output, the final state, and the gradients of
// all of them with respect to all inputs.
func TestScanIsUnrolled(t *testing.T) {
	for _, c := range []struct{ steps, batch, in, units int }{{7, 3, 2, 4}, {1, 1, 1, 1}, {2, 1, 3, 1}, {3, 19, 1, 2}, {4, 40, 2, 3}} {
		values := recurrentInputs(c.steps, c.batch, c.in, c.units)
		g := gorgonia.NewGraph()
		in := declare(g, values)
		out, final, err := unrolled(in)
		if err != nil {
			t.Fatal(err)
		}
		size := c.batch * c.units
		for k := range 5 {
			// The loss of one output, in each of the two graphs.
			g := gorgonia.NewGraph()
			in := declare(g, values)
			out, final, _ := unrolled(in)
			whole := gorgonia.NewGraph()
			inWhole := declare(whole, values)
			scan := must(scanned(graph.Scan{Batched: c.batch%2 == 0, KeepEvery: k}, inWhole))
			loss := weighted(scan[k], k)
			var parts gorgonia.Nodes
			coefficients := whole.ByName(fmt.Sprint("weights of ", k))[0].Value().Data().([]float64)
			if k < 3 {
				for step, n := range out[k] {
					weights := gorgonia.NewTensor(g, tensor.Float64, 2, gorgonia.WithShape(c.batch, c.units), gorgonia.WithName(fmt.Sprint("weights ", step)),
						gorgonia.WithValue(tensor.New(tensor.WithShape(c.batch, c.units), tensor.WithBacking(coefficients[step*size:(step+1)*size]))))
					parts = append(parts, must(gorgonia.Sum(must(gorgonia.HadamardProd(n, weights)))))
				}
			} else {
				parts = gorgonia.Nodes{weighted(final[k-3], k)}
			}
			total := must(gorgonia.ReduceAdd(parts))
			var wrt, wrtWhole gorgonia.Nodes
			for i := range in {
				if k == 2 || k == 4 { // the count depends on nothing but where it starts
					if i != 3 {
						continue
					}
				} else if i == 3 {
					continue
				}
				wrt, wrtWhole = append(wrt, in[i]), append(wrtWhole, inWhole[i])
			}
			want := valuesOf(t, append(must(gorgonia.Grad(total, wrt...)), total)...)
			got := valuesOf(t, append(must(gorgonia.Grad(loss, wrtWhole...)), loss)...)
			for i := range want {
				if !near(got[i], want[i], 1e-12) {
					t.Errorf("%v: output %d: gradient %d is %v, want %v", c, k, i, got[i], want[i])
				}
			}
		}
		whole := must(scanned(graph.Scan{}, declare(gorgonia.NewGraph(), values)))
		got := valuesOf(t, whole...)
		for k := range 3 {
			if want := slices.Concat(valuesOf(t, out[k]...)...); !near(got[k], want, 1e-13) {
				t.Errorf("%v: output %d is %v, want %v", c, k, got[k], want)
			}
		}
		for k, want := range valuesOf(t, final...) {
			if !near(got[3+k], want, 1e-13) {
				t.Errorf("%v: final state %d is %v, want %v", c, k, got[3+k], want)
			}
		}
	}
}

// A scan behaves as an op should in all of Gorgonia's ways to run a graph.
func TestScanConforms(t *testing.T) {
	for _, c := range []struct {
		name   string
		scan   graph.Scan
		result int
	}{
		{"an output", graph.Scan{}, 0}, {"another", graph.Scan{}, 1}, {"final state", graph.Scan{}, 3},
		{"in batches", graph.Scan{Batched: true, KeepEvery: 2}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Each scan is another, so one on the same nodes must be the same one.
			var mu sync.Mutex
			of := map[*gorgonia.Node]*graph.Scanned{}
			graphtest.Op(t, recurrentInputs(5, 3, 2, 2), []int{3}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				mu.Lock()
				defer mu.Unlock()
				if of[in[0]] == nil {
					var err error
					if of[in[0]], err = scan(c.scan, in); err != nil {
						return nil, err
					}
				}
				return result(of[in[0]], c.result)
			})
		})
	}
}

// However many states are kept, the gradients are the same to the last bit.
func TestScanKeepsEvery(t *testing.T) {
	gradients := func(every int) [][]float64 {
		in := declare(gorgonia.NewGraph(), recurrentInputs(11, 3, 2, 4))
		loss := weighted(must(scanned(graph.Scan{KeepEvery: every}, in))[1], 1)
		return valuesOf(t, must(gorgonia.Grad(loss, in[0], in[1], in[2], in[4], in[5], in[6]))...)
	}
	all := gradients(0)
	for _, every := range []int{1, 2, 3, 5, 11, 12, 100} {
		for i, got := range gradients(every) {
			if !slices.Equal(got, all[i]) {
				t.Errorf("with every %d-th state kept, gradient %d is %v, want %v", every, i, got, all[i])
			}
		}
	}
}

// A sequence that is split, with the state carried on, is one sequence: the gradient flows back
// through the state.
func TestScanCarriesState(t *testing.T) {
	const steps, first = 9, 4
	values := recurrentInputs(steps, 2, 2, 3)
	in := declare(gorgonia.NewGraph(), values)
	whole := must(scanned(graph.Scan{}, in))
	loss := weighted(whole[3], 1)
	want := valuesOf(t, append(must(gorgonia.Grad(loss, in[2], in[5])), whole[3])...)

	g := gorgonia.NewGraph()
	split := slices.Clone(values)
	var parts [2]gorgonia.Nodes
	all := declare(g, values)
	for k, part := range [][2]int{{0, first}, {first, steps}} {
		for i := range 2 {
			split[i] = must(values[i].Slice(gorgonia.S(part[0], part[1]))).Materialize().(*tensor.Dense)
			parts[k] = append(parts[k], gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(split[i].Shape()...),
				gorgonia.WithName(fmt.Sprint("part ", k, " of ", i)), gorgonia.WithValue(split[i])))
		}
	}
	head := must(scanned(graph.Scan{}, slices.Concat(parts[0], all[2:])))
	tail := must(scanned(graph.Scan{}, slices.Concat(parts[1], gorgonia.Nodes{head[3], head[4]}, all[4:])))
	loss = weighted(tail[3], 1)
	got := valuesOf(t, append(must(gorgonia.Grad(loss, all[2], all[5])), tail[3])...)
	for i := range want {
		if !near(got[i], want[i], 1e-13) {
			t.Errorf("value %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// A step may hold a scan: here the sum of the powers of x, each a loop of its own.
func TestScanInScan(t *testing.T) {
	const steps, batch, powers = 4, 2, 3
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, steps*batch)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	inner := func(x *gorgonia.Node) (*gorgonia.Node, error) {
		ones := gorgonia.NewTensor(x.Graph(), tensor.Float64, 2, gorgonia.WithShape(powers, batch), gorgonia.WithName("ones"), gorgonia.WithInit(gorgonia.Ones()))
		one := must(graph.Fill(x, 1))
		r, err := graph.Scan{
			Sequences: gorgonia.Nodes{ones}, Initial: gorgonia.Nodes{one, must(graph.Fill(x, 0))}, Captured: gorgonia.Nodes{x},
			Step: func(one, state, x gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
				power, err := graph.Of(state[0]).Mul(graph.Of(x[0])).Mul(graph.Of(one[0])).Node()
				if err != nil {
					return nil, nil, err
				}
				sum, err := gorgonia.Add(state[1], power)
				return nil, gorgonia.Nodes{power, sum}, err
			},
		}.Apply()
		if err != nil {
			return nil, err
		}
		return r.Final(1)
	}
	g := gorgonia.NewGraph()
	in := declare(g, []*tensor.Dense{
		tensor.New(tensor.WithShape(steps, batch), tensor.WithBacking(x)),
		tensor.New(tensor.WithShape(batch), tensor.WithBacking(make([]float64, batch))),
	})
	r := must(graph.Scan{
		Sequences: in[:1], Initial: in[1:],
		Step: func(x, total, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			sum, err := inner(x[0])
			if err != nil {
				return nil, nil, err
			}
			all, err := gorgonia.Add(total[0], sum)
			return gorgonia.Nodes{sum}, gorgonia.Nodes{all}, err
		},
	}.Apply())
	final := must(r.Final(0))
	loss := must(gorgonia.Sum(final))
	values := valuesOf(t, append(must(gorgonia.Grad(loss, in[0])), final, must(r.Output(0)))...)
	for i, x := range x {
		if want := 1 + 2*x + 3*x*x; !near(values[0][i:i+1], []float64{want}, 1e-12) {
			t.Errorf("the gradient at %v is %v, want %v", x, values[0][i], want)
		}
		if want := x + x*x + x*x*x; !near(values[2][i:i+1], []float64{want}, 1e-12) {
			t.Errorf("the sum at %v is %v, want %v", x, values[2][i], want)
		}
	}
	if want := values[2][0] + values[2][2] + values[2][4] + values[2][6]; !near(values[1][:1], []float64{want}, 1e-12) {
		t.Errorf("the total is %v, want %v", values[1][0], want)
	}
}

// The graph does not grow with the number of steps.
func TestScanIsOneNode(t *testing.T) {
	count := func(steps int) int {
		in := declare(gorgonia.NewGraph(), recurrentInputs(steps, 2, 2, 3))
		loss := weighted(must(scanned(graph.Scan{}, in))[1], 1)
		must(gorgonia.Grad(loss, in[0], in[4], in[5]))
		return len(loss.Graph().AllNodes())
	}
	if few, many := count(2), count(2000); few != many {
		t.Errorf("the graph has %d nodes for 2 steps and %d for 2000", few, many)
	}
}

// Two scans are two nodes, even of one step on one sequence.
func TestScansAreDifferent(t *testing.T) {
	in := declare(gorgonia.NewGraph(), recurrentInputs(3, 2, 2, 3))
	one, two := must(scanned(graph.Scan{}, in)), must(scanned(graph.Scan{}, in))
	if one[0] == two[0] {
		t.Error("two scans are one node")
	}
}

func TestScanErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	in := declare(g, recurrentInputs(3, 2, 2, 3))
	short := gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(2, 2, 3), gorgonia.WithName("short"))
	scalar := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("scalar"))
	same := func(x, state, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) { return x, state, nil }
	for _, c := range []struct {
		name string
		scan graph.Scan
		want string
	}{
		{"no sequence", graph.Scan{Step: same}, "at least one sequence"},
		{"no step", graph.Scan{Sequences: in[:1]}, "needs a step"},
		{"nil", graph.Scan{Sequences: gorgonia.Nodes{nil}, Step: same}, "is nil"},
		{"a scalar", graph.Scan{Sequences: gorgonia.Nodes{scalar}, Step: same}, "scalar"},
		{"lengths", graph.Scan{Sequences: gorgonia.Nodes{in[0], short}, Step: same}, "short"},
		{"keeps", graph.Scan{Sequences: in[:1], Step: same, KeepEvery: -1}, "-1"},
		{"batch of the state", graph.Scan{Sequences: in[:1], Initial: in[6:7], Step: same, Batched: true}, "initial state 0 (in6) has shape (3), want [2, …]"},
		{"no state", graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			return nil, nil, nil
		}}, "neither outputs nor a state"},
		{"state lost", graph.Scan{Sequences: in[:1], Initial: in[2:3], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			return x, nil, nil
		}}, "starts from 1"},
		{"state of another shape", graph.Scan{Sequences: in[:1], Initial: in[2:3], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			return x, x, nil
		}}, "(2, 2) after the step, and (2, 3) before"},
		{"not captured", graph.Scan{Sequences: in[:1], Step: func(gorgonia.Nodes, gorgonia.Nodes, gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			return in[:1], nil, nil
		}}, "must be captured"},
		{"not captured, and used", graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			n, err := gorgonia.Mul(x[0], in[4])
			return gorgonia.Nodes{n}, nil, err
		}}, "graph"},
		{"random", graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			noise := gorgonia.GaussianRandomNode(x[0].Graph(), tensor.Float64, 0, 1, 2, 2)
			return gorgonia.Nodes{must(gorgonia.Add(x[0], noise))}, nil, nil
		}}, "random"},
		{"dropout", graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			return gorgonia.Nodes{must(gorgonia.Dropout(x[0], .5))}, nil, nil
		}}, "random"},
		{"an input without a value", graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			y := gorgonia.NewMatrix(x[0].Graph(), tensor.Float64, gorgonia.WithShape(2, 2), gorgonia.WithName("nobody"))
			return gorgonia.Nodes{must(gorgonia.Add(x[0], y))}, nil, nil
		}}, "nobody"},
		{"a panic", graph.Scan{Sequences: in[:1], Step: func(gorgonia.Nodes, gorgonia.Nodes, gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			panic("oh")
		}}, "oh"},
		{"an operand that is not there", graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			n, err := graph.Of(x[0]).Add(graph.Expr{}).Node()
			return gorgonia.Nodes{n}, nil, err
		}}, "operand is not there"},
	} {
		_, err := c.scan.Apply()
		if err == nil || !strings.HasPrefix(err.Error(), "srnn: scan: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.want)
		}
	}
	s := must(graph.Scan{Sequences: in[:1], Step: same}.Apply())
	if _, err := s.Output(1); err == nil || !strings.Contains(err.Error(), "no output 1") {
		t.Errorf("output 1: error is %v", err)
	}
	if _, err := s.Final(0); err == nil {
		t.Error("no error for a state that is not there")
	}
}

// What goes wrong at one step says at which, and in which node.
func TestScanErrorAtStep(t *testing.T) {
	in := declare(gorgonia.NewGraph(), recurrentInputs(6, 2, 2, 3))
	in[0].Value().Data().([]float64)[3*4] = -1 // at step 3, which the inner function refuses
	r := must(graph.Scan{Sequences: in[:1], Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
		n, err := graph.Of(x[0]).Clamp(-1, 1).Node()
		if err != nil {
			return nil, nil, err
		}
		r, err := graph.Apply(refuser{}, n)
		if err != nil {
			return nil, nil, err
		}
		return gorgonia.Nodes{r.Node()}, nil, nil
	}}.Apply())
	for i := range in[0].Value().Data().([]float64) {
		if i != 3*4 {
			in[0].Value().Data().([]float64)[i] = .5
		}
	}
	err := must(graph.NewMachine(must(r.Output(0)))).RunAll()
	if err == nil || !strings.Contains(err.Error(), "step 3") || !strings.Contains(err.Error(), "refuser") || !strings.Contains(err.Error(), "element 0 is -1") {
		t.Errorf("error is %v, want one with the step, the node and the element", err)
	}
}

// refuser refuses −1.
type refuser struct{}

func (refuser) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (refuser) Kernel32() graph.Kernel[float32]                  { return refuserKernel[float32]{} }
func (refuser) Kernel64() graph.Kernel[float64]                  { return refuserKernel[float64]{} }

type refuserKernel[F graph.Float] struct{}

func (refuserKernel[F]) Forward(c *graph.Call[F]) error {
	for i, x := range c.In[0].Data {
		if x == -1 {
			return fmt.Errorf("element %d is -1", i)
		}
	}
	copy(c.Out[0].Data, c.In[0].Data)
	return nil
}

func (refuserKernel[F]) Backward(c *graph.Call[F]) error {
	copy(c.DIn[0].Data, c.DOut[0].Data)
	return nil
}

// Some of the gradients are what they are among all.
func TestScanSomeGradients(t *testing.T) {
	gradients := func(of ...int) [][]float64 {
		in := declare(gorgonia.NewGraph(), recurrentInputs(5, 3, 2, 4))
		loss := weighted(must(scanned(graph.Scan{}, in))[0], 1)
		var wrt gorgonia.Nodes
		for _, i := range of {
			wrt = append(wrt, in[i])
		}
		return valuesOf(t, must(gorgonia.Grad(loss, wrt...))...)
	}
	all := gradients(0, 1, 2, 4, 5, 6)
	for k, i := range []int{0, 1, 2, 4, 5, 6} {
		if got := gradients(i)[0]; !slices.Equal(got, all[k]) {
			t.Errorf("the gradient of input %d alone is %v, among all %v", i, got, all[k])
		}
	}
}

// Operators whose gradient Gorgonia has wrong can be scanned, and not differentiated.
func TestScanRefusesWrongGradients(t *testing.T) {
	for name, f := range map[string]func(*gorgonia.Node) (*gorgonia.Node, error){
		"log2": gorgonia.Log2, "invSqrt": gorgonia.InverseSqrt,
	} {
		in := declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 4, 3)})
		r := must(graph.Scan{Sequences: in, Step: func(x, _, _ gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			y, err := f(x[0])
			return gorgonia.Nodes{y}, nil, err
		}}.Apply())
		out := must(r.Output(0))
		valuesOf(t, out)
		if _, err := gorgonia.Grad(must(gorgonia.Sum(out)), in[0]); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error is %v, want one that says %s", err, name)
		}
	}
}

// What one machine over a graph wants of a scan does not change what another gets, though they share
// its runners: here a gradient through one hoisted node, and then through two.
func TestScanForSeveralMachines(t *testing.T) {
	in := declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 4, 3), uniform(2, 3), uniform(3, 3)})
	r := must(graph.Scan{Sequences: in[:1], Captured: in[1:], Step: func(x, _, c gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
		y, err := graph.Of(x[0]).Mul(graph.Of(c[0]).Exp()).Mul(graph.Of(c[1]).Square()).Node()
		return gorgonia.Nodes{y}, nil, err
	}}.Apply())
	grads := must(gorgonia.Grad(must(gorgonia.Sum(must(r.Output(0)))), in[1], in[2]))
	first := valuesOf(t, grads[0])[0]
	both := valuesOf(t, grads...)
	if !slices.Equal(both[0], first) {
		t.Errorf("the first gradient is %v with the second, %v alone", both[0], first)
	}
	x, a, b := in[0].Value().Data().([]float64), in[1].Value().Data().([]float64), in[2].Value().Data().([]float64)
	for i := range 3 {
		var sum float64
		for step := range 4 {
			sum += x[3*step+i]
		}
		want := []float64{sum * math.Exp(a[i]) * b[i] * b[i], sum * math.Exp(a[i]) * 2 * b[i]}
		if got := []float64{both[0][i], both[1][i]}; !near(got, want, 1e-12) {
			t.Errorf("the gradients at %d are %v, want %v", i, got, want)
		}
	}
}
