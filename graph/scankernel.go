package graph

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
)

// scanKernel runs a scan.
type scanKernel[F Float] struct{ *scanShared }

// scanTape is the states that the gradient starts from.
type scanTape[F Float] struct {
	states [][]F // of each variable, the state before every KeepEvery-th step
}

// every is how many steps lie between the states on the tape.
func (s *scanShared) every() int { return max(1, s.KeepEvery) }

// kept is how many states there are on the tape.
func (s *scanShared) kept() int { return (s.steps + s.every() - 1) / s.every() }

// The positions of the inputs.
func (s *scanShared) initial(i int) int  { return len(s.Sequences) + i }
func (s *scanShared) captured(i int) int { return len(s.Sequences) + len(s.Initial) + i }

func (k scanKernel[F]) Forward(c *Call[F]) error {
	var tape *scanTape[F]
	if c.Record {
		tape, _ = c.Tape.(*scanTape[F])
		if tape == nil {
			tape = new(scanTape[F])
			for i := range k.Initial {
				tape.states = append(tape.states, make([]F, k.kept()*k.in[k.initial(i)].TotalSize()))
			}
		}
		c.Tape = tape
	}
	return k.run(func(r *scanRunner[F], _ int) error { return r.forward(c, tape) })
}

func (k scanKernel[F]) Backward(c *Call[F]) error {
	tape, ok := c.Tape.(*scanTape[F])
	if !ok {
		return errors.New("the states of the forward run are not there")
	}
	// Each shard adds up gradients with respect to what is captured by itself.
	var size int
	for i := range k.Captured {
		size += k.in[k.captured(i)].TotalSize()
	}
	sums := make([]F, size*(len(k.shards())-1))
	err := k.run(func(r *scanRunner[F], shard int) error { return r.backward(c, tape, sums[shard*size:][:size]) })
	if err != nil {
		return err
	}
	sums = kernel.Sum(sums, size)
	for i := range k.Captured {
		n := k.in[k.captured(i)].TotalSize()
		copy(c.DIn[k.captured(i)].Data, sums[:n])
		sums = sums[n:]
	}
	return nil
}

// run calls f for all shards of the batch.
func (k scanKernel[F]) run(f func(r *scanRunner[F], shard int) error) error {
	at := k.shards()
	return kernel.Run(len(at)-1, 1, func(i, _, _ int) error {
		r, err := k.borrow(at[i+1] - at[i])
		if err != nil {
			return err
		}
		defer k.giveBack(r)
		r.lo, r.hi = at[i], at[i+1]
		return f(r, i)
	})
}

// scanRunner runs the steps for one shard of the batch. It has programs of its own, whose memory
// it keeps.
type scanRunner[F Float] struct {
	scanKernel[F]
	body   *body
	lo, hi int // examples

	before  *program[F]            // what is hoisted
	step    map[string]*program[F] // by which outputs are wanted
	back    map[string]*program[F] // by which gradients are wanted
	after   *program[F]            // gradients through what is hoisted
	hoisted [][]F
}

// borrow takes a runner for so many examples.
func (k scanKernel[F]) borrow(examples int) (*scanRunner[F], error) {
	b, err := k.scanShared.body(examples)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	for i, free := range b.free {
		if r, ok := free.(*scanRunner[F]); ok {
			b.free = append(b.free[:i], b.free[i+1:]...)
			k.mu.Unlock()
			return r, nil
		}
	}
	k.mu.Unlock()
	r := &scanRunner[F]{scanKernel: k, body: b, step: map[string]*program[F]{}, back: map[string]*program[F]{}}
	r.before, err = compile[F](b.hoisted, b.captured)
	return r, err
}

func (k scanKernel[F]) giveBack(r *scanRunner[F]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r.body.free = append(r.body.free, r)
}

// part is what the shard's examples have of the i-th of n like parts of an array, as the steps of a
// sequence.
func (r *scanRunner[F]) part(x []F, i, n int) []F {
	if x == nil {
		return nil
	}
	size := len(x) / n
	one := size / r.batch
	return x[i*size+r.lo*one:][:(r.hi-r.lo)*one]
}

