package plot

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"pgregory.net/rapid"
)

// TestAlignment composes panels of any labels and ranges, and checks that those of a column share
// their left and right and those of a row their bottom and top, that gonum draws the data where
// the layout has put it, and that all of it is on the page and none of it on another panel.
func TestAlignment(t *testing.T) {
	label := rapid.SampledFrom([]string{"", "u", "time (ms)", strings.Repeat("long ", 30)})
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 3).Draw(t, "columns")
		f := Figure{Title: label.Draw(t, "title"), ShareX: rapid.Bool().Draw(t, "share x")}
		for range rows {
			f.Heights = append(f.Heights, vg.Length(rapid.Float64Range(30, 200).Draw(t, "height")))
			var row []*Panel
			for range cols {
				if rapid.IntRange(0, 4).Draw(t, "there") == 0 {
					row = append(row, nil)
					continue
				}
				p := NewPanel(label.Draw(t, "panel title"), label.Draw(t, "x label"), label.Draw(t, "y label"))
				p.X.Min = rapid.Float64Range(-1e3, 1e3).Draw(t, "x min")
				p.X.Max = p.X.Min + rapid.Float64Range(0, 1e4).Draw(t, "x width")
				p.Y.Min = rapid.Float64Range(-1e7, 1e3).Draw(t, "y min")
				p.Y.Max = p.Y.Min + rapid.Float64Range(0, 1e7).Draw(t, "y width")
				for range rapid.IntRange(0, 4).Draw(t, "keys") {
					p.Key(label.Draw(t, "key"), &boxes{})
				}
				row = append(row, p)
			}
			f.Panels = append(f.Panels, row)
		}
		l, err := f.layout()
		if err != nil {
			t.Fatal(err)
		}
		var taken []vg.Rectangle
		for r := range rows {
			for c, at := range l.cells[r] {
				if at == nil {
					continue
				}
				for r2 := range rows {
					if o := l.cells[r2][c]; o != nil && (o.data.Min.X != at.data.Min.X || o.data.Max.X != at.data.Max.X) {
						t.Errorf("column %d: data areas from %v to %v and from %v to %v", c, at.data.Min.X, at.data.Max.X, o.data.Min.X, o.data.Max.X)
					}
				}
				for _, o := range l.cells[r] {
					if o != nil && (o.data.Min.Y != at.data.Min.Y || o.data.Max.Y != at.data.Max.Y) {
						t.Errorf("row %d: data areas from %v to %v and from %v to %v", r, at.data.Min.Y, at.data.Max.Y, o.data.Min.Y, o.data.Max.Y)
					}
				}
				if h := at.data.Size().Y; math.Abs(float64(h-f.Heights[r])) > float64(2*pixel) {
					t.Errorf("row %d is %v high, want %v", r, h, f.Heights[r])
				}
				area := at.area()
				got := at.plot.DataCanvas(draw.Canvas{Rectangle: area})
				for _, off := range []vg.Point{got.Min.Sub(at.data.Min), got.Max.Sub(at.data.Max)} {
					if math.Hypot(float64(off.X), float64(off.Y)) > 0.01 {
						t.Errorf("row %d, column %d: the data lie %v from their place", r, c, off)
					}
				}
				area.Max.Y = max(area.Max.Y, at.data.Max.Y+at.header.height())
				const slack = 0.5 // pt, for the places being whole pixels
				if area.Min.X < pageMargin-slack || area.Min.Y < pageMargin-slack || area.Max.X > l.page.X-pageMargin+slack || area.Max.Y > l.page.Y-pageMargin+slack {
					t.Errorf("row %d, column %d: the panel takes %v of a page of %v", r, c, area, l.page)
				}
				for _, o := range taken {
					if area.Min.X+slack < o.Max.X && o.Min.X+slack < area.Max.X && area.Min.Y+slack < o.Max.Y && o.Min.Y+slack < area.Max.Y {
						t.Errorf("row %d, column %d: the panel takes %v, where another takes %v", r, c, area, o)
					}
				}
				taken = append(taken, area)
			}
		}
	})
}

func TestShareX(t *testing.T) {
	upper, lower := NewPanel("", "time (ms)", ""), NewPanel("", "time (ms)", "")
	upper.X.Min, upper.X.Max = 0, 5
	lower.X.Min, lower.X.Max = 2, 10
	l, err := (&Figure{Panels: Stack(upper, lower), ShareX: true}).layout()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range l.cells {
		x := row[0].plot.X
		if x.Min != 0 || x.Max != 10 {
			t.Errorf("the axis of panel %d runs from %v to %v, want 0 to 10", i, x.Min, x.Max)
		}
		if labelled := x.Label.Text != ""; labelled != (i == 1) {
			t.Errorf("panel %d has the label %q", i, x.Label.Text)
		}
	}
	if upper.X.Max != 5 || upper.X.Label.Text == "" {
		t.Error("the layout changed the panel that it was given")
	}
}

// TestLegendBesideData checks that no key reaches into the data or beyond the panel's width.
func TestLegendBesideData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPanel(rapid.String().Draw(t, "title"), "", "")
		names := rapid.SliceOfN(rapid.String(), 0, 9).Draw(t, "keys")
		for _, name := range names {
			p.Key(name, &plotter.Line{})
		}
		width := vg.Length(rapid.Float64Range(60, 600).Draw(t, "width"))
		h := newHeader(p, width)
		keys := 0
		for i, line := range h.lines {
			taken := -keyGap
			for _, k := range line {
				taken += k.width() + keyGap
				keys++
			}
			if i == 0 && h.title != "" && len(line) > 0 {
				taken += boldStyle(titleSize).Width(h.title) + keyGap
			}
			if taken > width+1e-6 {
				t.Errorf("line %d of the header is %v wide, want at most %v", i, taken, width)
			}
		}
		if keys != len(names) {
			t.Errorf("%d of %d keys are drawn", keys, len(names))
		}
	})
}

func TestElide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		txt := rapid.String().Draw(t, "text")
		width := vg.Length(rapid.Float64Range(10, 200).Draw(t, "width"))
		sty := textStyle(tickSize)
		got := elide(sty, txt, width)
		if sty.Width(got) > width {
			t.Errorf("%q is %v wide, want at most %v", got, sty.Width(got), width)
		}
		if got != strings.ReplaceAll(txt, "\n", " ") && !strings.HasSuffix(got, "…") {
			t.Errorf("%q became %q", txt, got)
		}
	})
	if got := elide(textStyle(tickSize), "lead 1 down", 40); got != "lead 1…" {
		t.Errorf("got %q", got)
	}
}

func TestPanelErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		xs, ys []float64
		want   string
	}{
		{"empty", nil, nil, `"u": 0 x values and 0 y values`},
		{"ragged", []float64{1, 2}, []float64{1}, `"u": 2 x values and 1 y values`},
		{"NaN", []float64{1, math.NaN()}, []float64{1, 2}, `"u": x: value 1 is NaN`},
		{"infinite", []float64{1, 2}, []float64{1, math.Inf(-1)}, `"u": y: value 1 is -Inf`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPanel("", "", "")
			if err := p.Line("u", c.xs, c.ys, Solid(Blue)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Line: error %v, want %q in it", err, c.want)
			}
			if c.name == "empty" {
				return // no events are no error
			}
			if err := p.Events("u", c.xs, c.ys, 0.8, Blue); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Events: error %v, want %q in it", err, c.want)
			}
		})
	}
	if err := NewPanel("", "", "").Events("s", nil, nil, math.NaN(), Blue); err == nil {
		t.Error("Events takes marks of height NaN")
	}
}
