package nodes

import (
	"math/rand/v2"
	"reflect"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
)

// Eligibility is a layer that runs one step at a time, and whose eligibility traces run along with it:
// e-prop as it was meant (Bellec et al. 2020), with gradients that are known at every moment, and memory
// that does not grow with the number of steps. With h_t a neuron's state, I_t its current and W the
// weight of an input x, the trace of the synapse is what W has done to h,
//
//	ε_t = (∂h_t/∂h_{t−1}) ε_{t−1} + (∂h_t/∂I_t) x_t
//
// There is one for every synapse of every example; those of biases and of the cell's parameters are
// for every neuron. A learning signal L_t, the gradient of the neuron's output at that step, makes
// gradients of them, Σ_t L_t ε_t. The derivatives are those of the cell's own step, so that any cell
// will do. The gradients are those of [ops.EProp] for the sequence as a whole: exact but for the way
// from spikes through recurrent synapses.
//
// A step is made in two moves: [Eligibility.Step] computes it, and [Eligibility.Keep] has it happen.
// Weights may change between steps. An Eligibility is for one goroutine at a time.
type Eligibility[F graph.Float] struct {
	in, units, batch int

	moment   *moment[F]
	start    *carry
	begun    bool
	computed bool // there is a step that Keep has not been called for
	leaky    bool // the output is the membrane potential of LI neurons

	wIn, wRec weights[F] // [units, in] and [units, units]
	feedback  weights[F] // [units, in]: what gradients of x go back through
	biases    [][]F      // [units] each

	x, spikes sparse[F] // from the inputs, and from the neurons in the step before
	recurrent int       // which variable of the state the spikes are

	parts   []part[F]
	traces  traces[F]
	filters filters[F]
	rates   rates[F]
}

// Tracing says what an [Eligibility] is for.
type Tracing[F graph.Float] struct {
	Batch  int    // examples
	Output string // what learning signals are gradients of: Spikes or Membrane

	// Through is a readout of LI neurons that learning signals come from, see
	// [Eligibility.LearnThrough]; nil without.
	Through *Eligibility[F]

	// Rate and Weight draw the firing rate of each neuron, the mean over batch and steps, to a target,
	// in spikes per step: the gradient is that of weight · mean over neurons of (rate − target)² too.
	// The rate is that of the sequence so far. Zero for none.
	Rate, Weight float64
}

// Integrates reports whether the neurons are LI: leaky integrators, and nothing more.
func (n *Neurons) Integrates() bool {
	_, ok := unwrap(n.cell).(LI)
	return ok
}

// NewEligibility prepares a layer for running online. Layers that are bidirectional or have delays
// cannot.
func NewEligibility[F graph.Float](n *Neurons, c Tracing[F]) (*Eligibility[F], error) {
	if n.Ahead != nil {
		return nil, errors.Errorf("srnn: %s: a bidirectional layer cannot run online: one half begins at the end", n.name)
	}
	e, err := newEligibility(n, c)
	return e, graph.Wrapf(err, "%s", n.name)
}