// prepare computes what is hoisted, and puts it with what is captured into a program.
func (r *scanRunner[F]) prepare(c *Call[F], programs ...*program[F]) error {
	if err := r.load(c, r.before); err != nil {
		return err
	}
	if err := r.before.run(); err != nil {
		return err
	}
	r.hoisted = r.hoisted[:0]
	for _, n := range r.body.hoisted {
		x, err := r.before.floats(r.before.plan.place[n])
		if err != nil {
			return err
		}
		r.hoisted = append(r.hoisted, x)
	}
	for _, p := range programs {
		if err := r.load(c, p); err != nil {
			return err
		}
		for i, n := range r.body.hoisted {
			p.put(n, r.hoisted[i])
		}
	}
	return nil
}

// load puts constants and what is captured into a program.
func (r *scanRunner[F]) load(c *Call[F], p *program[F]) error {
	for i, n := range r.body.captured {
		p.put(n, c.In[r.captured(i)].Data)
	}
	return p.bindLeaves((*gorgonia.Node).Value)
}

// stepping is the program of a step that gives the wanted outputs.
func (r *scanRunner[F]) stepping(wanted []bool) (*program[F], error) {
	key := keyOf(wanted)
	if p := r.step[key]; p != nil {
		return p, nil
	}
	nodes := append(gorgonia.Nodes{}, r.body.next...)
	for k, w := range wanted {
		if w {
			nodes = append(nodes, r.body.out[k])
		}
	}
	p, err := compile[F](nodes, r.body.given())
	if err == nil {
		r.step[key] = p
	}
	return p, err
}

func keyOf(wanted []bool) string {
	key := make([]byte, len(wanted))
	for i, w := range wanted {
		if w {
			key[i] = 1
		}
	}
	return string(key)
}

// forward runs all steps.
func (r *scanRunner[F]) forward(c *Call[F], tape *scanTape[F]) error {
	wanted := make([]bool, r.outputs)
	for k := range wanted {
		wanted[k] = c.Out[k].Data != nil
	}
	p, err := r.stepping(wanted)
	if err != nil {
		return err
	}
	if err := r.prepare(c, p); err != nil {
		return err
	}
	a := kernel.Borrow[F]()
	defer a.Return()
	state := r.initialState(c)
	for i, s := range state {
		if tape != nil {
			copy(r.part(tape.states[i], 0, r.kept()), s)
		}
	}
	to := [2][][]F{r.scratch(a), r.scratch(a)}
	next := make([][]F, len(state))
	out := make([][]F, r.outputs)
	for t := range r.steps {
		for k := range out {
			out[k] = r.part(c.Out[k].Data, t, r.steps)
		}
		for i := range next {
			next[i] = to[t%2][i]
			if t+1 == r.steps {
				if final := c.Out[r.outputs+i].Data; final != nil {
					next[i] = r.part(final, 0, 1)
				}
			} else if tape != nil && (t+1)%r.every() == 0 {
				next[i] = r.part(tape.states[i], (t+1)/r.every(), r.kept())
			}
		}
		if err := r.once(p, c, t, state, out, next); err != nil {
			return errors.Wrapf(err, "step %d", t)
		}
		copy(state, next)
	}
	return nil
}

// once runs step t from a state, and writes what it gives where it belongs.
func (r *scanRunner[F]) once(p *program[F], c *Call[F], t int, state, out, next [][]F) error {
	for i, n := range r.body.x {
		p.put(n, r.part(c.In[i].Data, t, r.steps))
	}
	for i, n := range r.body.state {
		p.put(n, state[i])
	}
	p.direct = p.direct[:0]
	p.into(r.body.next, next)
	p.into(r.body.out, out)
	if err := p.run(); err != nil {
		return err
	}
	return p.deliver()
}

func (r *scanRunner[F]) initialState(c *Call[F]) (state [][]F) {
	for i := range r.Initial {
		state = append(state, r.part(c.In[r.initial(i)].Data, 0, 1))
	}
	return state
}

