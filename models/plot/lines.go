package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg/draw"
)

// Line is a line of a panel, see [Panel.Line].
type Line struct {
	Name  string // "" leaves it out of the legend
	X, Y  []float64
	Style draw.LineStyle
}

// Lines adds lines, the first one below the others. One without points is left out.
func (p *Panel) Lines(lines ...Line) error {
	for _, l := range lines {
		if len(l.X) == 0 && len(l.Y) == 0 {
			continue
		}
		if err := p.Line(l.Name, l.X, l.Y, l.Style); err != nil {
			return err
		}
	}
	return nil
}

// SpikeLanes gives the y axis the range from low to high, with some room, and above it a lane for the spikes of each
// neuron, the first at the top, with a mark at each step that is not 0. Spikes are [neuron][step], as many steps as
// times. The name, if there is one, is in the legend for all of them.
func (p *Panel) SpikeLanes(name string, times []float64, spikes [][]float64, low, high float64) error {
	if !(high > low) {
		low, high = widen(low, high, 0)
	}
	height := .1 * (high - low)
	for k, of := range spikes {
		if len(of) != len(times) {
			return errors.Errorf("spike lanes: neuron %d has %d steps, want %d as in the times", k, len(of), len(times))
		}
		var at, rows []float64
		for t, v := range of {
			if v != 0 {
				at, rows = append(at, times[t]), append(rows, high+height*(.9+float64(len(spikes)-1-k)))
			}
		}
		if err := p.Events(name, at, rows, .8*height, []color.Color{Black, Purple}[k%2]); err != nil {
			return err
		}
		name = ""
	}
	p.Y.Min, p.Y.Max = low-.04*(high-low), high+height*(.5+float64(len(spikes)))
	return nil
}

// Grid makes the panels of a figure, row by row.
func Grid(rows, columns int, panel func(row, column int) (*Panel, error)) ([][]*Panel, error) {
	all := make([][]*Panel, rows)
	for row := range all {
		for column := range columns {
			p, err := panel(row, column)
			if err != nil {
				return nil, err
			}
			all[row] = append(all[row], p)
		}
	}
	return all, nil
}
