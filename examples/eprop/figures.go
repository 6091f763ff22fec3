package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// drawTraining draws the error and the firing rate, iteration by iteration.
func (r *runner) drawTraining(path string, h history) error {
	iterations := make([]float64, len(h.error))
	for i := range iterations {
		iterations[i] = float64(i + 1)
	}
	quantity := r.task.quantity()
	errors := plot.NewPanel("", "iteration", quantity)
	rates := plot.NewPanel("", "iteration", "firing rate (Hz)")
	for _, p := range []*plot.Panel{errors, rates} {
		p.X.Tick.Marker = plot.Ticks{Whole: true}
		p.X.Min, p.X.Max, p.Y.Min = 0, float64(len(iterations)+1), 0
	}
	errors.Y.Max = 1.05 * slices.Max(h.error)
	rates.Y.Max = 1.1 * max(slices.Max(h.rate), r.Rate)
	ends := []float64{0, float64(len(iterations) + 1)}
	if err := errors.Line(r.iteration(), iterations, h.error, plot.Solid(plot.SkyBlue)); err != nil {
		return err
	}
	if len(h.checked) > 0 {
		checked := make([]float64, len(h.checked))
		for i, at := range h.checked {
			checked[i] = float64(at)
		}
		if err := errors.Line("validation", checked, h.validation, plot.Solid(plot.Vermilion)); err != nil {
			return err
		}
	}
	if err := errors.Line(fmt.Sprintf("criterion %v", r.Criterion), ends, []float64{r.Criterion, r.Criterion}, plot.Dashed(plot.Black)); err != nil {
		return err
	}
	if err := rates.Line("all neurons", iterations, h.rate, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	if err := rates.Line("target of the regulariser", ends, []float64{r.Rate, r.Rate}, plot.Dashed(plot.Black)); err != nil {
		return err
	}
	f := plot.Figure{Panels: plot.Row(errors, rates), Heights: []vg.Length{150}}
	return f.Save(path)
}

// iteration is what the error of an iteration is of.
func (r *runner) iteration() string {
	if r.Batch == 1 {
		return "before each iteration"
	}
	return fmt.Sprintf("%d new trials", r.Batch)
}

// trial is what is drawn of one: rows of one value per unit, a row for each step.
type trial struct {
	number                           int // among those to test on
	times                            []float64
	inputs, spikes, thresholds, outs [][]float64
}

// drawTrial draws a trial to test on, on its way through the network.
func (r *runner) drawTrial(path string) error {
	t, err := r.trial()
	if err != nil {
		return err
	}
	f := plot.Figure{ShareX: true}
	add := func(height vg.Length, p *plot.Panel, err error) error {
		if err == nil && p != nil {
			p.X.Min, p.X.Max = 0, float64(len(t.times))
			f.Panels, f.Heights = append(f.Panels, []*plot.Panel{p}), append(f.Heights, height)
		}
		return err
	}
	regular := r.regular()
	inputs, err := r.task.drawInputs(t)
	if err := add(100, inputs, err); err != nil {
		return err
	}
	for _, group := range []struct {
		name     string
		from, to int
	}{{"Spikes of regular neurons", 0, regular}, {"Spikes of adaptive neurons", regular, r.Units}} {
		if group.to > group.from {
			p, err := raster(group.name, "neuron", t.spikes, group.from, group.to)
			if err := add(80, p, err); err != nil {
				return err
			}
		}
	}
	if regular < r.Units {
		p, err := t.drawThresholds(regular)
		if err := add(80, p, err); err != nil {
			return err
		}
	}
	outputs, err := r.task.drawOutputs(t)
	for _, p := range outputs {
		if err := add(r.task.outputHeight(), p, err); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return f.Save(path)
}

// trial runs the first trials to test on, and takes the first of them in which all decisions are right.
func (r *runner) trial() (t trial, err error) {
	series, err := r.series(test, 0, nodes.Spikes, nodes.Threshold)
	if err != nil {
		return t, err
	}
	d := r.task.dims()
	for b := range min(r.Batch, r.task.trials(test)) {
		var of result
		if err := r.task.score(test, b, numbers(r.net.out), b, r.Batch, &of); err != nil {
			return t, err
		}
		if of.wrong == 0 {
			t.number = b
			break
		}
	}
	for _, of := range []struct {
		values []float32
		units  int
		to     *[][]float64
	}{{numbers(series[0]), r.Units, &t.spikes}, {numbers(series[1]), r.Units, &t.thresholds}, {numbers(r.net.out), d.outputs, &t.outs}} {
		if *of.to, err = plot.Rows(of.values, r.Batch, of.units, t.number); err != nil {
			return t, err
		}
	}
	for step := range d.steps {
		t.times, t.inputs = append(t.times, float64(step)), append(t.inputs, make([]float64, d.inputs))
	}
	unused := make([]float32, product(r.task.target(1)))
	return t, r.task.fill(test, t.number, unused, 0, 1, func(step, input int) { t.inputs[step][input] = 1 })
}

func product(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

const timeLabel = "time (ms)"

// raster draws the spikes of units from ≤ j < to, the first at the top.
func raster(title, unit string, spikes [][]float64, from, to int) (*plot.Panel, error) {
	p := plot.NewPanel(title, timeLabel, unit)
	p.Y.Min, p.Y.Max = -.5, float64(to-from)-.5
	var ticks gonum.ConstantTicks
	for j := from; j < to; j++ {
		if every := max(1, (to-from)/5); (j-from)%every == every-1 {
			ticks = append(ticks, gonum.Tick{Value: float64(to - 1 - j), Label: fmt.Sprint(j + 1)})
		}
	}
	p.Y.Tick.Marker = ticks
	at, on := events(spikes, from, to)
	return p, p.Events("", at, on, .9, plot.Black)
}

// events are the times and rows of the spikes of units from ≤ j < to, the first at the top, where the last
// has row 0.
func events(rows [][]float64, from, to int) (at, on []float64) {
	for step, row := range rows {
		for j, v := range row[from:to] {
			if v != 0 {
				at, on = append(at, float64(step)), append(on, float64(to-from-1-j))
			}
		}
	}
	return at, on
}

// drawThresholds draws the thresholds of some adaptive neurons, evenly spread over those that there are.
func (t trial) drawThresholds(from int) (*plot.Panel, error) {
	const most = 8
	units := len(t.thresholds[0]) - from
	p := plot.NewPanel(fmt.Sprintf("Thresholds of %d adaptive neurons", min(most, units)), timeLabel, "threshold")
	low, high := math.Inf(1), math.Inf(-1)
	for k := range min(most, units) {
		a := column(t.thresholds, from+k*units/min(most, units))
		low, high = min(low, slices.Min(a)), max(high, slices.Max(a))
		if err := p.Line("", t.times, a, plot.Solid(plot.ClassColour(k))); err != nil {
			return nil, err
		}
	}
	p.Y.Min, p.Y.Max = low-.05*(high-low)-1e-3, high+.05*(high-low)+1e-3
	p.Y.Tick.Marker = plot.Ticks{N: 6}
	return p, nil
}

func column(rows [][]float64, unit int) []float64 {
	x := make([]float64, len(rows))
	for t, row := range rows {
		x[t] = row[unit]
	}
	return x
}

// drawInputs draws the inputs, each population in a colour of its own.
func (d *decisions) drawInputs(t trial) (*plot.Panel, error) {
	p := plot.NewPanel("Inputs", timeLabel, "")
	inputs := d.dims().inputs
	p.Y.Min, p.Y.Max = -.5, float64(inputs)-.5
	var ticks gonum.ConstantTicks
	first := 0
	for i, population := range d.parts[test].Populations() {
		last := first + population.Units
		at, on := events(t.inputs, first, last)
		for k := range on {
			on[k] += float64(inputs - last)
		}
		if err := p.Events("", at, on, .9, []color.Color{plot.Blue, plot.Vermilion, plot.Green, plot.Black}[i%4]); err != nil {
			return nil, err
		}
		ticks = append(ticks, gonum.Tick{Value: float64(inputs) - .5 - float64(first+last)/2, Label: population.Name})
		first = last
	}
	p.Y.Tick.Marker = ticks
	return p, nil
}

// drawOutputs draws the probability of class 1, and where it is asked for.
func (d *decisions) drawOutputs(t trial) ([]*plot.Panel, error) {
	list, err := d.parts[test].Decisions(t.number)
	if err != nil {
		return nil, err
	}
	names := d.parts[test].Populations()
	p := plot.NewPanel("Output", timeLabel, fmt.Sprintf("P(%s)", names[1].Name))
	p.Y.Min, p.Y.Max = -.05, 1.05
	for i, decision := range list {
		from, to := float64(decision.From), float64(decision.To)
		shade := &plotter.Polygon{Color: color.RGBA{R: 0xE8, G: 0xE8, B: 0xE8, A: 0xFF},
			XYs: []plotter.XYs{{{X: from, Y: -.05}, {X: to, Y: -.05}, {X: to, Y: 1.05}, {X: from, Y: 1.05}}}}
		shade.LineStyle.Width = 0
		p.Add(shade)
		name := ""
		if i == 0 {
			p.Key("the class is asked for", shade)
			name = "target"
		}
		y := float64(decision.Class)
		if err := p.Line(name, []float64{from, to}, []float64{y, y}, plot.Dashed(plot.Black)); err != nil {
			return nil, err
		}
	}
	probability := make([]float64, len(t.outs))
	for step, row := range t.outs {
		probability[step] = 1 / (1 + math.Exp(row[0]-row[1]))
	}
	return []*plot.Panel{p}, p.Line("output", t.times, probability, plot.Solid(plot.Blue))
}

func (d *decisions) outputHeight() vg.Length { return 70 }

func (c *curves) drawInputs(t trial) (*plot.Panel, error) {
	return raster("Inputs, the same in every iteration", "input", t.inputs, 0, len(t.inputs[0]))
}

// drawOutputs draws outputs against curves.
func (c *curves) drawOutputs(t trial) (panels []*plot.Panel, err error) {
	for k := range c.Curves[0] {
		title, names := "", [2]string{}
		if k == 0 {
			title, names = "Outputs", [2]string{"target", "output"}
		}
		p := plot.NewPanel(title, timeLabel, fmt.Sprintf("y%d", k+1))
		target, out := column(c.Curves, k), column(t.outs, k)
		p.Y.Tick.Marker = gonum.ConstantTicks{{Value: -1, Label: "−1"}, {Value: 0, Label: "0"}, {Value: 1, Label: "1"}}
		p.Y.Min, p.Y.Max = min(-1, slices.Min(out))-.1, max(1, slices.Max(out))+.1
		if err := p.Line(names[0], t.times, target, plot.Dashed(plot.Black)); err != nil {
			return nil, err
		}
		if err := p.Line(names[1], t.times, out, plot.Solid(plot.Blue)); err != nil {
			return nil, err
		}
		panels = append(panels, p)
	}
	return panels, nil
}

func (c *curves) outputHeight() vg.Length { return 46 }
