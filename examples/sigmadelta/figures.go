package main

import (
	"fmt"
	"image/color"
	"slices"
	"strings"

	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/plot"
	"gonum.org/v1/plot/vg"
)

// labelled names the axis of a signal.
func (s *settings) labelled(what string) string { return what + " (" + s.unit() + ")" }

func (s *settings) unit() string {
	if s.File != "" {
		return "unit of the file"
	}
	return "a.u."
}

// window are the steps of a figure, at most so many ms after what is not measured.
func (s *settings) window(most float64) (from, to int) {
	return s.bench.Settle, min(s.bench.Settle+max(2, int(most/s.Dt)), len(s.bench.Signals[0]))
}

// times are those of steps from a first one on, ms.
func (s *settings) times(first, steps int) (at []float64) {
	for t := range steps {
		at = append(at, float64(first+t)*s.Dt)
	}
	return at
}

// scaled are values times a factor.
func scaled(values []float64, factor float64) []float64 {
	return each(values, func(v float64) float64 { return v * factor })
}

// each is a function of each value.
func each(values []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = f(v)
	}
	return out
}

// drawCoding draws the argument: a potential, what a spike takes away from it, and that the same, in a
// synapse, is the signal again.
func (s *settings) drawCoding(path string, e coding.Encoder) error {
	c, err := s.bench.Code(e, s.bench.Signals[0])
	if err != nil {
		return err
	}
	from, to := s.window(400)
	part := func(values []float64) []float64 { return scaled(values[from:to], s.Unit) }
	d := plot.SigmaDeltaData{Title: "A spiking neuron as Σ-Δ converter", Unit: s.unit(), Times: s.times(0, to-from),
		Signal: part(c.Signal), Reconstruction: part(c.Reconstruction), Potential: part(c.Potential())}
	if e.Beta != nil {
		d.Title += " with an adaptive threshold"
	}
	for k, spikes := range c.Spikes {
		d.Spikes, d.Thresholds = append(d.Spikes, spikes[from:to]), append(d.Thresholds, part(c.Thresholds[k]))
	}
	for _, r := range c.Responses(from, to, .04) { // as far as there is anything to see
		d.Responses = append(d.Responses, plot.Course{Times: s.times(r.First-from, len(r.Values)), Values: scaled(r.Values, s.Unit)})
	}
	return plot.SigmaDelta(path, d)
}

// decibels is an SNR in a title, with a true minus sign.
func decibels(v float64) string { return strings.Replace(fmt.Sprintf("%.0f dB", v), "-", "−", 1) }

// drawThresholds shows what a higher and a lower threshold do, fixed and adaptive, to a signal that is
// weak at first and then strong. Both halves are drawn in units of their amplitude.
func (s *settings) drawThresholds(path string, start coding.Encoder) error {
	weak := 10 * start.B0[0]
	strong := 100 * weak
	wave := s.bench.Signals[0]
	wave = wave[:min(len(wave), s.bench.Settle+int(600/s.Dt))]
	var signal []float64
	for _, amplitude := range []float64{weak, strong} {
		signal = append(signal, scaled(wave, amplitude)...)
	}
	encoders := []coding.Encoder{s.bench.Encoder("fixed", start.Tau[0], start.B0[0], 0, 0), start}
	if start.Beta == nil {
		encoders[1] = s.bench.Encoder("multiplicative", start.Tau[0], start.B0[0], 100, .1)
	}
	panels, err := plot.Grid(3, 2, func(row, column int) (*plot.Panel, error) {
		e := encoders[column].Scaled([]float64{.3, 3, 30}[row])
		c, err := s.bench.Code(e, signal)
		if err != nil {
			return nil, err
		}
		return s.twoHalves(c, e, row, column, weak, strong)
	})
	if err != nil {
		return err
	}
	title := fmt.Sprintf("A weak signal (amplitude %.3g), then one a hundred times as strong", weak)
	return (&plot.Figure{Title: title, Panels: panels, ShareX: true, Heights: []vg.Length{92, 92, 92}}).Save(path)
}

// twoHalves draws a weak and a strong signal, of which each is half of the steps, in a row and a column.
func (s *settings) twoHalves(c *coding.Coding, e coding.Encoder, row, column int, weak, strong float64) (*plot.Panel, error) {
	half, steps := len(c.Signal)/2, len(c.Signal)
	of := [2]coding.Measures{c.Measure(s.bench.Settle, half, s.Dt), c.Measure(half+s.bench.Settle, steps, s.Dt)}
	name, label := "Threshold fixed at", "signal / amplitude"
	if column > 0 {
		name, label = "Adaptive, from", ""
	}
	unit := func(values []float64) []float64 {
		return slices.Concat(scaled(values[:half], 1/weak), scaled(values[half:], 1/strong))
	}
	x := unit(c.Signal)
	low, high := slices.Min(x), slices.Max(x)
	ahead := .4 * (high - low) // what overshoots is drawn a little way
	p, err := plot.NewReconstruction(plot.ReconstructionData{
		Title: fmt.Sprintf("%s %.2g: %s, then %s", name, e.B0[0], decibels(of[0].SNR), decibels(of[1].SNR)), Label: label, Named: row == 0, Above: .1,
		Times: s.times(0, steps), Signal: x, Spikes: c.Spikes,
		Reconstruction: each(unit(c.Reconstruction), func(y float64) float64 { return min(max(y, low-ahead), high+ahead) }),
	})
	if err != nil {
		return nil, err
	}
	change := float64(half) * s.Dt
	return p, p.Line("", []float64{change, change}, []float64{p.Y.Min, p.Y.Max}, plot.Dashed(color.Gray{Y: 0x99}))
}

// drawReconstruction draws signals of three amplitudes and what spikes tell of them, by the best fixed threshold
// and by the trained one. There may be no such fixed threshold.
func (s *settings) drawReconstruction(path string, trained coding.Encoder, fixed *coding.Result) error {
	encoders := []coding.Encoder{trained}
	if fixed != nil {
		encoders = append(encoders, fixed.Encoder)
	}
	n := len(s.bench.Amplitudes)
	panels, err := plot.Grid(3, len(encoders), func(row, column int) (*plot.Panel, error) {
		return s.reconstructed(encoders[column], s.bench.Amplitudes[[]int{n / 4, n / 2, n - 1}[row]], row, column)
	})
	if err != nil {
		return err
	}
	return (&plot.Figure{Title: "Signals and what is reconstructed from the spikes, at the same mean rate", Panels: panels, ShareX: true, Heights: []vg.Length{92, 92, 92}}).Save(path)
}

func (s *settings) reconstructed(e coding.Encoder, amplitude float64, row, column int) (*plot.Panel, error) {
	c, err := s.bench.Code(e, scaled(s.bench.Signals[0], amplitude))
	if err != nil {
		return nil, err
	}
	m := c.Measure(s.bench.Settle, len(c.Signal), s.Dt)
	name, label := "Trained, "+e.Adaptation, s.labelled("signal")
	if column > 0 {
		name, label = "Best fixed threshold", ""
	}
	from, to := s.window(1000)
	d := plot.ReconstructionData{Title: fmt.Sprintf("%s: %s, %.0f Hz", name, decibels(m.SNR), m.Rate), Label: label, Named: row == 0, Below: .1, Above: .3,
		Times: s.times(0, to-from), Signal: scaled(c.Signal[from:to], s.Unit), Reconstruction: scaled(c.Reconstruction[from:to], s.Unit)}
	for _, spikes := range c.Spikes {
		d.Spikes = append(d.Spikes, spikes[from:to])
	}
	return plot.NewReconstruction(d)
}
