package plot

import (
	"image/color"
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A page is 600 pt wide and has twice the pixels of a screen, so that it is crisp on a dense one:
// shown 800 pixels wide, a point is 4/3 of a pixel, and the smallest text is 12 pixels high.
const (
	dpi       = 192
	pixel     = vg.Inch / dpi
	pageWidth = 600 * vg.Length(1)

	tickSize   = 9 * vg.Length(1)
	labelSize  = 10 * vg.Length(1)
	titleSize  = 10.5 * vg.Length(1)
	figureSize = 12.5 * vg.Length(1)

	pageMargin = 6 * vg.Length(1)
	panelGap   = 9 * vg.Length(1) // between the rows and between the columns of a figure

	axisWidth = 0.6 * vg.Length(1)
	gridWidth = 0.5 * vg.Length(1)
	lineWidth = 1.2 * vg.Length(1)
	tickSpan  = 3 * vg.Length(1)
)

var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// textStyle is left-aligned upright text.
func textStyle(size vg.Length) text.Style {
	return text.Style{Color: inkColour, Font: font.From(sans, size), Handler: plot.DefaultTextHandler}
}

func boldStyle(size vg.Length) text.Style {
	s := textStyle(size)
	s.Font.Weight = xfont.WeightBold
	return s
}

// drawText draws one line of text with its baseline at height y. Gonum places text by the box of
// its font, which looks off by a point or so beside a thumbnail or in a cell.
func drawText(c draw.Canvas, s text.Style, x, y vg.Length, txt string) {
	c.FillText(s, vg.Point{X: x, Y: y + s.FontExtents().Ascent - s.Font.Size}, txt)
}

// halfCap is half the height of a capital or a digit: text with its baseline that far below a
// point is centred on it.
func halfCap(s text.Style) vg.Length { return 0.35 * s.Font.Size }

// elide puts a text on one line, no wider than width: if need be, its end becomes an ellipsis.
func elide(s text.Style, txt string, width vg.Length) string {
	txt = strings.ReplaceAll(txt, "\n", " ")
	if s.Width(txt) <= width {
		return txt
	}
	runes := []rune(txt)
	lo, hi := 0, len(runes) // the longest prefix that fits has lo ≤ n < hi runes
	for lo+1 < hi {
		if n := (lo + hi) / 2; s.Width(string(runes[:n])+"…") <= width {
			lo = n
		} else {
			hi = n
		}
	}
	return strings.TrimRight(string(runes[:lo]), " ") + "…"
}

// Solid is the house style of a line of data.
func Solid(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: lineWidth}
}

// Dashed is the house style of a reference line.
func Dashed(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: lineWidth, Dashes: []vg.Length{4, 2.5}}
}

// snap moves a coordinate to the nearest edge of a pixel, where straight edges are crisp.
func snap(x vg.Length) vg.Length {
	return vg.Length(math.Round(float64(x/pixel))) * pixel
}

// hideLine leaves of an axis its labels, at the same distance from the data.
func hideLine(a *plot.Axis) {
	a.Width = 0
	a.Tick.Length = 0
	a.Padding = tickSpan
}

// styleAxis gives an axis the house style.
func styleAxis(a *plot.Axis, label string) {
	a.LineStyle = draw.LineStyle{Color: axisColour, Width: axisWidth}
	a.Padding = 0
	a.Label.Text = label
	a.Label.TextStyle.Color = inkColour
	a.Label.TextStyle.Font = font.From(sans, labelSize)
	a.Label.Padding = 3
	a.Tick.LineStyle = draw.LineStyle{Color: axisColour, Width: axisWidth}
	a.Tick.Length = tickSpan
	a.Tick.Marker = Ticks{}
	a.Tick.Label.Color = inkColour
	a.Tick.Label.Font = font.From(sans, tickSize)
}

// uprightTicks turns the names below an axis upright.
func uprightTicks(a *plot.Axis) {
	a.Tick.Label.Rotation = math.Pi / 2
	a.Tick.Label.XAlign, a.Tick.Label.YAlign = text.XRight, text.YCenter
	a.Padding += 6 // gonum turns the text about a point above the axis
}
