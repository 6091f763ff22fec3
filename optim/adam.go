package optim

import (
	"math"

	"github.com/srnn-go/srnn/internal/kernel"
)

// ScaleByAdam replaces the update g by m̂/(√v̂ + ε), where m ← β1·m + (1−β1)·g and
// v ← β2·v + (1−β2)·g² are running means, and m̂ = m/(1−β1ⁿ), v̂ = v/(1−β2ⁿ) at step n make up
// for their start at zero (Kingma & Ba 2015). The size of the gradient has no influence on the
// result: clipping and factors on the rate belong before and after it, respectively.
type ScaleByAdam struct {
	// Beta1 and Beta2 are the decays of the two means, less than 1. Defaults 0.9 and 0.999.
	Beta1, Beta2 float64

	// Epsilon is ε. Default 1e-8.
	Epsilon float64
}

var _ Normalizer = ScaleByAdam{}

// Normalizer implements [Normalizer].
func (ScaleByAdam) Normalizer() {}

// Update implements [Transform].
func (a ScaleByAdam) Update(step int, leaves []*Leaf) error { return update(a, step, leaves) }

func (a ScaleByAdam) rule(step int) (rule, error) {
	beta1, beta2, eps := or(a.Beta1, .9), or(a.Beta2, .999), or(a.Epsilon, 1e-8)
	err := first(fraction("Beta1", beta1), fraction("Beta2", beta2), positive("Epsilon", eps))
	adam := kernel.AdamStep{
		Beta1: beta1, Rest1: 1 - beta1, Bias1: 1 - math.Pow(beta1, float64(step)),
		Beta2: beta2, Rest2: 1 - beta2, Bias2: 1 - math.Pow(beta2, float64(step)),
		Epsilon: eps,
	}
	return rule{slots: moments, apply: func(b block) bool {
		return adam.Update(b.update, b.before[0], b.before[1], b.after[0], b.after[1])
	}}, err
}

// moments are the names of Adam's running means.
var moments = []string{"m", "v"}
