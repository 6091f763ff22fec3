package graph

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// DeclareAbove is [Params.Declare] of a parameter whose values are to stay at or above a lower bound, such
// as a time constant, which must be positive, whatever a solver makes of it: see [Params.Project]. Where the
// initial values, or later those of [Params.Set], are positive and less than the bound, it is half of the
// smallest instead.
func (p *Params) DeclareAbove(lower float64, name, group string, init Initializer, shape ...int) (*gorgonia.Node, error) {
	if !Finite(lower) {
		return nil, errors.Errorf("srnn: parameter %s: the lower bound is %v", p.Name(name), lower)
	}
	return p.add(Param{Name: p.Name(name), Group: group, Lower: &lower}, init, shape)
}

// Project puts all trainable parameters of the model, of every scope, back within their bounds, where a
// solver's step has left them. It is to be called after each, before the next run. NaN stays NaN.
func (p *Params) Project() {
	for _, q := range p.list {
		if q.Lower == nil || q.Fixed {
			continue
		}
		switch x := q.Node.Value().Data().(type) {
		case []float32:
			raise(x, *q.Lower)
		case []float64:
			raise(x, *q.Lower)
		}
	}
}

// raise puts elements that are below a bound on it.
func raise[F Float](x []F, lower float64) {
	for i, v := range x {
		if v < F(lower) {
			x[i] = F(lower)
		}
	}
}

// within has the bound allow the values that the parameter was given.
func (q Param) within() {
	if q.Lower == nil {
		return
	}
	if least := slices.Min(q.Values()); least > 0 && least < *q.Lower {
		*q.Lower = least / 2
	}
}
