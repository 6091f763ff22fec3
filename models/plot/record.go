package plot

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
)

// RecordData is what [Record] draws, T steps of one record. Every part may be left out, and then
// its panel is; one is required. All parts have the same T.
type RecordData struct {
	// Title stands above the figure. It may be empty.
	Title string
	// Step is the duration of a step in ms: 4 for an electrocardiogram at 250 Hz. 0 means 1 ms.
	Step float64
	// Signals are the analogue signals that the input codes, such as two leads, and SignalName
	// is the label of their axis, with the unit. "" means "signal".
	Signals    []Trace
	SignalName string
	// Input holds the input events [T, channels], each 1, −1 or 0 for none, and Channels the
	// channels' names, the first drawn at the top. No names means their numbers from 1.
	Input    [][]float64
	Channels []string
	// Hidden holds the spikes [T, units] of the hidden neurons, each 1 or 0.
	Hidden [][]float64
	// Neuron is one neuron in detail.
	Neuron NeuronTrace
	// True and Predicted are the labels of the steps, as indices of Classes. A true label of −1
	// stands for none: its step is left white and not counted.
	Classes         []string
	True, Predicted []int
}

// Trace is a named signal: one value per step.
type Trace struct {
	Name   string
	Values []float64
}

// Record draws one record on its way through a network, as panels over one axis of time: the
// analogue signals, the input events (upward 1 and downward −1 in different colours), the spikes
// of the hidden neurons, one neuron's membrane potential, threshold and spikes, and the true
// labels over the predicted ones with the steps where they differ. It writes the figure to path
// as PNG.
func Record(path string, d RecordData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: record")
	}
	return f.Save(path)
}

func (d RecordData) figure() (*Figure, error) {
	if d.Step == 0 {
		d.Step = 1
	}
	steps, err := d.check()
	if err != nil {
		return nil, err
	}
	times := make([]float64, steps)
	for t := range times {
		times[t] = float64(t) * d.Step
	}
	f := &Figure{Title: d.Title, ShareX: true}
	for _, part := range []struct {
		has    bool
		height vg.Length
		panel  func(times []float64) (*Panel, error)
	}{
		{len(d.Signals) > 0, 72, d.signals},
		{len(d.Input) > 0, 0, d.input},
		{len(d.Hidden) > 0, 0, d.hidden},
		{len(d.Neuron.Membrane) > 0, 84, d.Neuron.panel},
		{len(d.True) > 0, 48, func([]float64) (*Panel, error) {
			return labelPanel(d.Step, d.Classes, d.True, d.Predicted)
		}},
	} {
		if !part.has {
			continue
		}
		p, err := part.panel(times)
		if err != nil {
			return nil, err
		}
		p.X.Min, p.X.Max = -0.5*d.Step, (float64(steps)-0.5)*d.Step
		height := part.height
		if height == 0 {
			height = rasterHeight(p)
		}
		f.Panels = append(f.Panels, []*Panel{p})
		f.Heights = append(f.Heights, height)
	}
	return f, nil
}

// check returns the number of steps.
func (d RecordData) check() (int, error) {
	if !(d.Step > 0) || d.Step > maxMagnitude {
		return 0, errors.Errorf("step is %v ms, want a positive time", d.Step)
	}
	if err := d.checkParts(); err != nil {
		return 0, err
	}
	type part struct {
		name  string
		steps int
	}
	var parts []part
	for _, s := range d.Signals {
		parts = append(parts, part{fmt.Sprintf("signal %q", s.Name), len(s.Values)})
	}
	for _, p := range []part{
		{"input", len(d.Input)}, {"hidden spikes", len(d.Hidden)},
		{"membrane", len(d.Neuron.Membrane)}, {"threshold", len(d.Neuron.Threshold)}, {"neuron's spikes", len(d.Neuron.Spikes)},
		{"true labels", len(d.True)}, {"predicted labels", len(d.Predicted)},
	} {
		if p.steps > 0 {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return 0, errors.New("no data")
	}
	for _, p := range parts {
		if p.steps == 0 || p.steps != parts[0].steps {
			return 0, errors.Errorf("%s: %d steps, want %d as in the %s, and at least one", p.name, p.steps, parts[0].steps, parts[0].name)
		}
	}
	return parts[0].steps, nil
}

func (d RecordData) checkParts() error {
	for _, s := range d.Signals {
		if err := finite(fmt.Sprintf("signal %q", s.Name), s.Values); err != nil {
			return err
		}
	}
	if len(d.Input) > 0 {
		if err := eventRows("input", d.Input, -1, 0, 1); err != nil {
			return err
		}
		if n := len(d.Input[0]); len(d.Channels) != 0 && len(d.Channels) != n {
			return errors.Errorf("channels: %d names, want %d as in the input, or none", len(d.Channels), n)
		}
	}
	if len(d.Hidden) > 0 {
		if err := eventRows("hidden spikes", d.Hidden, 0, 1); err != nil {
			return err
		}
	}
	if err := d.Neuron.check(); err != nil {
		return err
	}
	return checkLabels(d.Classes, d.True, d.Predicted)
}

// eventRows refuses rows that are empty, ragged, or hold other values than those allowed.
func eventRows(series string, rows [][]float64, allowed ...float64) error {
	for t, row := range rows {
		if len(row) == 0 || len(row) != len(rows[0]) {
			return errors.Errorf("%s: step %d has %d values, want %d as in step 0, and at least one", series, t, len(row), len(rows[0]))
		}
		for i, v := range row {
			if !slices.Contains(allowed, v) {
				return errors.Errorf("%s: value %d of step %d is %v, want one of %v", series, i, t, v, allowed)
			}
		}
	}
	return nil
}

const timeLabel = "time (ms)"

func (d RecordData) signals(times []float64) (*Panel, error) {
	name := d.SignalName
	if name == "" {
		name = "signal"
	}
	p := NewPanel("Signals", timeLabel, name)
	var all [][]float64
	for i, s := range d.Signals {
		if err := p.Line(s.Name, times, s.Values, thinLine(curveColour(i))); err != nil {
			return nil, err
		}
		all = append(all, s.Values)
	}
	low, high := bounds(all...)
	p.Y.Min, p.Y.Max = widen(low, high, 0.06)
	return p, nil
}

func (d RecordData) input(times []float64) (*Panel, error) {
	return RasterData{Title: "Input spikes", Label: "channel", Times: times, Rows: d.Input, First: 1,
		Names: d.Channels, Colour: Blue}.panel()
}

func (d RecordData) hidden(times []float64) (*Panel, error) {
	return RasterData{Title: fmt.Sprintf("Hidden spikes, %.2f per neuron and step", activity(d.Hidden)),
		Label: "neuron", Times: times, Rows: d.Hidden, First: 1}.panel()
}
