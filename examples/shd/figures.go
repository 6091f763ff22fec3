package main

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"gonum.org/v1/plot/vg"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// drawHistory draws the learning curves.
func drawHistory(path string, history []models.Epoch) error {
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
	return plot.LearningCurves(path, d)
}

// classNames are the digits, or numbers where there are not twenty classes.
func classNames(n int) []string {
	if n == len(data.DigitNames) {
		return data.DigitNames
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}

func drawConfusion(path string, r *models.Report) error {
	return plot.Confusion(path, plot.ConfusionData{Classes: classNames(len(r.Confusion)), Counts: r.Confusion})
}

// passage is an example on its way through the network: rows of one value per unit, a row for each
// step.
type passage struct {
	layers [][][]float64 // spikes of the input and of the hidden layers
	score  [][]float64   // Σ of the softmax from step 1 up to a step
	label  int
}

// newPassage runs test example i through the network, in a graph of its own.
func newPassage(net *models.Network, test *data.Binned, i int) (*passage, error) {
	dims := test.Dims()
	x, label := make([]float32, dims.Steps*dims.Features), make([]int, 1)
	if err := test.Example(i, x, label); err != nil {
		return nil, err
	}
	g := gorgonia.NewGraph()
	twin, err := net.In(g)
	if err != nil {
		return nil, err
	}
	in := tensor.New(tensor.WithShape(dims.Steps, 1, dims.Features), tensor.WithBacking(x))
	if net.Config().Dtype == tensor.Float64 {
		in = tensor.New(tensor.WithShape(dims.Steps, 1, dims.Features), tensor.WithBacking(plot.Float64s(x)))
	}
	out, err := twin.Forward(gorgonia.NewTensor(g, net.Config().Dtype, 3, gorgonia.WithShape(in.Shape()...), gorgonia.WithName("x"), gorgonia.WithValue(in)))
	if err != nil {
		return nil, err
	}
	vm, err := graph.NewMachine(append(gorgonia.Nodes{out.Membrane}, out.Spikes...)...)
	if err != nil {
		return nil, err
	}
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, err
	}
	p := &passage{label: label[0], layers: make([][][]float64, 1)}
	if p.layers[0], err = plot.Rows(x, 1, dims.Features, 0); err != nil {
		return nil, err
	}
	for _, s := range out.Spikes {
		spikes, err := rows(s.Value())
		if err != nil {
			return nil, err
		}
		p.layers = append(p.layers, spikes)
	}
	membrane, err := rows(out.Membrane.Value())
	if err != nil {
		return nil, err
	}
	p.score = scores(membrane)
	return p, nil
}

// rows are the rows, one per step, of a sequence [T, 1, units].
func rows(v gorgonia.Value) ([][]float64, error) {
	x, err := graph.Float64s(v)
	if err != nil {
		return nil, err
	}
	return plot.Rows(x, 1, v.Shape()[len(v.Shape())-1], 0)
}

// scores are the sums of softmax(u_t) from step 1 up to each step, as models.SumSoftmax has them at
// the end.
func scores(membrane [][]float64) [][]float64 {
	sum := make([]float64, len(membrane[0]))
	out := make([][]float64, len(membrane))
	for t, u := range membrane {
		if t > 0 {
			top, total := slices.Max(u), 0.
			for _, v := range u {
				total += math.Exp(v - top)
			}
			for k, v := range u {
				sum[k] += math.Exp(v-top) / total
			}
		}
		out[t] = slices.Clone(sum)
	}
	return out
}

// drawExample draws test example i on its way through the network.
func drawExample(path string, net *models.Network, test *data.Binned, i int, dt float64) error {
	p, err := newPassage(net, test, i)
	if err != nil {
		return err
	}
	times := make([]float64, len(p.score))
	for t := range times {
		times[t] = float64(t) * dt
	}
	names := classNames(len(p.score[0]))
	f := &plot.Figure{Title: fmt.Sprintf("“%s” on its way through the network", nameOf(names, p.label)), ShareX: true}
	add := func(panel *plot.Panel, height vg.Length) {
		panel.X.Min, panel.X.Max = -dt/2, times[len(times)-1]+dt/2
		f.Panels, f.Heights = append(f.Panels, []*plot.Panel{panel}), append(f.Heights, height)
	}
	for k, rows := range p.layers {
		title, label := "Input", "channel"
		if k > 0 {
			title, label = fmt.Sprintf("Hidden layer %d", k), "neuron"
		}
		panel, err := drawSpikes(title, label, times, rows)
		if err != nil {
			return err
		}
		add(panel, 110)
	}
	panel, err := p.drawScores(names, times)
	if err != nil {
		return err
	}
	add(panel, 90)
	return f.Save(path)
}

func nameOf(names []string, label int) string {
	if label == models.Ignore {
		return "an example without a class"
	}
	return names[label]
}

// drawSpikes draws the steps in which units are active, the first unit at the bottom.
func drawSpikes(title, label string, times []float64, rows [][]float64) (*plot.Panel, error) {
	var at, unit []float64
	for t, row := range rows {
		for k, v := range row {
			if v != 0 {
				at, unit = append(at, times[t]), append(unit, float64(k))
			}
		}
	}
	n := len(rows[0])
	panel := plot.NewPanel(fmt.Sprintf("%s, %.3f active per step", title, float64(len(at))/float64(n*len(rows))), "time (ms)", label)
	panel.Y.Min, panel.Y.Max = -.5, float64(n)-.5
	panel.Y.Tick.Marker = plot.Ticks{N: 4, Whole: true}
	return panel, panel.Events("", at, unit, max(.8, float64(n)/100), plot.Black)
}

// drawScores draws the scores of the classes that are highest in the end, and of the true one.
func (p *passage) drawScores(names []string, times []float64) (*plot.Panel, error) {
	last := p.score[len(p.score)-1]
	order := make([]int, len(last))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(last[b], last[a]) })
	shown := order[:min(3, len(order))]
	if p.label != models.Ignore && !slices.Contains(shown, p.label) {
		shown = append(shown, p.label)
	}
	panel := plot.NewPanel(fmt.Sprintf("Readout says “%s”", names[order[0]]), "time (ms)", "Σ softmax(u)")
	top := 1.
	for k, class := range shown {
		values := make([]float64, len(times))
		for t := range values {
			values[t] = p.score[t][class]
		}
		top = max(top, slices.Max(values))
		if err := panel.Line(names[class], times, values, plot.Solid([]color.Color{plot.Blue, plot.Vermilion, plot.Green, plot.Purple}[k])); err != nil {
			return nil, err
		}
	}
	panel.Y.Min, panel.Y.Max = 0, 1.05*top
	return panel, nil
}
