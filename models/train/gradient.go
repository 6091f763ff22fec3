package train

import (
	"context"
	"io"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
)

// Gradient is that of a loss, of each parameter by its name, in the order of [graph.Params.Trainable].
type Gradient []ParameterGradient

// ParameterGradient is the gradient of a parameter, element by element in row-major order.
type ParameterGradient struct {
	Name   string
	Values []float64
}

// GradientOf is the gradient of what a task minimises, the loss with its terms, over a dataset as one batch, for the
// parameters p as they are: nothing moves. Trainable parameters without a gradient are not in it. With it, two ways to estimate
// a gradient can be compared, which are two tasks with the same parameters.
func GradientOf[O any](ctx context.Context, task Task[O], p *graph.Params, data Dataset) (Gradient, error) {
	g := new(gradientSolver)
	t, err := New(task, data, Settings{Epochs: 1, Batch: data.Len(), Ordered: true, Solver: g, Params: p, Log: io.Discard})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return g.Gradient, t.Run(ctx)
}

// gradientSolver moves nothing, and keeps the gradient.
type gradientSolver struct{ Gradient }

// Step implements [gorgonia.Solver].
func (g *gradientSolver) Step(model []gorgonia.ValueGrad) error {
	for _, q := range model {
		v, err := q.Grad()
		if err != nil {
			return err
		}
		values, err := graph.Float64s(v)
		if err != nil {
			return err
		}
		g.Gradient = append(g.Gradient, ParameterGradient{q.(gorgonia.Namer).Name(), values})
	}
	return nil
}

// In is the part of g that is of parameters of which other has a gradient, too.
func (g Gradient) In(other Gradient) (part Gradient) {
	for _, p := range g {
		if slices.ContainsFunc(other, func(q ParameterGradient) bool { return q.Name == p.Name }) {
			part = append(part, p)
		}
	}
	return part
}

// flat are the values of all parameters in a row.
func (g Gradient) flat() (all []float64) {
	for _, p := range g {
		all = append(all, p.Values...)
	}
	return all
}

// Norm is the Euclidean norm over all parameters.
func (g Gradient) Norm() float64 { return floats.Norm(g.flat(), 2) }

// Cosines tell how near the directions of two gradients of the same parameters are: 1 where they are the same, 0 where
// they are orthogonal or one of them is zero, −1 where they are opposite. The first is that over all parameters that
// both have, and the others are those of each.
func (g Gradient) Cosines(other Gradient) (overall float64, each map[string]float64) {
	a, b := g.In(other), other.In(g)
	each = map[string]float64{}
	for i, p := range a {
		each[p.Name] = Cosine(p.Values, b[i].Values)
	}
	return Cosine(a.flat(), b.flat()), each
}

// Cosine is that of the angle between two vectors of the same length, and 0 where one of them is 0.
func Cosine(a, b []float64) float64 {
	lengths := floats.Norm(a, 2) * floats.Norm(b, 2)
	if lengths == 0 {
		return 0
	}
	return floats.Dot(a, b) / lengths
}
