package ops

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LI is a layer of leaky integrators over a whole sequence, as one node:
//
//	α = exp(−dt/τm)      u_t = α u_{t−1} + (1−α) Rm I_t
//
// It has no spikes: it reads out what spiking layers say. The fields are used as they are.
type LI struct {
	Dt float64 // time step, ms
	Rm float64 // membrane resistance
}

// Apply returns u, [T, batch, units], for the current I [T, batch, units], the membrane time
// constants tauM [units] in ms, and u before the first step, u0 [batch, units]; nil u0 is zero.
// Gradients flow to all of them.
func (c LI) Apply(current, tauM, u0 *gorgonia.Node) (*gorgonia.Node, error) {
	if !(c.Dt > 0) || !graph.Finite(c.Dt) || !graph.Finite(c.Rm) {
		return nil, errors.Errorf("srnn: LI: dt is %v, Rm is %v", c.Dt, c.Rm)
	}
	nodes := gorgonia.Nodes{current, tauM}
	if u0 != nil {
		nodes = append(nodes, u0)
	}
	r, err := graph.Apply(li{LI: c, HasU0: u0 != nil}, nodes...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type li struct {
	LI
	HasU0 bool
}

func (li) String() string { return "LI" }
func (li) Taped()         {}

func (f li) Kernel32() graph.Kernel[float32] { return liKernel[float32]{f} }
func (f li) Kernel64() graph.Kernel[float64] { return liKernel[float64]{f} }

func (f li) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	seq := in[0]
	if len(seq) != 3 {
		return nil, errors.Errorf("current has shape %v, want [T, batch, units]", seq)
	}
	if want := (tensor.Shape{seq[2]}); !graph.SameShape(in[1], want) {
		return nil, errors.Errorf("tau_m has shape %v, want %v for a current of shape %v", in[1], want, seq)
	}
	if want := (tensor.Shape{seq[1], seq[2]}); f.HasU0 && !graph.SameShape(in[2], want) {
		return nil, errors.Errorf("initial membrane potential has shape %v, want %v for a current of shape %v", in[2], want, seq)
	}
	return []tensor.Shape{seq}, nil
}

type liKernel[F graph.Float] struct{ li }

// constants are exp(−dt/τm) and (1−α)·Rm of each unit, repeated for each example of a shard. A
// leaky integrator is a neuron that never spikes, so its steps are those of [kernel.Integrate]
// and [kernel.Back.LIF] with slabs of zeros for spikes and thresholds.
func (k liKernel[F]) constants(c *graph.Call[F]) (alpha, gain []F, err error) {
	if alpha, err = decay("tau_m", c.In[1].Data, k.Dt); err != nil {
		return nil, nil, err
	}
	gain = make([]F, len(alpha))
	for i, a := range alpha {
		gain[i] = (1 - a) * F(k.Rm)
	}
	rows := min(c.In[0].Shape[1], batchShard)
	return slices.Repeat(alpha, rows), slices.Repeat(gain, rows), nil
}

// start is u before the first step of examples lo to hi.
func (k liKernel[F]) start(c *graph.Call[F], lo, hi int) []F {
	units := c.In[0].Shape[2]
	if k.HasU0 {
		return c.In[2].Data[lo*units : hi*units]
	}
	return make([]F, (hi-lo)*units)
}

func (k liKernel[F]) Forward(c *graph.Call[F]) error {
	alpha, gain, err := k.constants(c)
	if err != nil {
		return err
	}
	s := c.In[0].Shape
	steps, batch, units := s[0], s[1], s[2]
	out, cur := c.Out[0].Data, c.In[0].Data
	err = kernel.Run(batch, batchShard, func(_, lo, hi int) error {
		n := (hi - lo) * units
		u, zero := k.start(c, lo, hi), make([]F, n)
		for t := range steps {
			at := (t*batch + lo) * units
			next := out[at : at+n]
			kernel.Integrate(next, u, cur[at:at+n], zero, zero, alpha, gain, 0)
			u = next
		}
		for i, x := range u { // NaN and infinities stay in u, once there
			if !graph.Finite(x) {
				return k.diagnose(c.In, lo+i/units, i%units)
			}
		}
		return nil
	})
	if c.Record {
		c.Tape = append([]F(nil), out...)
	}
	return err
}

// diagnose finds where a membrane potential that is not finite came from.
func (k liKernel[F]) diagnose(in []graph.Array[F], b, unit int) error {
	if at, x, ok := notFinite(in[0]); ok {
		return errors.Errorf("current%v is %v", at, x)
	}
	if k.HasU0 {
		if at, x, ok := notFinite(in[2]); ok {
			return errors.Errorf("initial membrane potential%v is %v", at, x)
		}
	}
	return errors.Errorf("the membrane potential of unit %d, example %d, grows beyond all bounds", unit, b)
}

func (k liKernel[F]) Backward(c *graph.Call[F]) error {
	alpha, gain, err := k.constants(c)
	if err != nil {
		return err
	}
	s, us := c.In[0].Shape, c.Tape.([]F)
	steps, batch, units := s[0], s[1], s[2]
	dAlpha := make([][]F, kernel.Shards(batch, batchShard))
	if err := kernel.Run(batch, batchShard, func(shard, lo, hi int) error {
		n := (hi - lo) * units
		u0 := k.start(c, lo, hi)
		b := kernel.Back[F]{GU: make([]F, n), GS: make([]F, n), Psi: make([]F, n), GCur: make([]F, n),
			DAlpha: make([]F, n), Alpha: alpha, Gain: gain}
		for t := steps - 1; t >= 0; t-- {
			at := (t*batch + lo) * units
			addFrom(b.GU, c.DOut[0].Data, at)
			b.U1, b.Cur = u0, c.In[0].Data[at:at+n]
			if t > 0 {
				b.U1 = us[at-batch*units:][:n]
			}
			b.LIF(F(k.Rm), 0)
			keep(c.DIn[0].Data, b.GCur, at)
		}
		if k.HasU0 {
			keep(c.DIn[2].Data, b.GU, lo*units)
		}
		dAlpha[shard] = make([]F, units)
		for r := 0; r < n; r += units {
			kernel.Add(b.DAlpha[r:r+units], dAlpha[shard])
		}
		return nil
	}); err != nil {
		return err
	}
	for _, d := range dAlpha[1:] {
		kernel.Add(d, dAlpha[0])
	}
	decayGradient(dAlpha[0], alpha, c.In[1].Data, k.Dt)
	keep(c.DIn[1].Data, dAlpha[0], 0)
	return nil
}
