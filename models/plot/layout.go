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
	minData       = 10 * vg.Length(1) // the least width of a data area
	maxMargin     = 2000 * vg.Length(1)
	titleHeight   = 22 * vg.Length(1) // of a figure with a title
)

// layout is a figure with its places on the page.
type layout struct {
	title   string
	page    vg.Point // its size
	cells   [][]*cell
	heights []vg.Length // of the rows' data areas
	shares  []vg.Length // relative widths of the columns' data areas
}

// cell is a panel in its place; nil where there is none.
type cell struct {
	panel  *Panel
	plot   plot.Plot    // a copy of the panel's, with the ranges and labels that it is drawn with
	margin margin       // what the axes take
	header header       // title and keys
	data   vg.Rectangle // the data area
}

// margin is how far axes and their labels reach beyond a data area.
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
	l := &layout{cells: cells}
	if l.heights, err = lengths("Heights", f.Heights, len(cells), defaultHeight); err != nil {
		return nil, err
	}
	if l.shares, err = lengths("Widths", f.Widths, len(cells[0]), 1); err != nil {
		return nil, err
	}
	width, err := lengths("Width", []vg.Length{f.Width}, 1, pageWidth)
	if err != nil {
		return nil, err
	}
	l.page.X = snap(width[0])
	l.title = elide(boldStyle(figureSize), f.Title, l.page.X-2*pageMargin)

	l.guess()
	var columns, rows []margin
	for range 3 { // how far labels reach beyond an axis depends, weakly, on its length
		if columns, rows, err = l.measure(); err != nil {
			return nil, err
		}
		if err := l.placeColumns(columns); err != nil {
			return nil, err
		}
	}
	l.placeRows(rows)
	l.label(columns)
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
			at.plot.BackgroundColor = nil // it would cover the neighbours' labels
			if err := checkRange(&at.plot.X); err != nil {
				return nil, errors.WithMessagef(err, "x axis of the panel of row %d, column %d", r, c)
			}
			if err := checkRange(&at.plot.Y); err != nil {
				return nil, errors.WithMessagef(err, "y axis of the panel of row %d, column %d", r, c)
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
	if !(a.Min <= a.Max) || math.Abs(a.Min) > 2*maxMagnitude || math.Abs(a.Max) > 2*maxMagnitude {
		return errors.Errorf("range %v to %v, want finite and ascending", a.Min, a.Max)
	}
	if scale := math.Max(math.Abs(a.Min), math.Abs(a.Max)); a.Max-a.Min <= math.Max(1e-12*scale, minWidth) {
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
			if at := cells[r][c]; at != nil && !at.panel.ownX {
				low, high = math.Min(low, at.plot.X.Min), math.Max(high, at.plot.X.Max)
				lowest = r
			}
		}
		for r := range cells {
			at := cells[r][c]
			if at == nil || at.panel.ownX {
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

// lengths checks sizes given for n rows or columns, or for none, and puts the default for 0.
func lengths[L ~float64](name string, given []L, n int, otherwise vg.Length) ([]vg.Length, error) {
	all := make([]vg.Length, n)
	if len(given) != 0 && len(given) != n {
		return nil, errors.Errorf("%s: %d values, want %d or none", name, len(given), n)
	}
	for i := range all {
		all[i] = otherwise
		if len(given) == 0 || given[i] == 0 {
			continue
		}
		if v := float64(given[i]); !(v > 0) || v > 1e6 {
			return nil, errors.Errorf("%s: value %d is %v, want a positive one", name, i, v)
		}
		all[i] = vg.Length(given[i])
	}
	return all, nil
}

// guess sets the sizes of the data areas, about, and prepares the axes to be measured.
func (l *layout) guess() {
	all := vg.Length(0)
	for _, s := range l.shares {
		all += s
	}
	for r, row := range l.cells {
		for c, at := range row {
			if at == nil {
				continue
			}
			at.data.Max = vg.Point{X: max(l.page.X*l.shares[c]/all-50, minData), Y: l.heights[r]}
			autoTicks(&at.plot.X, at.data.Max.X/28, 9)
			autoTicks(&at.plot.Y, at.data.Max.Y/18, 6)
			// Labels are cut to the lengths of the axes, which are not known yet. What they take
			// of the page is the height of their text, so a letter stands in for them.
			standIn(&at.plot.X.Label.Text)
			standIn(&at.plot.Y.Label.Text)
		}
	}
}

// measure returns the margins of the columns and of the rows around the data areas. Gonum finds
// none, or absurd ones, for a label that is longer than its axis.
func (l *layout) measure() (columns, rows []margin, err error) {
	columns, rows = make([]margin, len(l.shares)), make([]margin, len(l.heights))
	for r, row := range l.cells {
		for c, at := range row {
			if at == nil {
				continue
			}
			area := at.area()
			at.margin = margin{
				left: at.data.Min.X - area.Min.X, right: area.Max.X - at.data.Max.X,
				bottom: at.data.Min.Y - area.Min.Y, top: area.Max.Y - at.data.Max.Y,
			}
			if sum := at.margin.left + at.margin.right + at.margin.bottom + at.margin.top; !(sum < maxMargin) {
				return nil, nil, errors.Errorf("the panel of row %d, column %d has no room for the labels of its axes on a page of %.0f pt", r, c, l.page.X)
			}
			columns[c].left = max(columns[c].left, at.margin.left)
			columns[c].right = max(columns[c].right, at.margin.right)
			rows[r].bottom = max(rows[r].bottom, at.margin.bottom)
			rows[r].top = max(rows[r].top, at.margin.top)
		}
	}
	return columns, rows, nil
}

// autoTicks sets the number of marks of an axis that leaves it to the figure.
func autoTicks(a *plot.Axis, room vg.Length, most int) {
	if t, ok := a.Tick.Marker.(Ticks); ok && t.N == 0 {
		t.N = max(2, min(int(room), most))
		a.Tick.Marker = t
	}
}

func standIn(label *string) {
	if *label != "" {
		*label = "x"
	}
}

// placeColumns sets the left and right of the data areas.
func (l *layout) placeColumns(columns []margin) error {
	free, all := l.page.X-2*pageMargin-vg.Length(len(columns)-1)*panelGap, vg.Length(0)
	for c, m := range columns {
		free -= m.left + m.right
		all += l.shares[c]
	}
	x := pageMargin
	for c, m := range columns {
		x += m.left
		width := free * l.shares[c] / all
		if width < minData {
			return errors.Errorf("the labels of the axes leave no room for the data of column %d on a page of %.0f pt", c, l.page.X)
		}
		for r := range l.cells {
			if at := l.cells[r][c]; at != nil {
				at.data.Min.X, at.data.Max.X = snap(x), snap(x+width)
			}
		}
		x += width + m.right + panelGap
	}
	return nil
}

// placeRows sets the headers, the bottom and top of the data areas, and the height of the page.
func (l *layout) placeRows(rows []margin) {
	top := pageMargin // the distance from the top of the page, for now
	if l.title != "" {
		top += titleHeight
	}
	for r, m := range rows {
		for _, at := range l.cells[r] {
			if at != nil {
				at.header = newHeader(at.panel, at.data.Max.X-at.data.Min.X)
				m.top = max(m.top, at.header.height())
			}
		}
		top += m.top
		for _, at := range l.cells[r] {
			if at != nil {
				at.data.Min.Y, at.data.Max.Y = top+l.heights[r], top
			}
		}
		top += l.heights[r] + m.bottom + panelGap
	}
	l.page.Y = snap(top - panelGap + pageMargin)
	for _, row := range l.cells {
		for _, at := range row {
			if at != nil {
				at.data.Min.Y, at.data.Max.Y = snap(l.page.Y-at.data.Min.Y), snap(l.page.Y-at.data.Max.Y)
			}
		}
	}
}

// label puts the axes' labels back, those of a column's y axes in one line.
func (l *layout) label(columns []margin) {
	for _, row := range l.cells {
		for c, at := range row {
			if at == nil {
				continue
			}
			size := at.data.Size()
			if x := &at.plot.X.Label; x.Text != "" {
				x.Text = elide(x.TextStyle, at.panel.X.Label.Text, size.X)
			}
			if y := &at.plot.Y.Label; y.Text != "" {
				y.Text = elide(y.TextStyle, at.panel.Y.Label.Text, size.Y)
				y.Padding += columns[c].left - at.margin.left
			}
		}
	}
}

// draw draws the page.
func (l *layout) draw(c draw.Canvas) {
	if l.title != "" {
		drawText(c, boldStyle(figureSize), pageMargin, l.page.Y-pageMargin-figureSize, l.title)
	}
	for _, row := range l.cells {
		for _, at := range row {
			if at != nil {
				at.plot.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: at.area()})
				at.header.draw(c, at.data)
			}
		}
	}
}

// area returns the area that makes the plot draw its data in its place. How far labels reach
// beyond the data depends, weakly, on the size of both, so this closes in on it, from an area that
// has room for any labels.
func (at *cell) area() vg.Rectangle {
	room := vg.Point{X: 200, Y: 200}
	area := vg.Rectangle{Min: at.data.Min.Sub(room), Max: at.data.Max.Add(room)}
	for range 8 {
		got := at.plot.DataCanvas(draw.Canvas{Rectangle: area})
		area.Min = area.Min.Add(at.data.Min.Sub(got.Min))
		area.Max = area.Max.Add(at.data.Max.Sub(got.Max))
	}
	return area
}
