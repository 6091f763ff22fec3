package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const timeLabel = "time (ms)"

// thin is for what there is much of, or what goes up and down quickly.
func thin(c color.Color) draw.LineStyle { return draw.LineStyle{Color: c, Width: .8} }

var grey color.Color = color.Gray{Y: 0x99}

// labelled names the axis of a signal.
func (s *settings) labelled(what string) string {
	if s.File != "" {
		return what + " (unit of the file)"
	}
	return what + " (a.u.)"
}

// window are the steps of a figure, at most so many ms after what is not measured.
func (s *settings) window(most float64) (from, to int) {
	return s.bench.Settle, min(s.bench.Settle+max(2, int(most/s.Dt)), len(s.bench.Signals[0]))
}

// times are those of steps, from the first on, ms.
func (s *settings) times(from, to int) (at []float64) {
	for t := from; t < to; t++ {
		at = append(at, float64(t-from)*s.Dt)
	}
	return at
}

// scaled are values in the units of the file.
func (s *settings) scaled(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v * s.Unit
	}
	return out
}

// marks adds the spikes of each neuron above the curves of a panel, whose range of values is from low to
// high.
func (s *settings) marks(p *plot.Panel, name string, c *coding.Coding, from, to int, low, high float64) error {
	height := .1 * (high - low)
	for k, spikes := range c.Spikes {
		var at, rows []float64
		for t := from; t < to; t++ {
			if spikes[t] != 0 {
				at, rows = append(at, float64(t-from)*s.Dt), append(rows, high+height*(.9+float64(len(c.Spikes)-1-k)))
			}
		}
		if err := p.Events(name, at, rows, .8*height, []color.Color{plot.Black, plot.Purple}[k]); err != nil {
			return err
		}
		name = ""
	}
	p.Y.Min, p.Y.Max = low-.04*(high-low), high+height*(.5+float64(len(c.Spikes)))
	return nil
}

// response is the refractory response of a spike.
type response struct {
	first  int // step
	values []float64
}

// responses are those of a coding until step to, as far as they are drawn, and what the potential is before a
// spike of the step has taken its part.
func responses(c *coding.Coding, from, to int) (left []float64, all []response) {
	highest := 0.
	for _, theta := range c.Thresholds {
		highest = max(highest, slices.Max(theta[from:to]))
	}
	left = make([]float64, len(c.Signal))
	for t := range left {
		left[t] = c.Signal[t] - c.Reconstruction[t]
		for k, spikes := range c.Spikes {
			if spikes[t] == 0 {
				continue
			}
			sign := 1 - 2*float64(k)
			left[t] += sign * c.Thresholds[k][t]
			r := response{first: t}
			for v := c.Thresholds[k][t]; v > .04*highest && t+len(r.values) < to; v *= c.Decay[k] {
				r.values = append(r.values, sign*v)
			}
			all = append(all, r)
		}
	}
	return left, all
}

// drawCoding draws the argument: a potential, what a spike takes away from it, and that the same, in a
// synapse, is the signal again.
func (s *settings) drawCoding(path string, e coding.Encoder) error {
	c, err := s.bench.Code(e, s.bench.Signals[0])
	if err != nil {
		return err
	}
	from, to := s.window(400)
	times := s.times(from, to)
	part := func(values []float64) []float64 { return s.scaled(values[from:to]) }
	left, all := responses(c, from, to)

	pre := plot.NewPanel("What goes in: the pre-synaptic potential x", timeLabel, s.labelled("x"))
	if err := pre.Line("", times, part(c.Signal), plot.Solid(plot.Blue)); err != nil {
		return err
	}
	remain, err := s.drawLeft(c, left, from, to)
	if err != nil {
		return err
	}
	refractory := plot.NewPanel("Each spike subtracts a refractory response: the threshold, decaying with τ", timeLabel, s.labelled("θ e^(−t/τ)"))
	for _, r := range all {
		if err := s.drawResponse(refractory, r, from); err != nil {
			return err
		}
	}
	post := plot.NewPanel("What comes out: in a synapse, they add up to the post-synaptic potential ŝ", timeLabel, s.labelled("x, ŝ"))
	if err := post.Line("signal x", times, part(c.Signal), plot.Solid(plot.Blue)); err != nil {
		return err
	}
	if err := post.Line("reconstruction ŝ", times, part(c.Reconstruction), thin(plot.Vermilion)); err != nil {
		return err
	}
	low, high := bounds(part(c.Signal), part(c.Reconstruction))
	for _, p := range []*plot.Panel{pre, post} {
		p.Y.Min, p.Y.Max = low-.06*(high-low), high+.06*(high-low)
	}
	title := "A spiking neuron as Σ-Δ converter"
	if e.Beta != nil {
		title += " with an adaptive threshold"
	}
	return (&plot.Figure{Title: title, Panels: plot.Stack(pre, remain, refractory, post), ShareX: true, Heights: []vg.Length{70, 100, 80, 90}}).Save(path)
}

