package plot

import (
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	defaultHeight = 130 * vg.Length(1)
	minData       = 12 * vg.Length(1) // the least width and height of a data area
)

// layout is a figure with its places on the page.
type layout struct {
	title string
	page  vg.Point // its size
	cells [][]*cell
}

// cell is a panel in its place; nil where there is none.
type cell struct {
	panel  *Panel
	plot   plot.Plot    // a copy of the panel's, with the ranges and labels that it is drawn with
	margin margin       // what the axes take
	header header       // title and keys
	data   vg.Rectangle // the data area
}

// margin is how far the axes and their labels reach beyond the data area.
type margin struct{ left, right, bottom, top vg.Length }

// layout gives every panel its place. The margins of a column are the widest and those of a row
// the highest of its panels; what they leave of the page's width is divided among the columns.
func (f *Figure) layout() (*layout, error) {
	cells, err := f.cells()
	if err != nil {
		return nil, err
	}
	if f.ShareX {
		shareX(cells)
	}
	rows, cols := len(cells), len(cells[0])
	heights, err := lengths("Heights", f.Heights, rows, defaultHeight)
	if err != nil {
		return nil, err
	}
	shares, err := lengths("Widths", f.Widths, cols, 1)
	if err != nil {
		return nil, err
	}
	width := f.Width
	if width == 0 {
		width = pageWidth
	}
	if !(width > 0) || math.IsInf(float64(width), 0) {
		return nil, errors.Errorf("Width is %v, want a positive length", float64(width))
	}

	column, row := make([]margin, cols), make([]margin, rows)
	for r := range cells {
		for c, at := range cells[r] {
			if at == nil {
				continue
			}
			at.margin = margins(&at.plot, vg.Point{X: width / vg.Length(cols), Y: heights[r] + 60})
			column[c].left = max(column[c].left, at.margin.left)
			column[c].right = max(column[c].right, at.margin.right)
			row[r].bottom = max(row[r].bottom, at.margin.bottom)
			row[r].top = max(row[r].top, at.margin.top)
		}
	}

	free, parts := width-2*pageMargin-vg.Length(cols-1)*panelGap, vg.Length(0)
	for c := range column {
		free -= column[c].left + column[c].right
		parts += shares[c]
	}
	left, right := make([]vg.Length, cols), make([]vg.Length, cols)
	x := pageMargin
	for c := range column {
		left[c] = snap(x + column[c].left)
		right[c] = snap(x + column[c].left + free*shares[c]/parts)
		if right[c]-left[c] < minData {
			return nil, errors.Errorf("the labels of column %d leave it %.0f pt of a page of %.0f pt", c, right[c]-left[c], width)
		}
		x += column[c].left + free*shares[c]/parts + column[c].right + panelGap
	}

	for r := range cells {
		for c, at := range cells[r] {
			if at != nil {
				at.header = newHeader(at.panel, right[c]-left[c])
				row[r].top = max(row[r].top, at.header.height())
			}
		}
	}
	l := &layout{title: elide(boldStyle(figureSize), f.Title, width-2*pageMargin), cells: cells}
	l.page.X = snap(width)
	height := 2*pageMargin + vg.Length(rows-1)*panelGap + l.titleHeight()
	for r := range row {
		height += row[r].top + heights[r] + row[r].bottom
	}
	l.page.Y = snap(height)

	y := l.page.Y - pageMargin - l.titleHeight()
	for r := range cells {
		y -= row[r].top
		for c, at := range cells[r] {
			if at == nil {
				continue
			}
			at.data = vg.Rectangle{
				Min: vg.Point{X: left[c], Y: snap(y - heights[r])},
				Max: vg.Point{X: right[c], Y: snap(y)},
			}
			if at.plot.Y.Label.Text != "" {
				at.plot.Y.Label.Padding += column[c].left - at.margin.left
			}
		}
		y -= heights[r] + row[r].bottom + panelGap
	}
	return l, nil
}

