package optimtest

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// parameter is a gorgonia.ValueGrad without a graph.
type parameter struct {
	name        string
	value, grad vector
}

func newParameter(name string, dt tensor.Dtype, start []float64) *parameter {
	p := &parameter{name, newVector(dt, len(start)), newVector(dt, len(start))}
	for i, v := range start {
		p.value.set(i, v)
	}
	return p
}

func (p *parameter) Name() string { return p.name }

func (p *parameter) Value() gorgonia.Value { return p.value.Dense }

func (p *parameter) Grad() (gorgonia.Value, error) { return p.grad.Dense, nil }

// vector is a tensor that is read and written in float64.
type vector struct{ *tensor.Dense }

func newVector(dt tensor.Dtype, n int) vector {
	return vector{tensor.New(tensor.Of(dt), tensor.WithShape(n))}
}

func (v vector) at(i int) float64 {
	if v.Dtype() == tensor.Float32 {
		return float64(v.GetF32(i))
	}
	return v.GetF64(i)
}

func (v vector) set(i int, x float64) {
	if v.Dtype() == tensor.Float32 {
		v.SetF32(i, float32(x))
	} else {
		v.SetF64(i, x)
	}
}

// training is a problem on its way to the minimum.
type training struct {
	problem
	px, py *parameter
}

func (p problem) start(dt tensor.Dtype) *training {
	return &training{p, newParameter("x", dt, p.x), newParameter("y", dt, p.y)}
}

func (r *training) model() []gorgonia.ValueGrad { return []gorgonia.ValueGrad{r.px, r.py} }

// differentiate adds the gradient to that of the parameters, as a graph would, and returns the
// loss.
func (r *training) differentiate() float64 {
	total := 0.0
	for i := range r.problem.x {
		loss, dx, dy := r.loss(r.px.value.at(i), r.py.value.at(i))
		total += loss
		r.px.grad.set(i, r.px.grad.at(i)+dx)
		r.py.grad.set(i, r.py.grad.at(i)+dy)
	}
	return total
}

// train makes some steps.
func (r *training) train(s gorgonia.Solver, steps int) error {
	for range steps {
		r.differentiate()
		if err := s.Step(r.model()); err != nil {
			return err
		}
	}
	return nil
}

// values are the parameters' values, x then y.
func (r *training) values() []float64 {
	var out []float64
	for _, p := range []*parameter{r.px, r.py} {
		for i := range r.problem.x {
			out = append(out, p.value.at(i))
		}
	}
	return out
}
