package plot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// events draws upright marks.
type events struct {
	at     plotter.XYs
	half   float64 // half of a mark's height
	colour color.Color
}

// eventWidth is narrow enough to tell one spike from the next where steps are a point or more,
// and wide enough to be seen where many steps share a point.
const eventWidth = 2 * pixel

// Plot implements [plot.Plotter].
func (e *events) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for _, at := range e.at {
		if x := x(at.X); c.ContainsX(x) {
			left := snap(x) - eventWidth/2
			bottom, top := max(snap(y(at.Y-e.half)), c.Min.Y), min(snap(y(at.Y+e.half)), c.Max.Y)
			addBox(&path, left, left+eventWidth, bottom, top)
		}
	}
	fill(c, path, e.colour)
}

// DataRange implements [plot.DataRanger].
func (e *events) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = plotter.XYRange(e.at)
	return xmin, xmax, ymin - e.half, ymax + e.half
}

// Thumbnail implements [plot.Thumbnailer] with a few marks.
func (e *events) Thumbnail(c *draw.Canvas) {
	var path vg.Path
	for _, share := range []float64{0, 0.4, 1} {
		left := snap(c.X(share)) - eventWidth/2
		addBox(&path, left, left+eventWidth, c.Min.Y, c.Max.Y)
	}
	fill(*c, path, e.colour)
}
