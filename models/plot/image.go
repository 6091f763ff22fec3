package plot

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// heatmap draws values as colours, from light for the least to dark for the greatest: a column for each
// step and a row for each unit, which are centred at 0, 1, … of the y axis.
type heatmap struct {
	at        func(step, unit int) float64
	steps     int
	units     int
	step      float64 // ms between two columns
	low, high float64
	upward    bool // the first unit is at the bottom
}

// Plot implements [plot.Plotter]. A pixel has the mean of the values that share it.
func (h *heatmap) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	left, right := max(snap(x(-h.step/2)), c.Min.X), min(snap(x((float64(h.steps)-0.5)*h.step)), c.Max.X)
	bottom, top := max(snap(y(-0.5)), c.Min.Y), min(snap(y(float64(h.units)-0.5)), c.Max.Y)
	if left >= right || bottom >= top {
		return
	}
	wide, high := int(math.Round(float64((right-left)/pixel))), int(math.Round(float64((top-bottom)/pixel)))
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	for row := range high {
		from, to := share(row, high, h.units)
		if h.upward {
			from, to = h.units-to, h.units-from
		}
		for column := range wide {
			first, last := share(column, wide, h.steps)
			sum := 0.0
			for step := first; step < last; step++ {
				for unit := from; unit < to; unit++ {
					sum += h.at(step, unit) / float64((last-first)*(to-from))
				}
			}
			m.SetRGBA(column, row, h.colour(sum))
		}
	}
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: left, Y: bottom}, Max: vg.Point{X: right, Y: top}}, m)
}

// share are those of so many values that pixel i of n shows, one at least.
func share(i, n, values int) (from, to int) {
	from = i * values / n
	return from, max(from+1, (i+1)*values/n)
}

func (h *heatmap) colour(v float64) color.RGBA {
	share := 0.5
	if width := h.high - h.low; width > minWidth {
		share = min(max((v-h.low)/width, 0), 1)
	}
	return color.RGBAModel.Convert(heat(share)).(color.RGBA)
}

// DataRange implements [plot.DataRanger].
func (h *heatmap) DataRange() (xmin, xmax, ymin, ymax float64) {
	return -h.step / 2, (float64(h.steps) - 0.5) * h.step, -0.5, float64(h.units) - 0.5
}
