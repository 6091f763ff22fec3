package plot

import (
	"fmt"
	"image/color"
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

// NeuronTrace is the state of a neuron at each of T steps.
type NeuronTrace struct {
	// Name is the title of its panel. "" means "Membrane and threshold".
	Name string
	// Membrane is the potential u. Threshold is θ, and may be empty.
	Membrane, Threshold []float64
	// Spikes are 1 or 0 for none, and may be empty.
	Spikes []float64
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
		{len(d.Neuron.Membrane) > 0, 84, d.neuron},
		{len(d.True) > 0, 48, d.labels},
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
	n := d.Neuron
	if len(n.Membrane) == 0 && len(n.Threshold)+len(n.Spikes) > 0 {
		return errors.New("membrane: no steps, want as many as in the neuron's threshold and spikes")
	}
	for _, s := range []Trace{{"membrane", n.Membrane}, {"threshold", n.Threshold}} {
		if err := finite(s.Name, s.Values); err != nil {
			return err
		}
	}
	for t, v := range n.Spikes {
		if v != 0 && v != 1 {
			return errors.Errorf("neuron's spikes: step %d is %v, want 0 or 1", t, v)
		}
	}
	return d.checkLabels()
}

func (d RecordData) checkLabels() error {
	if len(d.True) != len(d.Predicted) {
		return errors.Errorf("predicted labels: %d steps, want %d as in the true labels", len(d.Predicted), len(d.True))
	}
	for t := range d.True {
		if c := d.True[t]; c < -1 || c >= len(d.Classes) {
			return errors.Errorf("true labels: step %d is class %d, want −1 to %d", t, c, len(d.Classes)-1)
		}
		if c := d.Predicted[t]; c < 0 || c >= len(d.Classes) {
			return errors.Errorf("predicted labels: step %d is class %d, want 0 to %d", t, c, len(d.Classes)-1)
		}
	}
	return nil
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
	colours := []color.Color{Blue, Vermilion, Green, Purple}
	for i, s := range d.Signals {
		style := Solid(colours[i%len(colours)])
		style.Width = 0.9
		if err := p.Line(s.Name, times, s.Values, style); err != nil {
			return nil, err
		}
		all = append(all, s.Values)
	}
	low, high := bounds(all...)
	p.Y.Min, p.Y.Max = widen(low, high, 0.06)
	return p, nil
}

func (d RecordData) input(times []float64) (*Panel, error) {
	p := raster("Input spikes", "", len(d.Input[0]))
	names := d.Channels
	if len(names) == 0 {
		p.Y.Label.Text = "channel"
	} else {
		at := make([]float64, len(names))
		shown := make([]string, len(names))
		for i, name := range names {
			at[i] = float64(len(names) - 1 - i)
			shown[i] = elide(textStyle(tickSize), name, maxTickName)
		}
		p.Y.Tick.Marker = nominal(at, shown)
	}
	if err := p.spikes("+1", times, d.Input, 1, Blue); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(d.Input, func(row []float64) bool { return slices.Contains(row, -1) }) {
		return p, p.spikes("−1", times, d.Input, -1, Vermilion)
	}
	p.keys = nil // there is nothing to tell apart
	return p, nil
}

func (d RecordData) hidden(times []float64) (*Panel, error) {
	n := len(d.Hidden[0])
	sum := 0.0
	for _, row := range d.Hidden {
		for _, v := range row {
			sum += v
		}
	}
	title := fmt.Sprintf("Hidden spikes, %.2f per neuron and step", sum/float64(n*len(d.Hidden)))
	p := raster(title, "neuron", n)
	return p, p.spikes("", times, d.Hidden, 1, Black)
}

func (d RecordData) neuron(times []float64) (*Panel, error) {
	name := d.Neuron.Name
	if name == "" {
		name = "Membrane and threshold"
	}
	p := NewPanel(name, timeLabel, "u, θ")
	style := Solid(Blue)
	style.Width = 0.9
	if err := p.Line("potential u", times, d.Neuron.Membrane, style); err != nil {
		return nil, err
	}
	if len(d.Neuron.Threshold) > 0 {
		style.Color = Vermilion
		if err := p.Line("threshold θ", times, d.Neuron.Threshold, style); err != nil {
			return nil, err
		}
	}
	low, high := bounds(d.Neuron.Membrane, d.Neuron.Threshold)
	low, high = widen(low, high, 0.06)
	width := high - low
	p.Y.Min, p.Y.Max = low, high
	if len(d.Neuron.Spikes) > 0 {
		// The spikes have a lane of their own above the traces.
		p.Y.Max += 0.18 * width
		var at, rows []float64
		for t, v := range d.Neuron.Spikes {
			if v != 0 {
				at, rows = append(at, times[t]), append(rows, high+0.09*width)
			}
		}
		if err := p.Events("spike", at, rows, 0.12*width, Black); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (d RecordData) labels([]float64) (*Panel, error) {
	steps, right := 0, 0
	differ := make([]int, len(d.True))
	for t, class := range d.True {
		differ[t] = -1
		if class < 0 {
			continue
		}
		steps++
		if class == d.Predicted[t] {
			right++
		} else {
			differ[t] = 0
		}
	}
	title := "Labels"
	if steps > 0 {
		title = fmt.Sprintf("Labels, %.1f %% correct", 100*float64(right)/float64(steps))
	}
	p := NewPanel(title, timeLabel, "")
	p.Y.Min, p.Y.Max = -0.5, 2.5
	hideLine(&p.Y)
	p.Y.Tick.Marker = nominal([]float64{2, 1, 0}, []string{"true", "predicted", "differ"})
	for i, class := range d.Classes {
		b := &boxes{colour: ClassColour(i)}
		b.of = append(d.runs(d.True, i, 2), d.runs(d.Predicted, i, 1)...)
		if len(b.of) > 0 {
			p.Add(b)
		}
		p.Key(class, b)
	}
	if b := (&boxes{of: d.runs(differ, 0, 0), colour: Black}); len(b.of) > 0 {
		p.Add(b)
	}
	return p, nil
}

// runs returns a box on the given row for every run of steps with one label.
func (d RecordData) runs(labels []int, label int, row float64) []box {
	var of []box
	for t := 0; t < len(labels); {
		end := t + 1
		for end < len(labels) && labels[end] == labels[t] {
			end++
		}
		if labels[t] == label {
			of = append(of, box{(float64(t) - 0.5) * d.Step, (float64(end) - 0.5) * d.Step, row - 0.4, row + 0.4})
		}
		t = end
	}
	return of
}

// maxTickName is the width at which names beside an axis are cut.
const maxTickName = 110 * vg.Length(1)

// raster returns a panel for the spikes of n neurons, the first of them at the top.
func raster(title, label string, n int) *Panel {
	p := NewPanel(title, timeLabel, label)
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	var at []float64
	var names []string
	for _, tick := range (Ticks{N: 5, Whole: true}).Ticks(0.5, float64(n)+0.5) {
		at, names = append(at, float64(n)-tick.Value), append(names, tick.Label)
	}
	p.Y.Tick.Marker = nominal(at, names)
	return p
}

// rasterHeight gives the rows of a raster room, few of them more than many.
func rasterHeight(p *Panel) vg.Length {
	rows := vg.Length(p.Y.Max - p.Y.Min)
	return min(max(3.3*rows, min(14*rows, 56), 36), 150)
}

// spikes adds the events of one value in rows [T, units] to a raster.
func (p *Panel) spikes(name string, times []float64, rows [][]float64, value float64, c color.Color) error {
	var at, on []float64
	for t, row := range rows {
		for i, v := range row {
			if v == value {
				at, on = append(at, times[t]), append(on, float64(len(row)-1-i))
			}
		}
	}
	return p.Events(name, at, on, 0.8, c)
}
