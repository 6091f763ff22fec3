package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Numbers that are not finite end a training. What follows finds where they were seen first.

// watchGradients adds the gradients of a step to t, and returns their norm. One that is not finite is an
// error; first says, if it can, where in the graph that began.
func (t *tally) watchGradients(params []graph.Param, grads []gorgonia.Value, first func() string) (norm float64, err error) {
	if t.squares == nil {
		t.squares = make([]float64, len(params))
	}
	t.steps++
	for i, p := range params {
		s := squares(grads[i])
		if !graph.Finite(s) {
			what, found := notFinite("the gradient of "+p.Name, grads[i])
			if !found {
				return 0, errors.Errorf("srnn: the gradient of %s is too large: its norm overflows", p.Name)
			}
			if from := first(); from != "" {
				what += "; first, " + from
			}
			return 0, errors.New("srnn: " + what)
		}
		t.squares[i] += s
		norm += s
	}
	return math.Sqrt(norm), nil
}

// gradients are the norms of each parameter's gradient, the root of the mean square over the steps.
func (t *tally) gradients(params []graph.Param) map[string]float64 {
	norms := map[string]float64{}
	for i, p := range params {
		if i < len(t.squares) {
			norms[p.Name] = math.Sqrt(t.squares[i] / float64(t.steps))
		}
	}
	return norms
}

// watchParameters is an error that names the first parameter that is not finite.
func watchParameters(params *graph.Params) error {
	for _, p := range params.All() {
		if v := p.Node.Value(); !graph.Finite(squares(v)) {
			if what, found := notFinite("parameter "+p.Name, v); found {
				return errors.New("srnn: " + what)
			}
		}
	}
	return nil
}

// firstNotFinite runs all of the graph again on the inputs of the last run, and describes the first
// node with an element that is not finite; it is empty where there is none. This takes the time of a
// few steps, and the memory of all intermediate results.
func (r *runner) firstNotFinite() string {
	var nodes gorgonia.Nodes
	g := r.loss.Graph()
	for _, n := range g.AllNodes() {
		if n.Op() != nil && g.From(n.ID()).Len() > 0 {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	vm, err := graph.NewMachine(nodes...)
	if err != nil {
		return ""
	}
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return err.Error() // which names the node
	}
	for _, n := range nodes {
		if v, err := vm.Value(n); err == nil {
			if what, found := notFinite("the node "+n.Name(), v); found {
				return what
			}
		}
	}
	return ""
}

// squares is the sum of the squares of a value's elements; it is not finite where one of them is not.
func squares(v gorgonia.Value) float64 {
	switch x := v.Data().(type) {
	case []float32:
		return sumOfSquares(x)
	case []float64:
		return sumOfSquares(x)
	case float32:
		return float64(x) * float64(x)
	case float64:
		return x * x
	}
	return 0
}

func sumOfSquares[F graph.Float](x []F) float64 {
	var a, b, c, d float64 // four sums, which a processor can work on at once
	for len(x) >= 4 {
		a += float64(x[0]) * float64(x[0])
		b += float64(x[1]) * float64(x[1])
		c += float64(x[2]) * float64(x[2])
		d += float64(x[3]) * float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v) * float64(v)
	}
	return (a + b) + (c + d)
}

// notFinite describes the first element of a value that is not finite, if there is one.
func notFinite(name string, v gorgonia.Value) (what string, found bool) {
	x, err := graph.Float64s(v)
	if err != nil {
		return "", false // no floating-point numbers
	}
	for i, e := range x {
		switch {
		case graph.Finite(e):
		case len(v.Shape()) == 0:
			return fmt.Sprintf("%s is %v", name, e), true
		default:
			return fmt.Sprintf("%s%v is %v", name, place(v.Shape(), i), e), true
		}
	}
	return "", false
}

// place is where element i of a tensor is, as in [3 2].
func place(s tensor.Shape, i int) []int {
	at := make([]int, len(s))
	for d := len(s) - 1; d >= 0; d-- {
		at[d] = i % s[d]
		i /= s[d]
	}
	return at
}
