package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// gradients are where a population's backward pass writes, each with Data where it is wanted.
type gradients[F graph.Float] struct {
	current      []F // [T, batch, units]
	x            []F // [T, batch, in]
	u0, eta0, s0 []F // [batch, units]
	silence0     []F // [batch, units]
}

// sums are the gradients that are sums over batch and time: one array for each shard, which holds
// those of α, ρ, W_rec as [from, to], and W_in with its bias.
type sums[F graph.Float] struct {
	alpha, rho, rec, input []F
}

func (p *population[F]) sumsSize() int {
	n := 2 * p.units
	if p.recurs {
		n += p.units * p.units
	}
	if p.input != nil {
		n += p.input.size()
	}
	return n
}

func (p *population[F]) sumsOf(x []F) (s sums[F]) {
	s.alpha, s.rho, x = x[:p.units], x[p.units:2*p.units], x[2*p.units:]
	if p.recurs {
		s.rec, x = x[:p.units*p.units], x[p.units*p.units:]
	}
	if p.input != nil {
		s.input = x
	}
	return s
}

// backward carries the gradients of the outputs, d, back through the sequence. It returns the
// sums over the whole batch, in memory of the arena.
func (p *population[F]) backward(a *kernel.Arena[F], t *tape[F], d sequences[F], g gradients[F]) (sums[F], error) {
	if err := p.recallInput(t); err != nil {
		return sums[F]{}, err
	}
	return p.summed(a, t, func(s *shard[F], sum []F) error {
		s.backward(d, g, p.sumsOf(sum))
		return nil
	})
}

// summed calls f for each shard, with sums of its own to add to, and adds those up, in memory of the
// arena.
func (p *population[F]) summed(a *kernel.Arena[F], t *tape[F], f func(s *shard[F], sum []F) error) (sums[F], error) {
	size := p.sumsSize()
	all := a.Zeros(kernel.Shards(p.batch, kernel.SequenceShard(p.batch)) * size)
	err := kernel.Run(p.batch, kernel.SequenceShard(p.batch), func(i, lo, hi int) error {
		a := kernel.Borrow[F]()
		defer a.Return()
		return f(p.shard(a, t, i, lo, hi), all[i*size:][:size])
	})
	return p.sumsOf(kernel.Sum(all, size)), err
}

// recallInput finds the bits of x: on the tape, or on that of the source; or makes them again, if
// the source has run in between.
func (p *population[F]) recallInput(t *tape[F]) error {
	if p.input == nil || p.known != nil && t.input == nil {
		return nil
	}
	if p.known = t.input; p.known != nil {
		return nil
	}
	if p.input.x.Data == nil {
		return errors.New("the spikes of x are gone")
	}
	x := kernel.NewBits(p.steps, p.batch, p.input.in)
	p.known = x
	return kernel.Run(p.batch, kernel.SequenceShard(p.batch), func(i, lo, hi int) error {
		for step := range p.steps {
			of, err := p.input.pack(step*p.batch+lo, hi-lo, x.At(lo, hi, step))
			if err != nil {
				return err
			}
			x.Activity(i, step)[0] = of
		}
		return nil
	})
}

// recalled are the steps of a segment, from the tape: slab after slab.
type recalled[F graph.Float] struct {
	first, steps int

	u, eta []F // from the state before the segment on: one slab more than steps
	rest   []F // silent steps still to come, in as many slabs; nil without a refractory period
	s1     []F // spikes of the step before each step
	psi    []F // u − θ, then the surrogate derivative there
	cur    []F
	gcur   []F // gradient of the current, as far as the backward pass has come
	x      []F // elements of x, where they are read
	fired  []F // the spikes of one step
}

