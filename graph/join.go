package graph

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Join puts nodes side by side along their last axis: [..., m] and [..., n] give [..., m+n].
// gorgonia.Concat does so too, but its gradient loses axes of length 1.
func Join(nodes ...*gorgonia.Node) (*gorgonia.Node, error) {
	r, err := Apply(join{}, nodes...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type join struct{}

func (join) String() string { return "Join" }

func (join) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	last := len(in[0]) - 1
	if last < 0 {
		return nil, errors.New("numbers cannot be put side by side")
	}
	out := in[0].Clone()
	for i, s := range in[1:] {
		if len(s) != len(out) || !SameShape(s[:last], out[:last]) {
			return nil, errors.Errorf("input %d has shape %v, which does not go beside %v", i+1, s, in[0])
		}
		out[last] += s[last]
	}
	return []tensor.Shape{out}, nil
}

func (join) MACs() int                 { return 0 }
func (join) Kernel32() Kernel[float32] { return joinKernel[float32]{} }
func (join) Kernel64() Kernel[float64] { return joinKernel[float64]{} }

type joinKernel[F Float] struct{}

// pieces calls f for every row of every part, with its place in the whole.
func (joinKernel[F]) pieces(whole []F, parts []Array[F], f func(whole, part []F)) {
	width := 0
	for _, p := range parts {
		width += p.Shape[len(p.Shape)-1]
	}
	for row := range len(whole) / width {
		at := row * width
		for _, p := range parts {
			n := p.Shape[len(p.Shape)-1]
			if p.Data != nil {
				f(whole[at:at+n], p.Data[row*n:][:n])
			}
			at += n
		}
	}
}

func (k joinKernel[F]) Forward(c *Call[F]) error {
	k.pieces(c.Out[0].Data, c.In, func(whole, part []F) { copy(whole, part) })
	return nil
}

func (k joinKernel[F]) Backward(c *Call[F]) error {
	parts := make([]Array[F], len(c.DIn))
	for i, d := range c.DIn {
		parts[i] = Array[F]{Shape: c.In[i].Shape, Data: d.Data}
	}
	k.pieces(c.DOut[0].Data, parts, func(whole, part []F) { copy(part, whole) })
	return nil
}
