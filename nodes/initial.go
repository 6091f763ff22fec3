package nodes

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Initial says in what state a layer starts. Its zero value is a state of zeros.
type Initial struct {
	Membrane   Start `json:"membrane"`
	Adaptation Start `json:"adaptation"`
	Spikes     Start `json:"spikes"`
}

// Random is the initial state of Yin et al. 2020: u0 and S0 the same draw from U(0, high), and
// η0 = b0. The "spikes" that it starts with are real numbers.
func Random(high float64) Initial {
	return Initial{Membrane: Uniform(high), Adaptation: Baseline(), Spikes: AsMembrane()}
}

// String is the state in formulas, as "u0 = U(0, 1), eta0 = b0, S0 = u0".
func (i Initial) String() string {
	return fmt.Sprintf("u0 = %v, eta0 = %v, S0 = %v", i.Membrane, i.Adaptation, i.Spikes)
}

// Start is the initial value of one state variable, for every example and neuron.
type Start struct {
	kind  startKind
	value float64
	node  *gorgonia.Node
}

type startKind string

const (
	zeros      startKind = ""
	constant   startKind = "constant"
	uniform    startKind = "uniform"
	baseline   startKind = "baseline"
	asMembrane startKind = "as_membrane"
	fromNode   startKind = "node"
)

// Zeros starts at zero. It is the zero value of Start.
func Zeros() Start { return Start{} }

// Constant starts at v.
func Constant(v float64) Start { return Start{kind: constant, value: v} }

// Uniform starts at values from U(0, high). They are drawn when Forward declares a run, and
// again by [Neurons.DrawInitial]; models.Network.Fit and Evaluate draw for each batch.
func Uniform(high float64) Start { return Start{kind: uniform, value: high} }

// Baseline starts at the neuron's threshold at rest, b0.
func Baseline() Start { return Start{kind: baseline} }

// AsMembrane starts at the same values as the membrane potential.
func AsMembrane() Start { return Start{kind: asMembrane} }

// From starts at the values of a node [batch, units]. Gradients flow to it.
func From(n *gorgonia.Node) Start { return Start{kind: fromNode, node: n} }

func (s Start) String() string {
	switch s.kind {
	case constant:
		return fmt.Sprint(s.value)
	case uniform:
		return fmt.Sprintf("U(0, %v)", s.value)
	case baseline:
		return "b0"
	case asMembrane:
		return "u0"
	case fromNode:
		if s.node == nil {
			return "nil"
		}
		return s.node.Name()
	}
	return "0"
}

// FromState starts where another run ended, see [ops.Sequence.Final].
func FromState(s ops.State) Initial {
	start := func(n *gorgonia.Node) Start {
		if n == nil {
			return Zeros()
		}
		return From(n)
	}
	return Initial{Membrane: start(s.Membrane), Adaptation: start(s.Adaptation), Spikes: start(s.Spikes)}
}

type startJSON struct {
	Kind  startKind `json:"kind"`
	Value float64   `json:"value,omitempty"`
}

// MarshalJSON fails for a start from a node.
func (s Start) MarshalJSON() ([]byte, error) {
	if s.kind == fromNode {
		return nil, errors.New("an initial state that is a node cannot be saved")
	}
	return json.Marshal(startJSON{s.kind, s.value})
}

func (s *Start) UnmarshalJSON(data []byte) error {
	var j startJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	switch j.Kind {
	case zeros, constant, uniform, baseline, asMembrane:
		*s = Start{kind: j.Kind, value: j.Value}
		return nil
	}
	return errors.Errorf("initial state of unknown kind %q", j.Kind)
}

// draws are the random initial values of runs, which can be drawn again.
type draws []draw

type draw struct {
	high float64
	node *gorgonia.Node
}

// draw fills the random initial values from rng.
func (d draws) draw(rng *rand.Rand) {
	for _, x := range d {
		fill(x.node, func() float64 { return x.high * rng.Float64() })
	}
}

// declare adds an initial state [batch, units] to the graph. Variables that the neuron does
// not have are left out.
func (i Initial) declare(p *graph.Params, name string, shape tensor.Shape, b0 float64, has variables) (s ops.State, random draws, err error) {
	for _, v := range []struct {
		name  string
		there bool
		start Start
		node  **gorgonia.Node
	}{
		{"u0", true, i.Membrane, &s.Membrane},
		{"eta0", has.adaptation, i.Adaptation, &s.Adaptation},
		{"s0", has.spikes, i.Spikes, &s.Spikes},
	} {
		if !v.there {
			continue
		}
		if *v.node, err = v.start.declare(p, name+"."+v.name, shape, b0, s.Membrane, &random); err != nil {
			return s, nil, errors.Wrap(err, v.name)
		}
	}
	return s, random, nil
}

// variables tells which state variables a neuron has besides its membrane potential.
type variables struct{ adaptation, spikes bool }

// declare adds an initial value to the graph; nil stands for zero.
func (s Start) declare(p *graph.Params, name string, shape tensor.Shape, b0 float64, membrane *gorgonia.Node, random *draws) (*gorgonia.Node, error) {
	v := s.value
	switch s.kind {
	case zeros:
		return nil, nil
	case asMembrane:
		return membrane, nil
	case fromNode:
		if s.node == nil {
			return nil, errors.New("starts from a node that is nil")
		}
		return s.node, nil
	case baseline:
		v = b0
	}
	n := gorgonia.NewTensor(p.Graph(), p.Dtype(), 2, gorgonia.WithShape(shape...), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.Of(p.Dtype()), tensor.WithShape(shape...))))
	if s.kind == uniform {
		*random = append(*random, draw{v, n})
	} else {
		fill(n, func() float64 { return v })
	}
	return n, nil
}

// fill sets every element of a node's value in place.
func fill(n *gorgonia.Node, next func() float64) {
	switch x := n.Value().Data().(type) {
	case []float32:
		for i := range x {
			x[i] = float32(next())
		}
	case []float64:
		for i := range x {
			x[i] = next()
		}
	}
}
