package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/plot"
	"gonum.org/v1/plot/vg"
)

const (
	amplitudeLabel = "amplitude (a.u.)"
	snrLabel       = "SNR (dB)"
	rateLabel      = "firing rate (Hz)"
	leastSNR       = -10. // of what is drawn, dB
)

// shade is a colour from light to dark, of n.
func shade(i, n int) color.Color {
	at := float64(i) / float64(max(1, n-1))
	part := func(from, to float64) uint8 { return uint8(from + at*(to-from)) }
	return color.RGBA{R: part(0xF0, 0x10), G: part(0xB0, 0x20), B: part(0x30, 0x60), A: 0xFF}
}

var kindColours = map[string]color.Color{"fixed": plot.Vermilion, "additive": plot.Green, "multiplicative": plot.Blue}

// overAmplitudes is a panel of curves over the test range.
func (s *settings) overAmplitudes(title, label string) *plot.Panel {
	p := plot.NewPanel(title, amplitudeLabel, label)
	plot.Logarithmic(&p.X)
	p.X.Min, p.X.Max = s.bench.Amplitudes[0], s.bench.Amplitudes[len(s.bench.Amplitudes)-1]
	return p
}

// limit is the line of what counts as coded.
func (s *settings) limit(p *plot.Panel, name string) plot.Line {
	return plot.Line{Name: name, X: []float64{p.X.Min, p.X.Max}, Y: []float64{s.Limit, s.Limit}, Style: plot.Dashed(plot.Black)}
}

// atLeast are values, but least where they are less.
func atLeast(values []float64, least float64) []float64 {
	return each(values, func(v float64) float64 { return max(v, least) })
}

// drawSweep draws the numbers behind the pictures.
func (s *settings) drawSweep(path string, start coding.Encoder, m *metrics) error {
	highest := s.Limit
	for _, e := range m.Sweep {
		highest = max(highest, slices.Max(e.SNR))
	}
	thresholds := sweepThresholds(start)
	panels, err := plot.Grid(2, len(coding.Kinds), func(row, k int) (*plot.Panel, error) {
		title, label := []string{"Fixed threshold", "Additive adaptation", "Multiplicative adaptation"}[k], []string{snrLabel, rateLabel}[row]
		if row > 0 {
			title = ""
		}
		if k > 0 {
			label = ""
		}
		p := s.overAmplitudes(title, label)
		var lines []plot.Line
		if row == 0 {
			p.Y.Min, p.Y.Max = leastSNR, highest
			lines = append(lines, s.limit(p, ""))
		} else {
			plot.Logarithmic(&p.Y)
			p.Y.Min, p.Y.Max = 1, 1000/s.Dt*float64(s.bench.Channels())
		}
		for i := 0; i < len(thresholds); i += 2 {
			e := find(m.Sweep, coding.Kinds[k], start.Tau[0], thresholds[i])
			l := plot.Line{X: s.bench.Amplitudes, Y: atLeast(e.SNR, leastSNR), Style: plot.Solid(shade(i, len(thresholds)))}
			if row > 0 {
				l.Y = atLeast(e.Rate, 1)
				if i/4 == k { // the legend goes over the three panels
					l.Name = fmt.Sprintf("b0 = %.2g", thresholds[i])
				}
			}
			lines = append(lines, l)
		}
		return p, p.Lines(lines...)
	})
	if err != nil {
		return err
	}
	lowest, err := s.overThresholds(start, m)
	if err != nil {
		return err
	}
	return (&plot.Figure{
		Title:  "Error and effort over amplitude, threshold at rest b0 and time constant τ",
		Panels: append(panels, lowest), Heights: []vg.Length{120, 110, 120},
	}).Save(path)
}

