package main

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// drawHistory draws the learning curves.
func drawHistory(dir string, history []models.Epoch) error {
	if len(history) == 0 {
		return nil
	}
	d := plot.LearningCurvesData{LossName: "cross entropy (nats)"}
	for _, e := range history {
		d.TrainLoss = append(d.TrainLoss, e.Loss)
		d.TrainAccuracy = append(d.TrainAccuracy, e.Accuracy)
		d.ValidLoss = append(d.ValidLoss, e.ValLoss)
		d.ValidAccuracy = append(d.ValidAccuracy, e.ValAccuracy)
		if e.Best {
			d.Best = e.Epoch
		}
	}
	return plot.LearningCurves(filepath.Join(dir, "learning_curves.png"), d)
}

// drawTest draws the confusion matrix, and a digit on its way through the network.
func drawTest(dir string, net *models.Network, t task, test *data.PixelSequences, r *models.Report) error {
	d := plot.ConfusionData{Title: t.String(), Classes: digitNames, Counts: r.Confusion}
	if err := plot.Confusion(filepath.Join(dir, "confusion.png"), d); err != nil {
		return err
	}
	return drawDigit(filepath.Join(dir, "digit.png"), net, t, test, 0)
}

// passage is an image on its way through the network.
type passage struct {
	pixels []uint8
	class  int
	input  []float64     // mean pixel of each step, 0 to 1
	layers [][][]float64 // spikes of each layer, [steps][units]
	scores []float64     // of the classes
}

// newPassage runs test image i through the network, in a graph of its own.
func newPassage(net *models.Network, t task, test *data.PixelSequences, i int) (*passage, error) {
	dims := test.Dims()
	x, labels := make([]float32, dims.Steps*dims.Features), make([]int, 1)
	if err := test.Example(i, x, labels); err != nil {
		return nil, err
	}
	p := new(passage)
	var err error
	if p.pixels, p.class, err = test.Image(i); err != nil {
		return nil, err
	}
	// The pixels themselves, where the network sees a code of them.
	seen, err := task{Permute: t.Permute, Window: t.Window, Stride: t.Stride}.sequences(test.Images)
	if err != nil {
		return nil, err
	}
	window := make([]float32, dims.Steps*t.Window)
	if err := seen.Example(i, window, labels); err != nil {
		return nil, err
	}
	for step := range dims.Steps {
		mean := 0.
		for _, v := range window[step*t.Window : (step+1)*t.Window] {
			mean += float64(v) / float64(t.Window)
		}
		p.input = append(p.input, mean)
	}

	g := gorgonia.NewGraph()
	twin, err := net.In(g)
	if err != nil {
		return nil, err
	}
	var value tensor.Tensor = tensor.New(tensor.WithShape(dims.Steps, 1, dims.Features), tensor.WithBacking(x))
	if net.Config().Dtype == tensor.Float64 {
		value = tensor.New(tensor.WithShape(dims.Steps, 1, dims.Features), tensor.WithBacking(plot.Float64s(x)))
	}
	out, err := twin.Forward(gorgonia.NewTensor(g, net.Config().Dtype, 3, gorgonia.WithShape(value.Shape()...), gorgonia.WithName("x"), gorgonia.WithValue(value)))
	if err != nil {
		return nil, err
	}
	scores, err := net.Config().Loss.Scores(out)
	if err != nil {
		return nil, err
	}
	vm, err := graph.NewMachine(append(gorgonia.Nodes{scores}, out.Spikes...)...)
	if err != nil {
		return nil, err
	}
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, err
	}
	if p.scores, err = graph.Float64s(scores.Value()); err != nil {
		return nil, err
	}
	for _, s := range out.Spikes {
		values, err := graph.Float64s(s.Value())
		if err != nil {
			return nil, err
		}
		rows, err := plot.Rows(values, 1, s.Shape()[2], 0)
		if err != nil {
			return nil, err
		}
		p.layers = append(p.layers, rows)
	}
	return p, nil
}

