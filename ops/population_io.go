package ops

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// wire reads the current and the synapses, and with them the size of the population. The memory is
// the arena's.
func (p *population[F]) wire(a *kernel.Arena[F], w wiring, c *graph.Call[F], back bool) error {
	if s := of(c.In, w.Current); s.Data != nil {
		p.steps, p.batch, p.units = s.Shape[0], s.Shape[1], s.Shape[2]
		p.current = s.Data
	}
	if w.W == 0 {
		return nil
	}
	x, weights := of(c.In, w.X), of(c.In, w.W)
	if f, ok := c.Sources[w.X-1].(kernel.BitTape); ok {
		if s := f.Bits(); s != nil && s.Fit(x.Shape) {
			p.known = s
		}
	}
	p.steps, p.batch, p.units = x.Shape[0], x.Shape[1], weights.Shape[0]
	var err error
	p.input, err = newSynapses(a, w, c, back)
	return err
}

// biases are those of the synapses among the arrays.
func biases[F graph.Float](w wiring, arrays []graph.Array[F]) []graph.Array[F] {
	if w.Biases == 0 {
		return nil
	}
	return arrays[w.Bias-1:][:w.Biases]
}

// constants computes those of each neuron from its time constants. There is no tauAdp where they do
// not adapt; the first ones, which are regular, do not in any case.
func (p *population[F]) constants(tauM, tauAdp []F, dt float64, regular int) error {
	c := &p.neurons
	var err error
	if c.Alpha, err = decay("tau_m", tauM, dt); err != nil {
		return err
	}
	c.Gain = slices.Clone(c.Alpha)
	for i, a := range c.Alpha {
		c.Gain[i] = (1 - a) * c.GainSlope
		if p.lsnn {
			c.Gain[i] = 1
		}
	}
	if tauAdp != nil {
		if c.Rho, err = decay("tau_adp", tauAdp, dt); err != nil {
			return err
		}
		c.Kappa = slices.Clone(c.Rho)
		for i, r := range c.Rho {
			c.Kappa[i] = 1 - F(c.KappaSlope*r)
		}
		clear(c.Rho[:regular])
		clear(c.Kappa[:regular])
		if p.perSpike != nil {
			if err := p.perSpike.constants(c, tauAdp, dt); err != nil {
				return err
			}
		}
	}
	c.Repeat(min(p.batch, kernel.SequenceShard(p.batch)))
	return nil
}

// named is an input that an error may have to name.
type named struct {
	name string
	slot slot
}

// run is the forward pass of a call, with a tape if one is asked for. What is not finite in the end
// is traced back to the current, or another of the inputs.
func (p *population[F]) run(w wiring, c *graph.Call[F], out sequences[F], others []named) error {
	var t *tape[F]
	record := c.Record && !p.Cut // eligibility traces need no tape
	if c.Record || p.spiking && out.spikes == nil {
		var ok bool
		t, ok = c.Tape.(*tape[F])
		fits := ok && (t.u != nil) == record && (!record || p.input == nil || (t.input == nil) == (p.known != nil))
		if !fits {
			t = p.newTape(record)
		}
		c.Tape = t
	}
	err := p.forward(out, t)
	if _, ok := err.(*unbounded); !ok {
		return err
	}
	for _, n := range append([]named{{"current", w.Current}}, others...) {
		if at, x, ok := notFinite(of(c.In, n.slot)); ok {
			return errors.Errorf("%s%v is %v", n.name, at, x)
		}
	}
	return err
}

// finish writes the gradients of the synapses' weights and biases.
func (p *population[F]) finish(w wiring, c *graph.Call[F], s sums[F]) {
	if p.input != nil {
		p.input.finish(s.input, w, c)
	}
}

// notFinite finds the first element of a that is NaN or infinite.
func notFinite[F graph.Float](a graph.Array[F]) (at []int, x F, ok bool) {
	i := kernel.NotFinite(a.Data)
	if i < 0 {
		return nil, 0, false
	}
	return index(a.Shape, i), a.Data[i], true
}
