package graph

import (
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/tensor"
)

const (
	// block is how many elements are carried through all operators of a pass at a time. What they
	// leave for each other stays in the first cache.
	block = 512

	// passShard is how many elements a goroutine takes at a time.
	passShard = 32 * block
)

// pass is elementwise operators on arrays of n elements, done in one go: what is read by nobody
// else is never written to memory.
type pass[F Float] struct {
	program *program[F]
	n       int
	micros  []*micro[F]

	memory   []int // slots that are read or written
	scalar   []int // slots of one element that are repeated, in the first registers
	operands []operands
	regs     int // registers, of block elements each

	arrays  [][]F // of memory, in this run
	scalars []F   // of scalar, in this run
	free    []*worker[F]
}

// micro is an elementwise operator of a pass.
type micro[F Float] struct {
	slot int
	in   []int // at most two
	run  func(w *worker[F], dst, a, b []F) error
}

// operands say where a micro writes and reads: n ≥ 0 is register n, and −1−n the n-th of memory.
type operands struct {
	dst int
	in  [2]int
}

// worker is what one goroutine needs for a pass.
type worker[F Float] struct {
	regs []F
	call Call[F]
	in   [3]Array[F]
}

// micro is what computes a slot if that is elementwise, and nil otherwise.
func (b *builder[F]) micro(i int) *micro[F] {
	s, in := b.slots[i], b.plan.steps[i].in
	if !s.typed || s.shape.TotalSize() == 0 {
		return nil
	}
	m := &micro[F]{slot: i}
	for _, k := range in {
		if k < 0 {
			continue
		}
		x := b.slots[k]
		if !x.typed || !SameShape(x.shape, s.shape) && len(x.shape) > 0 {
			return nil
		}
		m.in = append(m.in, k)
	}
	if o, ok := s.node.Op().(*op); ok {
		if m.run = pointwiseOf[F](o); m.run == nil {
			return nil
		}
		return m
	}
	f := arithmeticOf[F](s.node.Op())
	if f == nil {
		return nil
	}
	m.run = func(_ *worker[F], dst, a, b []F) error {
		f(dst, a, b)
		return nil
	}
	return m
}

// pointwiseOf runs a Function of one operand, or its gradient, on some of the elements; nil if it
// is not one that can be.
func pointwiseOf[F Float](o *op) func(w *worker[F], dst, a, b []F) error {
	if o.k != 0 || o.ev.dt != dtype[F]() {
		return nil
	}
	if f, ok := o.ev.f.(pullback); ok {
		if !pointwise(f.ev.f) || len(f.ev.in) != 1 || len(f.ev.out) != 1 {
			return nil
		}
		k := kernelOf[F](f.ev.f)
		return func(w *worker[F], dst, g, x []F) error {
			shape := w.shape(len(dst))
			w.in = [3]Array[F]{{shape, x}, {shape, g}, {shape, dst}}
			w.call = Call[F]{In: w.in[:1], DOut: w.in[1:2], DIn: w.in[2:]}
			return k.Backward(&w.call)
		}
	}
	if !pointwise(o.ev.f) || len(o.ev.in) != 1 || len(o.ev.out) != 1 {
		return nil
	}
	k := kernelOf[F](o.ev.f)
	return func(w *worker[F], dst, x, _ []F) error {
		shape := w.shape(len(dst))
		w.in = [3]Array[F]{{shape, x}, {shape, dst}}
		w.call = Call[F]{In: w.in[:1], Out: w.in[1:2]}
		return k.Forward(&w.call)
	}
}

// kernelOf is a Function's kernel for F.
func kernelOf[F Float](f Function) Kernel[F] {
	if k, ok := any(f.Kernel32).(func() Kernel[F]); ok {
		return k()
	}
	return any(f.Kernel64).(func() Kernel[F])()
}

// shape is that of n elements of one block.
func (w *worker[F]) shape(n int) tensor.Shape {
	if s := w.in[0].Shape; len(s) == 1 && s[0] == n {
		return s
	}
	return tensor.Shape{n}
}

