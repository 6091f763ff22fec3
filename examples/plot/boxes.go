package plot

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// box is a rectangle in units of the axes.
type box struct{ left, right, bottom, top float64 }

// boxes draws filled rectangles of one colour: bands, bars and cells.
type boxes struct {
	of     []box
	colour color.Color
}

// Plot implements [plot.Plotter]. A box is at least a pixel wide, so that the shortest is seen.
func (b *boxes) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for _, at := range b.of {
		left, right := snap(x(at.left)), snap(x(at.right))
		addBox(&path, left, max(right, left+pixel), snap(y(at.bottom)), snap(y(at.top)))
	}
	c.SetColor(b.colour)
	c.Fill(path)
}

// DataRange implements [plot.DataRanger].
func (b *boxes) DataRange() (xmin, xmax, ymin, ymax float64) {
	var xs, ys []float64
	for _, at := range b.of {
		xs = append(xs, at.left, at.right)
		ys = append(ys, at.bottom, at.top)
	}
	xmin, xmax = bounds(xs)
	ymin, ymax = bounds(ys)
	return xmin, xmax, ymin, ymax
}

// Thumbnail implements [plot.Thumbnailer] with a square.
func (b *boxes) Thumbnail(c *draw.Canvas) {
	var path vg.Path
	addBox(&path, snap(c.Min.X), snap(c.Max.X), snap(c.Min.Y), snap(c.Max.Y))
	c.SetColor(b.colour)
	c.Fill(path)
}
