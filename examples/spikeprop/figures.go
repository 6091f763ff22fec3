package main

import (
	"math"
	"slices"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
	"gonum.org/v1/plot/vg"
)

// numbers are those of that name in some reports, times a factor.
func numbers(reports []*train.Report, name string, factor float64) (values []float64) {
	for _, r := range reports {
		values = append(values, factor*number(r, name))
	}
	return values
}

// drawTraining draws the error, and how good the network is, iteration by iteration.
func (t *training) drawTraining(path string) error {
	iterations, squares := make([]float64, len(t.trained)), numbers(t.trained, "spike_error", 1)
	for i := range iterations {
		iterations[i], squares[i] = float64(i), max(squares[i], 1e-6)
	}
	ends := []float64{0, max(1, float64(len(iterations)-1))}
	left := plot.NewPanel("", "iteration", "½ Σ (t − target)² (ms²)")
	plot.Logarithmic(&left.Y)
	left.Y.Min = math.Pow(10, math.Floor(math.Log10(slices.Min(squares))))
	left.Y.Max = math.Pow(10, math.Ceil(math.Log10(slices.Max(squares)*1.01)))
	right, trained, tested := plot.NewPanel("", "iteration", "accuracy (%)"), numbers(t.trained, "spike_accuracy", 100), numbers(t.tested, "spike_accuracy", 100)
	right.Y.Min, right.Y.Max = min(50, slices.Min(slices.Concat(trained, tested)))-2, 102
	first := plot.Line{Name: "training", X: iterations, Y: trained, Style: plot.Solid(plot.Blue)}
	second := plot.Line{Name: "testing", X: iterations[:len(tested)], Y: tested, Style: plot.Solid(plot.Vermilion)}
	if t.table == nil {
		worst := numbers(t.trained, "worst_ms", 1)
		right.Y.Label.Text, right.Y.Min, right.Y.Max = "largest |t − target| (ms)", 0, 1.1*max(slices.Max(worst), t.Tolerance)
		first.Name, first.Y = "the worst pattern", worst
		second = plot.Line{Name: "tolerance", X: ends, Y: []float64{t.Tolerance, t.Tolerance}, Style: plot.Dashed(plot.Black)}
	}
	if err := left.Line("mean over the patterns", iterations, squares, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	if err := right.Lines(first, second); err != nil {
		return err
	}
	for _, p := range []*plot.Panel{left, right} {
		p.X.Tick.Marker = plot.Ticks{Whole: true}
		p.X.Min, p.X.Max = ends[0], ends[1]
	}
	f := plot.Figure{Panels: plot.Row(left, right), Heights: []vg.Length{140}}
	return f.Save(path)
}

// drawSpikes draws potentials and spikes before the training and after it.
func (t *training) drawSpikes(path string) error {
	_, names := t.drawn()
	d := plot.LearnedSpikes{
		Patterns: names, What: "inputs at", Inhibitory: t.Inhibitory, Targets: []float64{t.Early, t.Late}, End: horizon,
		Before: passages(t.before), After: passages(t.after),
	}
	if t.table != nil {
		d.What, d.Classes = "", t.table.Classes
	}
	return d.Draw(path)
}

// passages are records in the form that figures have.
func passages(records []models.SpikeRecord) (all []plot.SpikePassage) {
	for _, r := range records {
		s := plot.SpikePassage{Spikes: r.Spikes()}
		for _, layer := range r.Layers {
			var potentials []plot.Potential
			for _, c := range layer {
				potentials = append(potentials, plot.Potential{Course: plot.Course{Times: c.Times, Values: c.Potential}, Spike: c.Spike})
			}
			s.Potentials = append(s.Potentials, potentials)
		}
		all = append(all, s)
	}
	return all
}
