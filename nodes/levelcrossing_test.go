package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

// events are the two channels of one feature: + is an up event, and − a down event.
func events(s string) numbers {
	var v []float64
	for _, c := range s {
		switch c {
		case '+':
			v = append(v, 1, 0)
		case '-':
			v = append(v, 0, 1)
		default:
			v = append(v, 0, 0)
		}
	}
	return numbers{v, tensor.Shape{len(v) / 2, 1, 2}}
}

func TestLevelCrossing(t *testing.T) {
	for _, c := range []struct {
		name     string
		coding   nodes.LevelCrossing
		signal   []float64
		events   string
		decoded  []float64
		features int
	}{
		{"one step", nodes.LevelCrossing{Delta: 1}, []float64{7}, ".", []float64{0}, 1},
		{"to and fro", nodes.LevelCrossing{Delta: 1}, []float64{0, .5, 1, 1, 3, 3, 3, -1}, "..+.++.-", []float64{0, 0, 1, 1, 2, 3, 3, 2}, 1},
		{"level", nodes.LevelCrossing{Delta: .5}, []float64{100, 100.5, 99.5, 99}, ".+--", []float64{0, .5, 0, -.5}, 1},
		{"hysteresis", nodes.LevelCrossing{Delta: 1, Hysteresis: .5}, []float64{0, 1, 0, -.5, 1, 1.5, 2}, ".+.-.++", []float64{0, 1, 1, 0, 0, 1, 2}, 1},
		{"hysteresis does not count before the first event", nodes.LevelCrossing{Delta: 1, Hysteresis: 9}, []float64{0, -1, -2, 5}, ".--.", []float64{0, -1, -2, -2}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantCoded(t, encode(c.coding), sequenceOf(c.signal...), events(c.events), 0)
			wantCoded(t, decode(c.coding), events(c.events), sequenceOf(c.decoded...), 0)
		})
	}
}

// Features and examples have channels of their own, in pairs.
func TestLevelCrossingChannels(t *testing.T) {
	c := nodes.LevelCrossing{Delta: 1}
	signals := numbers{[]float64{
		0, 0, 5, 0, // step 0: two examples of two features
		1, 0, 4, -9,
	}, tensor.Shape{2, 2, 2}}
	wantCoded(t, encode(c), signals, numbers{[]float64{
		0, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 0, 1, 0, 1,
	}, tensor.Shape{2, 2, 4}}, 0)
}

// The node gives the events of the transform that the datasets use.
func TestLevelCrossingIsThatOfTheDatasets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delta := rapid.Float64Range(1e-3, 10).Draw(t, "delta")
		signal := rapid.SliceOfN(rapid.Float32Range(-20, 20), 1, 60).Draw(t, "signal")
		up, down, err := data.LevelCross{Delta: delta}.Encode(signal)
		if err != nil {
			t.Fatal(err)
		}
		want, err := data.LevelCross{Delta: delta}.Decode(0, up, down)
		if err != nil {
			t.Fatal(err)
		}
		c := nodes.LevelCrossing{Delta: delta}
		spikes := must(nodes.Encoded(c, tensor.New(tensor.WithShape(len(signal), 1, 1), tensor.WithBacking(signal))))
		for k, s := range spikes.Data().([]float32) {
			if event := [][]bool{up, down}[k%2][k/2]; s == 1 != event || s != 0 && s != 1 {
				t.Fatalf("step %d, channel %d is %v, want %v", k/2, k%2, s, event)
			}
		}
		for k, x := range must(nodes.Decoded(c, spikes)).Data().([]float32) {
			if x != want[k] {
				t.Fatalf("step %d is decoded as %v, want %v", k, x, want[k])
			}
		}
	})
}

func TestLevelCrossingFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := nodes.LevelCrossing{Delta: rapid.Float64Range(1e-3, 10).Draw(t, "delta")}
		c.Hysteresis = c.Delta * rapid.Float64Range(0, 3).Draw(t, "hysteresis")
		slopes := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 200).Draw(t, "slopes")
		signal := make([]float64, len(slopes))
		v := rapid.Float64Range(-100, 100).Draw(t, "first")
		for k, slope := range slopes {
			signal[k] = v
			v += slope * c.Delta
		}
		back := must(graph.Float64s(must(nodes.Decoded(c, must(nodes.Encoded(c, tensorOf[float64](signal, len(signal), 1, 1)))))))
		for k := range signal {
			if d := math.Abs(signal[0] + back[k] - signal[k]); d > c.Delta+c.Hysteresis+1e-9 {
				t.Fatalf("step %d is decoded %v away from the signal, want at most %v", k, d, c.Delta+c.Hysteresis)
			}
		}
	})
}

func TestLevelCrossingGradients(t *testing.T) {
	c := nodes.LevelCrossing{Delta: .3}
	wantNoGradient(t, c, 3, 2, 2)
	wantLinear(t, c, 4, 2, 6)
}

func TestLevelCrossingRefuses(t *testing.T) {
	one := sequenceOf(1, 2)
	for _, delta := range []float64{0, -1, nan, inf} {
		wantCodingError(t, "delta", encode(nodes.LevelCrossing{Delta: delta}), one, "level crossing: the level's height is", "positive")
		wantCodingError(t, "delta", decode(nodes.LevelCrossing{Delta: delta}), one.as(2), "decoder: the level's height is", "positive")
	}
	for _, h := range []float64{-1, nan, inf} {
		wantCodingError(t, "hysteresis", encode(nodes.LevelCrossing{Delta: 1, Hysteresis: h}), one, "the hysteresis is")
	}
	c := nodes.LevelCrossing{Delta: 1}
	wantCodingError(t, "NaN", encode(c), sequenceOf(1, nan), "level crossing", "x[1 0 0] is NaN")
	wantCodingError(t, "infinite", encode(c), sequenceOf(inf), "x[0 0 0] is +Inf")
	wantCodingError(t, "NaN", decode(c), sequenceOf(1, nan).as(2), "x[0 0 1] is NaN")
	wantCodingError(t, "two dimensions", encode(c), numbers{[]float64{1, 2}, tensor.Shape{1, 2}}, "(1, 2)", "[T, batch, features]")
	wantCodingError(t, "an odd number of channels", decode(c), sequenceOf(1, 2), "(2, 1, 1)", "2·features")
}