// scratch is memory for a state.
func (r *scanRunner[F]) scratch(a *kernel.Arena[F]) (state [][]F) {
	for _, n := range r.body.state {
		state = append(state, a.Zeros(n.Shape().TotalSize()))
	}
	return state
}

// backward runs the gradient of all steps, from the last to the first, and adds gradients with
// respect to what is captured to sums.
func (r *scanRunner[F]) backward(c *Call[F], tape *scanTape[F], sums []F) error {
	b := r.body
	if err := b.differentiate(); err != nil {
		return err
	}
	back, err := r.stepBack(c)
	if err != nil {
		return err
	}
	again, err := r.stepping(make([]bool, r.outputs))
	if err != nil {
		return err
	}
	if err := r.prepare(c, back, again); err != nil {
		return err
	}
	a := kernel.Borrow[F]()
	defer a.Return()
	total := newTotals(a, b, r.scanShared, c, sums)

	zero := func(nodes gorgonia.Nodes) (z [][]F) {
		for _, n := range nodes {
			z = append(z, a.Zeros(n.Shape().TotalSize()))
		}
		return z
	}
	dOut, dState := zero(b.out), zero(b.state)
	zeros := make([][]F, len(dOut))
	copy(zeros, dOut)
	for i := range dState {
		if d := c.DOut[r.outputs+i].Data; d != nil {
			copy(dState[i], r.part(d, 0, 1))
		}
	}
	to := [2][][]F{r.scratch(a), r.scratch(a)}
	before := make([][][]F, r.every()) // the states before the steps of one segment
	for j := range before {
		before[j] = make([][]F, len(b.state))
		if j > 0 {
			copy(before[j], r.scratch(a))
		}
	}
	dx, dPrevious := make([][]F, len(b.x)), make([][]F, len(b.state))
	for segment := r.kept() - 1; segment >= 0; segment-- {
		first, last := segment*r.every(), min(r.steps, (segment+1)*r.every())-1
		for i := range b.state {
			before[0][i] = r.part(tape.states[i], segment, r.kept())
		}
		for t := first; t < last; t++ {
			if err := r.once(again, c, t, before[t-first], make([][]F, r.outputs), before[t-first+1]); err != nil {
				return errors.Wrapf(err, "step %d", t)
			}
		}
		for t := last; t >= first; t-- {
			for k := range dOut {
				dOut[k] = zeros[k]
				if d := c.DOut[k].Data; d != nil {
					dOut[k] = r.part(d, t, r.steps)
				}
			}
			for i := range dx {
				dx[i] = r.part(c.DIn[i].Data, t, r.steps)
			}
			for i := range dPrevious {
				dPrevious[i] = to[t%2][i]
			}
			if err := r.onceBack(back, c, t, before[t-first], dOut, dState, dx, dPrevious, total); err != nil {
				return errors.Wrapf(err, "gradient of step %d", t)
			}
			copy(dState, dPrevious)
			if r.Truncate > 0 && t > 0 && t%r.Truncate == 0 {
				for _, d := range dState {
					clear(d)
				}
			}
		}
	}
	for i := range b.state {
		copy(r.part(c.DIn[r.initial(i)].Data, 0, 1), dState[i])
	}
	return r.finish(c, total)
}

// stepBack is the program of the gradients of a step that are wanted.
func (r *scanRunner[F]) stepBack(c *Call[F]) (*program[F], error) {
	b := r.body
	wanted := make([]bool, len(c.DIn))
	var nodes gorgonia.Nodes
	add := func(grads gorgonia.Nodes, wanted func(i int) bool) {
		for i, g := range grads {
			if g != nil && wanted(i) {
				nodes = append(nodes, g)
			}
		}
	}
	for i := range c.DIn {
		wanted[i] = c.DIn[i].Data != nil
	}
	key := keyOf(wanted)
	if p := r.back[key]; p != nil {
		return p, nil
	}
	add(b.gradX, func(i int) bool { return wanted[i] })
	add(b.gradState, func(int) bool { return true })
	add(b.gradCaptured, func(i int) bool { return wanted[r.captured(i)] })
	add(b.gradHoisted, func(int) bool { return wantsCaptured(r.scanShared, c) })
	p, err := compile[F](nodes, append(append(b.given(), b.dOut...), b.dNext...))
	if err == nil {
		r.back[key] = p
	}
	return p, err
}

