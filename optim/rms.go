package optim

import (
	"math"

	"github.com/srnn-go/srnn/internal/kernel"
)

// ScaleByRMS replaces the update g by g/(√v + ε), where v ← α·v + (1−α)·g² is a running mean
// that starts at zero (RMSProp; Tieleman & Hinton 2012).
type ScaleByRMS struct {
	// Alpha is the decay of the mean, less than 1. Default 0.99.
	Alpha float64

	// Epsilon is ε. Default 1e-8.
	Epsilon float64
}

var _ Normalizer = ScaleByRMS{}

// Normalizer implements [Normalizer].
func (ScaleByRMS) Normalizer() {}

// Update implements [Transform].
func (r ScaleByRMS) Update(step int, leaves []*Leaf) error { return update(r, step, leaves) }

func (r ScaleByRMS) rule(int) (rule, error) {
	alpha, eps := or(r.Alpha, .99), or(r.Epsilon, 1e-8)
	return rule{slots: secondMoment, apply: func(b block) bool {
		before, after := b.before[0], b.after[0]
		for i, g := range b.update {
			v := float64(alpha*before[i]) + float64((1-alpha)*g*g)
			after[i] = v
			b.update[i] = g / (math.Sqrt(v) + eps)
		}
		return kernel.Finite(after)
	}}, first(fraction("Alpha", alpha), positive("Epsilon", eps))
}

// secondMoment is the name of the running mean of g².
var secondMoment = []string{"v"}
