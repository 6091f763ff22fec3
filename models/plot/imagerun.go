package plot

import (
	"fmt"
	"image"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// ImageRun is how an image is drawn on its way through a network that sees it bit by bit: the image and what is seen
// of it at each step, above the spikes of all layers. On the right is how often each neuron fired.
type ImageRun struct {
	// Title stands above the figure, ImageTitle above the image and SeenTitle above what is seen of it. They
	// may be empty.
	Title, ImageTitle, SeenTitle string
	Image                        image.Image
	// Seen is the brightness of what each step sees, 0 to 1.
	Seen []float64
	// Classes are the names of the readout's neurons. Without names they have numbers.
	Classes []string
}

// Draw draws the figure of a run that [train.Network.Record] tells, and writes it to path as PNG.
func (d ImageRun) Draw(path string, p *train.Prediction) error {
	f, err := d.figure(p)
	if err != nil {
		return errors.WithMessage(err, "plot: image run")
	}
	return f.Save(path)
}

func (d ImageRun) figure(p *train.Prediction) (*Figure, error) {
	if len(d.Seen) == 0 || len(d.Seen) != p.Steps || d.Image == nil || d.Image.Bounds().Empty() {
		return nil, errors.Errorf("%d steps are seen of an image, want %d steps and an image", len(d.Seen), p.Steps)
	}
	steps := make([]float64, p.Steps)
	for t := range steps {
		steps[t] = float64(t)
	}
	input := NewPanel(d.SeenTitle, "", "brightness")
	if err := input.Line("", steps, d.Seen, Solid(Blue)); err != nil {
		return nil, err
	}
	input.Y.Min, input.Y.Max = 0, 1
	input.X.Min, input.X.Max = 0, float64(p.Steps)
	picture, size := NewPanel(d.ImageTitle, "", ""), d.Image.Bounds().Size()
	picture.Add(plotter.NewImage(d.Image, 0, 0, float64(size.X), float64(size.Y)))
	picture.HideAxes()
	const side = 84 // of the image, points
	f := &Figure{Title: d.Title, Panels: [][]*Panel{{input, picture}}, Heights: []vg.Length{side}, Widths: []float64{5, 1}}
	for k, l := range p.Layers {
		raster, counts, err := d.layer(k, l, steps)
		if err != nil {
			return nil, errors.WithMessagef(err, "layer %s", l.Layer)
		}
		height := vg.Length(95)
		if l.Readout {
			height = 80
		}
		f.Panels, f.Heights = append(f.Panels, []*Panel{raster, counts}), append(f.Heights, height)
	}
	return f, nil
}

// layer draws the spikes of layer k, and beside them how many there were of each neuron.
func (d ImageRun) layer(k int, l train.LayerRecord, steps []float64) (raster, counts *Panel, err error) {
	spikes, ok := l.Series[spikeSeries]
	if !ok {
		return nil, nil, errors.New("no spikes were recorded of it")
	}
	rows, err := Rows(spikes, 1, l.Units, 0)
	if err != nil {
		return nil, nil, err
	}
	title, label := fmt.Sprintf("Hidden layer %d", k+1), "neuron"
	if l.Readout {
		title, label = "Readout", "class"
	}
	raster, err = RasterData{
		Title: fmt.Sprintf("%s: %.3f spikes per neuron and step", title, activity(rows)),
		Label: label, Times: steps, Rows: rows, Upward: true,
	}.panel()
	if err != nil {
		return nil, nil, err
	}
	counts = spikeCounts(rows)
	raster.X.Label.Text, raster.X.Min, raster.X.Max = "", 0, float64(len(steps))
	if l.Readout {
		raster.X.Label.Text, counts.X.Label.Text = timeLabel, "spikes"
		var ticks plot.ConstantTicks
		for i := range l.Units {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: nameOf(d.Classes, i)})
		}
		raster.Y.Tick.Marker = ticks
	}
	counts.Y.Min, counts.Y.Max, counts.Y.Tick.Marker = raster.Y.Min, raster.Y.Max, raster.Y.Tick.Marker
	return raster, counts, nil
}

// spikeCounts is a panel with a bar for each neuron, as long as it has spikes.
func spikeCounts(rows [][]float64) *Panel {
	count := make([]float64, len(rows[0]))
	for _, row := range rows {
		for i, v := range row {
			count[i] += v
		}
	}
	p, bars := NewPanel("", "", ""), &plotter.Polygon{Color: Blue}
	for i, n := range count {
		if y := float64(i); n > 0 {
			bars.XYs = append(bars.XYs, plotter.XYs{{X: 0, Y: y - .4}, {X: n, Y: y - .4}, {X: n, Y: y + .4}, {X: 0, Y: y + .4}})
		}
	}
	if len(bars.XYs) > 0 {
		p.Add(bars)
	}
	p.X.Min, p.X.Max = 0, max(1, slices.Max(count))
	return p
}
