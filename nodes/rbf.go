package nodes

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// RBF is a population code by radial basis functions: each feature is seen by a number of neurons with
// Gaussian receptive fields, and neuron k answers a value x with the activity
//
//	a_k = exp(−(x − c_k)²/(2 σ_k²))
//
// as in the population coding of Bohte, Kok & La Poutré 2002, "Error-backpropagation in temporally
// encoded networks of spiking neurons", and for S-MNIST by Yin et al. 2020. The activities are
// currents for the neurons of a layer, or probabilities for [Poisson].
//
// Its parameters are centre and width, [features, fields], of group "field", in units of the
// features. A width that is not positive is an error of the run.
type RBF struct {
	Fields    int     // receptive fields of each feature; at least 1
	Low, High float64 // the range of the features; both zero is from 0 to 1

	// Overlap is the width of a field, σ, over the distance between the centres of two; zero is 1/1.5, as
	// in the work of Bohte et al. A single field takes the width of the range for that distance.
	Overlap float64

	Centre graph.Initializer // default: spread evenly from Low to High; a single one in the middle
	Width  graph.Initializer // default: by Overlap

	Trainable bool // otherwise centres and widths stay as they are
}

// Fields are an RBF declared in a graph.
type Fields struct {
	Centre *gorgonia.Node // [features, fields]
	Width  *gorgonia.Node // [features, fields]
}

var _ Encoder = (*Fields)(nil)

// Declare adds the parameters for that many features.
func (r RBF) Declare(p *graph.Params, features int) (*Fields, error) {
	if r.Low == 0 && r.High == 0 {
		r.High = 1
	}
	if r.Overlap == 0 {
		r.Overlap = 1 / 1.5
	}
	err := firstOf(wantRange(r.Low, r.High), wantPositive("the overlap", r.Overlap))
	if r.Fields < 1 || features < 1 {
		err = errors.Errorf("there are %d fields for each of %d features, want at least one of each", r.Fields, features)
	}
	if err != nil {
		return nil, graph.Wrapf(err, "RBF")
	}
	declare := p.DeclareFixed
	if r.Trainable {
		declare = p.Declare
	}
	distance := r.High - r.Low
	if r.Fields > 1 {
		distance /= float64(r.Fields - 1)
	}
	f := new(Fields)
	if f.Centre, err = declare("centre", "field", initOr(r.Centre, evenly{r.Low, r.High}), features, r.Fields); err != nil {
		return nil, err
	}
	f.Width, err = declare("width", "field", initOr(r.Width, graph.Constant(r.Overlap*distance)), features, r.Fields)
	return f, err
}

// Encode gives the activities, from 0 to 1, [T, batch, features·fields], of x [T, batch, features].
// Those of one feature lie side by side. Gradients flow to x, and to centres and widths.
func (f *Fields) Encode(x *gorgonia.Node) (*gorgonia.Node, error) {
	if err := wantSequence("x", "features", x); err != nil {
		return nil, graph.Wrapf(err, "RBF")
	}
	r, err := graph.Apply(rbf{}, x, f.Centre, f.Width)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// evenly spreads the elements of each row over a range.
type evenly struct{ low, high float64 }

func (e evenly) Init(_ *rand.Rand, s tensor.Shape, dst []float64) error {
	n := s[len(s)-1]
	for i := range dst {
		share := .5
		if n > 1 {
			share = float64(i%n) / float64(n-1)
		}
		dst[i] = e.low + share*(e.high-e.low)
	}
	return nil
}

type rbf struct{}

func (rbf) String() string { return "RBF" }

func (rbf) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	x, centre, width := in[0], in[1], in[2]
	if len(centre) != 2 || !graph.SameShape(centre, width) || x[2] != centre[0] {
		return nil, errors.Errorf("x, centre and width have shapes %v, %v and %v, want [T, batch, features] and twice [features, fields]",
			x, centre, width)
	}
	return []tensor.Shape{{x[0], x[1], x[2] * centre[1]}}, nil
}

func (rbf) Kernel32() graph.Kernel[float32] { return rbfKernel[float32]{} }
func (rbf) Kernel64() graph.Kernel[float64] { return rbfKernel[float64]{} }

type rbfKernel[F graph.Float] struct{}

func (rbfKernel[F]) Forward(c *graph.Call[F]) error {
	x, centre, width, y := c.In[0], c.In[1].Data, c.In[2], c.Out[0].Data
	for i, w := range width.Data {
		if !(w > 0) || !graph.Finite(w) {
			return errors.Errorf("width%v is %v, want a positive number", position(width.Shape, i), w)
		}
	}
	fields := width.Shape[1]
	for i, v := range x.Data {
		if !graph.Finite(v) {
			return errors.Errorf("x%v is %v, want a finite number", position(x.Shape, i), v)
		}
		first := i % width.Shape[0] * fields
		for k := range fields {
			z := float64((v - centre[first+k]) / width.Data[first+k])
			y[i*fields+k] = F(math.Exp(-z * z / 2))
		}
	}
	return nil
}

// Backward uses da/dx = −a z/σ, da/dc = a z/σ and da/dσ = a z²/σ, with z = (x − c)/σ.
func (rbfKernel[F]) Backward(c *graph.Call[F]) error {
	x, centre, width, dy := c.In[0].Data, c.In[1].Data, c.In[2], c.DOut[0].Data
	dx, dCentre, dWidth := c.DIn[0].Data, c.DIn[1].Data, c.DIn[2].Data
	clear(dCentre)
	clear(dWidth)
	fields := width.Shape[1]
	for i, v := range x {
		first := i % width.Shape[0] * fields
		var sum F
		for k := range fields {
			z := (v - centre[first+k]) / width.Data[first+k]
			slope := dy[i*fields+k] * F(math.Exp(-float64(z)*float64(z)/2)) * z / width.Data[first+k]
			sum -= slope
			if dCentre != nil {
				dCentre[first+k] += slope
			}
			if dWidth != nil {
				dWidth[first+k] += slope * z
			}
		}
		if dx != nil {
			dx[i] = sum
		}
	}
	return nil
}