// predicted is the class with the largest score.
func (p *passage) predicted() int {
	best := 0
	for class, v := range p.scores {
		if v > p.scores[best] {
			best = class
		}
	}
	return best
}

// drawDigit draws image i and its pixels in the order in which the network sees them, above the spikes of
// all layers. On the right is how often each neuron fired.
func drawDigit(path string, net *models.Network, t task, test *data.PixelSequences, i int) error {
	p, err := newPassage(net, t, test, i)
	if err != nil {
		return err
	}
	steps := float64(len(p.input))
	name := "pixels"
	if t.Permute {
		name = "permuted pixels"
	}
	input := plot.NewPanel(fmt.Sprintf("Input: %s, %d at a time", name, t.Window), "", "brightness")
	if err := input.Line("", indices(len(p.input)), p.input, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	input.Y.Min, input.Y.Max = 0, 1
	input.X.Min, input.X.Max = 0, steps

	const side = 84 // of the image, points
	picture := plot.NewPanel(fmt.Sprintf("Image: a %d", p.class), "", "")
	picture.Add(plotter.NewImage(grey(p.pixels), 0, 0, data.ImageSide, data.ImageSide))
	picture.HideAxes()
	f := plot.Figure{
		Title:  fmt.Sprintf("%s: a %d, taken for a %d", t, p.class, p.predicted()),
		Panels: [][]*plot.Panel{{input, picture}}, Heights: []vg.Length{side},
		Widths: []float64{5, 1},
	}
	for k, spikes := range p.layers {
		title, label, height := fmt.Sprintf("Hidden layer %d", k+1), "neuron", vg.Length(95)
		if k == len(p.layers)-1 {
			title, label, height = "Readout", "class", 80
		}
		raster, counts, err := drawSpikes(title, label, spikes)
		if err != nil {
			return err
		}
		raster.X.Min, raster.X.Max = 0, steps
		if k == len(p.layers)-1 {
			raster.X.Label.Text, counts.X.Label.Text = "time (ms)", "spikes"
			raster.Y.Tick.Marker, counts.Y.Tick.Marker = everyClass(), everyClass()
		}
		f.Panels, f.Heights = append(f.Panels, []*plot.Panel{raster, counts}), append(f.Heights, height)
	}
	return f.Save(path)
}

// drawSpikes draws the spikes of a layer, the first neuron at the bottom, and beside them how many
// there were of each neuron.
func drawSpikes(title, label string, spikes [][]float64) (raster, counts *plot.Panel, err error) {
	units := len(spikes[0])
	var times, rows []float64
	count := make([]float64, units)
	for t, row := range spikes {
		for i, v := range row {
			if v != 0 {
				times, rows = append(times, float64(t)), append(rows, float64(i))
				count[i]++
			}
		}
	}
	raster = plot.NewPanel(fmt.Sprintf("%s: %.3f spikes per neuron and step", title, float64(len(times))/float64(units*len(spikes))), "", label)
	if err := raster.Events("", times, rows, .8, plot.Black); err != nil {
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
	for _, p := range []*plot.Panel{raster, counts} {
		p.Y.Min, p.Y.Max = -.5, float64(units)-.5
	}
	counts.X.Min, counts.X.Max = 0, max(1, slices.Max(count))
	return raster, counts, nil
}

// everyClass marks each of the classes on an axis.
func everyClass() gonum.ConstantTicks {
	var ticks gonum.ConstantTicks
	for i, name := range digitNames {
		ticks = append(ticks, gonum.Tick{Value: float64(i), Label: name})
	}
	return ticks
}

// indices are 0 to n−1.
func indices(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

// grey is the image of the pixels, dark on white as on paper.
func grey(pixels []uint8) image.Image {
	m := image.NewGray(image.Rect(0, 0, data.ImageSide, data.ImageSide))
	for i, v := range pixels {
		m.Pix[i] = 255 - v
	}
	return m
}
