package ops_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// reduction is one over time, with what it does to one example: its existing steps from a first one
// on give one row.
type reduction struct {
	name string
	op   func(x, mask *gorgonia.Node, from int) (*gorgonia.Node, error)
	of   func(steps [][]float64, row []float64)
}

var reductions = []reduction{
	{"sum", ops.SumOverTime, func(steps [][]float64, row []float64) {
		for _, x := range steps {
			for i, v := range x {
				row[i] += v
			}
		}
	}},
	{"mean", ops.MeanOverTime, func(steps [][]float64, row []float64) {
		for _, x := range steps {
			for i, v := range x {
				row[i] += v / float64(len(steps))
			}
		}
	}},
	{"softmax", ops.SoftmaxOverTime, func(steps [][]float64, row []float64) {
		for _, x := range steps {
			z := 0.0
			for _, v := range x {
				z += math.Exp(v)
			}
			for i, v := range x {
				row[i] += math.Exp(v) / z
			}
		}
	}},
	{"last", func(x, mask *gorgonia.Node, _ int) (*gorgonia.Node, error) { return ops.LastStep(x, mask) }, func(steps [][]float64, row []float64) {
		if len(steps) > 0 {
			copy(row, steps[len(steps)-1])
		}
	}},
}

// froms are first steps of a reduction of five steps.
func (r reduction) froms() []int {
	if r.name == "last" {
		return []int{0}
	}
	return []int{0, 2, 4}
}

// masks are masks of five steps and ten examples, more than are of one shard, or nil.
func masks() map[string]*tensor.Dense {
	lengths, holes := zeros(5, 10), zeros(5, 10)
	for b, n := range []int{5, 3, 0, 1, 4, 4, 2, 5, 1, 3} {
		for t := range 5 {
			if t < n {
				lengths.Set(t*10+b, 1.)
			}
			if (t+b)%3 > 0 && b != 4 {
				holes.Set(t*10+b, 1.)
			}
		}
	}
	ones := zeros(5, 10)
	ones.Memset(1.)
	return map[string]*tensor.Dense{"none": nil, "ones": ones, "lengths": lengths, "holes": holes}
}

// masked is the op with the mask as second input, if there is one.
func (r reduction) masked(from int) func(in gorgonia.Nodes) (*gorgonia.Node, error) {
	return func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		if len(in) == 1 {
			return r.op(in[0], nil, from)
		}
		return r.op(in[0], in[1], from)
	}
}

func TestOverTimeConforms(t *testing.T) {
	for name, mask := range masks() {
		in, constant := []*tensor.Dense{normal(1, 0, 1, 5, 10, 3)}, []int(nil)
		if mask != nil {
			in, constant = append(in, mask), []int{1}
		}
		for _, r := range reductions {
			for _, from := range r.froms() {
				t.Run(fmt.Sprint(r.name, " ", name, " from ", from), func(t *testing.T) { graphtest.Op(t, in, constant, r.masked(from)) })
			}
		}
	}
}

// Each reduction of a batch is that of each example alone, over the steps that it has. What is at the
// others does not matter, and they have no gradient.
func TestOverTimeWithMask(t *testing.T) {
	const steps, batch, units = 5, 10, 3
	for name, mask := range masks() {
		if mask == nil {
			continue
		}
		m := mask.Data().([]float64)
		for _, r := range reductions {
			for _, from := range r.froms() {
				for _, other := range []float64{0, 1e30, math.Inf(-1), math.NaN()} {
					x := normal(1, 0, 1, steps, batch, units)
					data := x.Data().([]float64)
					want := make([]float64, batch*units)
					for b := range batch {
						var seen [][]float64
						for step := range steps {
							row := data[(step*batch+b)*units:][:units]
							if m[step*batch+b] == 0 {
								for i := range row {
									row[i] = other
								}
							} else if step >= from {
								seen = append(seen, row)
							}
						}
						r.of(seen, want[b*units:][:units])
					}
					for dt, tolerance := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-14} {
						g := gorgonia.NewGraph()
						in := input(g, dt, "x", x)
						y := must(r.op(in, input(g, dt, "mask", mask), from))
						got := evaluate(t, map[string]*gorgonia.Node{"y": y}, dot(y, "c", normal(2, 0, 1, batch, units)), map[string]*gorgonia.Node{"x": in})
						compare(t, results{"y": got["y"]}, results{"y": want}, tolerance)
						for i, d := range got["d x"] {
							if m[i/units] == 0 && d != 0 || math.IsNaN(d) {
								t.Errorf("%s %s from %d, %v: gradient %d is %v", r.name, name, from, other, i, d)
							}
						}
					}
				}
			}
		}
	}
}

// A mask of ones changes no bit.
func TestMaskOfOnes(t *testing.T) {
	for _, r := range reductions {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			run := func(mask *tensor.Dense) results {
				g := gorgonia.NewGraph()
				in := gorgonia.Nodes{input(g, dt, "x", normal(1, 0, 1, 5, 10, 9))}
				if mask != nil {
					in = append(in, input(g, dt, "mask", mask))
				}
				y := must(r.masked(0)(in))
				return evaluate(t, map[string]*gorgonia.Node{"y": y}, dot(y, "c", normal(2, 0, 1, 10, 9)), map[string]*gorgonia.Node{"x": in[0]})
			}
			compare(t, run(masks()["ones"]), run(nil), 0)
		}
	}
}

// Bits are counted as numbers are, whoever left them.
func TestBitsOverTime(t *testing.T) {
	const steps, batch, units = 5, 10, 70
	packed, spikes := packedInput(steps, batch, units)
	for name, mask := range masks() {
		for _, r := range reductions[:2] {
			var got [2][]float64
			for i := range got {
				g := gorgonia.NewGraph()
				x := sequence(g, "x", spikes, steps, batch, units)
				if i == 1 {
					x = must(graph.Bits(sequence(g, "packed", packed, steps, batch, graph.BitWords(units)), units))
				}
				in := gorgonia.Nodes{x}
				if mask != nil {
					in = append(in, input(g, tensor.Float64, "mask", mask))
				}
				y := must(r.masked(1)(in))
				m := must(graph.NewMachine(y))
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
				got[i] = numbers(y.Value())
			}
			compare(t, results{r.name + name: got[1]}, results{r.name + name: got[0]}, 0)
		}
	}
}

func TestMaskErrors(t *testing.T) {
	for _, r := range reductions {
		g := gorgonia.NewGraph()
		x := input(g, tensor.Float64, "x", zeros(3, 2, 4))
		_, err := r.op(x, shaped(g, tensor.Float64, "transposed", 2, 3), 0)
		wantError(t, r.name, err, "mask has shape (2, 3), want [T, batch] for x of shape (3, 2, 4)")
		for _, bad := range []float64{.5, -1, 2, math.NaN()} {
			g := gorgonia.NewGraph()
			x := input(g, tensor.Float64, "x", zeros(3, 2, 4))
			must(r.op(x, input(g, tensor.Float64, "mask", dense([]float64{1, 1, 1, bad, 0, 0}, 3, 2)), 0))
			wantError(t, r.name, runGraph(g), fmt.Sprintf("mask[1 1] is %v, want 0 or 1", bad))
		}
	}
}
