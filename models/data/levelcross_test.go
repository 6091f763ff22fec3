package data_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/srnn-go/srnn/models/data"
)

func ExampleLevelCross() {
	signal := []float32{0, .5, 1, 1, 3, 3, 3, -1}
	up, down, err := data.LevelCross{Delta: 1}.Encode(signal)
	if err != nil {
		panic(err)
	}
	for t := range signal {
		switch {
		case up[t]:
			fmt.Print("+")
		case down[t]:
			fmt.Print("-")
		default:
			fmt.Print(".")
		}
	}
	// Output: ..+.++.-
}

// spread turns a string of +, − and . into events.
func spread(events string) (up, down []bool) {
	for _, c := range events {
		up, down = append(up, c == '+'), append(down, c == '-')
	}
	return up, down
}

func TestLevelCross(t *testing.T) {
	for _, c := range []struct {
		name   string
		delta  float64
		signal []float32
		want   string
	}{
		{"empty", 1, nil, ""},
		{"constant", .1, []float32{5, 5, 5, 5}, "...."},
		{"below the level", 1, []float32{2, 2.9, 1.1, 2.9}, "...."},
		{"ramp up and down", 1, []float32{0, 1, 2, 1, 0}, ".++--"},
		{"starts at the first sample", 1, []float32{100, 101, 99, 98}, ".+--"},
		{"hysteresis", 1, []float32{0, 1, .5, .01, 0}, ".+..-"},
		{"catches up with a jump", 1, []float32{0, 3, 3, 3, 3}, ".+++."},
	} {
		t.Run(c.name, func(t *testing.T) {
			up, down, err := data.LevelCross{Delta: c.delta}.Encode(c.signal)
			if err != nil {
				t.Fatal(err)
			}
			wantUp, wantDown := spread(c.want)
			if !slices.Equal(up, wantUp) || !slices.Equal(down, wantDown) {
				t.Errorf("events are %v up and %v down, want %s", up, down, c.want)
			}
		})
	}
}

func TestLevelCrossFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delta := rapid.Float64Range(1e-3, 10).Draw(t, "delta")
		slopes := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 300).Draw(t, "slopes")
		signal := make([]float32, len(slopes))
		v := rapid.Float64Range(-100, 100).Draw(t, "first")
		for k, slope := range slopes {
			signal[k] = float32(v)
			v += slope * delta
		}
		c := data.LevelCross{Delta: delta}
		up, down, err := c.Encode(signal)
		if err != nil {
			t.Fatal(err)
		}
		back, err := c.Decode(signal[0], up, down)
		if err != nil {
			t.Fatal(err)
		}
		for k := range signal {
			if up[k] && down[k] {
				t.Fatalf("step %d has both events", k)
			}
			if d := math.Abs(float64(back[k]) - float64(signal[k])); d > delta+1e-4 {
				t.Fatalf("step %d: reference is %v away from the signal, want at most %v", k, d, delta)
			}
		}
	})
}

func TestLevelCrossRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name   string
		delta  float64
		signal []float32
	}{
		{"no delta", 0, []float32{1}},
		{"negative delta", -1, []float32{1}},
		{"NaN delta", math.NaN(), []float32{1}},
		{"infinite delta", math.Inf(1), []float32{1}},
		{"NaN first", 1, []float32{nan, 1}},
		{"NaN later", 1, []float32{1, nan}},
		{"infinite", 1, []float32{1, inf}},
		{"infinite first", 1, []float32{inf, inf}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := (data.LevelCross{Delta: c.delta}).Encode(c.signal); err == nil {
				t.Error("no error")
			}
		})
	}
	if _, err := (data.LevelCross{Delta: 1}).Decode(0, make([]bool, 2), make([]bool, 3)); err == nil {
		t.Error("events of different lengths give no error")
	}
}
