package optim

import (
	"math"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/kernel"
)

// ScaleByRAdam is [ScaleByAdam] without its unsteady first steps (RAdam; Liu et al. 2020). Of the
// few gradients that there are at step n, the mean v̂ is known the less exactly, the smaller
//
//	ρ = ρ∞ − 2n·β2ⁿ/(1−β2ⁿ), where ρ∞ = 2/(1−β2) − 1,
//
// is. The update becomes r·m̂/(√v̂ + ε), with r = √((ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ)), which rises to
// 1; and m̂ alone while ρ is not above 5. (The paper has 4, its authors' program and PyTorch have 5,
// where r is not so small.) With the default settings these are five steps, in which the size of the
// gradient does have an influence. They need no [WarmUp].
type ScaleByRAdam struct {
	// Beta1 and Beta2 are the decays of the two means, less than 1. Beta2 is more than ⅔: with less,
	// ρ never reaches 5. Defaults 0.9 and 0.999.
	Beta1, Beta2 float64

	// Epsilon is ε. Default 1e-8.
	Epsilon float64
}

var _ Normalizer = ScaleByRAdam{}

// Normalizer implements [Normalizer].
func (ScaleByRAdam) Normalizer() {}

// Update implements [Transform].
func (a ScaleByRAdam) Update(step int, leaves []*Leaf) error { return update(a, step, leaves) }

func (a ScaleByRAdam) rule(step int) (rule, error) {
	adam, err := ScaleByAdam(a).rule(step)
	if err != nil {
		return rule{}, err
	}
	beta1, beta2 := or(a.Beta1, .9), or(a.Beta2, .999)
	if !(beta2 > 2./3) {
		return rule{}, errors.Errorf("Beta2 is %v, want more than ⅔", beta2)
	}
	r, rectified := rectification(beta2, step)
	bias := 1 - math.Pow(beta1, float64(step))
	return rule{slots: adam.slots, apply: func(b block) bool {
		finite := adam.apply(b)
		if rectified {
			kernel.Scale(r, b.update)
			return finite
		}
		for i, m := range b.after[0] {
			b.update[i] = m / bias
		}
		return finite
	}}, nil
}

// rectification is r at a step, if there is one.
func rectification(beta2 float64, step int) (r float64, ok bool) {
	n, decay := float64(step), math.Pow(beta2, float64(step))
	limit := 2/(1-beta2) - 1
	rho := limit - 2*n*decay/(1-decay)
	if !(rho > 5) {
		return 0, false
	}
	return math.Sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)), true
}
