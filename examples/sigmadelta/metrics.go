package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/srnn-go/srnn/internal/cli"
)

// metrics are what a run leaves in metrics.json. Lists of numbers go with the amplitudes.
type metrics struct {
	Settings   settings  `json:"settings"`
	Seed       uint64    `json:"seed"`
	Amplitudes []float64 `json:"amplitudes"`

	Before swept `json:"before_training"`
	After  swept `json:"after_training"`
	// The best of each kind at the mean rate of the encoder after training; nil where none has that rate.
	Fixed          *swept `json:"best_fixed"`
	Additive       *swept `json:"best_additive"`
	Multiplicative *swept `json:"best_multiplicative"`
	// The fixed threshold with the widest usable range of all, whatever its rate.
	FixedAnyRate *swept `json:"best_fixed_at_any_rate"`

	RangeGain  *float64  `json:"range_gain"`        // usable range after training over that of the best fixed threshold
	LeastGain  float64   `json:"least_snr_gain_db"` // by training, of all amplitudes
	Gain       []float64 `json:"snr_gain_db"`
	FixedByTau []swept   `json:"fixed_at_equal_rate"` // one for each τ
	Training   training  `json:"training"`
	Sweep      []swept   `json:"sweep"`
	Seconds    float64   `json:"seconds"`
}

// report is what an encoder does at all amplitudes of the test range.
type report struct {
	MeanRate float64   `json:"mean_rate_hz"` // over the amplitudes, as are the others
	MeanBits float64   `json:"mean_bits_per_second"`
	MeanSNR  float64   `json:"mean_snr_db"`
	Range    *span     `json:"usable_range"` // null: no amplitude is coded well enough
	SNR      []float64 `json:"snr_db"`
	NRMSE    []float64 `json:"nrmse"`
	Rate     []float64 `json:"rate_hz"`
	Bits     []float64 `json:"bits_per_second"`
}

func (s *settings) report(m []measures) report {
	r := report{
		SNR: column(m, snrOf), NRMSE: column(m, func(m measures) float64 { return m.NRMSE }),
		Rate: column(m, func(m measures) float64 { return m.Rate }), Bits: column(m, func(m measures) float64 { return m.Bits }),
	}
	r.MeanRate, r.MeanBits, r.MeanSNR = mean(r.Rate), mean(r.Bits), mean(r.SNR)
	r.Range = usable(s.amplitudes, r.SNR, s.Limit)
	return r
}

// compare measures the encoder before and after training, and the best ones of all kinds with its rate.
func (m *metrics) compare(ctx context.Context, s *settings, initial, trained encoder) error {
	own, err := s.measure(ctx, []encoder{initial, trained}, func(int) {})
	if err != nil {
		return err
	}
	m.Before, m.After = swept{initial, s.report(own[0])}, swept{trained, s.report(own[1])}
	for i := range m.Before.SNR {
		m.Gain = append(m.Gain, m.After.SNR[i]-m.Before.SNR[i])
	}
	m.LeastGain = slices.Min(m.Gain)

	lists := map[string][]encoder{}
	total := 0
	for _, kind := range kinds {
		lists[kind] = s.candidates(kind, initial)
		total += len(lists[kind])
	}
	bar := cli.NewProgress(halvings*total, "equal rates")
	defer bar.Close()
	done := 0
	for _, kind := range kinds {
		found, err := s.atRate(ctx, lists[kind], m.After.MeanRate, func(n int) { done += n; bar.Set(done, kind) })
		if err != nil {
			return err
		}
		switch b := best(found); kind {
		case "fixed":
			m.Fixed, m.FixedByTau = b, found
		case "additive":
			m.Additive = b
		default:
			m.Multiplicative = b
		}
	}
	if m.Fixed != nil {
		gain := m.After.Range.ratio() / m.Fixed.Range.ratio()
		m.RangeGain = &gain
	}
	return nil
}

func (m *metrics) String() string {
	var b strings.Builder
	for _, row := range []struct {
		name string
		of   *swept
	}{{"before training", &m.Before}, {"after training", &m.After}, {"best fixed threshold", m.Fixed}, {"best additive", m.Additive}, {"best multiplicative", m.Multiplicative}, {"fixed, at any rate", m.FixedAnyRate}} {
		if row.of == nil {
			fmt.Fprintf(&b, "%-21s none has that rate\n", row.name)
			continue
		}
		fmt.Fprintf(&b, "%-21s %5.1f Hz, %4.0f bit/s, mean SNR %5.1f dB, usable range %s   (%v)\n",
			row.name, row.of.MeanRate, row.of.MeanBits, row.of.MeanSNR, row.of.Range, row.of.encoder)
	}
	fmt.Fprintf(&b, "training changed the SNR by %+.1f dB or more at every amplitude\n", m.LeastGain)
	if m.RangeGain != nil {
		fmt.Fprintf(&b, "usable range: %.3g times that of the best fixed threshold at the same mean rate\n", *m.RangeGain)
	}
	return b.String()
}

// String is the range as a ratio.
func (s *span) String() string {
	switch {
	case s == nil:
		return "none"
	case s.AtLow || s.AtHigh:
		return fmt.Sprintf("at least 1:%.3g", s.Ratio)
	}
	return fmt.Sprintf("1:%.3g", s.Ratio)
}
