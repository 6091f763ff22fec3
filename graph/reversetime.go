package graph

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Reverse is a sequence x [T, …] from its end to its beginning. It copies.
//
// With a mask [T, batch], 1 where an example has a step, and 0 where its sequence only fills the batch
// up, x is [T, batch, …], and each example is reversed within its own length: what runs over it begins
// at the example's own last step. What fills up stays where it is, at the end, so reversing twice gives
// x. A nil mask means that all steps exist. The mask of each example must be 1…1 0…0; any other is an
// error of the run. No gradient flows to it.
func Reverse(x, mask *gorgonia.Node) (*gorgonia.Node, error) {
	in := gorgonia.Nodes{x}
	if mask != nil {
		in = append(in, mask)
	}
	r, err := Apply(reverseTime{}, in...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type reverseTime struct{}

func (reverseTime) String() string              { return "Reverse" }
func (reverseTime) Undifferentiated(i int) bool { return i == 1 }

func (reverseTime) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in[0]) == 0 {
		return nil, errors.New("a number has no end to start from")
	}
	if len(in) > 1 {
		if err := kernel.MaskShape(in[1], in[0]); err != nil {
			return nil, err
		}
	}
	return in[:1], nil
}

func (reverseTime) Kernel32() Kernel[float32] { return reverseKernel[float32]{} }
func (reverseTime) Kernel64() Kernel[float64] { return reverseKernel[float64]{} }

type reverseKernel[F Float] struct{}

func (reverseKernel[F]) Forward(c *Call[F]) error {
	return reverseSteps(c, c.In[0].Data, c.Out[0].Data)
}
func (reverseKernel[F]) Backward(c *Call[F]) error {
	return reverseSteps(c, c.DOut[0].Data, c.DIn[0].Data)
}

// reverseSteps writes the steps of x to y, the last first: a permutation that is its own inverse, and so its
// own gradient too.
func reverseSteps[F Float](c *Call[F], x, y []F) error {
	steps, batch := c.In[0].Shape[0], 1
	lengths := []int{steps}
	if len(c.In) > 1 {
		var err error
		batch = c.In[1].Shape[1]
		if lengths, err = kernel.Lengths(c.In[1].Data, batch); err != nil {
			return err
		}
	}
	n := len(x) / (steps * batch)
	for t := range steps {
		for b, length := range lengths {
			from := t
			if t < length {
				from = length - 1 - t
			}
			copy(y[(t*batch+b)*n:][:n], x[(from*batch+b)*n:])
		}
	}
	return nil
}
