package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gorgonia.org/gorgonia"
)

// drawTraining draws the learning curves.
func drawTraining(path string, h history) error {
	d := plot.LearningCurvesData{LossName: "cross entropy (nats per step)", Best: h.best + 1}
	for i := range h.train {
		d.TrainLoss = append(d.TrainLoss, h.train[i].meanLoss())
		d.TrainAccuracy = append(d.TrainAccuracy, h.train[i].accuracy())
		d.ValidLoss = append(d.ValidLoss, h.validation[i].meanLoss())
		d.ValidAccuracy = append(d.ValidAccuracy, h.validation[i].accuracy())
	}
	return plot.LearningCurves(path, d)
}

// What is drawn of a record is short enough to tell single spikes.
const (
	first  = 200 // step
	window = 500 // steps
	stepMS = 4   // the time between two samples of an electrocardiogram
)

// passage is a part of a record on its way through the network: rows of one value per unit, a row
// for each step.
type passage struct {
	events, dendrite, soma, spikes [][]float64
	leads                          [][]float64 // mV, where they are known
	truth, predicted               []int
	times                          []float64 // ms
	whole                          result    // of the whole record
}

// drawRecord draws record i on its way through the network.
func drawRecord(path string, r *runner, p part, i int) error {
	s, err := r.passage(p, i)
	if err != nil {
		return err
	}
	f := plot.Figure{ShareX: true}
	for _, part := range []struct {
		draw   func() (*plot.Panel, error)
		height vg.Length
	}{{s.drawLeads, 60}, {s.drawEvents, 52}, {s.drawDendrite, 70}, {s.drawSoma, 84}, {s.drawSpikes, 110}, {s.drawLabels, 34}} {
		panel, err := part.draw()
		if err != nil {
			return err
		}
		if panel == nil {
			continue
		}
		panel.X.Min, panel.X.Max = s.times[0], s.times[len(s.times)-1]
		f.Panels, f.Heights = append(f.Panels, []*plot.Panel{panel}), append(f.Heights, part.height)
	}
	return f.Save(path)
}

// passage runs record i through the network.
func (r *runner) passage(p part, i int) (s passage, err error) {
	dendrite, err := r.neurons.Series("dendrite")
	if err != nil {
		return s, err
	}
	soma, err := r.neurons.Membrane()
	if err != nil {
		return s, err
	}
	m, err := graph.NewMachine(r.loss, r.scores, r.spikes, dendrite, soma)
	if err != nil {
		return s, err
	}
	defer m.Close()
	if err := r.run(m, p, []int{i}, &s.whole); err != nil {
		return s, err
	}
	for _, series := range []struct {
		node *gorgonia.Node
		to   *[][]float64
	}{{r.x, &s.events}, {dendrite, &s.dendrite}, {soma, &s.soma}, {r.spikes, &s.spikes}} {
		x, err := graph.Float64s(series.node.Value())
		if err != nil {
			return s, err
		}
		shape := series.node.Shape()
		rows, err := plot.Rows(x, shape[1], shape[2], 0)
		if err != nil {
			return s, err
		}
		*series.to = rows[first:min(first+window, len(rows))]
	}
	predicted, size := r.predictions(), r.labels.Shape()[1]
	for t := first; t < first+len(s.events); t++ {
		s.times = append(s.times, float64(t)*stepMS)
		s.truth = append(s.truth, int(r.truth[t*size]))
		s.predicted = append(s.predicted, predicted[t*size])
	}
	if len(p.Signal) > i {
		for _, lead := range p.Signal[i] {
			s.leads = append(s.leads, plot.Float64s(lead[first:first+len(s.events)]))
		}
	}
	return s, nil
}

const timeLabel = "time (ms)"

