package plot

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/plotter"
)

// HistogramsData is what [Histograms] draws.
type HistogramsData struct {
	// Title stands above the figure. It may be empty.
	Title string
	// Panels are drawn three in a row.
	Panels []Histogram
}

// Histogram is the distribution of one parameter over the neurons of a layer.
type Histogram struct {
	// Name is the title of its panel, such as "hidden τm".
	Name string
	// Values are the learned values in ms, one per neuron.
	Values []float64
	// Initial is the value in ms from which they were learned: the mean, where they did not all
	// start from the same. 0 means not to mark any.
	Initial float64
}

// Histograms draws how time constants are distributed after learning, one panel each, with the
// initial value as a dashed line, and writes the figure to path as PNG.
func Histograms(path string, d HistogramsData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: histograms")
	}
	return f.Save(path)
}

const histogramColumns = 3

func (d HistogramsData) figure() (*Figure, error) {
	if len(d.Panels) == 0 {
		return nil, errors.New("no panels")
	}
	cols := min(histogramColumns, len(d.Panels))
	f := &Figure{Title: d.Title}
	for i, h := range d.Panels {
		p, err := h.panel()
		if err != nil {
			return nil, errors.WithMessagef(err, "panel %q", h.Name)
		}
		if i%cols == 0 {
			f.Panels = append(f.Panels, make([]*Panel, cols))
		} else {
			p.Y.Label.Text = "" // as to the left
		}
		f.Panels[i/cols][i%cols] = p
	}
	return f, nil
}

func (h Histogram) panel() (*Panel, error) {
	if len(h.Values) == 0 {
		return nil, errors.New("no values")
	}
	if err := finite("values", h.Values); err != nil {
		return nil, err
	}
	if err := finite("initial", []float64{h.Initial}); err != nil {
		return nil, err
	}
	p := NewPanel(h.Name, "time constant (ms)", "neurons")
	p.Y.Tick.Marker = Ticks{Whole: true}

	shown := h.Values
	if h.Initial != 0 {
		shown = append(slices.Clone(shown), h.Initial)
	}
	low, high := bounds(shown)
	p.X.Min, p.X.Max = widen(low, high, 0.06)
	bars, most := h.bars(p.X.Max - p.X.Min)
	p.Add(bars)
	p.Key(fmt.Sprintf("learned (n = %d)", len(h.Values)), bars)
	p.Y.Min, p.Y.Max = 0, 1.08*float64(most)
	if h.Initial != 0 {
		line := &plotter.Line{
			XYs:       plotter.XYs{{X: h.Initial, Y: 0}, {X: h.Initial, Y: p.Y.Max}},
			LineStyle: Dashed(Vermilion),
		}
		p.Add(line)
		p.Key(fmt.Sprintf("initial %.4g ms", h.Initial), line)
	}
	return p, nil
}

// bars sorts the values into bins of one width: as many as Rice's rule has them, 2·∛n, which
// suits few values. Equal values share a bar that is narrow on an axis of the given length. It
// also returns how many values the fullest bin has.
func (h Histogram) bars(axis float64) (bars *boxes, most int) {
	bars = &boxes{colour: SkyBlue}
	low, high := bounds(h.Values)
	if high-low <= 1e-6*axis {
		half := 0.03 * axis
		bars.of = []box{{low - half, high + half, 0, float64(len(h.Values))}}
		return bars, len(h.Values)
	}
	counts := make([]int, int(math.Ceil(2*math.Cbrt(float64(len(h.Values))))))
	width := (high - low) / float64(len(counts))
	for _, v := range h.Values {
		counts[min(int((v-low)/width), len(counts)-1)]++
	}
	for i, count := range counts {
		most = max(most, count)
		if count > 0 {
			left := low + float64(i)*width
			bars.of = append(bars.of, box{left + 0.02*width, left + 0.98*width, 0, float64(count)})
		}
	}
	return bars, most
}
