package plot

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// events draws upright marks.
type events struct {
	at     plotter.XYs
	half   float64 // half of a mark's height
	width  vg.Length
	colour color.Color
}

// eventWidth is narrow enough to tell one spike from the next where steps are a point or more,
// and wide enough to be seen where many steps share a point.
const eventWidth = 2 * pixel

// Plot implements [plot.Plotter]. Marks of a row that touch are drawn as one, so that a million of them
// take no more time than a page has pixels.
func (e *events) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := slices.Clone(e.at)
	slices.SortFunc(at, func(a, b plotter.XY) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	var path vg.Path
	for i := 0; i < len(at); {
		row := at[i].Y
		bottom, top := max(snap(y(row-e.half)), c.Min.Y), min(snap(y(row+e.half)), c.Max.Y)
		for i < len(at) && at[i].Y == row {
			left := snap(x(at[i].X) - e.width/2)
			right := left + e.width
			outside := !c.ContainsX(x(at[i].X))
			for i++; !outside && i < len(at) && at[i].Y == row && c.ContainsX(x(at[i].X)); i++ {
				next := snap(x(at[i].X) - e.width/2)
				if next > right+pixel/2 {
					break
				}
				right = next + e.width
			}
			if !outside {
				addBox(&path, left, right, bottom, top)
			}
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
