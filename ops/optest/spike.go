package optest

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// spikes checks the spikes of [ops.Spike] and their gradient, and the smooth forward pass of
// [ops.Relaxed].
func spikes[F float32 | float64](s ops.Surrogate) error {
	all := slices.Concat(potentials(), extremes())
	v, weights := make([]F, len(all)), make([]F, len(all))
	for i, x := range all {
		v[i], weights[i] = F(x), F(1+i%3)
	}
	hard, gradient, err := spike(v, weights, s)
	if err != nil {
		return err
	}
	relaxed, relaxedGradient, err := spike(v, weights, ops.Relaxed{Surrogate: s})
	if err != nil {
		return err
	}
	tolerance := 2e-6 * peak(s)
	for i, x := range v {
		want := F(0)
		if x > 0 {
			want = 1
		}
		if hard[i] != want {
			return errors.Errorf("%#v: spike at %v is %v, want %v", s, x, hard[i], want)
		}
		y := s.Smooth(float64(x))
		if relaxed[i] != F(y) {
			return errors.Errorf("%#v: relaxed spike at %v is %v, want Smooth, %v", s, x, relaxed[i], F(y))
		}
		d := s.Derivative(float64(x)) * float64(weights[i])
		for _, g := range []F{gradient[i], relaxedGradient[i]} {
			if !(math.Abs(float64(g)-d) <= tolerance*float64(weights[i])) {
				return errors.Errorf("%#v: gradient of the spike at %v is %.9g, want Derivative, %.9g", s, x, g, d)
			}
		}
	}
	return nil
}

// spike runs ops.Spike and returns its output and the gradient of Σ weight·output.
func spike[F float32 | float64](v, weights []F, s ops.Surrogate) (out, gradient []F, err error) {
	g := gorgonia.NewGraph()
	vector := func(name string, x []F) *gorgonia.Node {
		t := tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(slices.Clone(x)))
		return gorgonia.NewVector(g, t.Dtype(), gorgonia.WithShape(len(x)), gorgonia.WithName(name), gorgonia.WithValue(t))
	}
	x := vector("v", v)
	y, err := ops.Spike(x, s)
	if err != nil {
		return nil, nil, err
	}
	weighted, err := gorgonia.HadamardProd(y, vector("weights", weights))
	if err != nil {
		return nil, nil, err
	}
	loss, err := gorgonia.Sum(weighted)
	if err != nil {
		return nil, nil, err
	}
	grads, err := gorgonia.Grad(loss, x)
	if err != nil {
		return nil, nil, err
	}
	var outValue, gradValue gorgonia.Value
	gorgonia.Read(y, &outValue)
	gorgonia.Read(grads[0], &gradValue)
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, nil, err
	}
	return outValue.Data().([]F), gradValue.Data().([]F), nil
}
