package data

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/pkg/errors"
)

// ECGSyn makes two-lead electrocardiograms with the dynamical model of McSharry et al. 2003: a
// point runs round a circle once per beat, and the events P, Q, R, S and T at fixed angles pull
// the signal out of its baseline. Beat lengths follow a spectrum with a slow and a respiratory
// peak. The signal is sampled at 250 Hz and coded with [LevelCross].
//
// Records differ in heart rate, in the angles, widths and heights of their events, and in how
// the two electrodes see these. Labels come from the model's own phase. With θ, b the angle and
// width of an event, common to both leads: P lasts from θ_P − 1.4b to θ_P + 1.4b, the QRS complex
// from θ_Q − b to θ_S + b with the peak of R at angle 0 between QR and RS, and T ends at θ_T + 2b;
// PQ, ST and TP lie between. The factors give mean lengths like those of the QT Database.
//
// The zero value is the default of each field. Where an amount may be absent, a negative value
// stands for none.
type ECGSyn struct {
	// Records is how many to make. Default 400.
	Records int

	// Steps is the length of a record at 250 steps per second. Default 1301.
	Steps int

	// HeartRate is the mean heart rate of a record in beats per minute: drawn from a normal
	// distribution with mean HeartRate (default 66) and standard deviation HeartRateSpread
	// (default 13), cut off at two deviations.
	HeartRate, HeartRateSpread float64

	// Variability is the standard deviation of the heart rate within a record, in beats per
	// minute. Default 1.
	Variability float64

	// LFHF is the ratio of the slow (.1 Hz) to the respiratory power of this variability.
	// Default 0.5.
	LFHF float64

	// Respiration is the rate of breathing in Hz. Default 0.25.
	Respiration float64

	// Wander is the amplitude A of the baseline that breathes, in mV. Default 0.15.
	Wander float64

	// Noise is the standard deviation of the white measurement noise, in mV. Default 0.03.
	Noise float64

	// Variation is by how much the events of records and leads differ: 1, the default, is
	// some .1 rad in angle, 10 % in width and 40 % in height. At most 2.
	Variation float64

	// Delta is the level of [LevelCross] in mV. Default 0.11.
	Delta float64

	// Delay is by how many steps the labels lag behind the signal. Default 0; in the QT
	// Database as published it is 19.
	Delay int
}

const (
	sampleRate = 250 // Hz
	substeps   = 2   // of the integration, per sample
	transient  = 3   // s discarded; the baseline relaxes with a time constant of 1 s

	// The model's own units give a signal of .056 from trough to peak; as in the paper it is
	// to span 1.6 mV.
	millivolts = 28.
)

// The indices of the events.
const (
	eventP = iota
	eventQ
	eventR
	eventS
	eventT
)

// events are the angles in rad, heights and widths in rad of P, Q, R, S and T at 60 beats per
// minute (Table I of the paper).
var events = [bumps]bump{
	eventP: {-math.Pi / 3, 1.2, .25},
	eventQ: {-math.Pi / 12, -5, .1},
	eventR: {0, 30, .1},
	eventS: {math.Pi / 12, -7.5, .1},
	eventT: {math.Pi / 2, .75, .4},
}

// Generate makes the records. Record i depends on the settings, seed and i alone.
func (e ECGSyn) Generate(seed uint64) (*Records, error) {
	e = e.withDefaults()
	if err := e.check(); err != nil {
		return nil, err
	}
	r := newRecords(e.Records, e.Steps)
	r.Signal = make([][2][]float32, e.Records)
	errs := make([]error, e.Records)
	indices := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), e.Records) {
		workers.Go(func() {
			for i := range indices {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				signal := e.record(rng, r.labels[i*e.Steps:(i+1)*e.Steps])
				r.Signal[i] = signal
				errs[i] = e.encode(signal, r.events[i*e.Steps*channels:(i+1)*e.Steps*channels])
			}
		})
	}
	for i := range e.Records {
		indices <- i
	}
	close(indices)
	workers.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, errors.Wrapf(err, "data: ECGSyn: record %d", i)
		}
	}
	return r, nil
}

// withDefaults fills in the fields that are zero.
func (e ECGSyn) withDefaults() ECGSyn {
	or := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	amount := func(v *float64, otherwise float64) {
		or(v, otherwise)
		if *v < 0 {
			*v = 0
		}
	}
	if e.Records == 0 {
		e.Records = 400
	}
	if e.Steps == 0 {
		e.Steps = 1301
	}
	or(&e.HeartRate, 66)
	amount(&e.HeartRateSpread, 13)
	amount(&e.Variability, 1)
	amount(&e.LFHF, .5)
	or(&e.Respiration, .25)
	amount(&e.Wander, .15)
	amount(&e.Noise, .03)
	amount(&e.Variation, 1)
	or(&e.Delta, .11)
	return e
}

