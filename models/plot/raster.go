package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// RasterData is what [NewRaster] draws: when the units of a layer, or the channels of an input, were
// active.
type RasterData struct {
	// Title is that of the panel, and Label that of the y axis, as "neuron". Where there are more units
	// than rows that can be told apart, every second, or third, … has one, and the label says so.
	Title, Label string
	// Times of the steps in ms.
	Times []float64
	// Rows are the values [steps][units]: 1, 0 for none, or −1, which has a colour of its own.
	Rows [][]float64
	// First is the number of the first unit. Names, if there are any, stand in place of numbers.
	First int
	Names []string
	// Upward draws the first unit at the bottom instead of the top.
	Upward bool
	// Colour is that of the marks. nil means black.
	Colour color.Color
}

// mostRows is the most units that a raster has a row for.
const mostRows = 300

// From so many steps on, marks of a raster with more than a few rows are as narrow as may be.
const (
	manySteps = 1500
	fewRows   = 20
	// Up to so many steps, there is room between marks, and those of many rows are higher.
	sparseSteps = 500
)

// NewRaster returns a panel with a mark for every spike of some units.
func NewRaster(d RasterData) (*Panel, error) {
	p, err := d.panel()
	return p, errors.WithMessage(err, "plot: raster")
}

func (d RasterData) panel() (*Panel, error) {
	if len(d.Rows) == 0 || len(d.Rows) != len(d.Times) {
		return nil, errors.Errorf("%q: %d steps with %d times, want as many, and some", d.Title, len(d.Rows), len(d.Times))
	}
	if err := eventRows(d.Title, d.Rows, -1, 0, 1); err != nil {
		return nil, err
	}
	units := len(d.Rows[0])
	if len(d.Names) != 0 && len(d.Names) != units {
		return nil, errors.Errorf("%q: %d names, want %d, or none", d.Title, len(d.Names), units)
	}
	every := (units + mostRows - 1) / mostRows
	shown := (units + every - 1) / every
	label := d.Label
	if len(d.Names) > 0 {
		label = ""
	}
	p := NewPanel(d.Title, timeLabel, thinned(label, every, units))
	place := func(row int) float64 {
		if d.Upward {
			return float64(row)
		}
		return float64(shown - 1 - row)
	}
	p.Y.Tick.Marker = d.ticks(every, shown, place)
	if d.Colour == nil {
		d.Colour = Black
	}
	signs := signsIn("+1", d.Rows, d.Colour)
	for _, sign := range signs {
		var at, on []float64
		for t, row := range d.Rows {
			for k := range shown {
				if row[k*every] == sign.value {
					at, on = append(at, d.Times[t]), append(on, place(k))
				}
			}
		}
		height := 0.8
		if len(d.Times) <= sparseSteps {
			height = max(height, float64(shown)/100) // marks overlap a little, so that the lone one is seen
		}
		e, err := p.events(sign.name, at, on, height, sign.colour)
		if err != nil {
			return nil, err
		}
		if len(d.Times) > manySteps && shown > fewRows {
			e.width = pixel
		}
	}
	p.Y.Min, p.Y.Max = -0.5, float64(shown)-0.5
	if len(signs) == 1 {
		p.keys = nil // there is nothing to tell apart
	}
	return p, nil
}

// thinned is the label of an axis with a row for every so many units.
func thinned(label string, every, units int) string {
	if every == 1 {
		return label
	}
	if label == "" {
		label = "row"
	}
	return fmt.Sprintf("%s (1 in %d of %d)", label, every, units)
}

// sign is one kind of marks.
type sign struct {
	name   string
	value  float64
	colour color.Color
}

// signsIn are the kinds of marks that events need: those of 1 are always there.
func signsIn(name string, rows [][]float64, c color.Color) []sign {
	all := []sign{{name, 1, c}}
	if slices.ContainsFunc(rows, func(row []float64) bool { return slices.Contains(row, -1) }) {
		all = append(all, sign{"−1", -1, Vermilion})
	}
	return all
}

// ticks are the numbers or the names of the rows, as many as there is room for.
func (d RasterData) ticks(every, shown int, place func(row int) float64) plot.ConstantTicks {
	var at []float64
	var names []string
	if len(d.Names) > 0 {
		skip := int(math.Ceil(float64(shown) * float64((tickSize+1)/rowsHeight(shown))))
		for k := 0; k < shown; k += skip {
			at, names = append(at, place(k)), append(names, elide(textStyle(tickSize), d.Names[k*every], maxTickName))
		}
		return nominal(at, names)
	}
	last := d.First + (shown-1)*every
	for _, tick := range (Ticks{N: 5, Whole: true}).Ticks(float64(d.First)-0.5, float64(last)+0.5) {
		at, names = append(at, place(0)+(tick.Value-float64(d.First))/float64(every)*(place(1)-place(0))), append(names, tick.Label)
	}
	return nominal(at, names)
}

// maxTickName is the width at which names beside an axis are cut.
const maxTickName = 110 * vg.Length(1)

// rasterHeight gives the rows of a raster room, few of them more than many.
func rasterHeight(p *Panel) vg.Length { return rowsHeight(int(math.Round(p.Y.Max - p.Y.Min))) }

func rowsHeight(n int) vg.Length {
	rows := vg.Length(n)
	return min(max(3.3*rows, min(14*rows, 56), 36), 150)
}

// activity is the mean number of spikes of a unit in a step.
func activity(rows [][]float64) float64 {
	n, all := 0, 0
	for _, row := range rows {
		for _, v := range row {
			if all++; v != 0 {
				n++
			}
		}
	}
	return float64(n) / float64(max(all, 1))
}
