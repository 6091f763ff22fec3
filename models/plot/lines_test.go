package plot

import (
	"testing"

	"github.com/pkg/errors"
)

// Spikes stand in lanes above the values, those of each neuron in one.
func TestSpikeLanes(t *testing.T) {
	p := NewPanel("", "", "")
	if err := p.SpikeLanes("spikes", []float64{0, 2, 4}, [][]float64{{0, 1, 0}, {1, 0, 1}}, 10, 20); err != nil {
		t.Fatal(err)
	}
	if len(p.keys) != 1 || p.Y.Min != 9.6 || p.Y.Max != 22.5 {
		t.Errorf("%d keys, from %v to %v", len(p.keys), p.Y.Min, p.Y.Max)
	}
	e := p.keys[0].thumbs[0].(*events)
	if len(e.at) != 1 || e.at[0].X != 2 || e.at[0].Y != 21.9 || e.half != .4 {
		t.Errorf("the first neuron has %v, half of %v high", e.at, e.half)
	}
	if err := p.SpikeLanes("", []float64{0, 2}, [][]float64{{0, 1, 0}}, 0, 1); err == nil {
		t.Error("more steps than times: no error")
	}
}

// Lines are added in their order, until one is refused.
func TestLines(t *testing.T) {
	p := NewPanel("", "", "")
	xs := []float64{1, 2}
	if err := p.Lines(Line{"a", xs, xs, Solid(Blue)}, Line{"", xs, xs, Solid(Blue)}, Line{"b", xs, xs, Dashed(Black)}); err != nil {
		t.Fatal(err)
	}
	if len(p.keys) != 2 || p.keys[0].name != "a" || p.keys[1].name != "b" {
		t.Errorf("keys are %v", p.keys)
	}
	if err := p.Lines(Line{"c", xs, nil, Solid(Blue)}, Line{"d", xs, xs, Solid(Blue)}); err == nil || len(p.keys) != 2 {
		t.Errorf("a line without values: %v, %d keys", err, len(p.keys))
	}
}

func TestGrid(t *testing.T) {
	all, err := Grid(2, 3, func(row, column int) (*Panel, error) {
		p := NewPanel("", "", "")
		p.X.Min = float64(10*row + column)
		return p, nil
	})
	if err != nil || len(all) != 2 || len(all[1]) != 3 || all[1][2].X.Min != 12 || all[0][1].X.Min != 1 {
		t.Errorf("the grid is %v: %v", all, err)
	}
	if _, err := Grid(1, 1, func(int, int) (*Panel, error) { return nil, errors.New("no panel") }); err == nil {
		t.Error("no error of a panel that is none")
	}
}
