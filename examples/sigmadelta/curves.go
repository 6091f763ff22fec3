package main

import (
	"fmt"
	"image/color"
	"math"

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

// limitLine draws the limit of what counts as coded.
func (s *settings) limitLine(p *plot.Panel, name string) error {
	return p.Line(name, []float64{p.X.Min, p.X.Max}, []float64{s.Limit, s.Limit}, plot.Dashed(plot.Black))
}

// atLeast are values, but least where they are less.
func atLeast(values []float64, least float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = max(v, least)
	}
	return out
}

// drawSweep draws the numbers behind the pictures.
func (s *settings) drawSweep(path string, start coding.Encoder, m *metrics) error {
	f := &plot.Figure{Title: "Error and effort over amplitude, threshold at rest b0 and time constant τ"}
	var snrs, rates []*plot.Panel
	highest := s.Limit
	for _, e := range m.Sweep {
		for _, v := range e.SNR {
			highest = max(highest, v)
		}
	}
	thresholds := s.sweepThresholds(start)
	for k, kind := range coding.Kinds {
		label, rate := "", ""
		if k == 0 {
			label, rate = snrLabel, rateLabel
		}
		snr := s.overAmplitudes([]string{"Fixed threshold", "Additive adaptation", "Multiplicative adaptation"}[k], label)
		hz := s.overAmplitudes("", rate)
		plot.Logarithmic(&hz.Y)
		hz.Y.Min, hz.Y.Max = 1, 1000/s.Dt*float64(s.bench.Channels())
		snr.Y.Min, snr.Y.Max = leastSNR, highest
		if err := s.limitLine(snr, ""); err != nil {
			return err
		}
		for i, b0 := range thresholds {
			if i%2 != 0 {
				continue
			}
			e := find(m.Sweep, kind, start.Tau[0], b0)
			style := plot.Solid(shade(i, len(thresholds)))
			name := "" // the legend goes over the three panels
			if i/4 == k {
				name = fmt.Sprintf("b0 = %.2g", b0)
			}
			if err := snr.Line("", s.bench.Amplitudes, atLeast(e.SNR, leastSNR), style); err != nil {
				return err
			}
			if err := hz.Line(name, s.bench.Amplitudes, atLeast(e.Rate, 1), style); err != nil {
				return err
			}
		}
		snrs, rates = append(snrs, snr), append(rates, hz)
	}
	lowest, err := s.overThresholds(start, m)
	if err != nil {
		return err
	}
	f.Panels = [][]*plot.Panel{snrs, rates, lowest}
	f.Heights = []vg.Length{120, 110, 120}
	return f.Save(path)
}

// overThresholds are panels over the threshold and over the time constant.
func (s *settings) overThresholds(start coding.Encoder, m *metrics) ([]*plot.Panel, error) {
	overB0, overTau := fmt.Sprintf("b0 (a.u.), at τ = %.3g ms", start.Tau[0]), fmt.Sprintf("τ (ms), at b0 = %.3g", start.B0[0])
	bits := plot.NewPanel("", overB0, "mean bits per second")
	ranges := plot.NewPanel("", overB0, "usable range (dB)")
	taus := plot.NewPanel("", overTau, "usable range (dB)")
	for _, p := range []*plot.Panel{bits, ranges, taus} {
		plot.Logarithmic(&p.X)
		p.Y.Min = 0
	}
	for k, kind := range coding.Kinds {
		var b0s, bps, widths, at, widthsOverTau []float64
		for _, b0 := range s.sweepThresholds(start) {
			e := find(m.Sweep, kind, start.Tau[0], b0)
			b0s, bps, widths = append(b0s, b0), append(bps, e.MeanBits), append(widths, 20*math.Log10(e.Range.Width()))
		}
		for _, tau := range s.sweepTaus(start) {
			e := find(m.Sweep, kind, tau, start.B0[0])
			at, widthsOverTau = append(at, tau), append(widthsOverTau, 20*math.Log10(e.Range.Width()))
		}
		style := plot.Solid(kindColours[kind])
		for place, c := range []struct {
			p      *plot.Panel
			xs, ys []float64
		}{{bits, b0s, bps}, {ranges, b0s, widths}, {taus, at, widthsOverTau}} {
			name := ""
			if place == k {
				name = kind
			}
			if err := c.p.Line(name, c.xs, c.ys, style); err != nil {
				return nil, err
			}
		}
	}
	return []*plot.Panel{bits, ranges, taus}, nil
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
	snr := s.overAmplitudes("", snrLabel)
	rate := s.overAmplitudes("", rateLabel)
	if err := s.limitLine(snr, fmt.Sprintf("limit, %.3g dB", s.Limit)); err != nil {
		return err
	}
	for i, c := range []struct {
		name   string
		of     *coding.Result
		colour color.Color
	}{{"best fixed threshold", m.Fixed, plot.Vermilion}, {"best additive", m.Additive, plot.Green}, {s.Adaptation + ", before training", &m.Before, plot.SkyBlue}, {"after training", &m.After, plot.Blue}} {
		if c.of == nil {
			continue
		}
		left, right := c.name, "" // the legend goes over both panels
		if i >= 2 {
			left, right = "", c.name
		}
		if err := snr.Line(left, s.bench.Amplitudes, atLeast(c.of.SNR, leastSNR), plot.Solid(c.colour)); err != nil {
			return err
		}
		if err := rate.Line(right, s.bench.Amplitudes, c.of.Rate, plot.Solid(c.colour)); err != nil {
			return err
		}
	}
	snr.Y.Max, rate.Y.Min = snr.Y.Max+1, 0
	iterations := make([]float64, len(m.Training.Loss))
	for i := range iterations {
		iterations[i] = float64(i)
	}
	learning := plot.NewPanel("", "iteration", "mean SNR (dB)")
	if err := learning.Line("", iterations, m.Training.SNR, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	spikes := plot.NewPanel("", "iteration", "mean "+rateLabel)
	if err := spikes.Line("", iterations, m.Training.Rate, plot.Solid(plot.Blue)); err != nil {
		return err
	}
	if err := spikes.Line("budget", []float64{0, float64(max(1, len(iterations)-1))}, []float64{m.Training.Budget, m.Training.Budget}, plot.Dashed(plot.Black)); err != nil {
		return err
	}
	return (&plot.Figure{
		Title:  "Training, and fixed thresholds with the same mean firing rate",
		Panels: [][]*plot.Panel{{snr, rate}, {learning, spikes}}, Heights: []vg.Length{160, 100},
	}).Save(path)
}
