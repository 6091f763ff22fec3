package data

import (
	"math"
	"testing"
)

// regular is the paper's heart, without wander, at a constant 60 beats per minute.
func regular() *heart {
	m := &heart{beat: tachogram{1}}
	for l := range m.leads {
		m.leads[l] = events
	}
	return m
}

// run integrates for a given time in n steps.
func (m *heart) run(s state, seconds float64, n int) state {
	h := seconds / float64(n)
	for k := range n {
		s = m.step(float64(k)*h, h, s)
	}
	return s
}

func TestHeartConvergesWithOrderFour(t *testing.T) {
	m := regular()
	m.wander, m.respiration = .1, .25
	start := state{-1, 0, 0, .01}
	// Once through P, Q, R and S, and into T: the signal is steep there.
	const seconds = .7
	exact := m.run(start, seconds, 12800)
	distance := func(n int) float64 {
		s, worst := m.run(start, seconds, n), 0.
		for i := range s {
			worst = math.Max(worst, math.Abs(s[i]-exact[i]))
		}
		return worst
	}
	coarse, fine := distance(400), distance(800)
	if order := math.Log2(coarse / fine); math.Abs(order-4) > .3 {
		t.Errorf("halving the step divides the error %.3g by 2^%.2f, want 2^4", coarse, order)
	}
	if d := distance(int(seconds * sampleRate * substeps)); d > 1e-3/millivolts {
		t.Errorf("the step in use is %.2g off, want below 1 µV", d)
	}
}

func TestHeartRunsRoundTheCircle(t *testing.T) {
	m := regular()
	// From inside and outside, the circle attracts within a few time constants of a second.
	for _, radius := range []float64{.2, 3} {
		s := m.run(state{radius}, 20, 10000)
		if r := math.Hypot(s[0], s[1]); math.Abs(r-1) > 1e-6 {
			t.Errorf("from radius %v, the radius becomes %v, want 1", radius, r)
		}
		if p := s.phase(); math.Abs(p) > 1e-4 {
			t.Errorf("after 20 beats of a second the phase is %v, want 0", p)
		}
	}
}

func TestHeartBeats(t *testing.T) {
	m := regular()
	s := m.run(state{-1}, 10, 5000)
	var signal [500]float64
	for k := range signal {
		signal[k] = s[2] * millivolts
		s = m.step(10+float64(k)/500, 1./500, s)
	}
	// One beat from phase −π. Every event is an extremum in its own direction near its angle.
	at := func(angle float64) int { return int((angle + math.Pi) / (2 * math.Pi) * 500) }
	for i, e := range events {
		sign := math.Copysign(1, e.height)
		from, to := at(e.angle-e.width), at(e.angle+e.width)
		best := from
		for k := from; k <= to; k++ {
			if sign*signal[k] > sign*signal[best] {
				best = k
			}
		}
		if best == from || best == to {
			t.Errorf("event %d has no extremum within a width of its angle", i)
		}
	}
	low, high := signal[0], signal[0]
	for _, v := range signal {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	if span := high - low; math.Abs(span-1.6) > .1 {
		t.Errorf("the signal spans %.3f mV, want 1.6", span)
	}
}

func TestHeartBreathes(t *testing.T) {
	m := &heart{beat: tachogram{1}, wander: .2, respiration: .25}
	for l := range m.leads {
		for i := range m.leads[l] {
			m.leads[l][i].width = 1 // no event: its height is zero
		}
	}
	s := m.run(state{1}, 20, 2000)
	highest := 0.
	for k := range 400 {
		s = m.step(20+float64(k)/100, .01, s)
		highest = math.Max(highest, s[2])
	}
	// z follows z0 as a first-order low-pass of 1 s.
	w := 2 * math.Pi * m.respiration
	if want := m.wander / math.Sqrt(1+w*w); math.Abs(highest-want) > 1e-3*want {
		t.Errorf("the baseline reaches %v mV, want %v", highest, want)
	}
}

func TestBorders(t *testing.T) {
	b := newBorders(events)
	for _, c := range []struct {
		phase float64
		want  Wave
	}{
		{-math.Pi, WaveTP},
		{-math.Pi / 3, WaveP},
		{-.5, WavePQ},
		{-.2, WaveQR},
		{-1e-9, WaveQR},
		{0, WaveRS},
		{.3, WaveRS},
		{.5, WaveST},
		{math.Pi / 2, WaveST},
		{math.Pi, WaveTP},
	} {
		if got := b.wave(c.phase); got != c.want {
			t.Errorf("phase %v is in %v, want %v", c.phase, got, c.want)
		}
	}
}

// Waves so wide that they overlap keep their order, and none disappears.
func TestBordersStayInOrder(t *testing.T) {
	wide := events
	for i := range wide {
		wide[i].width *= 4
	}
	b := newBorders(wide)
	for i := 1; i < len(b); i++ {
		if b[i] <= b[i-1] {
			t.Errorf("%v begins at %v, %v at %v", Wave(i), b[i], Wave(i-1), b[i-1])
		}
	}
	if b[WaveTP] >= b[WaveP]+2*math.Pi {
		t.Errorf("TP begins at %v, after the next P at %v", b[WaveTP], b[WaveP]+2*math.Pi)
	}
}