// drawLeft draws what the spikes have left of the signal, with half of the threshold of each neuron.
func (s *settings) drawLeft(c *coding.Coding, left []float64, from, to int) (*plot.Panel, error) {
	p := plot.NewPanel("What is left of it, x less all refractory responses, spikes at the threshold", timeLabel, s.labelled("x − ŝ"))
	times, part := s.times(from, to), s.scaled(left[from:to])
	low, high := bounds(part)
	if err := p.Line("", times, part, thin(plot.Blue)); err != nil {
		return nil, err
	}
	for k, theta := range c.Thresholds {
		half := s.scaled(theta[from:to])
		for t := range half {
			half[t] *= .5 - float64(k)
		}
		low, high = min(low, slices.Min(half)), max(high, slices.Max(half))
		if err := p.Line([]string{"threshold θ/2", ""}[k], times, half, plot.Solid([]color.Color{plot.Vermilion, plot.Purple}[k])); err != nil {
			return nil, err
		}
	}
	return p, s.marks(p, "spikes", c, from, to, low, high)
}

// drawResponse draws what a response is from a step on. It rises at once.
func (s *settings) drawResponse(p *plot.Panel, r response, from int) error {
	var at, values []float64
	for i, v := range r.values {
		if t := r.first + i; t >= from {
			at, values = append(at, float64(t-from)*s.Dt), append(values, v*s.Unit)
		}
	}
	if len(at) < 2 {
		return nil
	}
	if r.first >= from {
		at, values = append([]float64{at[0]}, at...), append([]float64{0}, values...)
	}
	return p.Line("", at, values, thin(plot.Green))
}

// bounds are the least and the greatest of some values.
func bounds(series ...[]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, values := range series {
		low, high = min(low, slices.Min(values)), max(high, slices.Max(values))
	}
	return low, high
}

// decibels is an SNR in a title, with a true minus sign.
func decibels(v float64) string { return strings.Replace(fmt.Sprintf("%.0f dB", v), "-", "−", 1) }

// drawThresholds shows what a higher and a lower threshold do, fixed and adaptive, to a signal that is
// weak at first and then strong. Both halves are drawn in units of their amplitude.
func (s *settings) drawThresholds(path string, start coding.Encoder) error {
	weak := 10 * start.B0[0]
	strong := 100 * weak
	wave := s.bench.Signals[0]
	first := min(len(wave), s.bench.Settle+int(600/s.Dt))
	wave = wave[:first]
	var signal []float64
	for _, amplitude := range []float64{weak, strong} {
		for _, v := range wave {
			signal = append(signal, amplitude*v)
		}
	}
	adaptive, other := start, s.bench.Encoder("fixed", start.Tau[0], start.B0[0], 0, 0)
	if start.Beta == nil {
		adaptive = s.bench.Encoder("multiplicative", start.Tau[0], start.B0[0], 100, .1)
	}
	f := &plot.Figure{Title: fmt.Sprintf("A weak signal (amplitude %.3g), then one a hundred times as strong", weak), ShareX: true}
	for row, factor := range []float64{.3, 3, 30} {
		var panels []*plot.Panel
		for k, e := range []coding.Encoder{other.Scaled(factor), adaptive.Scaled(factor)} {
			c, err := s.bench.Code(e, signal)
			if err != nil {
				return err
			}
			p, err := s.twoHalves(c, e, row, k, weak, strong)
			if err != nil {
				return err
			}
			panels = append(panels, p)
		}
		f.Panels = append(f.Panels, panels)
		f.Heights = append(f.Heights, 92)
	}
	return f.Save(path)
}

