package nodes_test

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

// Time constants, and nothing else, have a bound: a tenth of the time step.
func TestTimeConstantsHaveABound(t *testing.T) {
	for _, c := range []struct {
		cell nodes.Cell
		want float64
	}{
		{nodes.ALIF{}, .1}, {nodes.LIF{Dt: .5}, .05}, {nodes.Scanned(nodes.LIF{Dt: 2}), .2}, {nodes.LI{TauM: graph.Constant(.06)}, .03},
		{nodes.Refractory{Cell: nodes.LSNN{Dt: .25}}, .025}, {nodes.AdEx{Dt: .5}, .05}, {nodes.SEAdLIF{}, .1}, {untimed{}, .1},
	} {
		p := newParams(1)
		must(nodes.Layer{Units: 2, Cell: c.cell}.Declare(p, "a", 3))
		bounded := 0
		for _, q := range p.All() {
			if (q.Lower != nil) != (q.Group == "tau") {
				t.Errorf("%T: %s of group %s has bound %v", c.cell, q.Name, q.Group, q.Lower)
			}
			if q.Lower != nil {
				bounded++
				if *q.Lower != c.want {
					t.Errorf("%T: %s has bound %v, want %v", c.cell, q.Name, *q.Lower, c.want)
				}
			}
		}
		if bounded == 0 {
			t.Errorf("%T has no time constants with a bound", c.cell)
		}
	}
	p := newParams(1)
	must(nodes.SigmaDelta{Dt: 2, Adaptation: nodes.AdditiveAdaptation}.Declare(p, 3))
	for _, q := range p.All() {
		if tau := strings.HasPrefix(q.Name, "tau"); tau && (q.Lower == nil || *q.Lower != .2) || !tau && q.Lower != nil {
			t.Errorf("Σ-Δ: %s has bound %v", q.Name, q.Lower)
		}
	}
}

// untimed does not say what its time step is.
type untimed struct{ bare }

func (untimed) Parameters() []nodes.Parameter { return []nodes.Parameter{nodes.Tau("tau_m", nil, 20)} }
func (untimed) Step(p, s nodes.Values, current graph.Expr) nodes.Values {
	return nodes.Values{nodes.Membrane: nodes.Decay(p["tau_m"], 1).Mul(s[nodes.Membrane]).Add(current)}
}
