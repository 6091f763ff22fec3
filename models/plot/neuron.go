package plot

import (
	"github.com/pkg/errors"
)

// NeuronTrace is the state of a neuron at each of T steps.
type NeuronTrace struct {
	// Name is the title of its panel. "" means "Membrane and threshold".
	Name string
	// Membrane is the potential u. Threshold is θ, and may be empty.
	Membrane, Threshold []float64
	// Spikes are 1 or −1, or 0 for none, and may be empty.
	Spikes []float64
}

func (n NeuronTrace) check() error {
	if len(n.Membrane) == 0 && len(n.Threshold)+len(n.Spikes) > 0 {
		return errors.New("membrane: no steps, want as many as in the neuron's threshold and spikes")
	}
	for _, s := range []Trace{{"membrane", n.Membrane}, {"threshold", n.Threshold}} {
		if err := finite(s.Name, s.Values); err != nil {
			return err
		}
	}
	for t, v := range n.Spikes {
		if v != 0 && v != 1 && v != -1 {
			return errors.Errorf("neuron's spikes: step %d is %v, want −1, 0 or 1", t, v)
		}
	}
	return nil
}

// NewNeuron returns a panel of a neuron's membrane potential and threshold, with its spikes in a lane above
// them. Times are those of its steps in ms.
func NewNeuron(times []float64, n NeuronTrace) (*Panel, error) {
	p, err := n.panel(times)
	return p, errors.WithMessage(err, "plot: neuron")
}

func (n NeuronTrace) panel(times []float64) (*Panel, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	name := n.Name
	if name == "" {
		name = "Membrane and threshold"
	}
	label := "u"
	p := NewPanel(name, timeLabel, label)
	if err := p.Line("potential u", times, n.Membrane, thinLine(Blue)); err != nil {
		return nil, err
	}
	if len(n.Threshold) > 0 {
		p.Y.Label.Text = "u, θ"
		if err := p.Line("threshold θ", times, n.Threshold, thinLine(Vermilion)); err != nil {
			return nil, err
		}
	}
	low, high := bounds(n.Membrane, n.Threshold)
	low, high = widen(low, high, 0.06)
	p.Y.Min, p.Y.Max = low, high
	if len(n.Spikes) == 0 {
		return p, nil
	}
	if len(n.Spikes) != len(times) {
		return nil, errors.Errorf("neuron's spikes: %d steps, want %d as in the times", len(n.Spikes), len(times))
	}
	// The spikes have a lane of their own above the traces.
	width := high - low
	p.Y.Max += 0.18 * width
	for _, sign := range signsIn("spike", [][]float64{n.Spikes}, Black) {
		var at, rows []float64
		for t, v := range n.Spikes {
			if v == sign.value {
				at, rows = append(at, times[t]), append(rows, high+0.09*width)
			}
		}
		if err := p.Events(sign.name, at, rows, 0.12*width, sign.colour); err != nil {
			return nil, err
		}
	}
	return p, nil
}
