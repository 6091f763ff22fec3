package coding

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*math.Max(1, math.Abs(b)) }

func TestMeasures(t *testing.T) {
	for _, c := range []struct {
		tally tally
		dt    float64
		want  Measures
	}{
		// An error of a tenth of the signal; every second step has a spike.
		{tally{error: 1, power: 100, spikes: []float64{50}, steps: 100}, 1, Measures{20, .1, 500, 1000}},
		{tally{error: 4, power: 4, spikes: []float64{0}, steps: 100}, 1, Measures{0, 1, 0, 0}},
		// A neuron that spikes in every step says nothing.
		{tally{error: 40, power: 4, spikes: []float64{100}, steps: 100}, .5, Measures{-10, math.Sqrt(10), 2000, 0}},
		{tally{error: 0, power: 4, spikes: []float64{25, 75}, steps: 100}, 1, Measures{noiseless, 0, 1000, 2000 * (2 - .75*math.Log2(3))}},
	} {
		m := c.tally.measures(c.dt)
		if !near(m.SNR, c.want.SNR, 1e-12) || !near(m.NRMSE, c.want.NRMSE, 1e-12) || !near(m.Rate, c.want.Rate, 1e-12) || !near(m.Bits, c.want.Bits, 1e-12) {
			t.Errorf("%v: %v, want %v", c.tally, m, c.want)
		}
	}
}

func TestUsable(t *testing.T) {
	amplitudes := []float64{.1, 1, 10, 100, 1000}
	for _, c := range []struct {
		snr  []float64
		want *Span
	}{
		{[]float64{0, 5, 9, 9, 0}, nil},
		{[]float64{12, 12, 12, 10, 10}, &Span{.1, 1000, 1e4, 80, true, true}},
		// Half of the way from one amplitude to the next, at both ends.
		{[]float64{0, 5, 15, 15, 5}, &Span{math.Sqrt(10), math.Pow(10, 2.5), 100, 40, false, false}},
		{[]float64{0, 0, 0, 0, 20}, &Span{math.Pow(10, 2.5), 1000, math.Sqrt(10), 10, false, true}},
		// The wider of two.
		{[]float64{10, 0, 10, 20, 10}, &Span{10, 1000, 100, 40, false, true}},
		{[]float64{30, 0, 10, 0, 0}, &Span{.1, .1 * math.Pow(10, 2./3), math.Pow(10, 2./3), 40. / 3, true, false}},
	} {
		got := Usable(amplitudes, c.snr, 10)
		if (got == nil) != (c.want == nil) {
			t.Errorf("%v: range is %v, want %v", c.snr, got, c.want)
			continue
		}
		if got == nil {
			if got.Width() != 1 {
				t.Errorf("no range has the ratio %v", got.Width())
			}
			continue
		}
		if !near(got.Low, c.want.Low, 1e-9) || !near(got.High, c.want.High, 1e-9) || !near(got.Ratio, c.want.Ratio, 1e-9) ||
			!near(got.Decibels, c.want.Decibels, 1e-9) || got.AtLow != c.want.AtLow || got.AtHigh != c.want.AtHigh {
			t.Errorf("%v: range is %+v, want %+v", c.snr, *got, *c.want)
		}
	}
}

// bench has noise, of 3 Hz at steps of .5 ms.
func bench(t *testing.T, signed bool, amplitudes ...float64) *Bench {
	t.Helper()
	b := &Bench{Amplitudes: amplitudes, Settle: 60, Dt: .5, Signed: signed, Limit: 10}
	rng := graph.Stream(1, "bench")
	for range 2 {
		w, err := data.LowPassNoise.Draw(rng, 400, .0015)
		if err != nil {
			t.Fatal(err)
		}
		shift, peak := slices.Min(w), slices.Max(w)
		if signed {
			shift = mean(w)
		}
		for i := range w {
			w[i] = (w[i] - shift) / (peak - shift)
		}
		b.Signals = append(b.Signals, w)
	}
	if err := b.Check(); err != nil {
		t.Fatal(err)
	}
	return b
}

