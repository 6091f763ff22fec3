package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

func TestDeltaCode(t *testing.T) {
	c := nodes.DeltaCode{Threshold: .5}
	wantCoded(t, encode(c), sequenceOf(3), events("."), 0)
	wantCoded(t, encode(c), sequenceOf(3, 3.25, 3.5, 4, 9, 8.75, 8.25, 0), events("...++.--"), 0)
	wantCoded(t, decode(c), events("...++.--"), sequenceOf(0, 0, 0, .5, 1, 1, .5, 0), 0)
	wantCoded(t, encode(c), numbers{[]float64{0, 0, 1, -1}, tensor.Shape{2, 1, 2}},
		numbers{[]float64{0, 0, 0, 0, 1, 0, 0, 1}, tensor.Shape{2, 1, 4}}, 0)
}

// A signal whose every step is none, or one of the threshold, comes back as it was; of any other, each
// step of less than twice the threshold errs by less than the threshold.
func TestDeltaCodeComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := nodes.DeltaCode{Threshold: math.Ldexp(1, rapid.IntRange(-8, 8).Draw(t, "exponent"))}
		exact := rapid.Bool().Draw(t, "exact")
		signal := []float64{rapid.Float64Range(-10, 10).Draw(t, "first")}
		if exact {
			signal[0] = 0
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			step := rapid.Float64Range(-1.99, 1.99).Draw(t, "step")
			if exact {
				step = math.Trunc(step)
			}
			signal = append(signal, signal[len(signal)-1]+step*c.Threshold)
		}
		back := must(graph.Float64s(must(nodes.Decoded(c, must(nodes.Encoded(c, tensorOf[float64](signal, len(signal), 1, 1)))))))
		for k := range signal {
			if exact && back[k] != signal[k] {
				t.Fatalf("step %d is %v, want %v", k, back[k], signal[k])
			}
			if k == 0 {
				continue
			}
			if d := math.Abs(back[k] - back[k-1] - signal[k] + signal[k-1]); d > c.Threshold {
				t.Fatalf("the change at step %d errs by %v, want at most %v", k, d, c.Threshold)
			}
		}
	})
}

func TestDeltaCodeGradients(t *testing.T) {
	c := nodes.DeltaCode{Threshold: .3}
	wantNoGradient(t, c, 3, 2, 2)
	wantLinear(t, c, 4, 2, 6)
}

func TestDeltaCodeRefuses(t *testing.T) {
	for _, threshold := range []float64{0, -1, nan, inf} {
		wantCodingError(t, "threshold", encode(nodes.DeltaCode{Threshold: threshold}), sequenceOf(1), "delta code: the threshold is", "positive")
		wantCodingError(t, "threshold", decode(nodes.DeltaCode{Threshold: threshold}), events("+"), "delta code decoder: the threshold is")
	}
	c := nodes.DeltaCode{Threshold: 1}
	wantCodingError(t, "NaN", encode(c), sequenceOf(nan), "delta code", "x[0 0 0] is NaN")
	wantCodingError(t, "two dimensions", encode(c), numbers{[]float64{1}, tensor.Shape{1, 1}}, "[T, batch, features]")
	wantCodingError(t, "an odd number of channels", decode(c), sequenceOf(1), "2·features")
}