// cells checks the panels and their axes.
func (f *Figure) cells() ([][]*cell, error) {
	if len(f.Panels) == 0 || len(f.Panels[0]) == 0 {
		return nil, errors.New("the figure has no panels")
	}
	cells := make([][]*cell, len(f.Panels))
	for r, row := range f.Panels {
		if len(row) != len(f.Panels[0]) {
			return nil, errors.Errorf("row %d has %d panels, want %d as in row 0", r, len(row), len(f.Panels[0]))
		}
		cells[r] = make([]*cell, len(row))
		for c, p := range row {
			if p == nil {
				continue
			}
			if p.Plot == nil {
				return nil, errors.Errorf("the panel of row %d, column %d was not made by NewPanel", r, c)
			}
			at := &cell{panel: p, plot: *p.Plot}
			for _, axis := range []struct {
				name string
				*plot.Axis
			}{{"x", &at.plot.X}, {"y", &at.plot.Y}} {
				if err := checkRange(axis.Axis); err != nil {
					return nil, errors.WithMessagef(err, "%s axis of the panel of row %d, column %d", axis.name, r, c)
				}
			}
			cells[r][c] = at
		}
	}
	return cells, nil
}

// checkRange refuses a range that cannot be drawn, gives one to an axis without data, and widens
// that of an axis with one value.
func checkRange(a *plot.Axis) error {
	if math.IsInf(a.Min, 1) && math.IsInf(a.Max, -1) {
		a.Min, a.Max = 0, 1
	}
	if !(a.Min <= a.Max) || math.Abs(a.Min) > maxMagnitude || math.Abs(a.Max) > maxMagnitude {
		return errors.Errorf("range %v to %v, want finite and ascending", a.Min, a.Max)
	}
	if a.Max-a.Min <= 1e-12*math.Max(math.Abs(a.Min), math.Abs(a.Max)) {
		a.Min, a.Max = widen(a.Min, a.Max, 0)
	}
	return nil
}

// shareX gives each column one x range and only its lowest panel labels.
func shareX(cells [][]*cell) {
	for c := range cells[0] {
		low, high := math.Inf(1), math.Inf(-1)
		lowest := 0
		for r := range cells {
			if at := cells[r][c]; at != nil {
				low, high = math.Min(low, at.plot.X.Min), math.Max(high, at.plot.X.Max)
				lowest = r
			}
		}
		for r := range cells {
			at := cells[r][c]
			if at == nil {
				continue
			}
			at.plot.X.Min, at.plot.X.Max = low, high
			if r != lowest {
				// Text of size 0 takes no room, and the marks stay for the grid.
				at.plot.X.Label.Text = ""
				at.plot.X.Tick.Label.Font.Size = 0
				at.plot.X.Tick.Length = 0
			}
		}
	}
}

// lengths checks a figure's sizes of rows or columns, n of them or none.
func lengths[L ~float64](name string, given []L, n int, otherwise vg.Length) ([]vg.Length, error) {
	all := make([]vg.Length, n)
	if given != nil && len(given) != n {
		return nil, errors.Errorf("%d %s, want %d or none", len(given), name, n)
	}
	for i := range all {
		all[i] = otherwise
		if given == nil {
			continue
		}
		if v := float64(given[i]); !(v > 0) || v > maxMagnitude {
			return nil, errors.Errorf("%s: value %d is %v, want a positive length", name, i, v)
		}
		all[i] = vg.Length(given[i])
	}
	return all, nil
}

// margins measures a plot's axes on a page of the given size.
func margins(p *plot.Plot, page vg.Point) margin {
	data := p.DataCanvas(draw.Canvas{Rectangle: vg.Rectangle{Max: page}})
	return margin{
		left: data.Min.X, right: page.X - data.Max.X,
		bottom: data.Min.Y, top: page.Y - data.Max.Y,
	}
}

// around returns the area that makes a plot draw its data in the given one. How far labels reach
// beyond the data depends, weakly, on the size of both, so it closes in on it.
func around(p *plot.Plot, data vg.Rectangle) vg.Rectangle {
	area := data
	for range 8 {
		got := p.DataCanvas(draw.Canvas{Rectangle: area})
		area.Min = area.Min.Add(data.Min.Sub(got.Min))
		area.Max = area.Max.Add(data.Max.Sub(got.Max))
	}
	return area
}

func (l *layout) titleHeight() vg.Length {
	if l.title == "" {
		return 0
	}
	return 22
}

// draw draws the page.
func (l *layout) draw(c draw.Canvas) {
	if l.title != "" {
		drawText(c, boldStyle(figureSize), pageMargin, l.page.Y-pageMargin-figureSize, l.title)
	}
	for _, row := range l.cells {
		for _, at := range row {
			if at == nil {
				continue
			}
			at.plot.BackgroundColor = nil // it would cover the neighbours' labels
			at.plot.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: around(&at.plot, at.data)})
			at.header.draw(c, at.data)
		}
	}
}
