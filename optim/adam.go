package optim

import "math"

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

// Update implements [Transform].
func (a ScaleByAdam) Update(step int, leaves []*Leaf) error {
	beta1, beta2, eps := or(a.Beta1, .9), or(a.Beta2, .999), or(a.Epsilon, 1e-8)
	if err := first(fraction("Beta1", beta1), fraction("Beta2", beta2), positive("Epsilon", eps)); err != nil {
		return err
	}
	bias1 := 1 - math.Pow(beta1, float64(step))
	bias2 := 1 - math.Pow(beta2, float64(step))
	for _, l := range leaves {
		m, v := l.Slot("m"), l.Slot("v")
		for i, g := range l.Update {
			m[i] = beta1*m[i] + (1-beta1)*g
			v[i] = beta2*v[i] + (1-beta2)*g*g
			l.Update[i] = m[i] / bias1 / (math.Sqrt(v[i]/bias2) + eps)
		}
	}
	return nil
}
