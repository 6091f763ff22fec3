package ops_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph/graphtest"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestLinearConforms(t *testing.T) {
	three, two := normal(1, 0, 1, 4, 3, 5), normal(1, 0, 1, 3, 5)
	w, b, c := normal(2, 0, 1, 2, 5), normal(3, 0, 1, 2), normal(4, 0, 1, 2)
	wide, wideBias := normal(5, 0, 1, 20, 5), normal(6, 0, 1, 20)
	linear := func(in gorgonia.Nodes) (*gorgonia.Node, error) { return ops.Linear(in[0], in[1], in[2:]...) }
	for _, k := range []struct {
		name   string
		inputs []*tensor.Dense
		apply  func(gorgonia.Nodes) (*gorgonia.Node, error)
	}{
		{"3-D", []*tensor.Dense{three, w}, linear},
		{"3-D, bias", []*tensor.Dense{three, w, b}, linear},
		{"3-D, two biases", []*tensor.Dense{three, w, b, c}, linear},
		{"2-D", []*tensor.Dense{two, w}, linear},
		{"2-D, bias", []*tensor.Dense{two, w, b}, linear},
		{"2-D, two biases", []*tensor.Dense{two, w, b, c}, linear},
		{"20 units", []*tensor.Dense{three, wide, wideBias}, linear},
		{"ones", []*tensor.Dense{normal(1, 0, 1, 1, 1, 1), normal(2, 0, 1, 1, 1), normal(3, 0, 1, 1)}, linear},
		{"one bias twice", []*tensor.Dense{three, w, b}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return ops.Linear(in[0], in[1], in[2], in[2])
		}},
	} {
		t.Run(k.name, func(t *testing.T) { graphtest.Op(t, k.inputs, nil, k.apply) })
	}
}

func TestLIConforms(t *testing.T) {
	current, tau, u0 := normal(1, 0, 1, 5, 3, 2), positive(normal(2, 4, 1, 2)), normal(3, 0, 1, 3, 2)
	cell := ops.LI{Dt: .7, Rm: 1.3}
	t.Run("from zero", func(t *testing.T) {
		graphtest.Op(t, []*tensor.Dense{current, tau}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return cell.Apply(ops.LIInputs{Current: in[0], TauM: in[1]})
		})
	})
	t.Run("from u0", func(t *testing.T) {
		graphtest.Op(t, []*tensor.Dense{current, tau, u0}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return cell.Apply(ops.LIInputs{Current: in[0], TauM: in[1], Initial: in[2]})
		})
	})
}

func TestSpikeGradients(t *testing.T) {
	for _, name := range ops.Surrogates() {
		t.Run(name, func(t *testing.T) {
			s := ops.Relaxed{Surrogate: must(ops.SurrogateByName(name))}
			graphtest.Gradients(t, []*tensor.Dense{normal(1, .1, .7, 3, 4, 2)}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return weigh(1, must(ops.Spike(in[0], s)))
			})
		})
	}
}

func TestSpikeConforms(t *testing.T) {
	for _, shape := range [][]int{{7}, {3, 4}, {3, 4, 2}, {1, 1, 1}} {
		graphtest.Op(t, []*tensor.Dense{normal(1, .1, .7, shape...)}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return ops.Spike(in[0], ops.Relaxed{Surrogate: ops.MultiGaussian{}})
		})
	}
}

func TestCrossEntropyConforms(t *testing.T) {
	for _, k := range []struct {
		name           string
		scores, labels *tensor.Dense
		skip           int
	}{
		{"one label each", normal(1, 0, 2, 4, 3), dense([]float64{2, 0, 1, 1}, 4), 0},
		{"some without", normal(1, 0, 2, 4, 3), dense([]float64{2, -1, 1, -1}, 4), 0},
		{"per step", normal(2, 0, 2, 3, 2, 4), dense([]float64{3, 0, 1, 1, 2, 0}, 3, 2), 0},
		{"per step, skip", normal(2, 0, 2, 3, 2, 4), dense([]float64{3, 0, 1, 1, 2, 0}, 3, 2), 2},
		{"some steps without", normal(2, 0, 2, 3, 2, 4), dense([]float64{3, -1, -1, 1, 2, 0}, 3, 2), 0},
		{"an example without", normal(2, 0, 2, 3, 2, 4), dense([]float64{3, -1, 2, -1, 2, -1}, 3, 2), 0},
		{"an example without after skip", normal(2, 0, 2, 3, 2, 4), dense([]float64{3, 1, 2, -1, 2, -1}, 3, 2), 1},
		{"ones", normal(2, 0, 2, 1, 1, 1), dense([]float64{0}, 1, 1), 0},
	} {
		t.Run(k.name, func(t *testing.T) {
			graphtest.Op(t, []*tensor.Dense{k.scores, k.labels}, []int{1}, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return ops.CrossEntropy(in[0], in[1], ops.CrossEntropySettings{Skip: k.skip})
			})
		})
	}
}

