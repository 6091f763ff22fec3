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
		if x(at.right) <= c.Min.X || x(at.left) >= c.Max.X {
			continue
		}
		left, right := max(snap(x(at.left)), c.Min.X), min(snap(x(at.right)), c.Max.X)
		bottom, top := max(snap(y(at.bottom)), c.Min.Y), min(snap(y(at.top)), c.Max.Y)
		addBox(&path, left, max(right, left+pixel), bottom, top)
	}
	fill(c, path, b.colour)
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
	fill(*c, path, b.colour)
}

// addBox adds a rectangle to a path, unless it is empty. All go round the same way, so that where
// two of one path overlap both are filled.
func addBox(path *vg.Path, left, right, bottom, top vg.Length) {
	if left >= right || bottom >= top {
		return
	}
	path.Move(vg.Point{X: left, Y: bottom})
	path.Line(vg.Point{X: right, Y: bottom})
	path.Line(vg.Point{X: right, Y: top})
	path.Line(vg.Point{X: left, Y: top})
	path.Close()
}

func fill(c draw.Canvas, path vg.Path, colour color.Color) {
	c.SetColor(colour)
	c.Fill(path)
}
