package graphtest

import (
	"sync/atomic"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/tensor"
)

// cube is y = x³ without fault; in faulty ones, one thing is otherwise. Its fields are its identity.
type cube struct {
	Fault fault
	ID    int64
}

type fault int

const (
	none              fault = iota
	wrongGradient           // is twice what it should be
	wrongInSingle           // a gradient that is twice what it should be, in float32 only
	recordedOtherwise       // the output is another one if a gradient is taken
	drifting                // each run gives another output
	writesInput             // the output lies in the memory of the input, too
	addsToOutput            // the output is added to what is in its memory
	addsToGradient          // the gradient is added to what is in its memory
	tapeIsOutput            // Backward reads the memory of the output
)

func (cube) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }

func (c cube) Kernel32() graph.Kernel[float32] { return cubeKernel[float32]{c.Fault, true} }
func (c cube) Kernel64() graph.Kernel[float64] { return cubeKernel[float64]{c.Fault, false} }

// tapedCube is a cube whose Backward reads a tape.
type tapedCube struct{ cube }

func (tapedCube) Taped() {}

type cubeKernel[F graph.Float] struct {
	fault  fault
	single bool
}

var runs atomic.Int64

func (k cubeKernel[F]) Forward(c *graph.Call[F]) error {
	factor := F(1)
	if k.fault == drifting {
		factor += F(runs.Add(1)%97) * 1e-3
	}
	if k.fault == recordedOtherwise && !c.Record {
		factor = 2
	}
	for i, x := range c.In[0].Data {
		y := factor * x * x * x
		if k.fault == addsToOutput {
			y += c.Out[0].Data[i]
		}
		c.Out[0].Data[i] = y
		if k.fault == writesInput {
			c.In[0].Data[i] = y
		}
	}
	switch {
	case k.fault == tapeIsOutput:
		c.Tape = c.Out[0].Data
	case c.Record:
		c.Tape = append([]F(nil), c.In[0].Data...)
	}
	return nil
}

func (k cubeKernel[F]) Backward(c *graph.Call[F]) error {
	factor := F(1)
	if k.fault == wrongGradient || k.fault == wrongInSingle && k.single {
		factor = 2
	}
	for i, d := range c.DOut[0].Data {
		g := factor * d * k.slope(c, i)
		if k.fault == addsToGradient {
			g += c.DIn[0].Data[i]
		}
		c.DIn[0].Data[i] = g
	}
	return nil
}

// slope is 3x².
func (k cubeKernel[F]) slope(c *graph.Call[F], i int) F {
	x := c.In[0].Data[i]
	if k.fault == tapeIsOutput {
		return 3 * c.Tape.([]F)[i] / x
	}
	return 3 * x * x
}
