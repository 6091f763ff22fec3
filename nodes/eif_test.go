package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// eif is the equation of Fourcaud-Trocmé et al. 2003 with the constants of nodes.EIF.
func eif(current float64) reference {
	return reference{
		start:   []float64{-65},
		current: current,
		slope: func(y, dy []float64, current float64) {
			dy[0] = (-(y[0] + 65) + 3.48*math.Exp((y[0]+59.9)/3.48) + 10*current) / 10
		},
		peak:  20,
		reset: func(y []float64) { y[0] = -68 },
	}
}

func eifCell(dt float64) nodes.Cell { return nodes.EIF{Dt: dt} }

// It fires if Rm I > V_T − ΔT − E_L, and not below.
func TestEIFRheobase(t *testing.T) {
	const rheobase = (-59.9 - 3.48 + 65) / 10
	for _, c := range []struct {
		current float64
		fires   bool
	}{{.97 * rheobase, false}, {1.03 * rheobase, true}} {
		n := len(simulate(t, nodes.EIF{}, 1, constant(c.current, 2000, 1)).times())
		if n > 0 != c.fires {
			t.Errorf("%d spikes at %v, where the rheobase is %v", n, c.current, rheobase)
		}
	}
}

// For ΔT → 0 the interval between spikes is that of a leaky integrate-and-fire neuron with the
// threshold V_T, τ ln((E_L + R I − V_r)/(E_L + R I − V_T)).
func TestEIFBecomesLIF(t *testing.T) {
	const drive = -65 + 10*1.
	lif := 10 * math.Log((drive+68)/(drive+59.9))
	off := math.Inf(1)
	for _, deltaT := range []float64{1, .1, .01, .001} {
		c := nodes.EIF{DeltaT: graph.Constant(deltaT), Dt: .1}
		gaps := intervals(simulate(t, c, .1, constant(1, 200, .1)).times())
		now := math.Abs(gaps[len(gaps)-1]-lif) / lif
		if !(now < off) {
			t.Errorf("ΔT = %v: the interval is off by %.2g, with a larger ΔT by %.2g", deltaT, now, off)
		}
		off = now
	}
	if off > .005 {
		t.Errorf("the interval of the sharpest neuron is off by %.2g, want less than 0.5 %%", off)
	}
}
