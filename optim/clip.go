package optim

import (
	"math"

	"github.com/srnn-go/srnn/internal/kernel"
)

// ClipByGlobalNorm scales all updates by one factor if their Euclidean norm, taken over all
// parameters together, exceeds Max, which it then becomes (Pascanu, Mikolov & Bengio 2013). It
// usually comes first, where the update is the gradient.
type ClipByGlobalNorm struct {
	// Max is the largest norm. Default 1.
	Max float64
}

// Update implements [Transform].
func (c ClipByGlobalNorm) Update(_ int, leaves []*Leaf) error {
	limit := or(c.Max, 1)
	if err := positive("Max", limit); err != nil {
		return err
	}
	norm := globalNorm(leaves)
	if norm <= limit {
		return nil
	}
	for _, l := range leaves {
		kernel.Scale(limit/norm, l.Update)
	}
	return nil
}

// globalNorm divides by the largest element, so that no square overflows.
func globalNorm(leaves []*Leaf) float64 {
	var largest, sum float64
	for _, l := range leaves {
		for _, u := range l.Update {
			if u = math.Abs(u); u > largest {
				largest = u
			}
		}
	}
	if largest == 0 {
		return 0
	}
	for _, l := range leaves {
		for _, u := range l.Update {
			u /= largest
			sum += float64(u * u)
		}
	}
	return largest * math.Sqrt(sum)
}