// wantsCaptured reports whether a gradient with respect to anything captured is wanted.
func wantsCaptured[F Float](s *scanShared, c *Call[F]) bool {
	return slices.ContainsFunc(c.DIn[s.captured(0):], func(d Array[F]) bool { return d.Data != nil })
}

// onceBack runs the gradient of step t.
func (r *scanRunner[F]) onceBack(p *program[F], c *Call[F], t int, state, dOut, dNext, dx, dState [][]F, total *totals[F]) error {
	b := r.body
	for i, n := range b.x {
		p.put(n, r.part(c.In[i].Data, t, r.steps))
	}
	for i, n := range b.state {
		p.put(n, state[i])
	}
	for i, n := range b.dOut {
		p.put(n, dOut[i])
	}
	for i, n := range b.dNext {
		p.put(n, dNext[i])
	}
	p.direct = p.direct[:0]
	p.into(b.gradState, dState)
	p.into(b.gradX, dx)
	if err := p.run(); err != nil {
		return err
	}
	if err := p.deliver(); err != nil {
		return err
	}
	return total.add(p)
}

// finish adds what came through hoisted nodes to the gradients with respect to what is captured.
func (r *scanRunner[F]) finish(c *Call[F], total *totals[F]) error {
	b := r.body
	if !wantsCaptured(r.scanShared, c) {
		return nil
	}
	if r.after == nil {
		// Of all, whatever is wanted now: another machine may want others.
		nodes := slices.DeleteFunc(slices.Clone(b.gradCapturedAfter), func(g *gorgonia.Node) bool { return g == nil })
		var err error
		if r.after, err = compile[F](nodes, append(append(append(gorgonia.Nodes{}, b.captured...), b.hoisted...), b.dHoisted...)); err != nil {
			return err
		}
	}
	if err := r.load(c, r.after); err != nil {
		return err
	}
	for i, n := range b.hoisted {
		r.after.put(n, r.hoisted[i])
	}
	for i, n := range b.dHoisted {
		r.after.put(n, total.hoisted[i])
	}
	if err := r.after.run(); err != nil {
		return err
	}
	for i, g := range b.gradCapturedAfter {
		if g == nil || total.captured[i] == nil {
			continue
		}
		x, err := r.after.floats(r.after.plan.place[g])
		if err != nil {
			return err
		}
		kernel.Add(x, total.captured[i])
	}
	return nil
}

// totals are gradients that are added up over the steps.
type totals[F Float] struct {
	body              *body
	captured, hoisted [][]F // nil where none is wanted
}

func newTotals[F Float](a *kernel.Arena[F], b *body, s *scanShared, c *Call[F], sums []F) *totals[F] {
	t := &totals[F]{body: b}
	for i := range b.captured {
		n := s.in[s.captured(i)].TotalSize()
		if c.DIn[s.captured(i)].Data != nil {
			t.captured = append(t.captured, sums[:n])
		} else {
			t.captured = append(t.captured, nil)
		}
		sums = sums[n:]
	}
	t.hoisted = make([][]F, len(b.hoisted))
	for i, n := range b.hoisted {
		if wantsCaptured(s, c) {
			t.hoisted[i] = a.Zeros(n.Shape().TotalSize())
		}
	}
	return t
}

// add adds the gradients of one step.
func (t *totals[F]) add(p *program[F]) error {
	for _, group := range []struct {
		grads gorgonia.Nodes
		sums  [][]F
	}{{t.body.gradCaptured, t.captured}, {t.body.gradHoisted, t.hoisted}} {
		for i, g := range group.grads {
			at, there := p.plan.place[g]
			if g == nil || !there || group.sums[i] == nil {
				continue
			}
			x, err := p.floats(at)
			if err != nil {
				return err
			}
			kernel.Add(x, group.sums[i])
		}
	}
	return nil
}
