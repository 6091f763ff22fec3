package ops_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// packedInput is random spikes, packed and as numbers.
func packedInput(steps, batch, units int) (packed, numbers []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	words := graph.BitWords(units)
	packed, numbers = make([]float64, steps*batch*words), make([]float64, steps*batch*units)
	for i := range numbers {
		if rng.Float64() < .3 {
			numbers[i] = 1
			graph.SetBit(packed[i/units*words:][:words], i%units)
		}
	}
	return packed, numbers
}

func sequence(g *gorgonia.ExprGraph, name string, x []float64, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))))
}

// Unpacked bits are those that were packed, under any machine.
func TestBits(t *testing.T) {
	for _, units := range []int{1, 23, 24, 25, 63, 64, 65, 96, 200} {
		const steps, batch = 3, 9
		packed, want := packedInput(steps, batch, units)
		g := gorgonia.NewGraph()
		x, err := graph.Bits(sequence(g, "packed", packed, steps, batch, graph.BitWords(units)), units)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := graph.NewMachine(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, vm := range []gorgonia.VM{ours, gorgonia.NewTapeMachine(g)} {
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			if got := x.Value().Data().([]float64); !slices.Equal(got, want) {
				t.Errorf("%d units, %T: spikes are %v, want %v", units, vm, got, want)
			}
		}
	}
}

// Neurons that read packed spikes do what they do on the same spikes as numbers, with the same
// gradients, whether the spikes are written as numbers too or not.
func TestNeuronsReadBits(t *testing.T) {
	const steps, batch, in, units = 40, 11, 70, 5
	packed, numbers := packedInput(steps, batch, in)
	run := func(packs bool, asked bool) [][]float64 {
		g := gorgonia.NewGraph()
		x := sequence(g, "x", numbers, steps, batch, in)
		if packs {
			var err error
			if x, err = graph.Bits(sequence(g, "packed", packed, steps, batch, graph.BitWords(in)), in); err != nil {
				t.Fatal(err)
			}
		}
		rng := rand.New(rand.NewPCG(3, 4))
		weights, taus := make([]float64, units*in), make([]float64, units)
		for i := range weights {
			weights[i] = .1 * rng.NormFloat64()
		}
		for i := range taus {
			taus[i] = 5 + 10*rng.Float64()
		}
		w, tau := sequence(g, "w", weights, units, in), sequence(g, "tau", taus, units)
		s, err := ops.ALIF{Dt: 1, B0: .01, Rm: 1}.Apply(ops.ALIFInputs{Synapses: ops.Synapses{X: x, W: w}, TauM: tau})
		if err != nil {
			t.Fatal(err)
		}
		loss, err := gorgonia.Sum(s.Spikes())
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := gorgonia.Grad(loss, w, tau)
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, loss)
		all := nodes
		if asked {
			all = append(slices.Clone(nodes), x)
		}
		m, err := graph.NewMachine(all...)
		if err != nil {
			t.Fatal(err)
		}
		var values [][]float64
		for range 2 { // the second time in the memory of the first
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
		}
		for _, n := range nodes {
			v, err := graph.Float64s(n.Value())
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return values
	}
	want := run(false, false)
	if want[2][0] == 0 {
		t.Error("there are no spikes: the test shows nothing")
	}
	for _, asked := range []bool{false, true} {
		for i, got := range run(true, asked) {
			if !slices.Equal(got, want[i]) {
				t.Errorf("value %d is %v, want %v", i, got, want[i])
			}
		}
	}
}

func TestBitsErrors(t *testing.T) {
	for _, c := range []struct {
		word float64
		ok   bool
	}{{3, true}, {4, false}, {-1, false}, {.5, false}, {math.NaN(), false}, {math.Inf(1), false}, {1e30, false}} {
		g := gorgonia.NewGraph()
		x, err := graph.Bits(sequence(g, "packed", []float64{0, 0, 0, c.word}, 1, 2, 2), 26)
		if err != nil {
			t.Fatal(err)
		}
		m, err := graph.NewMachine(x)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "[0 1 1]") {
			t.Errorf("with a word of %v for two units, the error is %v", c.word, err)
		}
	}
	g := gorgonia.NewGraph()
	if _, err := graph.Bits(sequence(g, "narrow", []float64{0}, 1, 1, 1), 25); err == nil || !strings.Contains(err.Error(), "[T, batch, 2]") {
		t.Errorf("error is %v", err)
	}
}
