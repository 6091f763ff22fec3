package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

func TestPhase(t *testing.T) {
	c := nodes.Phase{Bits: 4}
	wantCoded(t, encode(c), constants(.6875), sequenceOf(1, 0, 1, 1), 0)
	wantCoded(t, encode(c), constants(.7), sequenceOf(1, 0, 1, 1), 0)
	wantCoded(t, encode(c), constants(0, 1, .5), numbers{[]float64{0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0}, tensor.Shape{4, 1, 3}}, 0)
	wantCoded(t, decode(c), sequenceOf(1, 0, 1, 1), constants(.6875), 0)

	twice := nodes.Phase{Bits: 2, Periods: 2}
	wantCoded(t, encode(twice), constants(.25), sequenceOf(0, 1, 0, 1), 0)
	wantCoded(t, decode(twice), sequenceOf(0, 1, 0, 1), constants(.25), 0)
	wantCoded(t, decode(twice), sequenceOf(1, 1, 0, 0), constants(.375), 0) // .75 and 0 on the average

	wantCoded(t, encode(nodes.Phase{Bits: 1}), constants(.5), sequenceOf(1), 0)
	wantCoded(t, encode(nodes.Phase{}), constants(200./256), sequenceOf(1, 1, 0, 0, 1, 0, 0, 0), 0)
}

func TestPhaseComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := nodes.Phase{Bits: rapid.IntRange(1, 32).Draw(t, "bits"), Periods: rapid.IntRange(1, 3).Draw(t, "periods")}
		x := rapid.Float64Range(0, 1).Draw(t, "value")
		back := must(graph.Float64s(must(nodes.Decoded(c, must(nodes.Encoded(c, tensorOf[float64]([]float64{x}, 1, 1)))))))[0]
		if lost := x - back; !(lost >= 0 && lost <= math.Ldexp(1, -c.Bits)) {
			t.Fatalf("%v comes back as %v, want up to 2^−%d less", x, back, c.Bits)
		}
	})
}

func TestPhaseGradients(t *testing.T) {
	wantNoGradient(t, nodes.Phase{}, 2, 2)
	wantLinear(t, nodes.Phase{Bits: 3, Periods: 2}, 6, 2, 3)
}

func TestPhaseRefuses(t *testing.T) {
	one := constants(.5)
	wantCodingError(t, "bits", encode(nodes.Phase{Bits: -1}), one, "phase: there are -1 bits")
	wantCodingError(t, "bits", encode(nodes.Phase{Bits: 33}), one, "there are 33 bits, want from 1 to 32")
	wantCodingError(t, "periods", decode(nodes.Phase{Periods: -2}), sequenceOf(1), "phase decoder: there are -2 periods")
	c := nodes.Phase{Bits: 2}
	wantCodingError(t, "NaN", encode(c), constants(nan), "x[0 0] is NaN")
	wantCodingError(t, "negative", encode(c), constants(.1, -.1), "x[0 1] is -0.1", "from 0 to 1")
	wantCodingError(t, "too large", encode(c), constants(1.5), "x[0 0] is 1.5")
	wantCodingError(t, "a sequence", encode(c), sequenceOf(1), "[batch, features]")
	wantCodingError(t, "half a period", decode(c), sequenceOf(1, 0, 1), "(3, 1, 1)", "want 2 steps")
}
