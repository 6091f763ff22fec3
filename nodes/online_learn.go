package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// part is a parameter, the mask of its synapses, if it has one, and the rows of the traces that its
// gradient comes from.
type part[F graph.Float] struct {
	param       graph.Param
	mask        []F
	first, rows int
}

// Learn adds to the gradients those of the last step for a learning signal [batch, units]: the
// gradient of the layer's output at that step.
func (e *Eligibility[F]) Learn(signal []F) error {
	if err := e.wants("the learning signal", signal, e.units); err != nil {
		return err
	}
	kernel.Add(signal, e.traces.variables[e.traces.output].receive())
	return nil
}

// wants reports an error unless x is [batch, n].
func (e *Eligibility[F]) wants(what string, x []F, n int) error {
	if len(x) != e.batch*n {
		return errors.Errorf("srnn: %s has %d numbers, want %d: it is [%d, %d]", what, len(x), e.batch*n, e.batch, n)
	}
	return nil
}

// LearnThrough is Learn for the gradient of the readout's membrane potentials at that step, [batch,
// outputs], which the layer's spikes have reached at all steps so far.
func (e *Eligibility[F]) LearnThrough(signal []F) error {
	if e.filters.readout == nil {
		return errors.New("srnn: there is no readout to learn through")
	}
	if err := e.wants("the learning signal", signal, e.filters.readout.units); err != nil {
		return err
	}
	outputs, weights := e.filters.readout.units, e.filters.readout.feedback.now()
	for q := range e.filters.all {
		x := &e.filters.all[q]
		to := x.receive()
		for b := range e.batch {
			for _, k := range x.outputs {
				kernel.Axpy(signal[b*outputs+k], weights[k*e.units:][:e.units], to[b*e.units:][:e.units])
			}
		}
	}
	return nil
}

// Back writes the learning signal for the layer below to dx [batch, in]: from the gradient of this
// layer's output at the last step, what the inputs of the same step have done to it. See ops.EProp
// with Local.
func (e *Eligibility[F]) Back(signal, dx []F) error {
	if err := e.wants("the learning signal", signal, e.units); err != nil {
		return err
	}
	if err := e.wants("the learning signal below", dx, e.in); err != nil {
		return err
	}
	clear(dx)
	by := e.moment.byCurrent[e.moment.output]
	if by == nil {
		return nil
	}
	feedback := e.feedback.now()
	for b := range e.batch {
		to := dx[b*e.in:][:e.in]
		for j := range e.units {
			if g := signal[b*e.units+j] * by[b*e.units+j]; g != 0 {
				kernel.Axpy(g, feedback[j*e.in:][:e.in], to)
			}
		}
	}
	return nil
}

// Params are the parameters that the layer learns.
func (e *Eligibility[F]) Params() (params []graph.Param) {
	for _, p := range e.parts {
		params = append(params, p.param)
	}
	return params
}

// Gradient writes what has been accumulated of the gradient of the k-th of Params, in its layout.
func (e *Eligibility[F]) Gradient(k int, to []F) error {
	if k < 0 || k >= len(e.parts) {
		return errors.Errorf("srnn: no parameter %d, there are %d", k, len(e.parts))
	}
	p := e.parts[k]
	if len(to) != p.rows*e.units {
		return errors.Errorf("srnn: the gradient of %s has %d numbers, got room for %d", p.param.Name, p.rows*e.units, len(to))
	}
	e.flush()
	first := p.first * e.units
	kernel.Transpose(e.traces.g[first:], to, p.rows, e.units)
	if e.rates.since > 0 {
		for i := range p.rows {
			for j := range e.units {
				to[j*p.rows+i] += e.rates.gradient(first+i*e.units+j, j, e.batch)
			}
		}
	}
	if p.mask != nil {
		kernel.MulTo(to, to, p.mask)
	}
	return nil
}

// Clear sets the gradients to zero. State and traces stay.
func (e *Eligibility[F]) Clear() {
	e.flush()
	clear(e.traces.g)
	e.rates.clear()
}

// flush uses all learning signals.
func (e *Eligibility[F]) flush() { e.pass(false) }

// rates draw firing rates to a target. As the rate at the end of a sequence is not known before, the
// traces of the output are summed up, over steps and examples, and what the sum is worth is decided
// when gradients are wanted.
type rates[F graph.Float] struct {
	target, weight float64

	sums  []F // [rows, units]; nil where rates do not matter
	since int // steps that sums are of
	waits bool

	spikes []float64 // of each neuron in this sequence, in all examples
	steps  int       // of this sequence
}

func newRates[F graph.Float](c Tracing[F], rows, units int) rates[F] {
	r := rates[F]{target: c.Rate, weight: c.Weight}
	if r.weight != 0 {
		r.sums, r.spikes = make([]F, rows*units), make([]float64, units)
	}
	return r
}

// count takes notice of a step.
func (r *rates[F]) count(spikes []F) {
	if r.sums == nil {
		return
	}
	for i, s := range spikes {
		r.spikes[i%len(r.spikes)] += float64(s)
	}
	r.steps++
	r.since++
	r.waits = true
}

// gradient is that of an element of the traces, which belongs to a neuron.
func (r *rates[F]) gradient(element, neuron, batch int) F {
	if r.since == 0 {
		return 0
	}
	off := r.spikes[neuron]/float64(batch*r.steps) - r.target
	return F(2 * r.weight * off / float64(len(r.spikes)*batch*r.since) * float64(r.sums[element]))
}

// begin starts another sequence. What the last one has left is added to the gradients.
func (r *rates[F]) begin(gradients []F, batch int) {
	for i := range r.sums {
		gradients[i] += r.gradient(i, i%len(r.spikes), batch)
	}
	r.clear()
	clear(r.spikes)
	r.steps = 0
}

func (r *rates[F]) clear() {
	clear(r.sums)
	r.since = 0
}
