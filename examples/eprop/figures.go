package main

import (
	"context"
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const timeLabel = "time (ms)"

// trial is a trial to test on, on its way through the network, while it is drawn.
type trial struct {
	*train.Prediction
	*datasets
	number int
	times  []float64
	plot.Figure
}

// drawTrial draws the first trial to test on in which all decisions are right.
func (f *flags) drawTrial(ctx context.Context, r *program.Run, net *train.Network, d *datasets) error {
	t := &trial{datasets: d, Figure: plot.Figure{ShareX: true}}
	var err error
	if d.trials != nil {
		if t.number, err = f.firstRight(ctx, net, d); err != nil {
			return err
		}
	}
	if t.Prediction, err = net.Record(ctx, d.test, t.number); err != nil {
		return err
	}
	for step := range t.Steps {
		t.times = append(t.times, float64(step))
	}
	if err := t.drawInputs(); err != nil {
		return err
	}
	l := t.Prediction.Layers[0]
	spikes, err := plot.Rows(l.Series[nodes.Spikes], 1, l.Units, 0)
	if err != nil {
		return err
	}
	regular := f.regular()
	for _, group := range []struct {
		name     string
		from, to int
	}{{"Spikes of regular neurons", 0, regular}, {"Spikes of adaptive neurons", regular, l.Units}} {
		if group.to > group.from {
			if err := t.raster(80, group.name, "neuron", part(spikes, group.from, group.to), group.from); err != nil {
				return err
			}
		}
	}
	if regular < l.Units {
		if err := t.drawThresholds(l, regular); err != nil {
			return err
		}
	}
	if d.pattern != nil {
		err = t.drawCurves()
	} else {
		err = t.drawDecisions()
	}
	if err != nil {
		return err
	}
	return r.Write("trial.png", t.Save)
}

// firstRight is the first of the first trials in which all decisions are right, or 0 if there is none.
func (f *flags) firstRight(ctx context.Context, net *train.Network, d *datasets) (int, error) {
	for i := range min(f.Batch, d.trials.Len()) {
		one, err := train.Subset(d.test, []int{i})
		if err != nil {
			return 0, err
		}
		p, err := net.Predict(ctx, one)
		if err != nil {
			return 0, err
		}
		list, err := d.trials.Decisions(i)
		if err != nil {
			return 0, err
		}
		if !slices.ContainsFunc(list, func(d data.Decision) bool { return models.Decide(p[0].Scores[d.From:d.To]) != d.Class }) {
			return i, nil
		}
	}
	return 0, nil
}

// add adds a panel below the others.
func (t *trial) add(height vg.Length, p *plot.Panel) {
	p.X.Min, p.X.Max = 0, float64(t.Steps)
	t.Panels, t.Heights = append(t.Panels, []*plot.Panel{p}), append(t.Heights, height)
}

// raster adds a panel of spikes, the first unit at the top.
func (t *trial) raster(height vg.Length, title, unit string, rows [][]float64, first int) error {
	p, err := plot.NewRaster(plot.RasterData{Title: title, Label: unit, Times: t.times, Rows: rows, First: first + 1})
	if err == nil {
		t.add(height, p)
	}
	return err
}

// part are units from ≤ j < to.
func part(rows [][]float64, from, to int) [][]float64 {
	out := make([][]float64, len(rows))
	for t, row := range rows {
		out[t] = row[from:to]
	}
	return out
}

// drawThresholds draws the thresholds of some adaptive neurons, evenly spread over those that there are.
func (t *trial) drawThresholds(l train.LayerRecord, from int) error {
	const most = 8
	units := l.Units - from
	p := plot.NewPanel(fmt.Sprintf("Thresholds of %d adaptive neurons", min(most, units)), timeLabel, "threshold")
	low, high := math.Inf(1), math.Inf(-1)
	for k := range min(most, units) {
		a := plot.Column(l.Series[nodes.Threshold], l.Units, from+k*units/min(most, units))
		low, high = min(low, slices.Min(a)), max(high, slices.Max(a))
		if err := p.Line("", t.times, a, plot.Solid(plot.ClassColour(k))); err != nil {
			return err
		}
	}
	p.Y.Min, p.Y.Max = low-.05*(high-low)-1e-3, high+.05*(high-low)+1e-3
	p.Y.Tick.Marker = plot.Ticks{N: 6}
	t.add(80, p)
	return nil
}

// drawInputs draws the inputs; of trials, each population in a colour of its own.
func (t *trial) drawInputs() error {
	rows, err := plot.Rows(t.Inputs, 1, t.Features, 0)
	if err != nil {
		return err
	}
	if t.pattern != nil {
		return t.raster(100, "Inputs, the same in every iteration", "input", rows, 0)
	}
	p := plot.NewPanel("Inputs", timeLabel, "")
	p.Y.Min, p.Y.Max = -.5, float64(t.Features)-.5
	var ticks gonum.ConstantTicks
	first := 0
	for i, population := range t.trials.Populations() {
		var at, on []float64
		for step, row := range rows {
			for j, v := range row[first:][:population.Units] {
				if v != 0 {
					at, on = append(at, float64(step)), append(on, float64(t.Features-1-first-j))
				}
			}
		}
		if err := p.Events("", at, on, .9, []color.Color{plot.Blue, plot.Vermilion, plot.Green, plot.Black}[i%4]); err != nil {
			return err
		}
		middle := float64(first) + float64(population.Units)/2
		ticks = append(ticks, gonum.Tick{Value: float64(t.Features) - .5 - middle, Label: population.Name})
		first += population.Units
	}
	p.Y.Tick.Marker = ticks
	t.add(100, p)
	return nil
}

// drawDecisions draws the probability of class 1, and where it is asked for.
func (t *trial) drawDecisions() error {
	list, err := t.trials.Decisions(t.number)
	if err != nil {
		return err
	}
	p := plot.NewPanel("Output", timeLabel, fmt.Sprintf("P(%s)", t.trials.Populations()[1].Name))
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
			return err
		}
	}
	probability := make([]float64, len(t.Scores))
	for step, row := range t.Scores {
		probability[step] = 1 / (1 + math.Exp(row[0]-row[1]))
	}
	t.add(70, p)
	return p.Line("output", t.times, probability, plot.Solid(plot.Blue))
}

// drawCurves draws outputs against curves.
func (t *trial) drawCurves() error {
	for k := range t.pattern.Curves[0] {
		title, names := "", [2]string{}
		if k == 0 {
			title, names = "Outputs", [2]string{"target", "output"}
		}
		p := plot.NewPanel(title, timeLabel, fmt.Sprintf("y%d", k+1))
		curve := func(rows [][]float64) []float64 { return plot.Column(slices.Concat(rows...), len(rows[0]), k) }
		target, out := curve(t.pattern.Curves), curve(t.Scores)
		p.Y.Tick.Marker = gonum.ConstantTicks{{Value: -1, Label: "−1"}, {Value: 0, Label: "0"}, {Value: 1, Label: "1"}}
		p.Y.Min, p.Y.Max = min(-1, slices.Min(out))-.1, max(1, slices.Max(out))+.1
		if err := p.Line(names[0], t.times, target, plot.Dashed(plot.Black)); err != nil {
			return err
		}
		if err := p.Line(names[1], t.times, out, plot.Solid(plot.Blue)); err != nil {
			return err
		}
		t.add(46, p)
	}
	return nil
}