func (s passage) drawLeads() (*plot.Panel, error) {
	if s.leads == nil {
		return nil, nil
	}
	p := plot.NewPanel("Electrocardiogram", timeLabel, "signal (mV)")
	for i, lead := range s.leads {
		if err := p.Line(fmt.Sprintf("lead %d", i+1), s.times, lead, plot.Solid([]color.Color{plot.Blue, plot.Vermilion}[i])); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (s passage) drawEvents() (*plot.Panel, error) {
	return s.raster("Input: events of the leads", "", []string{"lead 1 ↑", "lead 1 ↓", "lead 2 ↑", "lead 2 ↓"}, s.events)
}

func (s passage) drawSpikes() (*plot.Panel, error) {
	names := make([]string, len(s.spikes[0]))
	for i := range names {
		if i%10 == 9 {
			names[i] = fmt.Sprint(i + 1)
		}
	}
	return s.raster("Spikes of all neurons", "neuron", names, s.spikes)
}

// raster draws a mark for every event, the first unit at the top.
func (s passage) raster(title, label string, units []string, events [][]float64) (*plot.Panel, error) {
	p := plot.NewPanel(title, timeLabel, label)
	var at, on []float64
	for t, row := range events {
		for i, v := range row {
			if v != 0 {
				at, on = append(at, s.times[t]), append(on, float64(len(row)-1-i))
			}
		}
	}
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = -.5, float64(len(units))-.5, downward(units...)
	return p, p.Events("", at, on, .8, plot.Black)
}

// downward are names beside an axis, the last of them at 0. Nameless units have no mark.
func downward(names ...string) gonum.ConstantTicks {
	var ticks gonum.ConstantTicks
	for i, name := range names {
		if name != "" {
			ticks = append(ticks, gonum.Tick{Value: float64(len(names) - 1 - i), Label: name})
		}
	}
	return ticks
}

// drawDendrite draws the dendrite of the liveliest neuron. Potentials are multiples of the threshold.
func (s passage) drawDendrite() (*plot.Panel, error) {
	k := s.liveliest()
	u := column(s.dendrite, k)
	margin := .06 * (slices.Max(u) - slices.Min(u))
	p := plot.NewPanel(fmt.Sprintf("Dendrite of neuron %d", k+1), timeLabel, "U_D / V_th")
	p.Y.Min, p.Y.Max = slices.Min(u)-margin, slices.Max(u)+margin
	return p, p.Line("", s.times, u, plot.Solid(plot.Green))
}

// drawSoma draws the soma of the same neuron, with its spikes above.
func (s passage) drawSoma() (*plot.Panel, error) {
	k := s.liveliest()
	u := column(s.soma, k)
	low, high := min(0, slices.Min(u)), max(1, slices.Max(u))
	lane := .18 * (high - low) // of the spikes
	p := plot.NewPanel(fmt.Sprintf("Soma of neuron %d", k+1), timeLabel, "U_S / V_th")
	p.Y.Min, p.Y.Max = low-lane/4, high+lane*1.25
	if err := p.Line("potential", s.times, u, plot.Solid(plot.Blue)); err != nil {
		return nil, err
	}
	ends := []float64{s.times[0], s.times[len(s.times)-1]}
	if err := p.Line("threshold", ends, []float64{1, 1}, plot.Dashed(plot.Vermilion)); err != nil {
		return nil, err
	}
	var at, on []float64
	for t, row := range s.spikes {
		if row[k] != 0 {
			at, on = append(at, s.times[t]), append(on, high+.75*lane)
		}
	}
	return p, p.Events("spike", at, on, .7*lane, plot.Black)
}

// drawLabels draws the true waves above the predicted ones.
func (s passage) drawLabels() (*plot.Panel, error) {
	p := plot.NewPanel(fmt.Sprintf("Waves, %.1f %% of the whole record correct", 100*s.whole.accuracy()), timeLabel, "")
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = -.5, 1.5, downward("true", "predicted")
	for wave := range data.Wave(len(s.whole.labels)) {
		boxes := &plotter.Polygon{Color: plot.ClassColour(int(wave))}
		for row, labels := range [][]int{s.predicted, s.truth} {
			for t, label := range labels {
				if label == int(wave) {
					left, right, y := s.times[t]-stepMS/2, s.times[t]+stepMS/2, float64(row)
					boxes.XYs = append(boxes.XYs, plotter.XYs{{X: left, Y: y - .4}, {X: right, Y: y - .4}, {X: right, Y: y + .4}, {X: left, Y: y + .4}})
				}
			}
		}
		if len(boxes.XYs) > 0 {
			p.Add(boxes)
		}
		p.Key(wave.String(), boxes)
	}
	return p, nil
}

// liveliest is the neuron to look at: it fires about half of the time, and its soma does not stray far
// from the threshold.
func (s passage) liveliest() int {
	best, least := 0, math.Inf(1)
	for k := range s.spikes[0] {
		far, fired := 0., 0.
		for t, row := range s.spikes {
			far = max(far, math.Abs(s.soma[t][k]))
			fired += row[k] / float64(len(s.spikes))
		}
		if score := math.Abs(fired-.5) + far/20; score < least {
			best, least = k, score
		}
	}
	return best
}

func column(rows [][]float64, unit int) []float64 {
	x := make([]float64, len(rows))
	for t, row := range rows {
		x[t] = row[unit]
	}
	return x
}