// kinds are the ways in which an ALIF layer can lack inputs.
var kinds = []struct {
	name  string
	strip func(*layer)
}{
	{"recurrent", func(*layer) {}},
	{"feed-forward", func(l *layer) { l.wRec = nil }},
	{"LIF", func(l *layer) { l.cell.Beta, l.tauAdp, l.eta = 0, nil, nil }},
	{"feed-forward LIF", func(l *layer) { l.wRec, l.cell.Beta, l.tauAdp, l.eta = nil, 0, nil, nil }},
	{"from zero", func(l *layer) { l.membrane, l.eta, l.spk = nil, nil, nil }},
	{"from spikes only", func(l *layer) { l.membrane, l.eta = nil, nil }},
	{"LIF from zero", func(l *layer) {
		l.cell.Beta, l.tauAdp, l.membrane, l.eta, l.spk = 0, nil, nil, nil, nil
	}},
}

// tensors lists the layer's inputs that are there; inputs puts nodes for them in their places.
func (l layer) tensors() (values []*tensor.Dense, inputs func(gorgonia.Nodes) ops.ALIFInputs) {
	all := []*tensor.Dense{l.current, l.wRec, l.tauM, l.tauAdp, l.membrane, l.eta, l.spk}
	for _, v := range all {
		if v != nil {
			values = append(values, v)
		}
	}
	return values, func(in gorgonia.Nodes) ops.ALIFInputs {
		slots := make(gorgonia.Nodes, len(all))
		k := 0
		for i, v := range all {
			if v != nil {
				slots[i] = in[k]
				k++
			}
		}
		return ops.ALIFInputs{Current: slots[0], WRec: slots[1], TauM: slots[2], TauAdp: slots[3],
			Initial: ops.State{Membrane: slots[4], Adaptation: slots[5], Spikes: slots[6]}}
	}
}

type output struct {
	name string
	of   func(*ops.Sequence) (*gorgonia.Node, error)
}

var alifOutputs = []output{
	{"spikes", func(s *ops.Sequence) (*gorgonia.Node, error) { return s.Spikes(), nil }},
	{"membrane", (*ops.Sequence).Membrane},
	{"threshold", (*ops.Sequence).Threshold},
	{"adaptation", (*ops.Sequence).Adaptation},
}

func TestALIFConforms(t *testing.T) {
	for _, k := range kinds {
		l := newLayer(30, 5, 3, 4)
		l.cell.Surrogate = ops.Relaxed{Surrogate: ops.Gaussian{}}
		k.strip(&l)
		values, inputs := l.tensors()
		outputs := alifOutputs
		if l.tauAdp == nil {
			outputs = outputs[:2] // the threshold is at rest
		}
		for _, o := range outputs {
			t.Run(k.name+" "+o.name, func(t *testing.T) {
				graphtest.Op(t, values, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					s, err := l.cell.Apply(inputs(in))
					if err != nil {
						return nil, err
					}
					return o.of(s)
				})
			})
		}
	}
}

// A loss that reads several outputs, the final state among them.
func TestALIFGradientsOfSeveralOutputs(t *testing.T) {
	for _, k := range kinds {
		l := newLayer(40, 4, 3, 2)
		l.cell.Surrogate = ops.Relaxed{Surrogate: ops.Sigmoid{}}
		k.strip(&l)
		values, inputs := l.tensors()
		for _, c := range []struct {
			name  string
			reads func(*ops.Sequence) gorgonia.Nodes
		}{
			{"spikes, membrane, threshold", func(s *ops.Sequence) gorgonia.Nodes {
				return gorgonia.Nodes{s.Spikes(), must(s.Membrane()), must(s.Threshold())}
			}},
			{"final state", func(s *ops.Sequence) gorgonia.Nodes {
				f := must(s.Final())
				nodes := gorgonia.Nodes{f.Membrane, f.Spikes}
				if f.Adaptation != nil {
					nodes = append(nodes, f.Adaptation)
				}
				return nodes
			}},
		} {
			t.Run(k.name+" "+c.name, func(t *testing.T) {
				graphtest.Gradients(t, values, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					var loss *gorgonia.Node
					for i, n := range c.reads(must(l.cell.Apply(inputs(in)))) {
						part, err := weigh(uint64(i), n)
						if err != nil {
							return nil, err
						}
						if loss == nil {
							loss = part
						} else {
							loss = must(gorgonia.Add(loss, part))
						}
					}
					return loss, nil
				})
			})
		}
	}
}
