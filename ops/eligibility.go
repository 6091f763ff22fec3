package ops

import (
	"math/bits"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// block is how many steps eligibility traces are carried forward at a time. Within a block the
// gradient, and what it adds to the traces, are found from its last step to its first, for all
// synapses of a neuron together; the traces, one for each synapse of each example, are touched once
// in a block.
const block = 32

// eligibility is a shard of neurons on its way through a sequence with the eligibility traces
// (Bellec et al. 2020) of its synapses and time constants: what each of them has done to the state
// h = (u, η) of its neuron. With L, the gradient of the spikes from outside,
//
//	ε_t = ∂h_t/∂h_{t−1} ε_{t−1} + ∂h_t/∂w        dE/dw = Σ_t L_t ∂S_t/∂h_t ε_t
//
// Nothing is kept of the steps before a block: memory does not grow with their number.
type eligibility[F graph.Float] struct {
	shard        *shard[F]
	first, steps int // of the block

	// From the state before the block on, one slab more than steps.
	u, eta, spikes, silence []F
	fired                   packed // bits of the spikes

	psi, before []F // surrogate derivatives of the steps, and of the one before the block
	cur, gcur   []F
	etaSlope    []F // of one step, see etaSlopes

	x       packed // bits of x; of known ones, those that are known
	numbers []F    // x, where bits do not say all

	lambda [][]F // gradients of the state before the block
	end    []variable[F]
	carry  [][]F // ∂h/∂h from before the block to its end, row by row, each a slab
	one    example[F]
}

// variable is one of a neuron's state.
type variable[F graph.Float] struct {
	traces []F // for each example of the shard as [sums]

	// What the currents of the block's steps, and α and ρ, do to the variable's value at its end.
	current, alpha, rho []F
}

// packed are the bits of a shard, step by step, and what they stand for.
type packed struct {
	set []uint64
	of  []kernel.Activity
}

// example is memory for what one example did in a block.
type example[F graph.Float] struct {
	set  []uint64
	x, g []F
}

// traced finds gradients by eligibility traces, from the first step to the last. It returns the sums
// over the whole batch, in memory of the arena. Of the gradient of x it knows what comes from the
// outputs of the same step.
func (p *population[F]) traced(a *kernel.Arena[F], d sequences[F], dx []F) (sums[F], error) {
	if err := p.readable(); err != nil {
		return sums[F]{}, err
	}
	return p.summed(a, nil, func(s *shard[F], sum []F) error { return newEligibility(s).run(d, dx, sum) })
}

// forwards reports whether these gradients can be found in one pass from the first step to the last.
func (p *population[F]) forwards(g gradients[F]) bool {
	return p.Cut && g.current == nil && g.u0 == nil && g.eta0 == nil && g.s0 == nil && g.silence0 == nil && (g.x == nil || p.Local)
}

// recorded is the tape of another forward pass.
func (p *population[F]) recorded() (*tape[F], error) {
	if err := p.readable(); err != nil {
		return nil, err
	}
	t := p.newTape(true)
	return t, p.forward(sequences[F]{}, t)
}

// readable reports an error if x, of which there were but bits on the tape of its source, is gone.
func (p *population[F]) readable() error {
	if p.input != nil && p.known == nil && p.input.x.Data == nil {
		return errors.New("the spikes of x are gone")
	}
	return nil
}

// newEligibility is a shard in its initial state.
func newEligibility[F graph.Float](s *shard[F]) *eligibility[F] {
	a, n, steps := s.arena, s.n, min(block, s.steps)
	e := &eligibility[F]{shard: s, u: a.Floats((steps + 1) * n), spikes: a.Zeros((steps + 1) * n),
		psi: a.Floats(steps * n), before: a.Zeros(n), cur: a.Floats(steps * n), gcur: a.Floats(steps * n)}
	s.start(e.u[:n], s.u0)
	s.start(e.spikes[:n], s.s0)
	variables := 1
	if s.adapting {
		variables = 2
		e.etaSlope = s.etaSlopes()
		e.eta = a.Floats((steps + 1) * n)
		s.start(e.eta[:n], s.eta0)
	}
	if s.rests() {
		e.silence = a.Floats((steps + 1) * n)
		s.start(e.silence[:n], s.silence0)
	}
	from := 0 // of the synapses of a neuron
	if s.recurs {
		from = s.units
		e.fired = packed{a.Words((steps + 1) * s.rows * kernel.Words(from)), make([]kernel.Activity, steps+1)}
		e.fired.of[0] = kernel.Pack(e.spikes[:n], s.rows, from, e.fired.set)
	}
	if s.input != nil {
		in := s.input.in
		from = max(from, in)
		e.numbers = a.Floats(steps * s.rows * in)
		if s.known == nil {
			e.x = packed{a.Words(steps * s.rows * kernel.Words(in)), make([]kernel.Activity, steps)}
		}
	}
	if s.steps <= block {
		return e // all is one block, and there are no traces before
	}
	e.one = example[F]{a.Words(steps * kernel.Words(from)), a.Floats(steps * from), a.Floats(steps * s.units)}
	for range variables {
		e.lambda = append(e.lambda, a.Floats(n))
		e.end = append(e.end, variable[F]{a.Zeros(s.rows * s.sumsSize()), a.Floats(steps * n), a.Floats(n), a.Floats(n)})
		for range variables {
			e.carry = append(e.carry, a.Floats(n))
		}
	}
	return e
}

// run carries the shard through the sequence, and adds its gradients to sum.
func (e *eligibility[F]) run(d sequences[F], dx, sum []F) error {
	s := e.shard
	b := &kernel.Back[F]{GU: s.arena.Floats(s.n), GEta: s.arena.Floats(s.n), GS: s.arena.Floats(s.n),
		DAlpha: s.arena.Floats(s.n), DRho: s.arena.Floats(s.n)}
	zeros := s.arena.Zeros(s.n)
	for ; e.first < s.steps; e.first += e.steps {
		e.steps = min(block, s.steps-e.first)
		if err := e.forward(); err != nil {
			return err
		}
		if dx != nil {
			e.moment(d, zeros, dx)
		}
		e.learn(b, d, zeros, s.sumsOf(sum))
		if e.first+e.steps < s.steps {
			e.differentiate(b, zeros)
			e.move(sum, e.carry)
			e.extend()
			e.next()
		} else {
			e.move(sum, nil)
		}
	}
	return nil
}

// slab is the slab of the i-th step of a block.
func (e *eligibility[F]) slab(x []F, i int) []F {
	if x == nil {
		return nil
	}
	return x[i*e.shard.n:][:e.shard.n]
}

// forward computes the steps of the block.
func (e *eligibility[F]) forward() error {
	s := e.shard
	if s.input != nil && s.known != nil {
		e.x = packed{s.known.At(s.lo, s.hi, e.first), s.known.Activity(s.index, e.first)}
	}
	for i := range e.steps {
		x := &kernel.Step[F]{U1: e.slab(e.u, i), U: e.slab(e.u, i+1), Eta1: e.slab(e.eta, i), Eta: e.slab(e.eta, i+1),
			Silence1: e.slab(e.silence, i), Silence: e.slab(e.silence, i+1),
			S1: e.slab(e.spikes, i), S: e.slab(e.spikes, i+1), V: e.slab(e.psi, i), Cur: e.slab(e.cur, i)}
		var set []uint64
		var of kernel.Activity
		if s.input != nil {
			set = e.x.set[i*s.rows*kernel.Words(s.input.in):]
			if s.known == nil {
				var err error
				if e.x.of[i], err = s.input.pack((e.first+i)*s.batch+s.lo, s.rows, set); err != nil {
					return err
				}
			}
			of = e.x.of[i]
		}
		s.drive(x.Cur, e.first+i, set, of)
		words := s.rows * kernel.Words(s.units)
		if s.recurs {
			s.rec.AddProduct(e.fired.set[i*words:], e.fired.of[i], x.S1, s.rows, x.Cur, x.Cur)
		}
		s.step(x)
		if s.recurs {
			e.fired.of[i+1] = kernel.Pack(x.S, s.rows, s.units, e.fired.set[(i+1)*words:])
		}
	}
	s.slopes(e.psi[:e.steps*s.n], e.silence)
	return nil
}

// moment writes the gradient of x through the outputs of the same step.
func (e *eligibility[F]) moment(d sequences[F], zeros, dx []F) {
	s := e.shard
	for i := range e.steps {
		at := s.slab(e.first + i)
		du, ds := zeros, zeros
		if d.membrane != nil {
			du = d.membrane[at : at+s.n]
		}
		if d.spikes != nil {
			ds = d.spikes[at : at+s.n]
		}
		g := e.slab(e.gcur, i)
		s.atOnce(g, du, ds, e.slab(e.psi, i))
		s.input.backTo(dx, (e.first+i)*s.batch+s.lo, s.rows, g)
	}
}

// learn adds to the sums what the block's steps have done within the block, and finds the gradient of
// the state before it.
func (e *eligibility[F]) learn(b *kernel.Back[F], d sequences[F], zeros []F, sum sums[F]) {
	s := e.shard
	clear(b.GU)
	clear(b.GEta)
	e.backward(b, e.gcur, func(i int) {
		at := s.slab(e.first + i)
		b.DS, b.DTheta = zeros, zeros
		if d.spikes != nil {
			b.DS = d.spikes[at : at+s.n]
		}
		if d.threshold != nil {
			b.DTheta = d.threshold[at : at+s.n]
		}
		if d.membrane != nil {
			kernel.Add(d.membrane[at:at+s.n], b.GU)
		}
		if d.adaptation != nil {
			kernel.Add(d.adaptation[at:at+s.n], b.GEta)
		}
	})
	for l := range e.lambda {
		copy(e.lambda[l], state(b, l))
	}
	for i := 0; i < s.n; i += s.units {
		kernel.Add(b.DAlpha[i:i+s.units], sum.alpha)
		kernel.Add(b.DRho[i:i+s.units], sum.rho)
	}
	if s.recurs {
		of := together(e.fired.of[:e.steps])
		kernel.AddOuter(e.fired.set, of, e.spikes, e.steps*s.rows, s.units, e.gcur, s.units, sum.rec)
	}
	if s.input == nil {
		return
	}
	of := together(e.x.of[:e.steps])
	s.elements(e.numbers, e.first, e.steps, e.x.set, of)
	s.input.weigh(sum.input, e.x.set, of, e.numbers, e.steps*s.rows, e.gcur)
}

// backward carries gradients from the end of the block, where b has those of the state, to the state
// before it. Load sets those that come from outside at a step. The gradients of the currents go to
// gcur.
func (e *eligibility[F]) backward(b *kernel.Back[F], gcur []F, load func(i int)) {
	s := e.shard
	clear(b.GS)
	clear(b.DAlpha)
	clear(b.DRho)
	for i := e.steps - 1; i >= 0; i-- {
		load(i)
		b.Psi, b.U1, b.S1, b.Cur, b.GCur = e.slab(e.psi, i), e.slab(e.u, i), e.slab(e.spikes, i), e.slab(e.cur, i), e.slab(gcur, i)
		if s.adapting {
			b.Eta1, b.Eta = s.etaSlope(e.etaSlope, e.slab(e.eta, i), b.S1), e.slab(e.eta, i+1)
			s.neurons.BackALIF(b)
		} else {
			s.neurons.BackLIF(b)
		}
	}
	// The spikes before the block follow from the state before it.
	for i, psi := range e.before {
		g := F(b.GS[i] * psi)
		b.GU[i] += g
		b.GEta[i] -= F(s.neurons.Beta * g)
	}
}

// state is the gradient of the k-th variable of the state.
func state[F graph.Float](b *kernel.Back[F], k int) []F { return [...][]F{b.GU, b.GEta}[k] }

// differentiate finds what the state at the end of the block owes to the state before it, and to the
// steps of the block.
func (e *eligibility[F]) differentiate(b *kernel.Back[F], zeros []F) {
	b.DS, b.DTheta = zeros, zeros
	for k, v := range e.end {
		clear(b.GU)
		clear(b.GEta)
		of := state(b, k)
		for i := range of {
			of[i] = 1
		}
		sums := [2][]F{b.DAlpha, b.DRho}
		b.DAlpha, b.DRho = v.alpha, v.rho
		e.backward(b, v.current, func(int) {})
		b.DAlpha, b.DRho = sums[0], sums[1]
		for l := range e.end {
			copy(e.carry[k*len(e.end)+l], state(b, l))
		}
	}
}

// move adds to the sums what the traces have to do with the learning signals of the block, and takes
// them from before the block to its end; or, where carry is nil, leaves them.
func (e *eligibility[F]) move(sum []F, carry [][]F) {
	if e.first == 0 {
		return // there are no traces yet
	}
	units, size := e.shard.units, e.shard.sumsSize()
	traces, lambda, m := make([][]F, len(e.end)), make([][]F, len(e.lambda)), make([][]F, len(carry))
	for i := range e.shard.rows {
		for k, v := range e.end {
			traces[k] = v.traces[i*size:][:size]
		}
		for k, x := range e.lambda {
			lambda[k] = x[i*units:][:units]
		}
		for k, x := range carry {
			m[k] = x[i*units:][:units]
		}
		kernel.Carry(sum, traces, lambda, m, size/units, units)
	}
}

// extend adds what the block's steps do to the state at its end to the traces.
func (e *eligibility[F]) extend() {
	s := e.shard
	size := s.sumsSize()
	for _, v := range e.end {
		for i := range s.rows {
			to := s.sumsOf(v.traces[i*size:][:size])
			kernel.Add(v.alpha[i*s.units:][:s.units], to.alpha)
			kernel.Add(v.rho[i*s.units:][:s.units], to.rho)
			g := e.one.g
			for t := range e.steps {
				copy(g[t*s.units:][:s.units], v.current[t*s.n+i*s.units:])
			}
			if s.recurs {
				e.outer(e.fired, e.spikes, i, s.units, to.rec)
			}
			if s.input != nil {
				in := s.input.in
				e.outer(e.x, e.numbers, i, in, to.input[:in*s.units])
				kernel.AddColumns(g, e.steps, s.units, to.input[in*s.units:])
			}
		}
	}
}

// outer adds the product of what the i-th example had from n presynaptic neurons, step by step, with
// its part of the gradient in one.g.
func (e *eligibility[F]) outer(p packed, numbers []F, i, n int, to []F) {
	s := e.shard
	words := kernel.Words(n)
	of := kernel.Activity{Ones: true}
	for t := range e.steps {
		set := e.one.set[t*words:][:words]
		copy(set, p.set[(t*s.rows+i)*words:])
		of.Ones = of.Ones && p.of[t].Ones
		for _, w := range set {
			of.Count += int32(bits.OnesCount64(w))
		}
	}
	if of.Count == 0 {
		return
	}
	x := e.one.x[:e.steps*n]
	if of.Ones {
		kernel.Spread(e.one.set, e.steps, n, x)
	} else {
		for t := range e.steps {
			copy(x[t*n:][:n], numbers[(t*s.rows+i)*n:])
		}
	}
	kernel.AddOuter(e.one.set, of, x, e.steps, n, e.one.g, s.units, to)
}

// next has the block's last state be the first of the next.
func (e *eligibility[F]) next() {
	s := e.shard
	copy(e.before, e.slab(e.psi, e.steps-1))
	for _, x := range [...][]F{e.u, e.eta, e.spikes, e.silence} {
		if x != nil {
			copy(x[:s.n], e.slab(x, e.steps))
		}
	}
	if s.recurs {
		words := s.rows * kernel.Words(s.units)
		copy(e.fired.set[:words], e.fired.set[e.steps*words:])
		e.fired.of[0] = e.fired.of[e.steps]
	}
}
