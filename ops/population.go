package ops

import (
	"fmt"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

const (
	// segment is how many steps the backward pass recalls at a time, from the state before the
	// first of them.
	segment = 16

	// recompute is up to how many inputs of a neuron its current is computed again for the
	// backward pass, which then is faster than to store it and load it again.
	recompute = 64
)

// population is neurons that are carried through a sequence and back: what all shards of one call
// share. Slabs are [examples of the shard, units].
type population[F graph.Float] struct {
	steps, batch, units int
	Paths

	neurons   kernel.Neurons[F]
	spiking   bool // otherwise they are leaky integrators, whose membrane potential is all there is
	adapting  bool
	lsnn      bool // the current is not scaled, and the surrogate sees (u − θ)/b0
	perB0     F    // 1/b0, of LSNN neurons
	perSpike  *perSpike[F]
	surrogate Surrogate
	recompute bool // the current for the backward pass, however many inputs there are

	current []F              // [T, batch, units]; nil: none
	input   *synapses[F]     // nil: none
	known   *kernel.Bits     // x, if its source has a tape that says it
	rec     kernel.Matrix[F] // W_recᵀ, [from, to]
	recBack kernel.Matrix[F] // W_rec, [to, from]; only for the backward pass
	recurs  bool

	u0, eta0, s0, silence0 []F // initial state, [batch, units]; nil: zero
}

// rests reports whether the neurons have a refractory period.
func (p *population[F]) rests() bool { return p.neurons.Refractory > 0 }

// tape is what the backward pass needs of the forward pass: bits, and the state before each
// segment, from which the rest follows exactly. Shard by shard, then step by step; see at.
type tape[F graph.Float] struct {
	input   *kernel.Bits // x; nil where the source of x has a tape that says it
	fired   *kernel.Bits // S; nil without spikes
	smooth  []F          // S of a Relaxed surrogate, which is no bits
	current []F          // the whole current; nil where it is computed again
	u, eta  []F          // state before each segment
	silence []F          // as u; nil without a refractory period
}

func (t *tape[F]) Bits() *kernel.Bits { return t.fired }

// newTape makes a tape for the backward pass or, without record, one that has spikes only.
func (p *population[F]) newTape(record bool) *tape[F] {
	rows := p.steps * p.batch
	t := new(tape[F])
	if !record {
		t.fired = kernel.NewBits(p.steps, p.batch, p.units)
		return t
	}
	inputs := 0
	if p.input != nil {
		inputs += p.input.in
		if p.known == nil {
			t.input = kernel.NewBits(p.steps, p.batch, p.input.in)
		}
	}
	if p.spiking {
		t.fired = kernel.NewBits(p.steps, p.batch, p.units)
	}
	if p.recurs {
		inputs += p.units
	}
	if _, ok := p.surrogate.(Relaxed); ok {
		t.smooth = make([]F, rows*p.units)
	}
	if !p.recompute && (inputs > recompute || p.current != nil) {
		t.current = make([]F, rows*p.units)
	}
	states := p.batch * p.units * kernel.Shards(p.steps, segment)
	t.u = make([]F, states)
	if p.adapting {
		t.eta = make([]F, states)
	}
	if p.rests() {
		t.silence = make([]F, states)
	}
	return t
}

// shard is a part of a population on its way through a sequence.
type shard[F graph.Float] struct {
	*population[F]
	tape    *tape[F] // nil: nothing is kept; without u: spikes only
	arena   *kernel.Arena[F]
	index   int
	lo, hi  int // examples
	rows, n int // examples, and elements of a slab
}

func (p *population[F]) shard(a *kernel.Arena[F], t *tape[F], index, lo, hi int) *shard[F] {
	return &shard[F]{population: p, tape: t, arena: a, index: index, lo: lo, hi: hi, rows: hi - lo, n: (hi - lo) * p.units}
}

// at is where step t lies in something that is kept shard by shard, for width elements a row.
func (s *shard[F]) at(t, width int) int { return (s.lo*s.steps + t*s.rows) * width }

// slab is where the slab of step t begins in a sequence [T, batch, units].
func (s *shard[F]) slab(t int) int { return (t*s.batch + s.lo) * s.units }

// start copies the shard's part of an initial state into a slab, or zeroes it.
func (s *shard[F]) start(slab, from []F) {
	if from == nil {
		clear(slab)
		return
	}
	copy(slab, from[s.lo*s.units:s.hi*s.units])
}

// drive writes the current of step t to cur, but for the recurrence. The bits of x are in set.
func (s *shard[F]) drive(cur []F, t int, set []uint64, of kernel.Activity) {
	if s.input == nil {
		copy(cur, s.current[s.slab(t):])
		return
	}
	s.input.add(s.input.bias, cur, t*s.batch+s.lo, s.rows, set, of)
	if s.current != nil {
		kernel.Add(s.current[s.slab(t):][:s.n], cur)
	}
}

// step is one step of the neurons. S1 is zero where they do not spike.
func (s *shard[F]) step(x *kernel.Step[F]) {
	if s.adapting {
		s.neurons.ALIF(x)
	} else {
		s.neurons.LIF(x)
	}
	if _, ok := s.surrogate.(Relaxed); ok {
		v := x.V
		if s.lsnn {
			v = x.S
			kernel.Affine(v, x.V, s.perB0, 0)
		}
		fire(s.surrogate, v, x.S)
	}
	if s.rests() {
		s.neurons.Rest(x)
	}
}

// slopes turns u − θ of any number of steps into the derivative of the spikes there, which is that of
// the surrogate, but 0 where a neuron was silent. Silence1 are the counts from before each step, of
// neurons with a refractory period.
func (p *population[F]) slopes(v, silence1 []F) {
	if p.lsnn {
		kernel.Affine(v, v, p.perB0, 0)
	}
	derivatives(p.surrogate, v, v)
	if p.lsnn {
		kernel.Affine(v, v, p.perB0, 0)
	}
	if p.rests() {
		kernel.Mute(v, silence1)
	}
}

// sequences are the outputs of a population, or their gradients, each [T, batch, units] or nil.
type sequences[F graph.Float] struct{ spikes, membrane, adaptation, threshold, silence []F }

// forward carries the whole batch through the sequence.
func (p *population[F]) forward(out sequences[F], t *tape[F]) error {
	return kernel.Run(p.batch, kernel.SequenceShard(p.batch), func(i, lo, hi int) error {
		a := kernel.Borrow[F]()
		defer a.Return()
		return p.shard(a, t, i, lo, hi).forward(out)
	})
}

func (s *shard[F]) forward(out sequences[F]) error {
	a, n := s.arena, s.n
	x := &kernel.Step[F]{U1: a.Floats(n), S1: a.Zeros(n), S: a.Floats(n), Cur: a.Floats(n)}
	s.start(x.U1, s.u0)
	s.start(x.S1, s.s0)
	if s.adapting {
		x.Eta1 = a.Floats(n)
		s.start(x.Eta1, s.eta0)
	}
	if s.rests() {
		x.Silence1 = a.Floats(n)
		s.start(x.Silence1, s.silence0)
	}
	x.U, x.Eta, x.Silence = x.U1, x.Eta1, x.Silence1
	if s.spiking && out.spikes == nil {
		x.S = x.S1
	}
	var v []F
	if _, ok := s.surrogate.(Relaxed); ok {
		v = a.Floats(n)
	}
	var inputSet, set []uint64 // bits of x and of S
	var inputOf, of kernel.Activity
	if s.input != nil && s.known == nil {
		inputSet = a.Words(s.rows * kernel.Words(s.input.in))
	}
	if s.recurs {
		set = a.Words(s.rows * kernel.Words(s.units))
		of = kernel.Pack(x.S1, s.rows, s.units, set)
	}
	for t := range s.steps {
		at := s.slab(t)
		if s.tape != nil {
			s.checkpoint(t, x)
		}
		if ahead := t + 2; ahead < s.steps {
			s.foresee(ahead, out)
		}
		if s.input != nil {
			var err error
			if inputSet, inputOf, err = s.inputAt(t, inputSet); err != nil {
				return err
			}
		}
		s.drive(x.Cur, t, inputSet, inputOf)
		if s.recurs {
			s.rec.AddProduct(set, of, x.S1, s.rows, x.Cur, x.Cur)
		}
		if out.spikes != nil {
			x.S = out.spikes[at : at+n]
		}
		if out.membrane != nil {
			x.U = out.membrane[at : at+n]
		}
		if x.V = x.S; v != nil { // otherwise u − θ is of no use: spikes are written over it
			x.V = v
		}
		s.step(x)
		x.U1 = x.U
		if s.spiking {
			x.S1 = x.S
			if s.tape != nil {
				set = s.tape.fired.At(s.lo, s.hi, t)
			}
			if set != nil {
				of = kernel.Pack(x.S1, s.rows, s.units, set)
			}
			if s.tape != nil {
				s.tape.fired.Activity(s.index, t)[0] = of
			}
		}
		if s.tape != nil && s.tape.smooth != nil {
			copy(s.tape.smooth[s.at(t, s.units):], x.S1)
		}
		keep(out.adaptation, x.Eta, at)
		keep(out.silence, x.Silence, at)
		if out.threshold != nil {
			s.thresholds(out.threshold[at:at+n], x.Eta)
		}
	}
	for _, state := range [...][]F{x.U, x.Eta} { // NaN and infinities stay there
		if i := kernel.NotFinite(state); i >= 0 {
			return &unbounded{example: s.lo + i/s.units, unit: i % s.units}
		}
	}
	return nil
}

// inputAt are the bits of x at step t: those that are known, or packed to the tape, or to set.
func (s *shard[F]) inputAt(t int, set []uint64) ([]uint64, kernel.Activity, error) {
	if s.known != nil {
		return s.known.At(s.lo, s.hi, t), s.known.Activity(s.index, t)[0], nil
	}
	record := s.tape != nil && s.tape.input != nil
	if record {
		set = s.tape.input.At(s.lo, s.hi, t)
	}
	of, err := s.input.pack(t*s.batch+s.lo, s.rows, set)
	if record {
		s.tape.input.Activity(s.index, t)[0] = of
	}
	return set, of, err
}

// foresee asks for the memory of a step that comes soon.
func (s *shard[F]) foresee(t int, out sequences[F]) {
	at := s.slab(t)
	if s.input != nil && s.known == nil {
		kernel.Prefetch(s.input.rows(t*s.batch+s.lo, s.rows))
	}
	if s.current != nil {
		kernel.Prefetch(s.current[at : at+s.n])
	}
	if out.spikes != nil {
		kernel.Prefetch(out.spikes[at : at+s.n])
	}
}

// checkpoint keeps the state before a segment, and has step t's current written to the tape.
func (s *shard[F]) checkpoint(t int, x *kernel.Step[F]) {
	if s.tape.u != nil && t%segment == 0 {
		at := s.checkpointAt(t)
		copy(s.tape.u[at:], x.U1)
		if s.adapting {
			copy(s.tape.eta[at:], x.Eta1)
		}
		if s.rests() {
			copy(s.tape.silence[at:], x.Silence1)
		}
	}
	if s.tape.current != nil {
		x.Cur = s.tape.current[s.at(t, s.units):][:s.n]
	}
}

// checkpointAt is where the state before step t, the first of a segment, lies on the tape.
func (s *shard[F]) checkpointAt(t int) int {
	return (s.lo*kernel.Shards(s.steps, segment) + t/segment*s.rows) * s.units
}

// thresholds writes θ for a slab of η.
func (s *shard[F]) thresholds(theta, eta []F) {
	for i := range theta {
		theta[i] = s.neurons.B0
		if eta != nil {
			theta[i] = s.neurons.Theta(eta[i])
		}
	}
}

// unbounded is a membrane potential that is not finite.
type unbounded struct{ example, unit int }

func (u *unbounded) Error() string {
	return fmt.Sprintf("the membrane potential of unit %d, example %d, grows beyond all bounds", u.unit, u.example)
}

// keep copies a slab to position at of dst, if there is a dst.
func keep[F graph.Float](dst, slab []F, at int) {
	if dst != nil {
		copy(dst[at:], slab)
	}
}
