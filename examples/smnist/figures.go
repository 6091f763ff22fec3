package main

import (
	"context"
	"fmt"
	"image"
	"slices"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// drawDigit draws image i and its pixels in the order in which the network sees them, above the spikes of
// all layers. On the right is how often each neuron fired.
func drawDigit(ctx context.Context, r *program.Run, net *train.Network, t task, test *data.PixelSequences, i int) error {
	p, err := net.Record(ctx, test, i)
	if err != nil {
		return err
	}
	pixels, class, err := test.Image(i)
	if err != nil {
		return err
	}
	seen, err := t.brightness(test.Images, i)
	if err != nil {
		return err
	}
	times := make([]float64, len(seen))
	for step := range times {
		times[step] = float64(step)
	}
	name := "pixels"
	if t.Permute {
		name = "permuted pixels"
	}
	input := plot.NewPanel(fmt.Sprintf("Input: %s, %d at a time", name, t.Window), "", "brightness")
	if err := input.Line("", times, seen, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	input.Y.Min, input.Y.Max = 0, 1
	input.X.Min, input.X.Max = 0, float64(len(seen))

	const side = 84 // of the image, points
	picture := plot.NewPanel(fmt.Sprintf("Image: a %d", class), "", "")
	picture.Add(plotter.NewImage(grey(pixels), 0, 0, data.ImageSide, data.ImageSide))
	picture.HideAxes()
	f := plot.Figure{
		Title:  fmt.Sprintf("%s: a %d, taken for a %d", t, class, p.Class(0)),
		Panels: [][]*plot.Panel{{input, picture}}, Heights: []vg.Length{side},
		Widths: []float64{5, 1},
	}
	for k, l := range p.Layers { // the readout is the last
		spikes, err := plot.Rows(l.Series["spikes"], 1, l.Units, 0)
		if err != nil {
			return err
		}
		d, height := plot.RasterData{Title: fmt.Sprintf("Hidden layer %d", k+1), Label: "neuron", Times: times, Rows: spikes, Upward: true}, vg.Length(95)
		if l.Readout {
			d.Title, d.Label, height = "Readout", "class", 80
		}
		raster, counts, err := drawSpikes(d)
		if err != nil {
			return err
		}
		raster.X.Min, raster.X.Max = 0, float64(len(seen))
		if l.Readout {
			raster.X.Label.Text, counts.X.Label.Text = "time (ms)", "spikes"
			raster.Y.Tick.Marker, counts.Y.Tick.Marker = everyClass(), everyClass()
		}
		f.Panels, f.Heights = append(f.Panels, []*plot.Panel{raster, counts}), append(f.Heights, height)
	}
	return r.Write("digit.png", f.Save)
}

// brightness is the mean pixel that each step sees of image i, 0 to 1, whatever code of it the network sees.
func (t task) brightness(m *data.Images, i int) ([]float64, error) {
	t.Fields = 0
	seen, err := t.sequences(m)
	if err != nil {
		return nil, err
	}
	e := train.Example{X: make([]float32, seen.Spec().Steps*t.Window), Classes: make([]int, 1)}
	if err := seen.Read(i, &e); err != nil {
		return nil, err
	}
	mean := make([]float64, seen.Spec().Steps)
	for k, v := range e.X {
		mean[k/t.Window] += float64(v) / float64(t.Window)
	}
	return mean, nil
}

// drawSpikes draws the spikes of a layer, and beside them how many there were of each neuron.
func drawSpikes(d plot.RasterData) (raster, counts *plot.Panel, err error) {
	units := len(d.Rows[0])
	count, all := make([]float64, units), 0.
	for _, row := range d.Rows {
		for i, v := range row {
			count[i], all = count[i]+v, all+v
		}
	}
	d.Title = fmt.Sprintf("%s: %.3f spikes per neuron and step", d.Title, all/float64(units*len(d.Rows)))
	if raster, err = plot.NewRaster(d); err != nil {
		return nil, nil, err
	}
	counts = plot.NewPanel("", "", "")
	bars := &plotter.Polygon{Color: plot.Blue}
	for i, n := range count {
		if y := float64(i); n > 0 {
			bars.XYs = append(bars.XYs, plotter.XYs{{X: 0, Y: y - .4}, {X: n, Y: y - .4}, {X: n, Y: y + .4}, {X: 0, Y: y + .4}})
		}
	}
	if len(bars.XYs) > 0 {
		counts.Add(bars)
	}
	raster.X.Label.Text = ""
	counts.Y.Min, counts.Y.Max, counts.Y.Tick.Marker = raster.Y.Min, raster.Y.Max, raster.Y.Tick.Marker
	counts.X.Min, counts.X.Max = 0, max(1, slices.Max(count))
	return raster, counts, nil
}

// everyClass marks each of the classes on an axis.
func everyClass() (ticks gonum.ConstantTicks) {
	for i, name := range digitNames {
		ticks = append(ticks, gonum.Tick{Value: float64(i), Label: name})
	}
	return ticks
}

// grey is the image of the pixels, dark on white as on paper.
func grey(pixels []uint8) image.Image {
	m := image.NewGray(image.Rect(0, 0, data.ImageSide, data.ImageSide))
	for i, v := range pixels {
		m.Pix[i] = 255 - v
	}
	return m
}