// backward carries the gradient of the shard's examples back, see [kernel.Back]. The recurrence
// adds W_recᵀ g_cur to the gradient of the spikes before.
func (s *shard[F]) backward(d sequences[F], g gradients[F], sum sums[F]) {
	a, n := s.arena, s.n
	r := &recalled[F]{u: a.Floats((segment + 1) * n), s1: a.Zeros(segment * n), psi: a.Floats(segment * n),
		gcur: a.Floats(segment * n), fired: a.Floats(n)}
	if s.tape.current == nil {
		r.cur = r.gcur // a current is of no use any more where its gradient is written
	}
	if s.adapting {
		r.eta = a.Floats((segment + 1) * n)
	}
	if s.input != nil {
		r.x = a.Floats(segment * s.rows * s.input.in)
	}
	if s.rests() {
		r.rest = a.Floats((segment + 1) * n)
	}
	var gSilence []F // gradient of the silent steps still to come
	if g.silence0 != nil {
		gSilence = a.Zeros(n)
	}
	zeros, etaSlope := a.Zeros(n), s.etaSlopes()
	var moment []F // gradient of the current through the outputs of its own step
	if s.Local && g.x != nil {
		moment = a.Floats(n)
	}
	b := &kernel.Back[F]{GU: a.Zeros(n), GEta: a.Zeros(n), GS: a.Zeros(n), DAlpha: a.Zeros(n), DRho: a.Zeros(n)}
	for first := (s.steps - 1) / segment * segment; first >= 0; first -= segment {
		r.first, r.steps = first, min(segment, s.steps-first)
		s.recall(r)
		for i := r.steps - 1; i >= 0; i-- {
			slab := func(x []F, i int) []F { return x[i*n:][:n] }
			at := s.slab(first + i)
			cotangent := func(x []F) []F {
				if x == nil {
					return zeros
				}
				return x[at : at+n]
			}
			if d.membrane != nil {
				kernel.Add(d.membrane[at:at+n], b.GU)
			}
			if moment != nil {
				s.atOnce(moment, cotangent(d.membrane), cotangent(d.spikes), slab(r.psi, i))
			}
			if ahead := first + i - 2; ahead >= 0 {
				s.foreseeBack(ahead, d, g)
			}
			b.DS, b.DTheta, b.Psi = cotangent(d.spikes), cotangent(d.threshold), slab(r.psi, i)
			b.U1, b.S1, b.Cur, b.GCur = slab(r.u, i), slab(r.s1, i), slab(r.cur, i), slab(r.gcur, i)
			if s.adapting {
				if d.adaptation != nil {
					kernel.Add(d.adaptation[at:at+n], b.GEta)
				}
				b.Eta1, b.Eta = s.etaSlope(etaSlope, slab(r.eta, i), b.S1), slab(r.eta, i+1)
				s.neurons.BackALIF(b)
			} else {
				s.neurons.BackLIF(b)
			}
			if gSilence != nil {
				s.restBack(gSilence, cotangent(d.silence), slab(r.rest, i))
			}
			if s.recurs && !s.Cut {
				s.recBack.AddDense(b.GCur, s.rows, b.GS, b.GS)
			}
			if s.begins(first + i) {
				clear(b.GU)
				clear(b.GEta)
				clear(b.GS)
				clear(gSilence)
			}
			keep(g.current, b.GCur, at)
			if g.x != nil {
				dx := b.GCur
				if s.Local {
					dx = moment
				}
				s.input.backTo(g.x, (first+i)*s.batch+s.lo, s.rows, dx)
			}
		}
		s.weigh(r, sum)
	}
	for i := 0; i < n; i += s.units {
		kernel.Add(b.DAlpha[i:i+s.units], sum.alpha)
		kernel.Add(b.DRho[i:i+s.units], sum.rho)
	}
	keep(g.u0, b.GU, s.lo*s.units)
	keep(g.eta0, b.GEta, s.lo*s.units)
	keep(g.s0, b.GS, s.lo*s.units)
	keep(g.silence0, gSilence, s.lo*s.units)
}

// restBack takes the gradient g of the silent steps still to come to the step before, where they were
// one more if there were any; d is what comes from outside.
func (s *shard[F]) restBack(g, d, silence1 []F) {
	for i := range g {
		g[i] += d[i]
		if silence1[i] < .5 {
			g[i] = 0
		}
	}
}

// atOnce writes the gradient of the current of a step through the potential and the spikes of the
// same step, whose gradients are du and ds.
func (s *shard[F]) atOnce(dst, du, ds, psi []F) {
	gain := s.neurons.Gain
	for i := range dst {
		dst[i] = F(gain[i%len(gain)] * (du[i] + F(ds[i]*psi[i])))
	}
}

// foreseeBack asks for the memory of the gradients of a step that comes soon.
func (s *shard[F]) foreseeBack(t int, d sequences[F], g gradients[F]) {
	at := s.slab(t)
	for _, x := range [...][]F{d.spikes, d.membrane} {
		if x != nil {
			kernel.Prefetch(x[at : at+s.n])
		}
	}
	if g.x != nil {
		kernel.Prefetch(g.x[(t*s.batch+s.lo)*s.input.in:][:s.rows*s.input.in])
	}
}

