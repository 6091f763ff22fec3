package plot

import (
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	headerLine = 14 * vg.Length(1) // height of a line
	headerFoot = 3 * vg.Length(1)  // below the last line
	lineThumb  = 14 * vg.Length(1) // width of the thumbnail of a line
	spotThumb  = 7 * vg.Length(1)  // and of that of spots
	thumbGap   = 4 * vg.Length(1)
	keyGap     = 12 * vg.Length(1)
)

// header is the title of a panel and its keys: on one line where they fit side by side, the keys
// on the right; else the title and below it as many lines of keys as it takes.
type header struct {
	title string
	lines [][]key // the first stands beside the title
}

// newHeader arranges a panel's title and keys over a width.
func newHeader(p *Panel, width vg.Length) header {
	h := header{title: elide(boldStyle(titleSize), p.title, width)}
	keys := make([]key, len(p.keys))
	var all vg.Length
	for i, k := range p.keys {
		k.name = elide(textStyle(tickSize), k.name, width-k.thumb()-thumbGap)
		keys[i] = k
		all += k.width() + keyGap
	}
	room := width + keyGap // the last key has no gap after it
	if h.title != "" {
		room -= boldStyle(titleSize).Width(h.title) + keyGap
	}
	if all <= room {
		if h.title != "" || len(keys) > 0 {
			h.lines = [][]key{keys}
		}
		return h
	}
	if h.title != "" {
		h.lines = append(h.lines, nil)
	}
	left := vg.Length(0)
	for _, k := range keys {
		w := k.width()
		if left < w {
			h.lines = append(h.lines, nil)
			left = width
		}
		left -= w + keyGap
		h.lines[len(h.lines)-1] = append(h.lines[len(h.lines)-1], k)
	}
	return h
}

// thumb returns the width of the thumbnails of a key.
func (k key) thumb() vg.Length {
	for _, t := range k.thumbs {
		switch t.(type) {
		case *boxes, *events, *plotter.Scatter:
		default:
			return lineThumb
		}
	}
	return spotThumb
}

// width returns the width of a key.
func (k key) width() vg.Length {
	return k.thumb() + thumbGap + textStyle(tickSize).Width(k.name)
}

func (h header) height() vg.Length {
	if len(h.lines) == 0 {
		return 0
	}
	return vg.Length(len(h.lines))*headerLine + headerFoot
}

// draw puts the header above the data area.
func (h header) draw(c draw.Canvas, data vg.Rectangle) {
	sty := textStyle(tickSize)
	y := data.Max.Y + h.height() - headerLine/2
	if h.title != "" {
		title := boldStyle(titleSize)
		drawText(c, title, data.Min.X, y-halfCap(title), h.title)
	}
	for i, line := range h.lines {
		x := data.Min.X
		if i == 0 && h.title != "" {
			x = data.Max.X + keyGap
			for _, k := range line {
				x -= k.width() + keyGap
			}
		}
		for _, k := range line {
			icon := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: y - halfCap(sty)},
				Max: vg.Point{X: x + k.thumb(), Y: y + halfCap(sty)},
			}}
			for _, t := range k.thumbs {
				t.Thumbnail(&icon)
			}
			drawText(c, sty, x+k.thumb()+thumbGap, y-halfCap(sty), k.name)
			x += k.width() + keyGap
		}
		y -= headerLine
	}
}
