package train

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Numbers that are not finite end a training. What follows finds where they were seen first.

// watchGradients adds the gradients of a step to t, and returns their norm. One that is not finite is an
// error; first says, if it can, where in the graph that began.
func (t *tally) watchGradients(params []graph.Param, grads []gorgonia.Value, first func() string) (norm float64, err error) {
	if t.squares == nil {
		t.squares = map[string]float64{}
	}
	t.steps++
	for i, p := range params {
		if grads[i] == nil {
			continue
		}
		s := graph.SumOfSquares(grads[i])
		if !graph.Finite(s) {
			what, found := graph.NotFinite("the gradient of "+p.Name, grads[i])
			if !found {
				return 0, errors.Errorf("srnn: the gradient of %s is too large: its norm overflows", p.Name)
			}
			return 0, notFinite(errors.New("srnn: "+what), first())
		}
		t.squares[p.Name] += s
		norm += s
	}
	return math.Sqrt(norm), nil
}

// gradients are the norms of each parameter's gradient, the root of the mean square over the steps.
func (t *tally) gradients() map[string]float64 {
	norms := map[string]float64{}
	for name, s := range t.squares {
		norms[name] = math.Sqrt(s / float64(t.steps))
	}
	return norms
}

// notFinite says where in the graph that began, if it is known.
func notFinite(err error, first string) error {
	if first == "" {
		return err
	}
	return errors.Errorf("%v; first, %s", err, first)
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
			if what, found := graph.NotFinite("the node "+n.Name(), v); found {
				return what
			}
		}
	}
	return ""
}
