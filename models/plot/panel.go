package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// Panel is one plot of a [Figure]. It is a gonum plot in the house style, whose title and keys
// stand in a line above the data, so that a legend never covers any. Everything of the gonum plot
// may be used but its Title and its Legend, which would not be drawn in their place.
type Panel struct {
	*plot.Plot
	title string
	keys  []key
	ownX  bool // its x axis is its own, in a figure that shares the others'
}

// key is one entry of a legend.
type key struct {
	name   string
	thumbs []plot.Thumbnailer
}

// NewPanel returns an empty panel with a grid. The title may be empty. Axis labels name the
// quantity and its unit: "time (ms)". They are cut where they are longer than the axis.
func NewPanel(title, xLabel, yLabel string) *Panel {
	p := newBarePanel(title, xLabel, yLabel)
	grid := draw.LineStyle{Color: gridColour, Width: gridWidth}
	p.Add(&plotter.Grid{Vertical: grid, Horizontal: grid})
	return p
}

// newBarePanel returns a panel without a grid.
func newBarePanel(title, xLabel, yLabel string) *Panel {
	p := &Panel{Plot: plot.New(), title: title}
	styleAxis(&p.X, xLabel)
	styleAxis(&p.Y, yLabel)
	// Gonum centres the box of a tick label on its mark and then lifts it by the descent, which
	// puts digits too high. This share of the box puts half a digit below the mark.
	p.Y.Tick.Label.YAlign = -0.59
	return p
}

// Key adds an entry to the legend.
func (p *Panel) Key(name string, thumbs ...plot.Thumbnailer) {
	p.keys = append(p.keys, key{name: name, thumbs: thumbs})
}

// Line adds a line through the points (xs[i], ys[i]), and its name to the legend where it has
// one. One point is drawn as a dot.
func (p *Panel) Line(name string, xs, ys []float64, style draw.LineStyle) error {
	points, err := xys(name, xs, ys)
	if err != nil {
		return errors.WithMessage(err, "line")
	}
	line := &plotter.Line{XYs: points, LineStyle: style}
	p.Add(line)
	if len(points) == 1 {
		p.dots(points, style.Color)
	}
	if name != "" {
		p.Key(name, line)
	}
	return nil
}

// dots adds a filled circle at each point.
func (p *Panel) dots(points plotter.XYs, c color.Color) *plotter.Scatter {
	s := &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 2, Shape: draw.CircleGlyph{}}}
	p.Add(s)
	return s
}

// Events adds an upright mark at each (times[i], rows[i]), and its name to the legend where it
// has one: a raster of spikes. The marks have the given height in units of the y axis, 0.8 where
// rows are one apart, and are thin whatever the scale of time. There may be none.
func (p *Panel) Events(name string, times, rows []float64, height float64, c color.Color) error {
	_, err := p.events(name, times, rows, height, c)
	return err
}

// events adds marks, and returns them.
func (p *Panel) events(name string, times, rows []float64, height float64, c color.Color) (*events, error) {
	if err := finite("height of the marks", []float64{height}); err != nil {
		return nil, errors.WithMessagef(err, "events %q", name)
	}
	e := &events{half: height / 2, colour: c, width: eventWidth}
	if len(times) > 0 || len(rows) > 0 {
		points, err := xys(name, times, rows)
		if err != nil {
			return nil, errors.WithMessage(err, "events")
		}
		e.at = points
		p.Add(e)
	}
	if name != "" {
		p.Key(name, e)
	}
	return e, nil
}

// xys pairs two series of the same length.
func xys(name string, xs, ys []float64) (plotter.XYs, error) {
	if len(xs) == 0 || len(xs) != len(ys) {
		return nil, errors.Errorf("%q: %d x values and %d y values, want as many, and some", name, len(xs), len(ys))
	}
	for _, axis := range []struct {
		name   string
		values []float64
	}{{"x", xs}, {"y", ys}} {
		if err := finite(axis.name, axis.values); err != nil {
			return nil, errors.WithMessagef(err, "%q", name)
		}
	}
	points := make(plotter.XYs, len(xs))
	for i := range points {
		points[i] = plotter.XY{X: xs[i], Y: ys[i]}
	}
	return points, nil
}
