package nodes_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// adex is the equation of Brette & Gerstner 2005 with their constants, at a current in nA.
func adex(current float64) reference {
	return reference{
		start:   []float64{-70.6, 0},
		current: current,
		slope: func(y, dy []float64, current float64) {
			dy[0] = (-30*(y[0]+70.6) + 30*2*math.Exp((y[0]+50.4)/2) + 1000*(current-y[1])) / 281
			dy[1] = (.004*(y[0]+70.6) - y[1]) / 144
		},
		peak:  20,
		reset: func(y []float64) { y[0], y[1] = -70.6, y[1]+.0805 },
	}
}

func adexCell(dt float64) nodes.Cell { return nodes.AdEx{Dt: dt} }

func TestAdExAdapts(t *testing.T) {
	gaps := intervals(simulate(t, nodes.AdEx{}, 1, constant(1, 1000, 1)).times())
	for i := 1; i < 6; i++ {
		if !(gaps[i] > gaps[i-1]) {
			t.Fatalf("intervals are %.3v, want them to grow", gaps)
		}
	}
	// Where neither spikes nor the potential adapt it, it does not.
	plain := nodes.AdEx{A: graph.Constant(0), B: graph.Constant(0)}
	gaps = intervals(simulate(t, plain, 1, constant(1, 1000, 1)).times())
	if first, last := gaps[0], gaps[len(gaps)-1]; math.Abs(last-first) > .2 {
		t.Errorf("without adaptation, intervals go from %v to %v ms", first, last)
	}
}

// A reset above threshold makes bursts.
func TestAdExBursts(t *testing.T) {
	c := nodes.AdEx{VReset: graph.Constant(-46), B: graph.Constant(.1), TauW: graph.Constant(40)}
	gaps := intervals(simulate(t, c, 1, constant(1, 500, 1)).times())
	short, long := 0, 0
	for _, gap := range gaps {
		switch {
		case gap < 3:
			short++
		case gap > 15:
			long++
		}
	}
	if short < 20 || long < 5 {
		t.Errorf("intervals are %.3v, want short and long ones", gaps)
	}
}
