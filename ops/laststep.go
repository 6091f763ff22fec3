package ops

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LastStep is x at each example's last step that exists, [batch, units], for x [T, batch, units] and a
// mask [T, batch], as that of [SumOverTime]; nil means that all steps exist. The gradient goes to that
// step alone. An example without steps has zeros.
func LastStep(x, mask *gorgonia.Node) (*gorgonia.Node, error) {
	return overTime(lastStep{}, x, mask)
}

type lastStep struct{}

func (lastStep) String() string              { return "LastStep" }
func (lastStep) Undifferentiated(i int) bool { return i == 1 }

func (lastStep) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if err := maskedShapes(in); err != nil {
		return nil, err
	}
	return []tensor.Shape{in[0][1:].Clone()}, nil
}

func (lastStep) Kernel32() graph.Kernel[float32] { return lastStepKernel[float32]{} }
func (lastStep) Kernel64() graph.Kernel[float64] { return lastStepKernel[float64]{} }

type lastStepKernel[F graph.Float] struct{}

func (k lastStepKernel[F]) Forward(c *graph.Call[F]) error {
	x, y := c.In[0].Data, c.Out[0].Data
	clear(y)
	return k.each(c, func(row, at, n int) { copy(y[row:row+n], x[at:]) })
}

func (k lastStepKernel[F]) Backward(c *graph.Call[F]) error {
	dx, dy := c.DIn[0].Data, c.DOut[0].Data
	clear(dx)
	return k.each(c, func(row, at, n int) { copy(dx[at:at+n], dy[row:]) })
}

// each calls f for every example with a step: its n elements begin at row in [batch, units], and those
// of its last step at at in [T, batch, units].
func (lastStepKernel[F]) each(c *graph.Call[F], f func(row, at, n int)) error {
	mask, err := maskOf(c)
	if err != nil {
		return err
	}
	s := c.In[0].Shape
	steps, batch, units := s[0], s[1], s[2]
	exists := existence(mask, batch)
	for b := range batch {
		for t := steps - 1; t >= 0; t-- {
			if exists == nil || exists(t, b) {
				f(b*units, (t*batch+b)*units, units)
				break
			}
		}
	}
	return nil
}
