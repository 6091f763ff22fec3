package outside

import (
	"math"

	"github.com/srnn-go/srnn/optim"
)

// ScaleByLion is Lion (Chen et al. 2023): the update becomes the sign of a moving average.
type ScaleByLion struct{ Beta1, Beta2 float64 }

// Update implements optim.Transform.
func (l ScaleByLion) Update(_ int, leaves []*optim.Leaf) error {
	for _, leaf := range leaves {
		m := leaf.Slot("m")
		for i, g := range leaf.Update {
			leaf.Update[i] = 0
			if c := l.Beta1*m[i] + (1-l.Beta1)*g; c != 0 {
				leaf.Update[i] = math.Copysign(1, c)
			}
			m[i] = l.Beta2*m[i] + (1-l.Beta2)*g
		}
	}
	return nil
}
