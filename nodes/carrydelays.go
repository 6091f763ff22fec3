package nodes

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// underway are the inputs of a layer with delays that have not arrived by the end of a piece, which the
// next begins with. It is a [graph.Carried].
type underway struct {
	input, final *gorgonia.Node // [steps, batch, in]
}

// Nodes are the last inputs of a piece, which must be run.
func (u underway) Nodes() gorgonia.Nodes { return gorgonia.Nodes{u.final} }

// Begin has nothing on its way.
func (u underway) Begin(*rand.Rand) error {
	fill(u.input, func() float64 { return 0 })
	return nil
}

// Next has the next run start with what the last one ended with.
func (u underway) Next() error {
	return errors.Wrap(tensor.Copy(u.input.Value().(*tensor.Dense), u.final.Value().(*tensor.Dense)), "inputs on their way")
}

// carryInputs puts the inputs that are still on their way in front of a piece x [T, batch, in], and gives the
// number of those steps: one more than the longest delay, on which the derivative by that delay depends.
func (n *Neurons) carryInputs(x *gorgonia.Node) (whole *gorgonia.Node, steps int, err error) {
	s := x.Shape()
	steps = n.layer.Delays.Max + 1
	u := underway{}
	if u.input, err = constantInput(n.params, n.run()+".underway", tensor.Shape{steps, s[1], s[2]}, 0); err != nil {
		return nil, 0, err
	}
	r, err := graph.Apply(following{}, u.input, x)
	if err != nil {
		return nil, 0, err
	}
	if u.final, err = applyOne(span{s[0], steps}, r.Node()); err != nil {
		return nil, 0, err
	}
	n.params.Run().Carry(u)
	return r.Node(), steps, nil
}

// following is a sequence, and after it another: [S, …] and [T, …] give [S+T, …].
type following struct{}

func (following) MACs() int { return 0 }

func (following) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in[0]) != len(in[1]) || len(in[0]) == 0 || !graph.SameShape(in[0][1:], in[1][1:]) {
		return nil, errors.Errorf("a sequence of shape %v does not follow one of %v", in[1], in[0])
	}
	out := in[0].Clone()
	out[0] += in[1][0]
	return []tensor.Shape{out}, nil
}

func (following) Kernel32() graph.Kernel[float32] { return followingKernel[float32]{} }
func (following) Kernel64() graph.Kernel[float64] { return followingKernel[float64]{} }

type followingKernel[F graph.Float] struct{}

func (followingKernel[F]) Forward(c *graph.Call[F]) error {
	at := copy(c.Out[0].Data, c.In[0].Data)
	copy(c.Out[0].Data[at:], c.In[1].Data)
	return nil
}

func (followingKernel[F]) Backward(c *graph.Call[F]) error {
	at := c.In[0].Shape.TotalSize()
	copy(c.DIn[0].Data, c.DOut[0].Data)
	copy(c.DIn[1].Data, c.DOut[0].Data[at:])
	return nil
}

// span are some steps of a sequence [T, …].
type span struct{ First, Steps int }

func (span) MACs() int { return 0 }

func (f span) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if len(in[0]) == 0 || f.First < 0 || f.Steps < 1 || f.First+f.Steps > in[0][0] {
		return nil, errors.Errorf("a sequence of shape %v has no %d steps from %d on", in[0], f.Steps, f.First)
	}
	out := in[0].Clone()
	out[0] = f.Steps
	return []tensor.Shape{out}, nil
}

func (f span) Kernel32() graph.Kernel[float32] { return spanKernel[float32]{f} }
func (f span) Kernel64() graph.Kernel[float64] { return spanKernel[float64]{f} }

type spanKernel[F graph.Float] struct{ span }

// part are the elements of the steps.
func (k spanKernel[F]) part(shape tensor.Shape, x []F) []F {
	each := len(x) / shape[0]
	return x[k.First*each:][:k.Steps*each]
}

func (k spanKernel[F]) Forward(c *graph.Call[F]) error {
	copy(c.Out[0].Data, k.part(c.In[0].Shape, c.In[0].Data))
	return nil
}

func (k spanKernel[F]) Backward(c *graph.Call[F]) error {
	clear(c.DIn[0].Data)
	copy(k.part(c.In[0].Shape, c.DIn[0].Data), c.DOut[0].Data)
	return nil
}