// A neuron knows nothing of units: with twice the threshold it does with twice the signal what it did.
func TestScale(t *testing.T) {
	b := bench(t, false, 1./16, 1./8, 1./4, 1./2, 1, 2, 4, 8)
	for _, kind := range Kinds {
		e := b.Encoder(kind, 20, .125, 100, .1)
		all, err := b.Measure(t.Context(), []Encoder{e, e.Scaled(2)}, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		for a := 1; a < len(b.Amplitudes); a++ {
			if got, want := all[1][a], all[0][a-1]; got.Rate != want.Rate || !near(got.SNR, want.SNR, 1e-9) {
				t.Errorf("%s at %v: %v, want %v as with half of it", kind, b.Amplitudes[a], got, want)
			}
		}
	}
}

// What the bench measures, of many encoders at once, is what one encoder does alone.
func TestMeasure(t *testing.T) {
	for _, signed := range []bool{false, true} {
		b := bench(t, signed, .1, 1, 10)
		b.Signals = b.Signals[:1]
		var list []Encoder
		for _, tau := range []float64{5, 20, 50} {
			list = append(list, b.Encoder("multiplicative", tau, .01, 100, .1))
		}
		counted := 0
		all, err := b.Measure(t.Context(), list, func(n int) { counted += n })
		if err != nil || counted != 3 {
			t.Fatalf("%d encoders are measured: %v", counted, err)
		}
		for i, e := range list {
			for a, amplitude := range b.Amplitudes {
				signal := slices.Clone(b.Signals[0])
				for t := range signal {
					signal[t] *= amplitude
				}
				c, err := b.Code(e, signal)
				if err != nil {
					t.Fatal(err)
				}
				if m := c.Measure(b.Settle, len(signal), b.Dt); !near(m.SNR, all[i][a].SNR, 1e-4) || !near(m.Rate, all[i][a].Rate, 1e-9) || !near(m.Bits, all[i][a].Bits, 1e-9) {
					t.Errorf("encoder %d at %v: %v alone, %v with the others", i, amplitude, m, all[i][a])
				}
			}
		}
	}
}

// A constant that a fixed threshold follows: spikes of θ, which decay, hold it at a rate that is known.
func TestRateOfAConstant(t *testing.T) {
	const x, theta, tau = 1., .1, 20.
	b := &Bench{Dt: .1}
	signal := slices.Repeat([]float64{x}, 20000)
	c, err := b.Code(b.Encoder("fixed", tau, theta, 0, 0), signal)
	if err != nil {
		t.Fatal(err)
	}
	spikes := mean(c.Spikes[0][5000:])
	if want := x * (1 - math.Exp(-.1/tau)) / theta; !near(spikes/want, 1, .06) { // of the mean of ŝ, which is within θ/2 of x
		t.Errorf("%v spikes in a step, want %v", spikes, want)
	}
	for t0 := 5000; t0 < len(signal); t0++ {
		if d := math.Abs(signal[t0] - c.Reconstruction[t0]); d > 1.001*theta/2+1e-6 {
			t.Fatalf("step %d errs by %v, want at most %v", t0, d, theta/2)
		}
	}
}

// Thresholds are found at which encoders have a rate, those that cannot have it are left out, and the best has
// the widest range of them.
func TestAtRate(t *testing.T) {
	b := bench(t, false, .1, .3, 1, 3, 10)
	var list []Encoder
	for _, tau := range []float64{10, 40} {
		list = append(list, b.Encoder("multiplicative", tau, 1, 100, .1))
	}
	of, err := b.Measure(t.Context(), []Encoder{list[0].Scaled(.03)}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	rate := b.Result(list[0], of[0]).MeanRate
	found, err := b.AtRate(t.Context(), list, rate, func(int) {})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d encoders have the rate of one of them: %v", len(found), err)
	}
	for _, f := range found {
		if !near(f.MeanRate/rate, 1, RateTolerance) || Best(found).Range.Width() < f.Range.Width() {
			t.Errorf("%v has a rate of %v, want %v; the best has a range of %v", f, f.MeanRate, rate, Best(found).Range)
		}
	}
	if none, err := b.AtRate(t.Context(), list, 1e5, func(int) {}); err != nil || len(none) != 0 || Best(none) != nil {
		t.Errorf("more spikes than steps: %v, %v", none, err)
	}
}

// Signals of which nothing could be told are refused.
func TestCheck(t *testing.T) {
	for want, signal := range map[string][]float64{"constant": {0, 1, 2, 2, 2}, "at least 2": {0, 1, 2}} {
		if err := (&Bench{Signals: [][]float64{signal}, Settle: 2}).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error is %v, want one with %q", signal, err, want)
		}
	}
}
