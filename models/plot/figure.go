package plot

import (
	"bytes"
	"image"
	imagepng "image/png"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/atomicfile"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Figure is a page of panels in rows and columns. The data areas of a row share their top and
// bottom, those of a column their left and right, and the labels of a column's y axes stand in
// one line, however wide the tick labels are. The page is as high as its rows need.
type Figure struct {
	// Title stands above all panels. It may be empty.
	Title string
	// Panels are the rows, from the top, of the columns, from the left. nil leaves a place empty.
	// [Stack] and [Row] arrange the common cases.
	Panels [][]*Panel
	// Width is the width of the page. 0 means 600 pt, for a figure shown 800 pixels wide.
	Width vg.Length
	// Heights are the heights of the rows' data areas. nil, or 0 for a row, means 130 pt.
	Heights []vg.Length
	// Widths are the relative widths of the columns' data areas. nil means that all are the same,
	// and 0 for a column means 1.
	Widths []float64
	// ShareX gives the panels of a column one x axis: their ranges become the least that covers
	// them all, and only the lowest panel has labels.
	ShareX bool
}

// Stack arranges panels in one column.
func Stack(panels ...*Panel) [][]*Panel {
	rows := make([][]*Panel, len(panels))
	for i, p := range panels {
		rows[i] = []*Panel{p}
	}
	return rows
}

// Row arranges panels in one row.
func Row(panels ...*Panel) [][]*Panel { return [][]*Panel{panels} }

// maxPixels bounds the memory of a page: four bytes a pixel.
const maxPixels = 100e6

// Save writes the figure to path as PNG, 192 pixels an inch. The file is written beside its place
// and then renamed, so that a failure leaves an earlier one as it was.
func (f *Figure) Save(path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" {
		return errors.Errorf("plot: %s: figures are PNG, want a name that ends in .png", path)
	}
	png, err := f.encode()
	if err != nil {
		return errors.WithMessagef(err, "plot: %s", path)
	}
	return errors.Wrapf(atomicfile.Write(path, png), "plot: %s", path)
}

// encode draws the figure and returns it as PNG.
func (f *Figure) encode() (png []byte, err error) {
	// A panel may hold any plotter, and gonum's way to refuse data is to panic.
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("drawing: %v", r)
		}
	}()
	l, err := f.layout()
	if err != nil {
		return nil, err
	}
	if pixels := float64(l.page.X/pixel) * float64(l.page.Y/pixel); !(pixels <= maxPixels) {
		return nil, errors.Errorf("the page of %.0f × %.0f pt has more than %g pixels", l.page.X, l.page.Y, maxPixels)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(l.page.X, l.page.Y), vgimg.UseDPI(dpi))
	l.draw(draw.New(canvas))
	var drawn image.Image = canvas.Image()
	if rgba, ok := drawn.(*image.RGBA); ok {
		drawn = indexed(rgba)
	}
	var out bytes.Buffer
	if err := (&imagepng.Encoder{CompressionLevel: imagepng.BestCompression}).Encode(&out, drawn); err != nil {
		return nil, errors.Wrap(err, "encoding")
	}
	return out.Bytes(), nil
}