func newEligibility[F graph.Float](n *Neurons, c Tracing[F]) (*Eligibility[F], error) {
	if dt := reflect.TypeFor[F]().Name(); n.params.Dtype().Name() != dt {
		return nil, errors.Errorf("is %v, and cannot run as %v", n.params.Dtype(), dt)
	}
	switch {
	case n.Delays != nil:
		return nil, errors.New("a layer with delays cannot run online")
	case n.layer.RecurrentDropout.Rate > 0:
		return nil, errors.New("a layer with recurrent dropout cannot run online")
	case n.Synapses == nil:
		return nil, errors.New("has no synapses for inputs, which running online needs")
	case c.Batch < 1:
		return nil, errors.Errorf("the batch is %d examples, want at least 1", c.Batch)
	case c.Through != nil && !c.Through.leaky:
		return nil, errors.New("learns through a readout that is not of LI neurons")
	case !(c.Weight >= 0) || !graph.Finite(c.Weight) || !(c.Rate >= 0 && c.Rate <= 1):
		return nil, errors.Errorf("the rate is to be %v spikes per step, with a weight of %v: want 0 to 1, and a number that is not negative", c.Rate, c.Weight)
	}
	e := &Eligibility[F]{in: n.Synapses.W.Shape()[1], units: n.layer.Units, batch: c.Batch, recurrent: -1}
	r, err := e.bind(n)
	if err != nil {
		return nil, err
	}
	if e.moment, err = newMoment[F](n, r, c.Batch, c.Output); err != nil {
		return nil, errors.Wrap(err, nameOf(n.cell))
	}
	e.start = e.moment.start(n)
	if n.WRec != nil {
		e.recurrent = slices.Index(e.moment.names, Spikes)
	}
	e.leaky = n.Integrates() && c.Output == Membrane
	e.rates = newRates[F](c, r.count, e.units)
	e.traces = newTraces(e.moment, r, c.Batch)
	e.filters.readout = c.Through
	return e, nil
}

// bind finds the weights, and what is to be learnt.
func (e *Eligibility[F]) bind(n *Neurons) (r rows, err error) {
	trainable := map[*gorgonia.Node]graph.Param{}
	for _, p := range n.params.Trainable() {
		trainable[p.Node] = p
	}
	get := func(node *gorgonia.Node) []F {
		x, e := numbers[F](node)
		if e != nil && err == nil {
			err = errors.Wrap(e, node.Name())
		}
		return x
	}
	// learn gives a parameter rows of the traces, first to first+count, which others may share.
	learn := func(node *gorgonia.Node, mask []F, first *int, count int) {
		p, ok := trainable[node]
		if !ok {
			return
		}
		if *first < 0 {
			*first = r.count
			r.count += count
		}
		e.parts = append(e.parts, part[F]{p, mask, *first, count})
	}
	connect := func(c connections, first *int, count int) (w weights[F]) {
		var e error
		if w, e = weightsOf[F](c); e != nil && err == nil {
			err = e
		}
		learn(c.param, w.mask, first, count)
		return w
	}
	r = rows{in: -1, recurrent: -1, bias: -1}
	e.wIn = connect(n.Synapses.in, &r.in, e.in)
	e.feedback = e.wIn
	if n.Synapses.Feedback != nil {
		e.feedback = connect(n.Synapses.back, &r.in, e.in)
	}
	if n.WRec != nil {
		e.wRec = connect(n.rec, &r.recurrent, e.units)
	}
	for _, b := range (gorgonia.Nodes{n.Synapses.B, n.BRec}) {
		if b != nil {
			e.biases = append(e.biases, get(b))
			learn(b, nil, &r.bias, 1)
		}
	}
	for _, q := range n.cell.Parameters() {
		at := -1
		learn(n.values[q.Name], nil, &at, 1)
		r.params = append(r.params, at)
	}
	return r, err
}

// Random reports whether the initial state is drawn at random.
func (e *Eligibility[F]) Random() bool {
	return e.start.random()
}

// Begin starts another sequence: the state is the initial one, and traces are zero. Random values are
// drawn from rng, which may be nil where there are none. What has been accumulated stays.
func (e *Eligibility[F]) Begin(rng *rand.Rand) error {
	if err := e.start.Begin(rng); err != nil {
		return err
	}
	e.flush()
	e.rates.begin(e.traces.g, e.batch)
	e.traces.clear()
	e.filters.begin(&e.traces)
	e.begun, e.computed = true, false
	return nil
}

