package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Reverse is a sequence x [T, …] from its end to its beginning. It copies.
func Reverse(x *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := Apply(reverseTime{}, x)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type reverseTime struct{}

func (reverseTime) String() string { return "Reverse" }

func (reverseTime) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in[0]) == 0 {
		return nil, errors.New("a number has no end to start from")
	}
	return in, nil
}

func (reverseTime) Kernel32() Kernel[float32] { return reverseKernel[float32]{} }
func (reverseTime) Kernel64() Kernel[float64] { return reverseKernel[float64]{} }

type reverseKernel[F Float] struct{}

func (reverseKernel[F]) Forward(c *Call[F]) error {
	reverseSteps(c.Out[0], c.In[0].Data)
	return nil
}

func (reverseKernel[F]) Backward(c *Call[F]) error {
	reverseSteps(c.DIn[0], c.DOut[0].Data)
	return nil
}

// reverseSteps writes the steps of x to y, the last first.
func reverseSteps[F Float](y Array[F], x []F) {
	steps := y.Shape[0]
	n := len(x) / steps
	for t := range steps {
		copy(y.Data[t*n:][:n], x[(steps-1-t)*n:])
	}
}
