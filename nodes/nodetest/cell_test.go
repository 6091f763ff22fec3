package nodetest

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/nodes"
)

// lif is a cell without fault, which faulty ones are made of. It has no fused op.
func lif() nodes.LIF {
	return nodes.WithDefaults(nodes.LIF{Reset: nodes.ToValue}).(nodes.LIF)
}

// Each fault is found by the check that is there for it.
func TestCellFindsFaults(t *testing.T) {
	if err := nodes.Register("not saved", unsaved{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		cell  nodes.Cell
		check string
		want  string // in the error
	}{
		{"a parameter of another name", misspeltParameter{lif()}, "declares", "operand is not there"},
		{"a variable of another name", misspeltVariable{lif()}, "declares", "operand is not there"},
		{"no group", ungrouped{lif()}, "declares", "group"},
		{"no initialiser", uninitialised{lif()}, "declares", "initialiser"},
		{"two variables of one name", ambiguous{lif()}, "declares", "different"},
		{"a name that the layer uses", clashing{lif()}, "declares", "declared twice"},
		{"a time constant below zero", backwards{lif()}, "declares", "not negative"},
		{"a variable that is not given", forgetful{lif()}, "declares", "membrane, which is a variable of the state"},
		{"no output", mute{lif()}, "declares", "membrane"},
		{"a wrong shape", flat{lif()}, "declares", "shape"},
		{"useless settings of zero", without{Leak: 2}, "declares", "settings of zero"},
		{"no spikes", silent{lif()}, "works", "never spikes"},
		{"spikes without end", frantic{lif()}, "works", "nothing can be checked"},
		{"examples mixed", mixing{lif()}, "batch independence", "example 0"},
		{"a counter", counting{lif(), new(int)}, "purity", "membrane"},
		{"noise", noisy{lif()}, "works", "random"},
		{"numbers that drift, along a run", drifting{lif()}, "scanned = unrolled", "membrane"},
		{"numbers that drift, in the gradient", drifting{lif()}, "keeps every k-th state", "KeepEvery"},
		{"numbers that drift, from run to run", drifting{lif()}, "runs again", "membrane"},
		{"numbers that drift, from layer to layer", drifting{lif()}, "two layers", "membrane"},
		{"a dimension lost", slicing{lif()}, "sizes of one", "shape"},
		{"a gradient detached", detached{lif()}, "gradients", "central differences"},
		{"no surrogate to relax", rigid{}, "gradients", "Surrogate"},
		{"overflow", overflowing{lif()}, "extremes", "a millionfold"},
		{"cancellation", cancelling{lif()}, "single precision", "membrane"},
		{"NaN hidden", hiding{lif()}, "not finite", "neither"},
		{"a decay written out", explicit{lif()}, "time constants", "NaN"},
		{"no limit", unlimited{lif()}, "time constants", "membrane"},
		{"a setting that is not saved", unsaved{Cell: lif(), Gain: 1}, "saves", "Gain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, check := range newSuite(c.cell).checks() {
				if !check.needed && check.name != c.check {
					continue
				}
				err := check.check()
				if check.name == c.check {
					if err == nil || err == errNotSaved || !strings.Contains(err.Error(), c.want) {
						t.Errorf("%s says %v, want an error with %q", c.check, err, c.want)
					}
					return
				}
				if err != nil {
					t.Fatalf("%s says %v before %s can be checked", check.name, err, c.check)
				}
			}
		})
	}
}

// A cell without fault passes.
func TestCellPasses(t *testing.T) { Cell(t, lif()) }

// Only cells of package nodes have fused ops, so none can be made that disagrees with its steps. The
// comparison itself notices when the steps are those of another neuron.
func TestFusedAgainstOtherSteps(t *testing.T) {
	s := newSuite(nodes.ALIF{})
	for _, check := range s.checks() {
		if check.needed {
			if err := check.check(); err != nil {
				t.Fatal(err)
			}
		}
	}
	e := s.experiment(false)
	other := e.scanned()
	other.cell = nodes.Scanned(nodes.ALIF{Beta: new(1.8 * (1 + 1e-6))})
	if err := e.same(layered, other, layered, 1e-10); err == nil || !strings.Contains(err.Error(), "threshold") && !strings.Contains(err.Error(), "membrane") {
		t.Errorf("error is %v, want one that names what differs", err)
	}
}
