package plot

import (
	"fmt"
	"image/color"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"gonum.org/v1/plot/vg"
)

// RunFigure is how [Run] draws a sequence on its way through a network. The zero value is what Run does.
type RunFigure struct {
	// Title stands above the figure. It may be empty.
	Title string
	// StepMS is the duration of a step in ms. 0 counts steps.
	StepMS float64
	// Classes are the names of the classes, and Channels those of the inputs. Without names they have
	// numbers, from 0.
	Classes, Channels []string
	// Signals are drawn above the inputs: analogue signals that the inputs code, with a value for each
	// step. SignalName is the label of their axis, with the unit. "" means "signal".
	Signals    []Trace
	SignalName string
	// Neurons is how many neurons of each layer are drawn in detail. 0 means 2, and −1 none.
	Neurons int
	// Upward draws the first channel and the first neuron at the bottom instead of the top.
	Upward bool
}

// Run draws what a network did with a sequence, which [train.Network.Record] tells, as panels over one axis
// of time, and writes the figure to path as PNG:
//
//   - the inputs: marks where all are −1, 0 or 1, else curves, or a map of colours where there are many;
//   - of each layer the spikes of all neurons. Of the liveliest neurons, or, in a readout, those of the true
//     and the predicted class, the membrane potential with the threshold and the spikes, and of the first
//     of them all other series that there are. A layer without spikes has its potentials instead;
//   - the scores: over time where there are scores for each step, with the true labels over the predicted
//     ones or the target curves over the outputs, else a bar for each class, the true one marked.
//
// Neurons are numbered from 0, as in the series. What there is too much of is thinned out, and then a label
// or title says so. What is not there has no panel.
func Run(path string, p *train.Prediction) error { return RunFigure{}.Draw(path, p) }

// Draw draws the figure of a sequence and writes it to path as PNG.
func (r RunFigure) Draw(path string, p *train.Prediction) error {
	f, err := r.Figure(p)
	if err != nil {
		return err
	}
	return f.Save(path)
}

// Figure returns the figure of a sequence in one column, to which further panels may be added.
func (r RunFigure) Figure(p *train.Prediction) (*Figure, error) {
	f, err := r.of(p)
	return f, errors.WithMessage(err, "plot: run")
}

// passage is a sequence on its way through a network while it is drawn.
type passage struct {
	RunFigure
	*train.Prediction
	step  float64 // of the axis of time
	times []float64
	f     *Figure
}

func (r RunFigure) of(p *train.Prediction) (*Figure, error) {
	if err := r.check(p); err != nil {
		return nil, err
	}
	d := &passage{RunFigure: r, Prediction: p, step: r.StepMS, f: &Figure{Title: r.Title, ShareX: true}}
	if d.step == 0 {
		d.step = 1
	}
	for t := range p.Steps {
		d.times = append(d.times, float64(t)*d.step)
	}
	if len(r.Signals) > 0 {
		panel, err := RecordData{Signals: r.Signals, SignalName: r.SignalName}.signals(d.times)
		if err := d.add(panel, 72, err); err != nil {
			return nil, err
		}
	}
	if len(p.Inputs) > 0 {
		if err := d.inputs(); err != nil {
			return nil, errors.WithMessage(err, "inputs")
		}
	}
	for _, l := range p.Layers {
		if err := d.layer(l); err != nil {
			return nil, errors.WithMessagef(err, "layer %s", l.Layer)
		}
	}
	if len(p.Scores) > 0 {
		if err := d.scores(); err != nil {
			return nil, errors.WithMessage(err, "scores")
		}
	}
	if len(d.f.Panels) == 0 {
		return nil, errors.New("there is nothing to draw: neither inputs nor layers nor scores")
	}
	return d.f, nil
}

// add adds a panel over the axis of time.
func (d *passage) add(p *Panel, height vg.Length, err error) error {
	if err != nil {
		return err
	}
	p.X.Min, p.X.Max = -0.5*d.step, (float64(d.Steps)-0.5)*d.step
	if d.StepMS == 0 {
		p.X.Label.Text = "time step"
		p.X.Tick.Marker = Ticks{Whole: true}
	}
	d.f.Panels, d.f.Heights = append(d.f.Panels, []*Panel{p}), append(d.f.Heights, height)
	return nil
}

// mostCurves is the most curves that a panel has.
const mostCurves = 6

func curveColour(i int) color.Color {
	colours := []color.Color{Blue, Vermilion, Green, Purple, Orange, SkyBlue}
	return colours[i%len(colours)]
}

func (d *passage) inputs() error {
	values := Float64s(d.Inputs)
	rows, err := Rows(values, 1, d.Features, 0)
	if err != nil {
		return err
	}
	switch {
	case areSigns(values):
		p, err := RasterData{Title: fmt.Sprintf("Inputs: %.3f events per channel and step", activity(rows)), Label: "channel",
			Times: d.times, Rows: rows, Names: d.Channels, Upward: d.Upward, Colour: Blue}.panel()
		if err != nil {
			return err
		}
		return d.add(p, rasterHeight(p), nil)
	case d.Features <= mostCurves:
		p, err := d.curves("Inputs", "input", values, d.Features, d.Channels)
		return d.add(p, 72, err)
	}
	return d.heat("Inputs", "channel", values, d.Features, d.Channels)
}

// areSigns tells whether all values are −1, 0 or 1.
func areSigns(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != 0 && v != 1 && v != -1 })
}

// curves draws [T, units], one curve for each.
func (d *passage) curves(title, label string, values []float64, units int, names []string) (*Panel, error) {
	p := NewPanel(title, timeLabel, label)
	for i := range units {
		name := ""
		if units > 1 {
			name = nameOf(names, i)
		}
		if err := p.Line(name, d.times, Column(values, units, i), thinLine(curveColour(i))); err != nil {
			return nil, err
		}
	}
	low, high := bounds(values)
	p.Y.Min, p.Y.Max = widen(low, high, 0.06)
	return p, nil
}

// heat draws [T, units] as colours.
func (d *passage) heat(title, label string, values []float64, units int, names []string) error {
	low, high := bounds(values)
	if len(names) > 0 {
		label = ""
	}
	p := newBarePanel(fmt.Sprintf("%s, %s (light) to %s (dark)", title, short(low), short(high)), timeLabel, label)
	p.Add(&heatmap{at: func(step, unit int) float64 { return values[step*units+unit] }, steps: d.Steps, units: units,
		step: d.step, low: low, high: high, upward: d.Upward})
	p.Y.Min, p.Y.Max = -0.5, float64(units)-0.5
	raster := RasterData{Names: names, Upward: d.Upward}
	p.Y.Tick.Marker = raster.ticks(1, units, func(row int) float64 {
		if d.Upward {
			return float64(row)
		}
		return float64(units - 1 - row)
	})
	return d.add(p, rasterHeight(p), nil)
}

// short is a number of three digits.
func short(v float64) string { return minus(fmt.Sprintf("%.3g", v)) }

// nameOf is the name of class, channel or neuron i, or its number.
func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprint(i)
}

// Column returns what one unit did, from the values [T, units] of a series of a [train.LayerRecord].
func Column[N Number](values []N, units, unit int) []float64 {
	x := make([]float64, 0, len(values)/units)
	for i := unit; i < len(values); i += units {
		x = append(x, float64(values[i]))
	}
	return x
}
