package main

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
	"gorgonia.org/gorgonia"
)

// curves is a task in which the outputs are to follow curves. There is but one trial, with inputs that are
// always the same. The loss is half the squared error, averaged over steps and curves.
type curves struct {
	*data.FrozenPattern
	variance float64 // Σ (y − its mean over the steps)², over steps and curves
}

func newCurves(p data.Pattern, seed uint64) (*curves, error) {
	pattern, err := p.Generate(seed)
	if err != nil {
		return nil, err
	}
	c := &curves{FrozenPattern: pattern}
	for k := range pattern.Curves[0] {
		sum, squares := 0., 0.
		for _, row := range pattern.Curves {
			sum += row[k]
			squares += row[k] * row[k]
		}
		c.variance += squares - sum*sum/float64(len(pattern.Curves))
	}
	return c, nil
}

func (c *curves) dims() dims { return dims{len(c.Spikes), len(c.Spikes[0]), len(c.Curves[0])} }

func (c *curves) target(batch int) []int {
	d := c.dims()
	return []int{d.steps, batch, d.outputs}
}

func (c *curves) trials(part) int  { return 1 }
func (c *curves) quantity() string { return "normalised mean squared error" }

func (c *curves) loss(out, target *gorgonia.Node) (*gorgonia.Node, error) {
	return graph.Of(out).Sub(graph.Of(target)).Square().Times(.5).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Mean(n)
	}).Node()
}

func (c *curves) fill(_ part, _ int, target []float32, b, batch int, spike func(step, input int)) error {
	for t, row := range c.Spikes {
		for i, fired := range row {
			if fired {
				spike(t, i)
			}
		}
		for k, y := range c.Curves[t] {
			target[(t*batch+b)*len(c.Curves[t])+k] = float32(y)
		}
	}
	return nil
}

func (c *curves) score(_ part, _ int, out []float32, b, batch int, sum *result) error {
	for t, row := range c.Curves {
		for k, y := range row {
			e := float64(out[(t*batch+b)*len(row)+k]) - y
			sum.squares += e * e
		}
	}
	sum.variance += c.variance
	return nil
}
