package optim

import "math"

// ScaleByRMS replaces the update g by g/(√v + ε), where v ← α·v + (1−α)·g² is a running mean
// that starts at zero (RMSProp; Tieleman & Hinton 2012).
type ScaleByRMS struct {
	// Alpha is the decay of the mean, less than 1. Default 0.99.
	Alpha float64

	// Epsilon is ε. Default 1e-8.
	Epsilon float64
}

// Update implements [Transform].
func (r ScaleByRMS) Update(_ int, leaves []*Leaf) error {
	alpha, eps := or(r.Alpha, .99), or(r.Epsilon, 1e-8)
	if err := first(fraction("Alpha", alpha), positive("Epsilon", eps)); err != nil {
		return err
	}
	for _, l := range leaves {
		v := l.Slot("v")
		for i, g := range l.Update {
			v[i] = alpha*v[i] + (1-alpha)*g*g
			l.Update[i] = g / (math.Sqrt(v[i]) + eps)
		}
	}
	return nil
}
