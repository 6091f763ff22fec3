package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LayerHealth tells whether a layer works: neurons that never spike, or always, say nothing, and
// hardly learn.
type LayerHealth struct {
	Name       string  `json:"name"`
	Spiking    bool    `json:"spiking"`
	FiringRate float64 `json:"firing_rate"` // spikes per neuron and step
	Silent     float64 `json:"silent"`      // share of the neurons that did not spike in any example
	Saturated  float64 `json:"saturated"`   // share of the neurons that spiked in more than 90 % of all steps

	// GradNorm is the norm of the loss's gradient with respect to the layer's parameters, as the
	// root of the mean square over steps of the solver; 0 in a Report.
	GradNorm float64 `json:"grad_norm,omitempty"`
}

// saturated is the rate from which on a neuron counts as one that always spikes.
const saturated = .9

// Warning says what is wrong with the layer where half of its neurons or more are silent or
// saturated; it is empty otherwise.
func (h LayerHealth) Warning() string {
	switch {
	case h.Silent >= .5:
		return fmt.Sprintf("%s: %.0f %% of the neurons are silent", h.Name, 100*h.Silent)
	case h.Saturated >= .5:
		return fmt.Sprintf("%s: %.0f %% of the neurons spike in more than %.0f %% of the steps", h.Name, 100*h.Saturated, 100*saturated)
	}
	return ""
}

// spikeCounts are those of one layer over examples.
type spikeCounts struct {
	neurons []float64 // of each
	steps   float64   // that each had, in all examples
}

// add counts the spikes [batch, units] of the first n examples, of so many steps each.
func (c *spikeCounts) add(counts []float64, units, n, steps int) {
	if c.neurons == nil {
		c.neurons = make([]float64, units)
	}
	for b := range n {
		for i, x := range counts[b*units:][:units] {
			c.neurons[i] += x
		}
	}
	c.steps += float64(n * steps)
}

// total is the number of spikes, and how many there could have been.
func (c spikeCounts) total() (spikes, possible float64) {
	for _, x := range c.neurons {
		spikes += x
	}
	return spikes, c.steps * float64(len(c.neurons))
}

func (c spikeCounts) health(h *LayerHealth) {
	h.Spiking = true
	spikes, possible := c.total()
	h.FiringRate = spikes / possible
	for _, x := range c.neurons {
		if x == 0 {
			h.Silent += 1 / float64(len(c.neurons))
		}
		if x > saturated*c.steps {
			h.Saturated += 1 / float64(len(c.neurons))
		}
	}
}

// health is that of all layers, the readout last.
func (r *runner) health(t *tally) []LayerHealth {
	layers := make([]LayerHealth, len(r.net.hidden)+1)
	for i := range layers {
		layers[i].Name = layerName(i, len(layers))
		if i < len(t.counts) {
			t.counts[i].health(&layers[i])
		}
	}
	return layers
}

// gradNorms are the norms of each parameter's gradient, as in LayerHealth, into which goes that of
// all parameters of a layer.
func (r *runner) gradNorms(t *tally, layers []LayerHealth) map[string]float64 {
	norms := map[string]float64{}
	for i, p := range r.net.params.Trainable() {
		norms[p.Name] = math.Sqrt(t.squares[i] / float64(t.steps))
		layer, _, _ := strings.Cut(p.Name, ".")
		for k := range layers {
			if h := &layers[k]; h.Name == layer {
				h.GradNorm = math.Hypot(h.GradNorm, norms[p.Name])
			}
		}
	}
	return norms
}

// watchGradients adds the gradients of the last run to t, and returns their norm. One that is not
// finite is an error, which says where in the graph that began.
func (r *runner) watchGradients(t *tally) (norm float64, err error) {
	params := r.net.params.Trainable()
	if t.squares == nil {
		t.squares = make([]float64, len(params))
	}
	t.steps++
	for i, p := range params {
		v := r.grads[i].Value()
		s := squares(v)
		if !graph.Finite(s) {
			what, found := notFinite("the gradient of "+p.Name, v)
			if !found {
				return 0, errors.Errorf("srnn: the gradient of %s is too large: its norm overflows", p.Name)
			}
			if first := r.firstNotFinite(); first != "" {
				what += "; first, " + first
			}
			return 0, errors.New("srnn: " + what)
		}
		t.squares[i] += s
		norm += s
	}
	return math.Sqrt(norm), nil
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
	for _, n := range r.loss.Graph().AllNodes() {
		if n.Op() != nil && r.loss.Graph().From(n.ID()).Len() > 0 {
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