// check refuses settings that the model cannot be run with.
func (e ECGSyn) check() error {
	for _, f := range []struct {
		name            string
		value, min, max float64
	}{
		{"Records", float64(e.Records), 1, 1e6},
		{"Steps", float64(e.Steps), 1, 1e6},
		{"Records×Steps", float64(e.Records) * float64(e.Steps), 1, 1e8},
		{"HeartRate − 2·HeartRateSpread", e.HeartRate - 2*e.HeartRateSpread, 20, 200},
		{"HeartRate + 2·HeartRateSpread", e.HeartRate + 2*e.HeartRateSpread, 20, 200},
		{"Variability", e.Variability, 0, .1 * (e.HeartRate - 2*e.HeartRateSpread)},
		{"LFHF", e.LFHF, 0, 1e3},
		{"Respiration", e.Respiration, .05, .5},
		{"Wander", e.Wander, 0, 10},
		{"Noise", e.Noise, 0, 10},
		{"Variation", e.Variation, 0, 2},
		{"Delta", e.Delta, 1e-6, 10},
		{"Delay", float64(e.Delay), 0, 1e4},
	} {
		if !(f.value >= f.min && f.value <= f.max) {
			return errors.Errorf("data: ECGSyn: %s is %.10g, want %.10g to %.10g", f.name, f.value, f.min, f.max)
		}
	}
	return nil
}

// record draws a heart, runs it, and returns its two leads in mV. It writes the labels.
func (e ECGSyn) record(rng *rand.Rand, labels []uint8) (signal [leads][]float32) {
	m, borders := e.draw(rng)
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	s := state{cos, sin}
	t := rng.Float64() * tachogramLength / tachogramRate
	const h = 1. / sampleRate / substeps
	sample := func() {
		for range substeps {
			s = m.step(t, h, s)
			t += h
		}
	}
	for range transient * sampleRate {
		sample()
	}
	for l := range signal {
		signal[l] = make([]float32, e.Steps)
	}
	for k := -e.Delay; k < e.Steps; k++ {
		sample()
		if lag := k + e.Delay; lag < e.Steps {
			labels[lag] = uint8(borders.wave(s.phase()))
		}
		if k >= 0 {
			for l := range signal {
				signal[l][k] = float32(s[2+l] + e.Noise*rng.NormFloat64())
			}
		}
	}
	return signal
}

// draw varies the events and returns a heart with the borders of its waves.
func (e ECGSyn) draw(rng *rand.Rand) (*heart, borders) {
	rate := e.HeartRate + e.HeartRateSpread*cutNormal(rng)
	beat := 60 / rate
	m := &heart{
		beat:        newTachogram(rng, beat, beat*e.Variability/rate, e.Respiration, e.LFHF),
		wander:      e.Wander,
		respiration: e.Respiration,
	}

	// Beats get shorter mainly between T and P. As in the authors' program, the events widen and
	// spread over the circle in return, which keeps their heights too.
	wide := math.Sqrt(rate / 60)
	common := events
	for i := range common {
		b := &common[i]
		b.width *= wide * math.Exp(.1*e.Variation*cutNormal(rng))
		b.height *= millivolts * math.Exp(.2*e.Variation*cutNormal(rng))
	}
	p, q, s, t := &common[eventP], &common[eventQ], &common[eventS], &common[eventT]
	p.angle = p.angle*math.Sqrt(wide) + .08*e.Variation*cutNormal(rng)
	q.angle *= wide
	s.angle *= wide
	t.angle += .1 * e.Variation * cutNormal(rng)

	for l := range m.leads {
		gain := math.Exp(.25 * e.Variation * cutNormal(rng))
		for i, b := range common {
			b.height *= gain * (1 + .4*e.Variation*cutNormal(rng))
			b.width *= math.Exp(.03 * e.Variation * cutNormal(rng))
			b.angle += .2 * b.width * e.Variation * cutNormal(rng)
			m.leads[l][i] = b
		}
	}
	return m, newBorders(common)
}

// cutNormal draws from the standard normal distribution within two deviations.
func cutNormal(rng *rand.Rand) float64 {
	for {
		if v := rng.NormFloat64(); math.Abs(v) <= 2 {
			return v
		}
	}
}

// borders are the angles at which the waves begin, ascending from that of P, less than 2π apart.
type borders [waves]float64

// newBorders places the borders by the events, and keeps them in order where wide events overlap.
func newBorders(e [bumps]bump) borders {
	const least = .05 // rad
	p, q, r, s, t := e[eventP], e[eventQ], e[eventR], e[eventS], e[eventT]
	var b borders
	b[WaveQR] = q.angle - q.width
	b[WaveRS] = r.angle
	b[WaveST] = s.angle + s.width
	b[WavePQ] = math.Min(p.angle+1.4*p.width, b[WaveQR]-least)
	b[WaveP] = math.Min(p.angle-1.4*p.width, b[WavePQ]-least)
	b[WaveTP] = math.Min(t.angle+2*t.width, b[WaveP]+2*math.Pi-least)
	return b
}

// wave is the wave at phase in (−π, π].
func (b borders) wave(phase float64) Wave {
	if phase < b[WaveP] {
		phase += 2 * math.Pi
	}
	w := WaveTP
	for w > WaveP && phase < b[w] {
		w--
	}
	return w
}

// encode writes the events of the leads' level crossings.
func (e ECGSyn) encode(signal [leads][]float32, events []int8) error {
	for l := range signal {
		up, down, err := LevelCross{Delta: e.Delta}.Encode(signal[l])
		if err != nil {
			return err
		}
		for t := range up {
			if up[t] {
				events[t*channels+2*l] = 1
			}
			if down[t] {
				events[t*channels+2*l+1] = 1
			}
		}
	}
	return nil
}