// Step computes the next step, for inputs x [batch, in], from the state that Keep left. Nothing has
// changed but what the step gives, see [Eligibility.Output].
func (e *Eligibility[F]) Step(x []F) error {
	e.computed = false
	if !e.begun {
		return errors.New("srnn: a sequence wants Begin first")
	}
	if err := e.wants("x", x, e.in); err != nil {
		return err
	}
	if at := kernel.NotFinite(x); at >= 0 {
		return errors.Errorf("srnn: input %d is %v in example %d", at%e.in, x[at], at/e.in)
	}
	e.x.set(x, e.in)
	if e.recurrent >= 0 {
		e.spikes.set(e.moment.state[e.recurrent], e.units)
	}
	wIn, wRec := e.wIn.now(), e.wRec.now()
	for b := range e.batch {
		current := e.moment.current[b*e.units:][:e.units]
		clear(current)
		for _, bias := range e.biases {
			kernel.Add(bias, current)
		}
		e.x.multiply(b, wIn, e.in, current)
		if e.recurrent >= 0 {
			e.spikes.multiply(b, wRec, e.units, current)
		}
	}
	err := e.moment.run()
	e.computed = err == nil
	return err
}

// Keep has the step happen that was computed last: state and traces move on.
func (e *Eligibility[F]) Keep() error {
	if !e.computed {
		return errors.New("srnn: there is no step to keep")
	}
	e.computed = false
	e.filters.split(&e.traces)
	e.traces.derive(e.moment)
	e.pass(true)
	e.moment.advance()
	e.rates.count(e.Output())
	return nil
}

// pass uses the learning signals that wait, and with carry takes the traces one step on.
func (e *Eligibility[F]) pass(carry bool) {
	t := &e.traces
	waits := func(v *trace[F]) bool { return v.waits }
	if !carry && !e.rates.waits && !e.anyTrace(waits) {
		return
	}
	t.each(func(s *shard[F], lo, hi int) {
		for b := range e.batch {
			if e.rates.waits {
				kernel.Add(t.part(&t.variables[t.output].trace, b, lo, hi), e.rates.sums[lo*e.units:hi*e.units])
			}
			t.learn(s, b, lo, hi, carry)
			if carry {
				t.add(b, lo, hi, &e.x, &e.spikes)
			}
			e.filters.learn(t, s, b, lo, hi, carry)
		}
	})
	e.rates.waits = false
	e.anyTrace(func(v *trace[F]) bool {
		v.waits = false
		return false
	})
}

// anyTrace reports whether f is true of any of the traces.
func (e *Eligibility[F]) anyTrace(f func(*trace[F]) bool) bool {
	for k := range e.traces.variables {
		if f(&e.traces.variables[k].trace) {
			return true
		}
	}
	for q := range e.filters.all {
		if f(&e.filters.all[q].trace) {
			return true
		}
	}
	return false
}

// Output is what the layer gave in the last step, [batch, units]: its spikes or membrane potential. It
// is valid until the next.
func (e *Eligibility[F]) Output() []F { return e.moment.values[e.moment.output] }

// sparse are the elements of a matrix [batch, n] that are not zero.
type sparse[F graph.Float] struct {
	at     []int // in their row
	values []F
	ends   []int // of each row
}

func (s *sparse[F]) set(x []F, n int) {
	s.at, s.values, s.ends = s.at[:0], s.values[:0], s.ends[:0]
	for ; len(x) > 0; x = x[n:] {
		for i, v := range x[:n] {
			if v != 0 {
				s.at, s.values = append(s.at, i), append(s.values, v)
			}
		}
		s.ends = append(s.ends, len(s.at))
	}
}

// row are the elements of row b.
func (s *sparse[F]) row(b int) (at []int, values []F) {
	from := 0
	if b > 0 {
		from = s.ends[b-1]
	}
	return s.at[from:s.ends[b]], s.values[from:s.ends[b]]
}

// multiply adds w x, for row b as x and w [len(y), n], to y.
func (s *sparse[F]) multiply(b int, w []F, n int, y []F) {
	at, values := s.row(b)
	if len(at) == 0 {
		return
	}
	for j := range y {
		row, sum := w[j*n:][:n], y[j]
		for k, i := range at {
			sum += F(row[i] * values[k])
		}
		y[j] = sum
	}
}