// pass makes the instruction: it decides what is kept in registers.
func (b *builder[F]) pass(p *pass[F]) instruction {
	own := map[int]int{} // the micro of each slot
	for k, m := range p.micros {
		own[m.slot] = k
	}
	last := make([]int, len(p.micros)) // the last micro that reads each
	escapes := make([]bool, len(p.micros))
	for k, m := range p.micros {
		escapes[k] = b.keep[m.slot]
		for _, r := range b.readers[m.slot] {
			if by, inside := own[r.step]; inside {
				last[k] = max(last[k], by)
			} else {
				escapes[k] = true
			}
		}
	}
	ends := make([][]int, len(p.micros)) // the micros whose registers are free after each
	for k := range p.micros {
		if !escapes[k] {
			at := max(k, last[k])
			ends[at] = append(ends[at], k)
		}
	}
	in := instruction{run: p.run, named: true}
	operand := map[int]int{} // where the value of each slot is
	memory := func(slot int) {
		operand[slot] = -1 - len(p.memory)
		p.memory = append(p.memory, slot)
	}
	for _, m := range p.micros {
		for _, s := range m.in {
			_, inside := own[s]
			if _, seen := operand[s]; inside || seen {
				continue
			}
			in.reads = append(in.reads, s)
			if len(b.slots[s].shape) == 0 && p.n > 1 {
				operand[s] = len(p.scalar)
				p.scalar = append(p.scalar, s)
			} else {
				memory(s)
			}
		}
	}
	p.regs = len(p.scalar)
	var free []int
	for k, m := range p.micros {
		var s operands
		for j, slot := range m.in {
			s.in[j] = operand[slot]
		}
		switch {
		case escapes[k]:
			memory(m.slot)
			in.writes = append(in.writes, m.slot)
		case len(free) > 0:
			operand[m.slot], free = free[len(free)-1], free[:len(free)-1]
		default:
			operand[m.slot] = p.regs
			p.regs++
		}
		s.dst = operand[m.slot]
		if len(m.in) < 2 {
			s.in[1] = s.dst // is not read, and always there
		}
		if len(m.in) < 1 {
			s.in[0] = s.dst
		}
		p.operands = append(p.operands, s)
		for _, j := range ends[k] {
			free = append(free, operand[p.micros[j].slot])
		}
	}
	p.arrays, p.scalars = make([][]F, len(p.memory)), make([]F, len(p.scalar))
	return in
}

func (p *pass[F]) run() error {
	for k, slot := range p.memory {
		x, err := p.program.floats(slot)
		if err != nil {
			return err
		}
		p.arrays[k] = x
	}
	for k, slot := range p.scalar {
		x, err := p.program.floats(slot)
		if err != nil {
			return err
		}
		p.scalars[k] = x[0]
	}
	for len(p.free) < kernel.Shards(p.n, passShard) {
		p.free = append(p.free, &worker[F]{regs: make([]F, p.regs*block)})
	}
	if p.n <= passShard {
		return p.shard(p.free[0], 0, p.n)
	}
	return kernel.Run(p.n, passShard, func(shard, lo, hi int) error { return p.shard(p.free[shard], lo, hi) })
}

// shard runs all micros on the elements from lo to hi.
func (p *pass[F]) shard(w *worker[F], lo, hi int) error {
	for k, x := range p.scalars {
		reg := w.regs[k*block:][:min(block, p.n)]
		for i := range reg {
			reg[i] = x
		}
	}
	for ; lo < hi; lo += block {
		n := min(block, hi-lo)
		for k, m := range p.micros {
			s := &p.operands[k]
			if err := m.run(w, p.at(w, s.dst, lo, n), p.at(w, s.in[0], lo, n), p.at(w, s.in[1], lo, n)); err != nil {
				return Wrapf(err, "%s", instruction{node: p.program.slots[m.slot].node}.name())
			}
		}
	}
	return nil
}

// at are n elements of an operand, from the block at lo.
func (p *pass[F]) at(w *worker[F], operand, lo, n int) []F {
	if operand >= 0 {
		return w.regs[operand*block:][:n]
	}
	return p.arrays[-1-operand][lo:][:n]
}
