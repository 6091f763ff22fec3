package optim

import "github.com/srnn-go/srnn/internal/kernel"

// ScaleByLion replaces the update g by the sign of β1·m + (1−β1)·g, where m is a running mean that
// starts at zero and becomes β2·m + (1−β2)·g afterwards (Lion; Chen et al. 2023). The sign of zero is
// zero. All steps have the size of the rate, which should be three to ten times smaller than for
// [ScaleByAdam], and the decay of the weights as many times larger. Like there, the size of the
// gradient has no influence on the result.
type ScaleByLion struct {
	// Beta1 and Beta2 are the decays, less than 1. Defaults 0.9 and 0.99.
	Beta1, Beta2 float64
}

var _ Normalizer = ScaleByLion{}

// Normalizer implements [Normalizer].
func (ScaleByLion) Normalizer() {}

// Update implements [Transform].
func (l ScaleByLion) Update(step int, leaves []*Leaf) error { return update(l, step, leaves) }

func (l ScaleByLion) rule(int) (rule, error) {
	beta1, beta2 := or(l.Beta1, .9), or(l.Beta2, .99)
	return rule{slots: firstMoment, apply: func(b block) bool {
		before, after := b.before[0], b.after[0]
		for i, g := range b.update {
			m := before[i]
			after[i] = float64(beta2*m) + float64((1-beta2)*g)
			b.update[i] = sign(float64(beta1*m) + float64((1-beta1)*g))
		}
		return kernel.Finite(after)
	}}, first(fraction("Beta1", beta1), fraction("Beta2", beta2))
}

// firstMoment is the name of the running mean of g.
var firstMoment = []string{"m"}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
