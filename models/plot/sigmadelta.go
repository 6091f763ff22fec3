package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
)

// SigmaDeltaData is what [SigmaDelta] draws: a signal on its way through a spiking neuron that codes it, or through
// two, one for what rises and one for what falls. All series have as many steps as Times.
type SigmaDeltaData struct {
	// Title stands above the figure. It may be empty.
	Title string
	// Unit is that of the signal. "" means "a.u.".
	Unit string
	// Times of the steps in ms.
	Times []float64
	// Signal is x, Reconstruction the post-synaptic potential ŝ, and Potential what x is less all that earlier
	// spikes have taken away.
	Signal, Reconstruction, Potential []float64
	// Thresholds and Spikes are those of each neuron. A spike is any value but 0.
	Thresholds, Spikes [][]float64
	// Responses are what each spike takes away, from its time on.
	Responses []Course
}

// SigmaDelta draws a neuron as Σ-Δ converter, as panels over one axis of time: the signal, what the spikes leave of
// it, with half of the thresholds and the spikes, the refractory responses of the spikes, and what these add up to in
// a synapse, the signal again. It writes the figure to path as PNG.
func SigmaDelta(path string, d SigmaDeltaData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: sigma-delta")
	}
	return f.Save(path)
}

// panel is one with a label for a quantity.
func (d SigmaDeltaData) panel(title, quantity string) *Panel {
	unit := d.Unit
	if unit == "" {
		unit = "a.u."
	}
	return NewPanel(title, timeLabel, quantity+" ("+unit+")")
}

func (d SigmaDeltaData) figure() (*Figure, error) {
	signal := d.panel("What goes in: the pre-synaptic potential x", "x")
	left := d.panel("What is left of it, x less all refractory responses, spikes at the threshold", "x − ŝ")
	responses := d.panel("Each spike subtracts a refractory response: the threshold, decaying with τ", "θ e^(−t/τ)")
	sum := d.panel("What comes out: in a synapse, they add up to the post-synaptic potential ŝ", "x, ŝ")
	if err := signal.Line("", d.Times, d.Signal, Solid(Blue)); err != nil {
		return nil, err
	}
	if err := d.drawLeft(left); err != nil {
		return nil, err
	}
	if err := responses.Lines(d.responses()...); err != nil {
		return nil, err
	}
	if err := sum.Lines(Line{"signal x", d.Times, d.Signal, Solid(Blue)}, Line{"reconstruction ŝ", d.Times, d.Reconstruction, thinLine(Vermilion)}); err != nil {
		return nil, err
	}
	low, high := bounds(d.Signal, d.Reconstruction)
	for _, p := range []*Panel{signal, sum} {
		p.Y.Min, p.Y.Max = widen(low, high, .06)
	}
	return &Figure{Title: d.Title, Panels: Stack(signal, left, responses, sum), ShareX: true, Heights: []vg.Length{70, 100, 80, 90}}, nil
}

// drawLeft draws what the spikes have left of the signal.
func (d SigmaDeltaData) drawLeft(p *Panel) error {
	if len(d.Thresholds) != len(d.Spikes) || len(d.Spikes) > 2 {
		return errors.Errorf("thresholds of %d neurons and spikes of %d, want as many, two at most", len(d.Thresholds), len(d.Spikes))
	}
	lines, values, name := []Line{{"", d.Times, d.Potential, thinLine(Blue)}}, [][]float64{d.Potential}, "threshold θ/2"
	for k, theta := range d.Thresholds {
		half := make([]float64, len(theta))
		for t, v := range theta {
			half[t] = v * (.5 - float64(k))
		}
		lines = append(lines, Line{name, d.Times, half, Solid([]color.Color{Vermilion, Purple}[k])})
		values, name = append(values, half), ""
	}
	if err := p.Lines(lines...); err != nil {
		return err
	}
	low, high := bounds(values...)
	return p.SpikeLanes("spikes", d.Times, d.Spikes, low, high)
}

// responses are the lines of those that are longer than a step. One rises at once, but where it began before all that
// is drawn.
func (d SigmaDeltaData) responses() (lines []Line) {
	for _, r := range d.Responses {
		if len(r.Times) < 2 {
			continue
		}
		if len(d.Times) > 0 && r.Times[0] > d.Times[0] {
			r.Times, r.Values = append([]float64{r.Times[0]}, r.Times...), append([]float64{0}, r.Values...)
		}
		lines = append(lines, Line{"", r.Times, r.Values, thinLine(Green)})
	}
	return lines
}

// ReconstructionData is what [NewReconstruction] draws.
type ReconstructionData struct {
	// Title is that of the panel, and Label that of the y axis.
	Title, Label string
	// Named puts the names of both curves into the legend.
	Named bool
	// Times of the steps in ms.
	Times []float64
	// Signal is what was coded, and Reconstruction what is told by the spikes. What of it is outside of the axis
	// is not drawn.
	Signal, Reconstruction []float64
	// Spikes are those of each neuron, any value but 0.
	Spikes [][]float64
	// Below and Above are the room below and above the signal, as shares of its range.
	Below, Above float64
}

// NewReconstruction returns a panel of a signal and of what is reconstructed from spikes, which stand in lanes above.
func NewReconstruction(d ReconstructionData) (*Panel, error) {
	p := NewPanel(d.Title, timeLabel, d.Label)
	names := [2]string{"signal", "reconstruction"}
	if !d.Named {
		names = [2]string{}
	}
	if err := p.Lines(Line{names[0], d.Times, d.Signal, Solid(Blue)}, Line{names[1], d.Times, d.Reconstruction, thinLine(Vermilion)}); err != nil {
		return nil, errors.WithMessage(err, "plot: reconstruction")
	}
	low, high := bounds(d.Signal)
	err := p.SpikeLanes("", d.Times, d.Spikes, low-d.Below*(high-low), high+d.Above*(high-low))
	return p, errors.WithMessage(err, "plot: reconstruction")
}
