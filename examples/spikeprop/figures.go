package main

import (
	"image/color"
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
	if err := left.Line("mean over the patterns", iterations, squares, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	right := plot.NewPanel("", "iteration", "accuracy (%)")
	first, second := plot.Trace{Name: "training", Values: numbers(t.trained, "spike_accuracy", 100)}, plot.Trace{Name: "testing", Values: numbers(t.tested, "spike_accuracy", 100)}
	right.Y.Min, right.Y.Max = min(50, slices.Min(slices.Concat(first.Values, second.Values)))-2, 102
	along, style := iterations, plot.Solid(plot.Vermilion)
	if t.table == nil {
		first, second = plot.Trace{Name: "the worst pattern", Values: numbers(t.trained, "worst_ms", 1)}, plot.Trace{Name: "tolerance", Values: []float64{t.Tolerance, t.Tolerance}}
		right.Y.Label.Text, right.Y.Min, right.Y.Max = "largest |t − target| (ms)", 0, 1.1*max(slices.Max(first.Values), t.Tolerance)
		along, style = ends, plot.Dashed(plot.Black)
	}
	if err := right.Line(first.Name, iterations, first.Values, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	if len(second.Values) > 0 {
		if err := right.Line(second.Name, along, second.Values, style); err != nil {
			return err
		}
	}
	for _, p := range []*plot.Panel{left, right} {
		p.X.Tick.Marker = plot.Ticks{Whole: true}
		p.X.Min, p.X.Max = ends[0], ends[1]
	}
	f := plot.Figure{Panels: plot.Row(left, right), Heights: []vg.Length{140}}
	return f.Save(path)
}

// column is half of the figure of the spikes: what the network did before the training, at the left, or after
// it. What titles and legends say is divided between the two.
type column struct {
	*training
	records []models.SpikeRecord
	names   []string // of the patterns
	after   bool
}

// drawSpikes draws potentials and spikes before the training and after it.
func (t *training) drawSpikes(path string, before, after []models.SpikeRecord) error {
	_, names := t.drawn()
	left, heights, err := column{t, before, names, false}.panels()
	if err != nil {
		return err
	}
	right, _, err := column{t, after, names, true}.panels()
	if err != nil {
		return err
	}
	until := max(t.until(before), t.until(after))
	f := plot.Figure{Heights: heights, ShareX: true}
	for i, l := range left {
		r := right[i]
		for _, p := range []*plot.Panel{l, r} {
			p.X.Min, p.X.Max, p.X.Tick.Marker = -.4, until, plot.Ticks{N: 7}
		}
		l.Y.Min, l.Y.Max = min(l.Y.Min, r.Y.Min), max(l.Y.Max, r.Y.Max)
		r.Y.Min, r.Y.Max, r.Y.Label.Text = l.Y.Min, l.Y.Max, ""
		f.Panels = append(f.Panels, []*plot.Panel{l, r})
	}
	return f.Save(path)
}

// until is a time after all spikes, ms.
func (t *training) until(records []models.SpikeRecord) float64 {
	until := t.Late
	for _, r := range records {
		for _, c := range slices.Concat(r.Layers...) {
			if c.Spike < horizon {
				until = max(until, c.Spike)
			}
		}
	}
	return min(until+2, horizon)
}

// panels are those of a column, from the top.
func (c column) panels() (panels []*plot.Panel, heights []vg.Length, err error) {
	potentials := append(c.outputs(), c.hidden())
	for i, d := range potentials {
		d.End = horizon
		p, err := plot.NewPotentials(d)
		if err != nil {
			return nil, nil, err
		}
		height := vg.Length(75)
		switch {
		case i == len(potentials)-1:
			height = 80
		case c.table == nil:
			height = 120
		}
		panels, heights = append(panels, p), append(heights, height)
	}
	p, err := c.raster()
	return append(panels, p), append(heights, 170), err
}

// when is a text that is only there on a condition.
func when(there bool, text string) string {
	if there {
		return text
	}
	return ""
}

// outputs are the potential of the only output in all patterns, or those of all outputs in a pattern each.
func (c column) outputs() (of []plot.PotentialsData) {
	d := plot.PotentialsData{Label: "output potential", Targets: []float64{c.Early, c.Late}}
	title, last := "Before training", len(c.network.Layers)-1
	if c.after {
		title = "After training"
	}
	if c.table == nil {
		d.Title, d.TargetsName = title+when(!c.after, ", inputs at"), when(c.after, "targets")
		for i, r := range c.records {
			d.Curves = append(d.Curves, potential(when(!c.after, c.names[i]), colourOf(i), r.Layers[last][0]))
		}
		return []plot.PotentialsData{d}
	}
	for i, r := range c.records {
		d.Title, d.TargetsName, d.Curves = when(!c.after, c.names[i]), when(c.after && i == 1, "targets"), nil
		if i == 0 {
			d.Title = title + when(!c.after, ": "+c.names[i])
		}
		for j, course := range r.Layers[last] {
			d.Curves = append(d.Curves, potential(when(c.after && i == 0, c.table.Classes[j]), colourOf(j), course))
		}
		of = append(of, d)
	}
	return of
}

// hidden are the potentials of the hidden neurons in one pattern.
func (c column) hidden() plot.PotentialsData {
	i := min(1, len(c.records)-1)
	d := plot.PotentialsData{Label: "hidden potential", Title: when(!c.after, "Hidden neurons: "+c.names[i])}
	if c.table == nil {
		d.Title = when(!c.after, "Hidden neurons, inputs at "+c.names[i])
	}
	courses := c.records[i].Layers[0]
	for j, course := range courses {
		colour, name := plot.Blue, when(j == 0, "excitatory")
		if inhibitory := len(courses) - c.Inhibitory; j >= inhibitory {
			colour, name = plot.Vermilion, when(j == inhibitory, "inhibitory")
		}
		d.Curves = append(d.Curves, potential(when(c.after, name), colour, course))
	}
	return d
}

// potential is a curve, with a dot for the spike.
func potential(name string, colour color.Color, c models.SpikeCourse) plot.Potential {
	p := plot.Potential{Name: name, Colour: colour, Course: plot.Course{Times: c.Times, Values: c.Potential}}
	if c.Spike < horizon {
		p.Spikes = []float64{c.Spike}
	}
	return p
}

// raster draws the spikes of all neurons in all patterns, the inputs at the top.
func (c column) raster() (*plot.Panel, error) {
	d := plot.SpikeTimesData{Title: when(!c.after, "Spikes of all neurons"), Groups: []string{"inputs", "hidden", "output"}, End: horizon}
	for i, r := range c.records {
		of := plot.SpikeTimesOf{Name: when(c.after, c.names[i]), Colour: colourOf(i), Times: [][]float64{r.Times}}
		for _, layer := range r.Layers {
			var times []float64
			for _, course := range layer {
				times = append(times, course.Spike)
			}
			of.Times = append(of.Times, times)
		}
		d.Patterns = append(d.Patterns, of)
	}
	return plot.NewSpikeTimes(d)
}

// colourOf is that of a pattern, or of the output for a class.
func colourOf(i int) color.Color {
	return []color.Color{plot.Blue, plot.Vermilion, plot.Green, plot.Orange}[i%4]
}
