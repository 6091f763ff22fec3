package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// AlphaResponse is what an alpha synapse and the leaky membrane behind it do in a time step dt, elementwise: with
// a = dt/τm and b = dt/τs, of what the synapse's current J and its rise y are before the step,
//
//	g = a ∫ exp(−a (1−s) − b s) ds          goes to the membrane of each J
//	k = e a b ∫ s exp(−a (1−s) − b s) ds    goes to the membrane of each y
//	r = e b exp(−b)                         goes to J of each y
//
// over s from 0 to 1, the step. Each is exact for all time constants, equal ones among them, and so are the
// gradients; zero and infinity give the limits. A time constant that is negative or NaN is an error of the run.
func AlphaResponse(tauSyn, tauM *gorgonia.Node, dt float64) (g, k, r *gorgonia.Node, err error) {
	if !(dt > 0) || !graph.Finite(dt) {
		return nil, nil, nil, errors.Errorf("srnn: alpha response: dt is %v ms, want a positive time", dt)
	}
	out, err := graph.Apply(alphaResponse{dt}, tauSyn, tauM)
	if err != nil {
		return nil, nil, nil, err
	}
	if k, err = out.Output(1); err != nil {
		return nil, nil, nil, err
	}
	r, err = out.Output(2)
	return out.Node(), k, r, err
}

type alphaResponse struct{ Dt float64 }

func (alphaResponse) String() string { return "AlphaResponse" }

func (alphaResponse) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if !graph.SameShape(in[0], in[1]) {
		return nil, errors.Errorf("tau_syn has shape %v, and tau_m %v: want the same", in[0], in[1])
	}
	return []tensor.Shape{in[0], in[0], in[0]}, nil
}

func (f alphaResponse) Kernel32() graph.Kernel[float32] { return alphaResponseKernel[float32]{f} }
func (f alphaResponse) Kernel64() graph.Kernel[float64] { return alphaResponseKernel[float64]{f} }

type alphaResponseKernel[F graph.Float] struct{ alphaResponse }

func (k alphaResponseKernel[F]) Forward(c *graph.Call[F]) error {
	for i, tauS := range c.In[0].Data {
		tauM := c.In[1].Data[i]
		if !(tauS >= 0) {
			return errors.Errorf("tau_syn[%d] is %v ms, want a time that is not negative", i, tauS)
		}
		if !(tauM >= 0) {
			return errors.Errorf("tau_m[%d] is %v ms, want a time that is not negative", i, tauM)
		}
		m := momentsOf(k.rate(float64(tauM)), k.rate(float64(tauS)))
		for k, x := range [...]float64{m.a * m.e0, math.E * m.b * (m.a * m.e1), math.E * m.b * math.Exp(-m.b)} {
			if out := c.Out[k].Data; out != nil {
				out[i] = F(x)
			}
		}
	}
	return nil
}

func (k alphaResponseKernel[F]) Backward(c *graph.Call[F]) error {
	dTauS, dTauM := c.DIn[0].Data, c.DIn[1].Data
	for i, tauS := range c.In[0].Data {
		m := momentsOf(k.rate(float64(c.In[1].Data[i])), k.rate(float64(tauS)))
		var d [3]float64 // of g, k and r
		for k := range d {
			if out := c.DOut[k].Data; out != nil {
				d[k] = float64(out[i])
			}
		}
		if dTauM != nil { // ∂a/∂τm is −a²/dt
			dTauM[i] = -F(m.a * m.a / k.Dt * (d[0]*m.ofA0 + math.E*d[1]*(m.b*m.ofA1)))
		}
		if dTauS != nil {
			rise := math.E * (1 - m.b) * math.Exp(-m.b)
			dTauS[i] = F(m.b * m.b / k.Dt * (d[0]*(m.a*m.e1) - math.E*d[1]*(m.a*m.ofB1) - d[2]*rise))
		}
	}
	return nil
}

// rate is dt/τ, but not so much that its square would overflow: by then all has its limit.
func (f alphaResponse) rate(tau float64) float64 { return math.Min(f.Dt/math.Abs(tau), 1e140) }

// alphaMoments are e0, e1 and e2, the integrals of 1, s and s² by exp(−a (1−s) − b s) ds from 0 to 1, and the
// derivatives of a e0 and a e1 by a, and of b e1 by b, none as a difference of large numbers.
type alphaMoments struct {
	a, b             float64
	e0, e1           float64
	ofA0, ofA1, ofB1 float64
}

func momentsOf(a, b float64) alphaMoments {
	m := alphaMoments{a: a, b: b}
	if a > b { // the time is counted from the end of the step
		d, left := a-b, math.Exp(-b)
		m0, m1, m2, end := decayMoments(d)
		m.e0, m.e1 = left*m0, left*(m0-m1)
		m.ofA0 = left * (end - b*m1)
		m.ofA1 = left * ((1-b)*m1 + b*m2)
		m.ofB1 = left * (m0 - m1 - b*(m0-2*m1+m2))
		return m
	}
	left := math.Exp(-a)
	m0, m1, m2, end := decayMoments(b - a)
	m.e0, m.e1 = left*m0, left*m1
	m.ofA0 = left * (m0 - a*(m0-m1))
	m.ofA1 = left * (m1 - a*(m1-m2))
	m.ofB1 = left * (end - m1 - a*m2)
	return m
}

// decayMoments are the integrals of 1, s and s² by exp(−d s) ds from 0 to 1, for d ≥ 0, and exp(−d).
func decayMoments(d float64) (m0, m1, m2, end float64) {
	end = math.Exp(-d)
	if d < 1 { // the series of the exponential, term by term
		term := 1.
		for n := 0.; n < 20; n++ {
			m0, m1, m2 = m0+term/(n+1), m1+term/(n+2), m2+term/(n+3)
			term *= -d / (n + 1)
		}
		return m0, m1, m2, end
	}
	m0 = -math.Expm1(-d) / d
	m1 = (m0 - end) / d // by parts, as the next
	m2 = (2*m1 - end) / d
	return m0, m1, m2, end
}