// overThresholds are panels over the threshold and over the time constant.
func (s *settings) overThresholds(start coding.Encoder, m *metrics) ([]*plot.Panel, error) {
	b0s, taus := sweepThresholds(start), sweepTaus(start)
	overB0, overTau := fmt.Sprintf("b0 (a.u.), at τ = %.3g ms", start.Tau[0]), fmt.Sprintf("τ (ms), at b0 = %.3g", start.B0[0])
	atB0 := func(kind string, b0 float64) *coding.Result { return find(m.Sweep, kind, start.Tau[0], b0) }
	width := func(e *coding.Result) float64 { return 20 * math.Log10(e.Range.Width()) }
	var panels []*plot.Panel
	for place, c := range []struct {
		x, y string
		at   []float64
		of   func(kind string, at float64) float64
	}{
		{overB0, "mean bits per second", b0s, func(kind string, b0 float64) float64 { return atB0(kind, b0).MeanBits }},
		{overB0, "usable range (dB)", b0s, func(kind string, b0 float64) float64 { return width(atB0(kind, b0)) }},
		{overTau, "usable range (dB)", taus, func(kind string, tau float64) float64 { return width(find(m.Sweep, kind, tau, start.B0[0])) }},
	} {
		p := plot.NewPanel("", c.x, c.y)
		plot.Logarithmic(&p.X)
		p.Y.Min = 0
		var lines []plot.Line
		for k, kind := range coding.Kinds {
			l := plot.Line{X: c.at, Y: each(c.at, func(at float64) float64 { return c.of(kind, at) }), Style: plot.Solid(kindColours[kind])}
			if place == k {
				l.Name = kind
			}
			lines = append(lines, l)
		}
		if err := p.Lines(lines...); err != nil {
			return nil, err
		}
		panels = append(panels, p)
	}
	return panels, nil
}

// find is the encoder of the sweep with these parameters.
func find(all []coding.Result, kind string, tau, b0 float64) *coding.Result {
	for i := range all {
		if e := &all[i]; e.Adaptation == kind && e.Tau[0] == tau && e.B0[0] == b0 {
			return e
		}
	}
	return nil
}

// drawTraining draws what training gains at each amplitude, and how it went.
func (s *settings) drawTraining(path string, m *metrics) error {
	snr, rate := s.overAmplitudes("", snrLabel), s.overAmplitudes("", rateLabel)
	snrs, rates := []plot.Line{s.limit(snr, fmt.Sprintf("limit, %.3g dB", s.Limit))}, []plot.Line(nil)
	for i, c := range []struct {
		name   string
		of     *coding.Result
		colour color.Color
	}{{"best fixed threshold", m.Fixed, plot.Vermilion}, {"best additive", m.Additive, plot.Green}, {s.Adaptation + ", before training", &m.Before, plot.SkyBlue}, {"after training", &m.After, plot.Blue}} {
		if c.of == nil {
			continue
		}
		names := [2]string{c.name, ""} // the legend goes over both panels
		if i >= 2 {
			names = [2]string{"", c.name}
		}
		snrs = append(snrs, plot.Line{Name: names[0], X: s.bench.Amplitudes, Y: atLeast(c.of.SNR, leastSNR), Style: plot.Solid(c.colour)})
		rates = append(rates, plot.Line{Name: names[1], X: s.bench.Amplitudes, Y: c.of.Rate, Style: plot.Solid(c.colour)})
	}
	iterations := make([]float64, len(m.Training.Loss))
	for i := range iterations {
		iterations[i] = float64(i)
	}
	last := float64(max(1, len(iterations)-1))
	learning, spikes := plot.NewPanel("", "iteration", "mean SNR (dB)"), plot.NewPanel("", "iteration", "mean "+rateLabel)
	for _, c := range []struct {
		p     *plot.Panel
		lines []plot.Line
	}{{snr, snrs}, {rate, rates},
		{learning, []plot.Line{{X: iterations, Y: m.Training.SNR, Style: plot.Solid(plot.Blue)}}},
		{spikes, []plot.Line{{X: iterations, Y: m.Training.Rate, Style: plot.Solid(plot.Blue)},
			{Name: "budget", X: []float64{0, last}, Y: []float64{m.Training.Budget, m.Training.Budget}, Style: plot.Dashed(plot.Black)}}},
	} {
		if err := c.p.Lines(c.lines...); err != nil {
			return err
		}
	}
	snr.Y.Max, rate.Y.Min = snr.Y.Max+1, 0
	return (&plot.Figure{
		Title:  "Training, and fixed thresholds with the same mean firing rate",
		Panels: [][]*plot.Panel{{snr, rate}, {learning, spikes}}, Heights: []vg.Length{160, 100},
	}).Save(path)
}
