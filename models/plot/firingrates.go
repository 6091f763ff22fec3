package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
)

// FiringRatesData is what [FiringRates] draws: f–I curves of neurons, in panels of those that have
// one unit of current.
type FiringRatesData struct {
	// Title stands above the figure. It may be empty.
	Title string
	// Panels are drawn from the left to the right and from the top to the bottom.
	Panels []RatePanel
	// Columns is the number of panels side by side. 0 means 1.
	Columns int
	// Width is the width of the page, see [Figure].
	Width vg.Length
}

// RatePanel is a group of neurons.
type RatePanel struct {
	Title string
	// Current is the label of the x axis, with the unit.
	Current string
	Curves  []RateCurve
}

// RateCurve are the firing rates of a neuron in Hz.
type RateCurve struct {
	Name     string
	Currents []float64
	// Rates are those that last.
	Rates []float64
	// First are the inverses of the first intervals, which are dashed. It may be empty.
	First []float64
}

// rateColours are without yellow, which a thin line on white does not show.
var rateColours = []color.Color{Blue, Vermilion, Green, Purple, SkyBlue, Orange, Black}

// FiringRates draws firing rates against the input current, and writes the figure to path as PNG.
func FiringRates(path string, d FiringRatesData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: firing rates")
	}
	return f.Save(path)
}

func (d FiringRatesData) figure() (*Figure, error) {
	if len(d.Panels) == 0 {
		return nil, errors.New("no panels")
	}
	if d.Columns < 0 {
		return nil, errors.Errorf("%d columns, want at least one", d.Columns)
	}
	columns := min(max(d.Columns, 1), len(d.Panels))
	f := &Figure{Title: d.Title, Width: d.Width}
	for i, r := range d.Panels {
		p, err := r.panel(i%columns == 0)
		if err != nil {
			return nil, errors.WithMessagef(err, "panel %q", r.Title)
		}
		if i%columns == 0 {
			f.Panels = append(f.Panels, make([]*Panel, columns))
		}
		f.Panels[i/columns][i%columns] = p
	}
	return f, nil
}

func (r RatePanel) panel(labelled bool) (*Panel, error) {
	if len(r.Curves) == 0 {
		return nil, errors.New("no curves")
	}
	label := ""
	if labelled {
		label = "firing rate (Hz)"
	}
	p := NewPanel(r.Title, r.Current, label)
	var all, currents [][]float64
	for i, c := range r.Curves {
		style := Solid(rateColours[i%len(rateColours)])
		if err := p.Line(c.Name, c.Currents, c.Rates, style); err != nil {
			return nil, err
		}
		all, currents = append(all, c.Rates), append(currents, c.Currents)
		if len(c.First) == 0 {
			continue
		}
		style = Dashed(style.Color)
		style.Width = 0.9
		if err := p.Line("", c.Currents, c.First, style); err != nil {
			return nil, errors.WithMessagef(err, "first intervals of %q", c.Name)
		}
		all = append(all, c.First)
	}
	low, high := bounds(all...)
	low, high = widen(min(low, 0), max(high, 1), 0.04)
	p.Y.Min, p.Y.Max = low, high
	p.X.Min, p.X.Max = bounds(currents...)
	return p, nil
}