// recall computes a segment again, exactly as the forward pass did.
func (s *shard[F]) recall(r *recalled[F]) {
	n, t := s.n, s.tape
	s.recallSpikes(r)
	if t.current != nil {
		r.cur = t.current[s.at(r.first, s.units):][:r.steps*n]
	}
	at := s.checkpointAt(r.first)
	copy(r.u[:n], t.u[at:])
	if s.rests() {
		copy(r.rest[:n], t.silence[at:])
	}
	if s.adapting {
		copy(r.eta[:n], t.eta[at:])
	}
	for i := range r.steps {
		x := &kernel.Step[F]{U1: r.u[i*n:][:n], U: r.u[(i+1)*n:][:n], S1: r.s1[i*n:][:n], V: r.psi[i*n:][:n],
			Cur: r.cur[i*n:][:n], S: r.fired}
		if s.adapting {
			x.Eta1, x.Eta = r.eta[i*n:][:n], r.eta[(i+1)*n:][:n]
		}
		if s.rests() {
			x.Silence1, x.Silence = r.rest[i*n:][:n], r.rest[(i+1)*n:][:n]
		}
		if t.current == nil {
			s.recallCurrent(r.first+i, x)
		}
		s.step(x)
	}
	if s.spiking {
		s.slopes(r.psi[:r.steps*n], r.rest)
	} else {
		clear(r.psi[:r.steps*n])
	}
}

// recallSpikes fills in the spikes of the steps before those of a segment.
func (s *shard[F]) recallSpikes(r *recalled[F]) {
	if !s.spiking {
		return
	}
	s1, first, steps := r.s1[:r.steps*s.n], r.first, r.steps
	if first == 0 {
		s.start(s1[:s.n], s.s0)
		s1, first, steps = s1[s.n:], 1, steps-1
	}
	if s.tape.smooth != nil {
		copy(s1, s.tape.smooth[s.at(first-1, s.units):])
		return
	}
	kernel.Spread(s.tape.fired.At(s.lo, s.hi, first-1), steps*s.rows, s.units, s1)
}

// recallCurrent computes the current of step t again.
func (s *shard[F]) recallCurrent(t int, x *kernel.Step[F]) {
	if s.input == nil {
		s.drive(x.Cur, t, nil, kernel.Activity{})
	} else {
		s.drive(x.Cur, t, s.known.At(s.lo, s.hi, t), s.known.Activity(s.index, t)[0])
	}
	if s.recurs {
		set, of := s.spikesBefore(t, x.S1)
		s.rec.AddProduct(set, of, x.S1, s.rows, x.Cur, x.Cur)
	}
}

// spikesBefore are the bits of the spikes s1 of the step before t.
func (s *shard[F]) spikesBefore(t int, s1 []F) (set []uint64, of kernel.Activity) {
	if t > 0 {
		return s.tape.fired.At(s.lo, s.hi, t-1), s.tape.fired.Activity(s.index, t-1)[0]
	}
	set = s.arena.Words(s.rows * kernel.Words(s.units))
	return set, kernel.Pack(s1, s.rows, s.units, set)
}

// together is what is known of several steps.
func together(steps []kernel.Activity) kernel.Activity {
	sum := kernel.Activity{Ones: true}
	for _, of := range steps {
		sum.Count += of.Count
		sum.Ones = sum.Ones && of.Ones
	}
	return sum
}

// weigh adds what a segment contributes to the gradients of the weights: one product for all of
// its rows, but for the initial spikes, which need not be spikes.
func (s *shard[F]) weigh(r *recalled[F], sum sums[F]) {
	if s.recurs {
		from := 0
		if r.first == 0 {
			set, of := s.spikesBefore(0, r.s1[:s.n])
			kernel.AddOuter(set, of, r.s1, s.rows, s.units, r.gcur, s.units, sum.rec)
			from = 1
		}
		if steps := r.steps - from; steps > 0 {
			before := r.first + from - 1
			set := s.tape.fired.At(s.lo, s.hi, before)
			of := together(s.tape.fired.Activity(s.index, before)[:steps])
			kernel.AddOuter(set, of, r.s1[from*s.n:], steps*s.rows, s.units, r.gcur[from*s.n:], s.units, sum.rec)
		}
	}
	if s.input == nil {
		return
	}
	rows := r.steps * s.rows
	set := s.known.At(s.lo, s.hi, r.first)
	of := together(s.known.Activity(s.index, r.first)[:r.steps])
	s.elements(r.x, r.first, r.steps, set, of)
	s.input.weigh(sum.input, set, of, r.x, rows, r.gcur)
}

// elements writes those of x in some steps to dst, if the gradient of the weights needs more than their
// bits.
func (s *shard[F]) elements(dst []F, first, steps int, set []uint64, of kernel.Activity) {
	in := s.input.in
	n := s.rows * in
	switch {
	case of.Ones && !kernel.DenseOuter[F](of, steps*s.rows, in, s.units):
	case s.input.x.Data == nil:
		kernel.Spread(set, steps*s.rows, in, dst)
	default:
		for i := range steps {
			copy(dst[i*n:][:n], s.input.rows((first+i)*s.batch+s.lo, s.rows))
		}
	}
}
