package main

import (
	"fmt"
	"image/color"
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

// neuronColours are those of the thresholds of both neurons.
var neuronColours = []color.Color{plot.Vermilion, plot.Purple}

// labelled names the axis of a signal.
func (s *settings) labelled(what string) string {
	if s.File != "" {
		return what + " (unit of the file)"
	}
	return what + " (a.u.)"
}

// view are steps of a coding, as they are drawn.
type view struct {
	*coding.Coding
	s        *settings
	from, to int
	times    []float64 // from the first step on, ms
}

// window views at most so many ms after what is not measured.
func (s *settings) window(c *coding.Coding, most float64) *view {
	from := s.bench.Settle
	return s.view(c, from, min(from+max(2, int(most/s.Dt)), len(s.bench.Signals[0])))
}

func (s *settings) view(c *coding.Coding, from, to int) *view {
	v := &view{c, s, from, to, nil}
	for t := range to - from {
		v.times = append(v.times, float64(t)*s.Dt)
	}
	return v
}

// part are the values of the steps in the units of the file, times a factor.
func (v *view) part(values []float64, factor float64) []float64 {
	return each(values[v.from:v.to], func(x float64) float64 { return x * factor * v.s.Unit })
}

// line draws values of the steps in the units of the file.
func (v *view) line(name string, values []float64, style draw.LineStyle) plot.Line {
	return plot.Line{Name: name, X: v.times, Y: v.part(values, 1), Style: style}
}

// marks adds the spikes of each neuron above the curves of a panel, whose range of values is from low to high.
func (v *view) marks(p *plot.Panel, name string, low, high float64) error {
	var spikes [][]float64
	for _, of := range v.Spikes {
		spikes = append(spikes, of[v.from:v.to])
	}
	return p.SpikeLanes(name, v.times, spikes, low, high)
}

// each is a function of each value.
func each(values []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = f(v)
	}
	return out
}

// bounds are the least and the greatest of some values.
func bounds(series ...[]float64) (low, high float64) {
	all := slices.Concat(series...)
	return slices.Min(all), slices.Max(all)
}

// drawCoding draws the argument: a potential, what a spike takes away from it, and that the same, in a
// synapse, is the signal again.
func (s *settings) drawCoding(path string, e coding.Encoder) error {
	c, err := s.bench.Code(e, s.bench.Signals[0])
	if err != nil {
		return err
	}
	v := s.window(c, 400)
	pre := plot.NewPanel("What goes in: the pre-synaptic potential x", timeLabel, s.labelled("x"))
	if err := pre.Lines(v.line("", c.Signal, plot.Solid(plot.Blue))); err != nil {
		return err
	}
	remain, err := v.drawLeft()
	if err != nil {
		return err
	}
	refractory := plot.NewPanel("Each spike subtracts a refractory response: the threshold, decaying with τ", timeLabel, s.labelled("θ e^(−t/τ)"))
	if err := refractory.Lines(v.responses()...); err != nil {
		return err
	}
	post := plot.NewPanel("What comes out: in a synapse, they add up to the post-synaptic potential ŝ", timeLabel, s.labelled("x, ŝ"))
	if err := post.Lines(v.line("signal x", c.Signal, plot.Solid(plot.Blue)), v.line("reconstruction ŝ", c.Reconstruction, thin(plot.Vermilion))); err != nil {
		return err
	}
	low, high := bounds(v.part(c.Signal, 1), v.part(c.Reconstruction, 1))
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
func (v *view) drawLeft() (*plot.Panel, error) {
	p := plot.NewPanel("What is left of it, x less all refractory responses, spikes at the threshold", timeLabel, v.s.labelled("x − ŝ"))
	left := v.line("", v.Potential(), thin(plot.Blue))
	lines, values, name := []plot.Line{left}, [][]float64{left.Y}, "threshold θ/2"
	for k, theta := range v.Thresholds {
		half := v.part(theta, .5-float64(k))
		values = append(values, half)
		lines = append(lines, plot.Line{Name: name, X: v.times, Y: half, Style: plot.Solid(neuronColours[k])})
		name = ""
	}
	if err := p.Lines(lines...); err != nil {
		return nil, err
	}
	low, high := bounds(values...)
	return p, v.marks(p, "spikes", low, high)
}

// responses draws those of the spikes as far as there is anything to see. They rise at once.
func (v *view) responses() (lines []plot.Line) {
	for _, r := range v.Responses(v.from, v.to, .04) {
		skipped := max(0, v.from-r.First)
		if len(r.Values)-skipped < 2 {
			continue
		}
		l := plot.Line{Style: thin(plot.Green), Y: each(r.Values[skipped:], func(x float64) float64 { return x * v.s.Unit })}
		first := r.First + skipped - v.from
		l.X = v.times[first:][:len(l.Y)]
		if skipped == 0 {
			l.X, l.Y = append([]float64{l.X[0]}, l.X...), append([]float64{0}, l.Y...)
		}
		lines = append(lines, l)
	}
	return lines
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
		signal = append(signal, each(wave, func(x float64) float64 { return amplitude * x })...)
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
	p := plot.NewPanel(fmt.Sprintf("%s %.2g: %s, then %s", name, e.B0[0], decibels(of[0].SNR), decibels(of[1].SNR)), timeLabel, label)
	unit := func(values []float64) []float64 {
		return slices.Concat(each(values[:half], func(x float64) float64 { return x / weak }), each(values[half:], func(x float64) float64 { return x / strong }))
	}
	low, high := bounds(unit(c.Signal))
	ahead := .4 * (high - low) // what overshoots is drawn a little way
	y := each(unit(c.Reconstruction), func(x float64) float64 { return min(max(x, low-ahead), high+ahead) })
	v := s.view(c, 0, steps)
	if err := p.Lines(signals(row, v.times, unit(c.Signal), y)...); err != nil {
		return nil, err
	}
	if err := v.marks(p, "", low, high+.1*(high-low)); err != nil {
		return nil, err
	}
	change := float64(half) * s.Dt
	return p, p.Line("", []float64{change, change}, []float64{p.Y.Min, p.Y.Max}, plot.Dashed(color.Gray{Y: 0x99}))
}

// signals draws a signal and its reconstruction, with names in the first row of a figure.
func signals(row int, times, x, y []float64) []plot.Line {
	names := [2]string{"signal", "reconstruction"}
	if row > 0 {
		names = [2]string{}
	}
	return []plot.Line{{Name: names[0], X: times, Y: x, Style: plot.Solid(plot.Blue)}, {Name: names[1], X: times, Y: y, Style: thin(plot.Vermilion)}}
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
	c, err := s.bench.Code(e, each(s.bench.Signals[0], func(x float64) float64 { return x * amplitude }))
	if err != nil {
		return nil, err
	}
	m := c.Measure(s.bench.Settle, len(c.Signal), s.Dt)
	name, label := "Trained, "+e.Adaptation, s.labelled("signal")
	if column > 0 {
		name, label = "Best fixed threshold", ""
	}
	p := plot.NewPanel(fmt.Sprintf("%s: %s, %.0f Hz", name, decibels(m.SNR), m.Rate), timeLabel, label)
	v := s.window(c, 1000)
	x := v.part(c.Signal, 1)
	if err := p.Lines(signals(row, v.times, x, v.part(c.Reconstruction, 1))...); err != nil {
		return nil, err
	}
	low, high := bounds(x)
	return p, v.marks(p, "", low-.1*(high-low), high+.3*(high-low))
}
