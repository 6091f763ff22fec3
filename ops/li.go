package ops

import (
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

func (k liKernel[F]) Forward(c *graph.Call[F]) error {
	alpha, err := decay("tau_m", c.In[1].Data, k.Dt)
	if err != nil {
		return err
	}
	rm, s := F(k.Rm), c.In[0].Shape
	steps, batch, units := s[0], s[1], s[2]
	out, cur := c.Out[0].Data, c.In[0].Data
	err = kernel.Run(batch, batchShard, func(_, lo, hi int) error {
		u := make([]F, (hi-lo)*units)
		if k.HasU0 {
			copy(u, c.In[2].Data[lo*units:])
		}
		for t := range steps {
			at := (t*batch + lo) * units
			for r := 0; r < len(u); r += units {
				row, in := u[r:r+units], cur[at+r:][:units]
				for i, a := range alpha {
					row[i] = a*row[i] + (1-a)*rm*in[i]
				}
			}
			copy(out[at:], u)
		}
		for i, x := range u { // NaN and infinities stay in u, once there
			if graph.Finite(x) {
				continue
			}
			if at, x, ok := notFinite(c.In[0]); ok {
				return errors.Errorf("current%v is %v", at, x)
			}
			if k.HasU0 {
				if at, x, ok := notFinite(c.In[2]); ok {
					return errors.Errorf("initial membrane potential%v is %v", at, x)
				}
			}
			return errors.Errorf("the membrane potential of unit %d, example %d, grows beyond all bounds", i%units, lo+i/units)
		}
		return nil
	})
	if c.Record {
		c.Tape = append([]F(nil), out...)
	}
	return err
}

func (k liKernel[F]) Backward(c *graph.Call[F]) error {
	tau := c.In[1].Data
	alpha, err := decay("tau_m", tau, k.Dt)
	if err != nil {
		return err
	}
	rm, s, us := F(k.Rm), c.In[0].Shape, c.Tape.([]F)
	steps, batch, units := s[0], s[1], s[2]
	dOut, cur := c.DOut[0].Data, c.In[0].Data
	dAlpha := make([][]F, kernel.Shards(batch, batchShard))
	if err := kernel.Run(batch, batchShard, func(shard, lo, hi int) error {
		n := (hi - lo) * units
		g, start := make([]F, n), make([]F, n)
		if k.HasU0 {
			copy(start, c.In[2].Data[lo*units:])
		}
		sum := make([]F, units)
		for t := steps - 1; t >= 0; t-- {
			at := (t*batch + lo) * units
			kernel.Add(dOut[at:at+n], g)
			u1 := start
			if t > 0 {
				u1 = us[at-batch*units:][:n]
			}
			in := cur[at : at+n]
			if d := c.DIn[0].Data; d != nil {
				d = d[at : at+n]
				for i, gi := range g {
					d[i] = gi * (1 - alpha[i%units]) * rm
				}
			}
			for i, gi := range g {
				j := i % units
				sum[j] += gi * (u1[i] - rm*in[i])
				g[i] = alpha[j] * gi
			}
		}
		if k.HasU0 {
			keep(c.DIn[2].Data, g, lo*units)
		}
		dAlpha[shard] = sum
		return nil
	}); err != nil {
		return err
	}
	for _, d := range dAlpha[1:] {
		kernel.Add(d, dAlpha[0])
	}
	decayGradient(dAlpha[0], alpha, tau, k.Dt)
	keep(c.DIn[1].Data, dAlpha[0], 0)
	return nil
}
