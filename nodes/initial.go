package nodes

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Initial says in what state a layer starts, by the names of its variables. What is not there
// starts at rest, which is zero for most.
type Initial map[string]Start

// Random is the initial state of Yin et al. 2020: u0 and S0 the same draw from U(0, high), and
// η0 = b0. The "spikes" that it starts with are real numbers. Only the variables that a neuron has
// count.
func Random(high float64) Initial {
	return Initial{Membrane: Uniform(high), Adaptation: Baseline(), Spikes: AsMembrane()}
}

// String is the state in formulas, as "u0 = U(0, 1), eta0 = b0, s0 = u0".
func (i Initial) String() string {
	if len(i) == 0 {
		return "at rest"
	}
	names := slices.SortedFunc(maps.Keys(i), func(a, b string) int { return cmp.Compare(order(a), order(b)) })
	for k, name := range names {
		names[k] = fmt.Sprintf("%s = %v", symbol(name), i[name])
	}
	return strings.Join(names, ", ")
}

// order puts the membrane potential first, which others may refer to.
func order(name string) string {
	if name == Membrane {
		return ""
	}
	return name
}

// symbol is what the initial value of a variable is called in the graph.
func symbol(name string) string {
	switch name {
	case Membrane:
		return "u0"
	case Adaptation:
		return "eta0"
	case Spikes:
		return "s0"
	}
	return name + "0"
}

// Start is the initial value of one state variable, for every example and neuron.
type Start struct {
	kind  startKind
	value float64
	node  *gorgonia.Node
}

type startKind string

const (
	rest       startKind = ""
	constant   startKind = "constant"
	uniform    startKind = "uniform"
	baseline   startKind = "baseline"
	asMembrane startKind = "as_membrane"
	fromNode   startKind = "node"
)

// Rest starts at the neuron's value at rest, see [Variable]. It is the zero value of Start.
func Rest() Start { return Start{} }

// Constant starts at v.
func Constant(v float64) Start { return Start{kind: constant, value: v} }

// Uniform starts at values from U(0, high). They are drawn when Forward declares a run, and
// again by [graph.Run.Begin], which is called before each batch.
func Uniform(high float64) Start { return Start{kind: uniform, value: high} }

// Baseline starts at the neuron's threshold at rest, b0.
func Baseline() Start { return Start{kind: baseline} }

// AsMembrane starts at the same values as the membrane potential.
func AsMembrane() Start { return Start{kind: asMembrane} }

// From starts at the values of a node [batch, units]. Gradients flow to it.
func From(n *gorgonia.Node) Start { return Start{kind: fromNode, node: n} }

// String is the value in a formula, as "U(0, 1)".
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
	return "rest"
}

// FromState starts where another run ended, see [Activity.Final].
func FromState(s State) Initial {
	i := Initial{}
	for name, n := range s {
		i[name] = From(n)
	}
	return i
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

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Start) UnmarshalJSON(data []byte) error {
	var j startJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	switch j.Kind {
	case rest, constant, uniform, baseline, asMembrane:
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

// declare adds an initial state [batch, units] to the graph. Variables that the neuron does not
// have are left out, and so are those that start at rest at zero.
func (i Initial) declare(p *graph.Params, name string, shape tensor.Shape, b0 float64, variables []Variable) (s State, random draws, err error) {
	s = State{}
	variables = slices.SortedStableFunc(slices.Values(variables), func(a, b Variable) int {
		return cmp.Compare(order(a.Name), order(b.Name))
	})
	for _, v := range variables {
		n, err := i[v.Name].declare(p, name+"."+symbol(v.Name), shape, b0, v.Rest, s[Membrane], &random)
		if err != nil {
			return nil, nil, errors.Wrap(err, symbol(v.Name))
		}
		if n != nil {
			s[v.Name] = n
		}
	}
	return s, random, nil
}

// declare adds an initial value to the graph; nil stands for zero.
func (s Start) declare(p *graph.Params, name string, shape tensor.Shape, b0, atRest float64, membrane *gorgonia.Node, random *draws) (*gorgonia.Node, error) {
	v := s.value
	switch s.kind {
	case rest:
		if v = atRest; v == 0 {
			return nil, nil
		}
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
	n, err := constantInput(p, name, shape, v)
	if err != nil {
		return nil, err
	}
	if s.kind == uniform {
		*random = append(*random, draw{v, n})
	}
	return n, nil
}

// constantInput adds an input of that full name, of which every element is v.
func constantInput(p *graph.Params, name string, shape tensor.Shape, v float64) (*gorgonia.Node, error) {
	if !graph.Fits(p.Dtype(), v) {
		return nil, errors.Errorf("%s starts at %v, which is not finite or does not fit %v", name, v, p.Dtype())
	}
	n, err := graph.ZeroInput(p.Graph(), p.Dtype(), name, shape...)
	if err != nil {
		return nil, err
	}
	fill(n, func() float64 { return v })
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
