package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LayerNorm normalises the units of a layer with each other (Ba, Kiros & Hinton 2016):
//
//	y = gain (x − μ)/√(σ² + ε) + bias
//
// where μ and σ² are mean and variance of the units of one example at one step. Training and evaluation
// are the same, and examples and steps do not depend on each other. Its parameters are gain and bias
// [units].
type LayerNorm struct {
	Epsilon *float64          `json:"epsilon,omitempty"` // ε; nil: 1e-5
	Gain    graph.Initializer `json:"-"`                 // default 1
	Bias    graph.Initializer `json:"-"`                 // default 0
}

// Apply is x [T, batch, units] normalised, for two units or more. It declares the parameters in a scope
// of that name.
func (l LayerNorm) Apply(p *graph.Params, name string, x *gorgonia.Node) (*gorgonia.Node, error) {
	y, err := l.apply(p.Scope(name), x)
	return y, graph.Wrapf(err, "layer normalisation %s", p.Name(name))
}

func (l LayerNorm) apply(p *graph.Params, x *gorgonia.Node) (*gorgonia.Node, error) {
	f := layerNorm{or(l.Epsilon, 1e-5)}
	if err := wantSequence("x", "units", x); err != nil {
		return nil, err
	}
	if x.Shape()[2] < 2 {
		return nil, errors.Errorf("x (%s) has one unit, which is its own mean: want two or more", x.Name())
	}
	inputs, err := declareNorm(p, x, f.Epsilon, l.Gain, l.Bias)
	if err != nil {
		return nil, err
	}
	r, err := graph.Apply(f, inputs...)
	return nodeOf(r), err
}

type layerNorm struct{ Epsilon float64 }

func (layerNorm) String() string                                   { return "LayerNorm" }
func (layerNorm) Taped()                                           {}
func (layerNorm) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in[:1], nil }
func (f layerNorm) Kernel32() graph.Kernel[float32]                { return layerNormKernel[float32]{f} }
func (f layerNorm) Kernel64() graph.Kernel[float64]                { return layerNormKernel[float64]{f} }

type layerNormKernel[F graph.Float] struct{ layerNorm }

// normRows is how many rows, one for each step of each example, are worked on together.
const normRows = 64

func (k layerNormKernel[F]) Forward(c *graph.Call[F]) error {
	units := c.In[normX].Shape[2]
	m := newMoments(c.Tape, len(c.In[normX].Data)/units)
	c.Tape = m
	return kernel.Run(len(m.mean), normRows, func(_, lo, hi int) error {
		for r := lo; r < hi; r++ {
			x, y := c.In[normX].Data[r*units:][:units], c.Out[0].Data[r*units:][:units]
			var mean, squares float64
			for _, v := range x {
				mean += float64(v) / float64(units)
			}
			for _, v := range x {
				squares += (float64(v) - mean) * (float64(v) - mean)
			}
			if err := m.set(r, "row", mean, squares/float64(units), k.Epsilon); err != nil {
				return err
			}
			for j, v := range x {
				y[j] = F((float64(v)-mean)*m.scale[r]*float64(c.In[normGain].Data[j]) + float64(c.In[normBias].Data[j]))
			}
		}
		return nil
	})
}

func (k layerNormKernel[F]) Backward(c *graph.Call[F]) error {
	units := c.In[normX].Shape[2]
	m := c.Tape.(*moments)
	if c.DIn[normX].Data != nil {
		if err := kernel.Run(len(m.mean), normRows, func(_, lo, hi int) error {
			for r := lo; r < hi; r++ {
				rowBack(c.In[normX].Data[r*units:][:units], c.In[normGain].Data, c.DOut[0].Data[r*units:], c.DIn[normX].Data[r*units:], m.mean[r], m.scale[r])
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return kernel.Run(units, normUnits, func(_, lo, hi int) error {
		plain, shaped := make([]float64, hi-lo), make([]float64, hi-lo)
		eachRow(c.In[normX].Data, units, lo, hi, func(r int, x []F) {
			dy := c.DOut[0].Data[r*units+lo:]
			for i, v := range x {
				plain[i] += float64(dy[i])
				shaped[i] += float64(dy[i]) * (float64(v) - m.mean[r]) * m.scale[r]
			}
		})
		for i := range plain {
			put(c.DIn[normBias].Data, lo+i, plain[i])
			put(c.DIn[normGain].Data, lo+i, shaped[i])
		}
		return nil
	})
}

// rowBack writes the gradient of a row.
func rowBack[F graph.Float](x, gain, dy, dx []F, mean, scale float64) {
	n := float64(len(x))
	var plain, shaped float64
	for j, v := range x {
		g := float64(dy[j]) * float64(gain[j])
		plain += g / n
		shaped += g * (float64(v) - mean) * scale / n
	}
	for j, v := range x {
		dx[j] = F(scale * (float64(dy[j])*float64(gain[j]) - plain - shaped*(float64(v)-mean)*scale))
	}
}
