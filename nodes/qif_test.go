package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/nodes"
)

// A constant current takes the potential from the reset to the peak in the time ∫ dv/v̇, an arctangent;
// so do the steps, whatever their size.
func TestQIFRates(t *testing.T) {
	const tau, a0, middle, width = 10, .05, -55, 20
	for _, current := range []float64{5.1, 6, 10, 20, 50, 100} {
		omega := math.Sqrt(current/a0 - width*width/4)
		interval := tau / (a0 * omega) * (math.Atan((30-middle)/omega) - math.Atan((-65-middle)/omega))
		for _, dt := range []float64{1, .25} {
			at := simulate(t, nodes.QIF{Dt: dt}, dt, constant(current, 2000, dt)).times()
			if n := int(2000 / interval); len(at) != n {
				t.Errorf("%d spikes at %v in steps of %v ms, want %d", len(at), current, dt, n)
			}
			for i, spike := range at {
				if want := float64(i+1) * interval; math.Abs(spike-want) > 1e-5*want {
					t.Errorf("spike %d at %v in steps of %v ms is at %v ms, want %v", i, current, dt, spike, want)
					break
				}
			}
		}
	}
}

// Without current, the critical potential separates those that go to rest from those that spike.
func TestQIFThreshold(t *testing.T) {
	kick := func(v float64) simulation { // what a current of one step takes to v
		current := constant(0, 500, .1)
		current[0] = (v + 65) * 10 / .1
		return simulate(t, nodes.QIF{Dt: .1}, .1, current)
	}
	if s := kick(-45.5); len(s.times()) != 0 || math.Abs(s.v[len(s.v)-1]+65) > 1e-6 {
		t.Errorf("from below the critical potential, there are %d spikes, and v goes to %v", len(s.times()), s.v[len(s.v)-1])
	}
	if s := kick(-44.5); len(s.times()) != 1 {
		t.Errorf("from above the critical potential, there are %d spikes, want one", len(s.times()))
	}
}

// At the rheobase, Rm I = a0 ((v_c − v_rest)/2)², the two fixed points meet.
func TestQIFRheobase(t *testing.T) {
	if n := len(simulate(t, nodes.QIF{}, 1, constant(4.99, 5000, 1)).times()); n != 0 {
		t.Errorf("%d spikes below the rheobase", n)
	}
	if n := len(simulate(t, nodes.QIF{}, 1, constant(5.01, 5000, 1)).times()); n == 0 {
		t.Error("no spikes above the rheobase")
	}
}
