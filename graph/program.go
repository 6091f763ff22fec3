package graph

import (
	"math"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/kernel"
	"github.com/srnn-go/srnn/internal/room"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// program computes nodes of a graph, in memory of its own, as often as one likes. What it knows how
// to do itself it does on plain numbers: elementwise operators, several in one pass; products of
// matrices; the Functions of this module. Everything else is left to the op. A program is for one
// goroutine at a time.
type program[F Float] struct {
	plan   *plan
	slots  []slot[F] // one for each step of the plan
	code   []instruction
	leaves []int       // slots of inputs and constants
	memory map[*F]bool // where the program's own arrays begin

	direct []delivery[F] // where the results of the next run go
}

// delivery is a value that is wanted in some place.
type delivery[F Float] struct {
	slot int // -1: it is zero
	to   []F
	done bool // it is computed there
}

// slot holds the value of a node: as numbers, as Gorgonia's value, or both.
type slot[F Float] struct {
	node  *gorgonia.Node
	shape tensor.Shape
	typed bool // the elements are F

	data  []F
	value gorgonia.Value
	tape  any  // of the Function that computed it
	note  bool // the tape is all that there is
	own   bool // the memory is the program's, and the value lies in it
}

// instruction computes one node, or several.
type instruction struct {
	node   *gorgonia.Node // which errors name
	named  bool           // its errors name nodes themselves
	reads  []int
	writes []int // with memory of the program
	run    func() error
	opaque bool // values that it gives may lie in the memory of those that it reads
}

// name is what errors call the instruction. A Function's node has the Function's name, unless
// somebody gave it a better one.
func (in instruction) name() string {
	name := in.node.Name()
	if o, ok := in.node.Op().(*op); ok && strings.HasPrefix(name, o.ev.id) {
		return o.ev.name
	}
	return name
}

// compile makes a program for nodes, given the values of others. Those of wanted nodes stay valid
// until the next run.
func compile[F Float](wanted, given gorgonia.Nodes) (*program[F], error) {
	p := &program[F]{plan: newPlan(wanted, given), memory: map[*F]bool{}}
	p.slots = make([]slot[F], len(p.plan.steps))
	for i, s := range p.plan.steps {
		p.slots[i] = slot[F]{node: s.node, shape: s.node.Shape(), typed: typed[F](s.node)}
	}
	keep := make([]bool, len(p.slots))
	for _, n := range wanted {
		keep[p.plan.place[n]] = true
	}
	b := &builder[F]{program: p, readers: readers(p.plan), keep: keep}
	if err := b.build(); err != nil {
		return nil, err
	}
	if err := p.allocate(keep); err != nil {
		return nil, err
	}
	return p, nil
}

// typed reports whether the elements of a node are F.
func typed[F Float](n *gorgonia.Node) bool {
	dt, err := dtypeOf(n)
	return err == nil && dt == dtype[F]()
}

// dtype is Gorgonia's name of F.
func dtype[F Float]() tensor.Dtype {
	if _, ok := any(F(0)).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// allocate gives memory to what instructions write. Where a value has been read for the last time,
// another may take its place. It is an error, before any memory is taken, if there is not enough.
func (p *program[F]) allocate(keep []bool) error {
	last := make([]int, len(p.slots))
	for i, in := range p.code {
		for _, s := range in.reads {
			last[s] = max(last[s], i)
			if in.opaque {
				last[s] = len(p.code)
			}
		}
		for _, s := range in.writes {
			last[s] = max(last[s], i)
		}
	}
	ends := make([][]int, len(p.code)+1) // the slots that end with each instruction
	for s, at := range last {
		if !keep[s] {
			ends[at] = append(ends[at], s)
		}
	}
	var sizes []int         // of the memories
	free := map[int][]int{} // memories, by their sizes
	memory := map[int]int{} // of the slots
	for i, in := range p.code {
		for _, s := range in.writes {
			n, err := room.Shape(p.width(), p.slots[s].shape)
			if err != nil {
				return Wrapf(err, "%s", p.slots[s].node.Name())
			}
			if pool := free[n]; len(pool) > 0 {
				memory[s], free[n] = pool[len(pool)-1], pool[:len(pool)-1]
			} else {
				memory[s], sizes = len(sizes), append(sizes, n)
			}
			p.slots[s].own = true
		}
		for _, s := range ends[i] {
			if at, own := memory[s]; own {
				free[sizes[at]] = append(free[sizes[at]], at)
			}
		}
	}
	total := 0
	for _, n := range sizes {
		total = min(total, math.MaxInt-n) + n // Shape has seen that none is near it
	}
	if _, err := room.For(p.width(), room.Size{Of: "numbers of all steps between", N: total}); err != nil {
		return err
	}
	data := make([][]F, len(sizes))
	for at, n := range sizes {
		data[at] = make([]F, n, n+kernel.Slack)
		if n > 0 {
			p.memory[&data[at][0]] = true
		}
	}
	for s, at := range memory {
		p.slots[s].data = data[at]
	}
	return nil
}

// width is the number of bytes of a number.
func (p *program[F]) width() int { return int(dtype[F]().Size()) }

// run computes everything from the values that were put in.
func (p *program[F]) run() error {
	for i := range p.code {
		if err := p.step(i); err != nil {
			if p.code[i].named {
				return err
			}
			return Wrapf(err, "%s", p.code[i].name())
		}
	}
	return nil
}

func (p *program[F]) step(i int) (err error) {
	defer catch(&err)
	return p.code[i].run()
}

// floats are the numbers of a slot.
func (p *program[F]) floats(i int) ([]F, error) {
	s := &p.slots[i]
	if s.data == nil && !s.note {
		a, err := arrayOf[F](s.value)
		if err != nil {
			return nil, Wrapf(err, "%s", s.node.Name())
		}
		s.data = a.Data
	}
	return s.data, nil
}

// valueOf is a slot as Gorgonia's value. A scalar's is a copy.
func (p *program[F]) valueOf(i int) gorgonia.Value {
	s := &p.slots[i]
	if s.data != nil && (s.value == nil || len(s.shape) == 0 && s.own) {
		s.value = Array[F]{s.shape, s.data}.value()
	}
	return s.value
}

// set puts numbers into a slot, in memory that may be another at each run.
func (p *program[F]) set(i int, data []F) {
	s := &p.slots[i]
	s.data, s.value = data, nil
}

// put puts numbers into the slot of a node, if there is one.
func (p *program[F]) put(n *gorgonia.Node, data []F) {
	if i, there := p.plan.place[n]; there {
		p.set(i, data)
	}
}

// into has the values of nodes in certain places after the next run, or zeros for nodes that are
// nil. What instructions compute is written there at once, where it can be. Places that are nil are
// left out.
func (p *program[F]) into(nodes gorgonia.Nodes, to [][]F) {
	for i, n := range nodes {
		if to[i] == nil {
			continue
		}
		d := delivery[F]{slot: -1, to: to[i]}
		if n != nil {
			d.slot = p.plan.place[n]
			if s := &p.slots[d.slot]; s.own && !p.delivers(d.slot) {
				s.data, s.value, d.done = to[i], nil, true
			}
		}
		p.direct = append(p.direct, d)
	}
}

// delivers reports whether a slot has its place already.
func (p *program[F]) delivers(slot int) bool {
	for _, d := range p.direct {
		if d.slot == slot {
			return true
		}
	}
	return false
}

// deliver copies what could not be computed in its place.
func (p *program[F]) deliver() error {
	for _, d := range p.direct {
		switch {
		case d.slot < 0:
			clear(d.to)
		case !d.done:
			x, err := p.floats(d.slot)
			if err != nil {
				return err
			}
			copy(d.to, x)
		}
	}
	return nil
}

// bind puts a Gorgonia value into a slot.
func (p *program[F]) bind(i int, v gorgonia.Value) error {
	s := &p.slots[i]
	if v == nil {
		return errors.New("has no value: bind one with gorgonia.Let before the run")
	}
	if !SameShape(v.Shape(), s.shape) && !(v.Shape().TotalSize() == 1 && s.shape.TotalSize() == 1) {
		return errors.Errorf("has a value of shape %v, want %v", v.Shape(), s.shape)
	}
	if !s.typed {
		s.value = v
		return nil
	}
	a, err := arrayOf[F](v)
	if err != nil {
		return err
	}
	if len(s.shape) == 0 {
		s.data, s.value = a.Data, v
		return nil
	}
	if len(a.Data) > 0 && p.memory[&a.Data[0]] { // a result of the run before, which this one overwrites
		a = a.clone()
	}
	// A header of its own: some of Gorgonia's ops transpose their operands for a moment.
	if s.value == nil || len(s.data) != len(a.Data) || &s.data[0] != &a.Data[0] {
		s.data, s.value = a.Data, nil
	}
	return nil
}

// accept takes the value that an op computed. Some of Gorgonia's ops return a tensor of one element
// where a number was declared, or the other way round.
func (p *program[F]) accept(i int, v gorgonia.Value) error {
	s := &p.slots[i]
	s.value, s.data = v, nil
	if v == nil || !s.typed || SameShape(v.Shape(), s.shape) {
		return nil
	}
	a, err := arrayOf[F](v)
	if err != nil {
		return err
	}
	if len(a.Data) != s.shape.TotalSize() {
		return errors.Errorf("has a value of shape %v, want %v", v.Shape(), s.shape)
	}
	s.value = Array[F]{s.shape, a.Data}.value()
	return nil
}

// bindLeaves puts in the values of inputs, constants and random nodes.
func (p *program[F]) bindLeaves(value func(*gorgonia.Node) gorgonia.Value) error {
	for _, i := range p.leaves {
		n := p.slots[i].node
		if err := p.bind(i, value(n)); err != nil {
			return Wrapf(err, "%s", n.Name())
		}
	}
	return nil
}

// place is the slot of a node.
func (p *program[F]) place(n *gorgonia.Node) (slot int, ok bool) {
	slot, ok = p.plan.place[n]
	return slot, ok
}

// release lets go of all values. The program cannot run any more.
func (p *program[F]) release() {
	p.code, p.leaves = nil, nil
	for i := range p.slots {
		s := &p.slots[i]
		s.data, s.value, s.tape = nil, nil, nil
	}
}
