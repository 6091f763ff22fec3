package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srnn-go/srnn/models/coding"
)

// metrics are what a run leaves in metrics.json. Lists of numbers go with the amplitudes.
type metrics struct {
	Settings   settings  `json:"settings"`
	Seed       uint64    `json:"seed"`
	Amplitudes []float64 `json:"amplitudes"`

	Before coding.Result `json:"before_training"`
	After  coding.Result `json:"after_training"`
	// The best of each kind at the mean rate of the encoder after training; nil where none has that rate.
	Fixed          *coding.Result `json:"best_fixed"`
	Additive       *coding.Result `json:"best_additive"`
	Multiplicative *coding.Result `json:"best_multiplicative"`
	// The fixed threshold with the widest usable range of all, whatever its rate.
	FixedAnyRate *coding.Result `json:"best_fixed_at_any_rate"`

	RangeGain  *float64        `json:"range_gain"`        // usable range after training over that of the best fixed threshold
	LeastGain  float64         `json:"least_snr_gain_db"` // by training, of all amplitudes
	Gain       []float64       `json:"snr_gain_db"`
	FixedByTau []coding.Result `json:"fixed_at_equal_rate"` // one for each τ
	Training   training        `json:"training"`
	Sweep      []coding.Result `json:"sweep"`
	Seconds    float64         `json:"seconds"`
}

// compare measures the encoder before and after training, and the best ones of all coding.Kinds with its rate.
func (m *metrics) compare(ctx context.Context, s *settings, initial, trained coding.Encoder) error {
	own, err := s.bench.Results(ctx, []coding.Encoder{initial, trained}, func(int) {})
	if err != nil {
		return err
	}
	m.Before, m.After = own[0], own[1]
	for i := range m.Before.SNR {
		m.Gain = append(m.Gain, m.After.SNR[i]-m.Before.SNR[i])
	}
	m.LeastGain = slices.Min(m.Gain)

	tauAdp, total := 100., 0
	if initial.TauAdp != nil {
		tauAdp = initial.TauAdp[0]
	}
	for _, kind := range coding.Kinds {
		total += len(s.bench.Candidates(kind, initial.Tau[0], tauAdp))
	}
	if err := overKinds("equal rates", coding.Halvings*total, func(kind string, done func(int)) error {
		found, err := s.bench.AtRate(ctx, s.bench.Candidates(kind, initial.Tau[0], tauAdp), m.After.MeanRate, done)
		switch best := coding.Best(found); kind {
		case "fixed":
			m.Fixed, m.FixedByTau = best, found
		case "additive":
			m.Additive = best
		default:
			m.Multiplicative = best
		}
		return err
	}); err != nil {
		return err
	}
	if m.Fixed != nil {
		gain := m.After.Range.Width() / m.Fixed.Range.Width()
		m.RangeGain = &gain
	}
	return nil
}

func (m *metrics) String() string {
	var b strings.Builder
	for _, row := range []struct {
		name string
		of   *coding.Result
	}{{"before training", &m.Before}, {"after training", &m.After}, {"best fixed threshold", m.Fixed}, {"best additive", m.Additive}, {"best multiplicative", m.Multiplicative}, {"fixed, at any rate", m.FixedAnyRate}} {
		if row.of == nil {
			fmt.Fprintf(&b, "%-21s none has that rate\n", row.name)
			continue
		}
		fmt.Fprintf(&b, "%-21s %5.1f Hz, %4.0f bit/s, mean SNR %5.1f dB, usable range %s   (%v)\n",
			row.name, row.of.MeanRate, row.of.MeanBits, row.of.MeanSNR, row.of.Range, row.of.Encoder)
	}
	fmt.Fprintf(&b, "training changed the SNR by %+.1f dB or more at every amplitude\n", m.LeastGain)
	if m.RangeGain != nil {
		fmt.Fprintf(&b, "usable range: %.3g times that of the best fixed threshold at the same mean rate\n", *m.RangeGain)
	}
	return b.String()
}
