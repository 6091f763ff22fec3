package nodes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// izhikevich is the equation of Izhikevich 2003 from v = −65, u = b v.
func izhikevich(a, b, c, d, current float64) reference {
	return reference{
		start:   []float64{-65, -65 * b},
		current: current,
		slope: func(y, dy []float64, current float64) {
			dy[0] = .04*y[0]*y[0] + 5*y[0] + 140 - y[1] + current
			dy[1] = a * (b*y[0] - y[1])
		},
		peak:  30,
		reset: func(y []float64) { y[0], y[1] = c, y[1]+d },
	}
}

func izhikevichCell(c nodes.Izhikevich) func(dt float64) nodes.Cell {
	return func(dt float64) nodes.Cell { c.Dt = dt; return c }
}

// izhikevichTimes are the times of the spikes in 1000 ms.
func izhikevichTimes(t *testing.T, c nodes.Izhikevich, current float64) []float64 {
	t.Helper()
	return simulate(t, c, 1, constant(current, 1000, 1)).times()
}

// The types differ as in figure 2 of the paper.
func TestFiringTypes(t *testing.T) {
	gaps := func(c nodes.Izhikevich) []float64 { return intervals(izhikevichTimes(t, c, 10)) }

	if rs := gaps(nodes.RegularSpiking()); !(rs[1] > 1.8*rs[0]) {
		t.Errorf("a regular spiking neuron does not adapt: intervals are %.3v", rs)
	}
	if fs := gaps(nodes.FastSpiking()); !(fs[len(fs)-1] < 1.1*fs[2] && fs[len(fs)-1] < 10) {
		t.Errorf("a fast spiking neuron is slow, or adapts: intervals are %.3v", fs)
	}
	lts := gaps(nodes.LowThresholdSpiking())
	for i := range 5 {
		if !(lts[i+1] > lts[i]) {
			t.Errorf("a low-threshold spiking neuron does not adapt: intervals are %.3v", lts)
			break
		}
	}
	if n := len(izhikevichTimes(t, nodes.LowThresholdSpiking(), 2)); n == 0 {
		t.Error("a low-threshold spiking neuron is silent at 2")
	}
	if n := len(izhikevichTimes(t, nodes.RegularSpiking(), 2)); n != 0 {
		t.Errorf("a regular spiking neuron spikes %d times at 2", n)
	}

	bursts := func(gaps []float64) (n int) { // starts of bursts: short intervals after long ones
		for i, gap := range gaps {
			if gap < 8 && (i == 0 || gaps[i-1] > 20) {
				n++
			}
		}
		return n
	}
	if ib := gaps(nodes.IntrinsicallyBursting()); !(ib[0] < 5 && ib[1] < 5 && bursts(ib[2:]) == 0) {
		t.Errorf("an intrinsically bursting neuron does not start with one burst: intervals are %.3v", ib)
	}
	if ch := gaps(nodes.Chattering()); bursts(ch) < 10 {
		t.Errorf("a chattering neuron has %d bursts: intervals are %.3v", bursts(ch), ch)
	}
}

// A thalamo-cortical neuron answers the end of an inhibition with a burst; a resonator rings below
// threshold; a regular spiking neuron does neither.
func TestReboundAndResonance(t *testing.T) {
	released := append(constant(-20, 200, 1), constant(0, 200, 1)...)
	rebound := func(c nodes.Izhikevich) int { return len(simulate(t, c, 1, released).times()) }
	if n := rebound(nodes.ThalamoCortical()); n < 2 {
		t.Errorf("a thalamo-cortical neuron answers with %d spikes", n)
	}
	if n := rebound(nodes.RegularSpiking()); n != 0 {
		t.Errorf("a regular spiking neuron answers with %d spikes", n)
	}
	kick := slices.Concat(constant(0, 300, 1), []float64{1}, constant(0, 99, 1))
	turns := func(c nodes.Izhikevich) (n int) { // of the potential after the kick
		v := simulate(t, c, 1, kick).v[300:]
		for i := 2; i < len(v); i++ {
			if (v[i]-v[i-1])*(v[i-1]-v[i-2]) < 0 && math.Abs(v[i]-v[i-1]) > 1e-4 {
				n++
			}
		}
		return n
	}
	if rz, rs := turns(nodes.Resonator()), turns(nodes.RegularSpiking()); rz < rs+3 {
		t.Errorf("after a kick, a resonator turns %d times and a regular spiking neuron %d times", rz, rs)
	}
}

// At rest, u = b v, for the b that neurons start with if it is one.
func TestIzhikevichRest(t *testing.T) {
	for _, c := range []struct {
		cell nodes.Izhikevich
		want float64
	}{
		{nodes.Izhikevich{}, -13},
		{nodes.LowThresholdSpiking(), -16.25},
		{nodes.Izhikevich{B: graph.Normal{Mean: .25, Std: .01}}, -13},
	} {
		if got := c.cell.State()[1]; got.Name != nodes.Recovery || math.Abs(got.Rest-c.want) > 1e-12 {
			t.Errorf("%+v: %s rests at %v, want %v", c.cell, got.Name, got.Rest, c.want)
		}
	}
}