// twoHalves draws a weak and a strong signal, of which each is half of the steps, in a row and a column.
func (s *settings) twoHalves(c *coding.Coding, e coding.Encoder, row, column int, weak, strong float64) (*plot.Panel, error) {
	half, steps := len(c.Signal)/2, len(c.Signal)
	of := [2]coding.Measures{c.Measure(s.bench.Settle, half, s.Dt), c.Measure(half+s.bench.Settle, steps, s.Dt)}
	name, label := "Threshold fixed at", "signal / amplitude"
	if column > 0 {
		name, label = "Adaptive, from", ""
	}
	p := plot.NewPanel(fmt.Sprintf("%s %.2g: %s, then %s", name, e.B0[0], decibels(of[0].SNR), decibels(of[1].SNR)), timeLabel, label)
	names := legend(row)
	unit := func(values []float64) []float64 {
		out := slices.Clone(values)
		for t := range out {
			if t < half {
				out[t] /= weak
			} else {
				out[t] /= strong
			}
		}
		return out
	}
	times := s.times(0, steps)
	low, high := bounds(unit(c.Signal))
	ahead := .4 * (high - low) // what overshoots is drawn a little way
	y := unit(c.Reconstruction)
	for t := range y {
		y[t] = min(max(y[t], low-ahead), high+ahead)
	}
	if err := p.Line(names[0], times, unit(c.Signal), plot.Solid(plot.Blue)); err != nil {
		return nil, err
	}
	if err := p.Line(names[1], times, y, thin(plot.Vermilion)); err != nil {
		return nil, err
	}
	if err := s.marks(p, "", c, 0, steps, low, high+.1*(high-low)); err != nil {
		return nil, err
	}
	change := float64(half) * s.Dt
	return p, p.Line("", []float64{change, change}, []float64{p.Y.Min, p.Y.Max}, plot.Dashed(grey))
}

// legend names the curves in the first row of a figure.
func legend(row int) [2]string {
	if row > 0 {
		return [2]string{}
	}
	return [2]string{"signal", "reconstruction"}
}

// drawReconstruction draws signals of three amplitudes and what spikes tell of them, by the best fixed threshold
// and by the trained one. There may be no such fixed threshold.
func (s *settings) drawReconstruction(path string, trained coding.Encoder, fixed *coding.Result) error {
	f := &plot.Figure{Title: "Signals and what is reconstructed from the spikes, at the same mean rate", ShareX: true}
	n := len(s.bench.Amplitudes)
	encoders := []coding.Encoder{trained}
	if fixed != nil {
		encoders = append(encoders, fixed.Encoder)
	}
	for row, a := range []int{n / 4, n / 2, n - 1} {
		var panels []*plot.Panel
		for column, e := range encoders {
			p, err := s.reconstructed(e, s.bench.Amplitudes[a], row, column)
			if err != nil {
				return err
			}
			panels = append(panels, p)
		}
		f.Panels = append(f.Panels, panels)
		f.Heights = append(f.Heights, 92)
	}
	return f.Save(path)
}

func (s *settings) reconstructed(e coding.Encoder, amplitude float64, row, column int) (*plot.Panel, error) {
	signal := slices.Clone(s.bench.Signals[0])
	for t := range signal {
		signal[t] *= amplitude
	}
	c, err := s.bench.Code(e, signal)
	if err != nil {
		return nil, err
	}
	m := c.Measure(s.bench.Settle, len(signal), s.Dt)
	name, label := "Trained, "+e.Adaptation, s.labelled("signal")
	if column > 0 {
		name, label = "Best fixed threshold", ""
	}
	p := plot.NewPanel(fmt.Sprintf("%s: %s, %.0f Hz", name, decibels(m.SNR), m.Rate), timeLabel, label)
	from, to := s.window(1000)
	times := s.times(from, to)
	x, y := s.scaled(c.Signal[from:to]), s.scaled(c.Reconstruction[from:to])
	names := legend(row)
	if err := p.Line(names[0], times, x, plot.Solid(plot.Blue)); err != nil {
		return nil, err
	}
	if err := p.Line(names[1], times, y, thin(plot.Vermilion)); err != nil {
		return nil, err
	}
	low, high := bounds(x)
	return p, s.marks(p, "", c, from, to, low-.1*(high-low), high+.3*(high-low))
}
