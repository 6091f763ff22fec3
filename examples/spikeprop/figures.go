package main

import (
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/models/plot"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const timeLabel = "time (ms)"

// drawTraining draws the error, and how good the network is, iteration by iteration.
func (t *training) drawTraining(path string) error {
	var iterations, squares, worst, accuracy, tested []float64
	for i, l := range t.looks {
		iterations, squares = append(iterations, float64(i)), append(squares, max(number(l.trained, "spike_error"), 1e-6))
		worst, accuracy = append(worst, number(l.trained, "worst_ms")), append(accuracy, 100*number(l.trained, "spike_accuracy"))
		if l.tested != nil {
			tested = append(tested, 100*number(l.tested, "spike_accuracy"))
		}
	}
	left := plot.NewPanel("", "iteration", "½ Σ (t − target)² (ms²)")
	plot.Logarithmic(&left.Y)
	left.Y.Min = math.Pow(10, math.Floor(math.Log10(slices.Min(squares))))
	left.Y.Max = math.Pow(10, math.Ceil(math.Log10(slices.Max(squares)*1.01)))
	if err := left.Line("mean over the patterns", iterations, squares, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	right := plot.NewPanel("", "iteration", "largest |t − target| (ms)")
	ends := []float64{0, max(1, iterations[len(iterations)-1])}
	if t.table == nil {
		right.Y.Min, right.Y.Max = 0, 1.1*max(slices.Max(worst), t.Tolerance)
		if err := right.Line("the worst pattern", iterations, worst, plot.Solid(plot.Blue)); err != nil {
			return err
		}
		if err := right.Line("tolerance", ends, []float64{t.Tolerance, t.Tolerance}, plot.Dashed(plot.Black)); err != nil {
			return err
		}
	} else {
		right.Y.Label.Text, right.Y.Min, right.Y.Max = "accuracy (%)", min(50, slices.Min(append(tested, accuracy...)))-2, 102
		if err := right.Line("training", iterations, accuracy, plot.Solid(plot.Blue)); err != nil {
			return err
		}
		if tested != nil {
			if err := right.Line("testing", iterations, tested, plot.Solid(plot.Vermilion)); err != nil {
				return err
			}
		}
	}
	for _, p := range []*plot.Panel{left, right} {
		p.X.Tick.Marker = plot.Ticks{Whole: true}
		p.X.Min, p.X.Max = ends[0], ends[1]
	}
	f := plot.Figure{Panels: plot.Row(left, right), Heights: []vg.Length{140}}
	return f.Save(path)
}

// drawSpikes draws potentials and spikes before the training, at the left, and after it.
func (t *training) drawSpikes(path string, before, after snapshot) (err error) {
	until := max(before.until, after.until)
	var columns [2][]*plot.Panel
	var heights []vg.Length
	for k, s := range []snapshot{before, after} {
		if columns[k], heights, err = t.column(s, k == 1); err != nil {
			return err
		}
		for _, p := range columns[k] {
			p.X.Min, p.X.Max = -.4, until
			p.X.Tick.Marker = plot.Ticks{N: 7}
		}
	}
	f := plot.Figure{Heights: heights, ShareX: true}
	for i, left := range columns[0] {
		right := columns[1][i]
		left.Y.Min = min(left.Y.Min, right.Y.Min)
		left.Y.Max = max(left.Y.Max, right.Y.Max)
		right.Y.Min, right.Y.Max, right.Y.Label.Text = left.Y.Min, left.Y.Max, ""
		f.Panels = append(f.Panels, []*plot.Panel{left, right})
	}
	return f.Save(path)
}

// column draws the panels of a snapshot, from the top. What the legends say is divided between the columns.
func (t *training) column(s snapshot, after bool) (panels []*plot.Panel, heights []vg.Length, err error) {
	add := func(p *plot.Panel, height vg.Length, e error) {
		panels, heights = append(panels, p), append(heights, height)
		if err == nil {
			err = e
		}
	}
	last := len(s.shown[0].curves) - 1
	if len(s.shown[0].targets) == 1 {
		p, e := t.outputOfPatterns(s, after)
		add(p, 120, e)
	} else {
		for i := range s.shown {
			p, e := t.outputsOfPattern(s.shown[i], i, after)
			add(p, 75, e)
		}
	}
	for l := range last {
		p, e := t.hiddenPotentials(s.shown[min(1, len(s.shown)-1)], l, after)
		add(p, 80, e)
	}
	p, e := t.raster(s, after)
	add(p, 170, e)
	return panels, heights, err
}

const beforeTitle, afterTitle = "Before training", "After training"

// outputOfPatterns draws the potential of the only output in all patterns.
func (t *training) outputOfPatterns(s snapshot, after bool) (*plot.Panel, error) {
	title := beforeTitle + ", inputs at"
	if after {
		title = afterTitle
	}
	p := plot.NewPanel(title, timeLabel, "output potential")
	addTargets(p, []float64{t.Early, t.Late}, after)
	var all []course
	for i, of := range s.shown {
		last := len(of.curves) - 1
		name := of.name
		if after {
			name = ""
		}
		if err := drawCourse(p, name, of.curves[last][0], colourOf(i), of.spikes[last+1][0]); err != nil {
			return nil, err
		}
		all = append(all, of.curves[last][0])
	}
	return p, limits(p, all)
}

// outputsOfPattern draws the potentials of all outputs in the pattern with number i.
func (t *training) outputsOfPattern(of shown, i int, after bool) (*plot.Panel, error) {
	title := ""
	switch {
	case after && i == 0:
		title = afterTitle
	case i == 0:
		title = beforeTitle + ": " + of.name
	case !after:
		title = of.name
	}
	p := plot.NewPanel(title, timeLabel, "output potential")
	addTargets(p, []float64{t.Early, t.Late}, after && i == 1)
	last := len(of.curves) - 1
	for j, c := range of.curves[last] {
		name := ""
		if after && i == 0 {
			name = t.table.Classes[j]
		}
		if err := drawCourse(p, name, c, colourOf(j), of.spikes[last+1][j]); err != nil {
			return nil, err
		}
	}
	return p, limits(p, of.curves[last])
}

// hiddenPotentials draws those of a hidden layer's neurons in one pattern.
func (t *training) hiddenPotentials(of shown, layer int, after bool) (*plot.Panel, error) {
	title := ""
	if !after {
		title = "Hidden neurons: " + of.name
		if t.table == nil {
			title = "Hidden neurons, inputs at " + of.name
		}
	}
	p := plot.NewPanel(title, timeLabel, "hidden potential")
	units := len(of.curves[layer])
	for j, c := range of.curves[layer] {
		colour, name := plot.Blue, ""
		if j == 0 {
			name = "excitatory"
		}
		if j >= units-t.Inhibitory {
			colour, name = plot.Vermilion, ""
			if j == units-t.Inhibitory {
				name = "inhibitory"
			}
		}
		if !after {
			name = ""
		}
		if err := drawCourse(p, name, c, colour, of.spikes[layer+1][j]); err != nil {
			return nil, err
		}
	}
	return p, limits(p, of.curves[layer])
}

// drawCourse draws a potential up to the spike, and the spike as a dot.
func drawCourse(p *plot.Panel, name string, c course, colour color.Color, spike float64) error {
	line := plot.Solid(colour)
	if err := p.Line(name, c.times, c.values, line); err != nil {
		return err
	}
	if spike >= horizon {
		return nil
	}
	p.Add(dots(plotter.XYs{{X: spike, Y: 1}}, colour, 2.6))
	return nil
}

// limits adds the threshold to a panel of potentials, and gives it its range.
func limits(p *plot.Panel, curves []course) error {
	low := 0.
	for _, c := range curves {
		low = min(low, slices.Min(c.values))
	}
	p.Y.Min, p.Y.Max = low-.08, 1.15
	p.Y.Tick.Marker = plot.Ticks{N: 4}
	return p.Line("", []float64{0, horizon}, []float64{1, 1}, plot.Dashed(color.Gray{Y: 0x66}))
}

// addTargets marks the times of the targets.
func addTargets(p *plot.Panel, times []float64, legend bool) {
	line := plot.Dashed(plot.Black)
	for _, t := range times {
		p.Add(&plotter.Line{XYs: plotter.XYs{{X: t, Y: -1e3}, {X: t, Y: 1e3}}, LineStyle: line})
	}
	if legend {
		p.Key("targets", &plotter.Line{LineStyle: line})
	}
}

// colourOf is that of a pattern, or of the output for a class.
func colourOf(i int) color.Color {
	return []color.Color{plot.Blue, plot.Vermilion, plot.Green, plot.Orange}[i%4]
}

// dots are spikes.
func dots(at plotter.XYs, colour color.Color, radius vg.Length) *plotter.Scatter {
	return &plotter.Scatter{XYs: at, GlyphStyle: draw.GlyphStyle{Color: colour, Radius: radius, Shape: draw.CircleGlyph{}}}
}

// raster draws the spikes of all neurons in all patterns, the inputs at the top.
func (t *training) raster(s snapshot, after bool) (*plot.Panel, error) {
	title := "Spikes of all neurons"
	if after {
		title = ""
	}
	p := plot.NewPanel(title, timeLabel, "")
	total := 0
	for _, group := range s.shown[0].spikes {
		total += len(group)
	}
	var ticks gonum.ConstantTicks
	first := 0
	for g, group := range s.shown[0].spikes {
		name := "hidden"
		switch g {
		case 0:
			name = "inputs"
		case len(s.shown[0].spikes) - 1:
			name = "output"
		}
		ticks = append(ticks, gonum.Tick{Value: float64(total) - float64(first) - float64(len(group)+1)/2, Label: name})
		first += len(group)
		if g < len(s.shown[0].spikes)-1 {
			y := float64(total-first) - .5
			p.Add(&plotter.Line{XYs: plotter.XYs{{X: 0, Y: y}, {X: horizon, Y: y}}, LineStyle: draw.LineStyle{Color: color.Gray{Y: 0x99}, Width: .6}})
		}
	}
	p.Y.Tick.Marker = ticks
	p.Y.Min, p.Y.Max = -.5, float64(total)-.5
	for i, of := range s.shown {
		var at plotter.XYs
		row := total - 1
		for _, group := range of.spikes {
			for _, t := range group {
				if t < horizon {
					// The patterns stand one above the other within the row of a neuron.
					at = append(at, plotter.XY{X: t, Y: float64(row) + .4 - .8*(float64(i)+.5)/float64(len(s.shown))})
				}
				row--
			}
		}
		spikes := dots(at, colourOf(i), 1.5)
		p.Add(spikes)
		if after {
			p.Key(of.name, spikes)
		}
	}
	return p, nil
}
