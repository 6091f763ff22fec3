package graph

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// builder makes the instructions of a program.
type builder[F Float] struct {
	*program[F]
	readers [][]reader
	keep    []bool // slots that are wanted
	class   []int  // of each slot
	stage   []int  // of each slot
}

// The classes of slots. An elementwise operator's is the number of its elements.
const (
	fromOutside = -2 // inputs, constants, what is given: no instruction
	alone       = -1 // has an instruction of its own
)

// reader is a step that reads another, as its child of that number.
type reader struct{ step, child int }

// readers are those of each step.
func readers(p *plan) [][]reader {
	r := make([][]reader, len(p.steps))
	for at, s := range p.steps {
		for child, i := range s.in {
			if i >= 0 {
				r[i] = append(r[i], reader{at, child})
			}
		}
	}
	return r
}

// build makes instructions in stages. Elementwise operators on arrays of one size that are of one
// stage, so that all can be computed from what is there when the stage begins, are one pass.
func (b *builder[F]) build() error {
	b.class, b.stage = make([]int, len(b.slots)), make([]int, len(b.slots))
	type key struct{ stage, size int }
	type entry struct {
		stage int
		make  func() (instruction, error)
	}
	var entries []entry
	passes := map[key]*pass[F]{}
	for i, s := range b.plan.steps {
		m := b.classify(i)
		if b.class[i] == fromOutside {
			continue
		}
		for _, k := range s.in {
			if k >= 0 && b.class[k] != fromOutside {
				at := b.stage[k]
				if b.class[k] != b.class[i] {
					at++
				}
				b.stage[i] = max(b.stage[i], at)
			}
		}
		if m == nil {
			if !b.merged(i) {
				entries = append(entries, entry{b.stage[i], func() (instruction, error) { return b.single(i) }})
			}
			continue
		}
		at := key{b.stage[i], b.class[i]}
		if passes[at] == nil {
			passes[at] = &pass[F]{program: b.program, n: at.size}
			entries = append(entries, entry{at.stage, func() (instruction, error) { return b.pass(passes[at]), nil }})
		}
		passes[at].micros = append(passes[at].micros, m)
	}
	slices.SortStableFunc(entries, func(x, y entry) int { return x.stage - y.stage })
	for _, e := range entries {
		in, err := e.make()
		if err != nil {
			return err
		}
		b.code = append(b.code, in)
	}
	return nil
}

// classify finds the class of a slot, and what computes it if that is elementwise.
func (b *builder[F]) classify(i int) *micro[F] {
	n := b.slots[i].node
	b.class[i] = alone
	size, known := sizeOf(n)
	switch {
	case b.plan.given[n]:
		b.class[i] = fromOutside
	case known:
		b.class[i] = fromOutside
		b.slots[i].value = sizeValue(size, n.Dtype())
	case n.Op() == nil || constant(n):
		b.class[i] = fromOutside
		b.leaves = append(b.leaves, i)
	default:
		if m := b.micro(i); m != nil {
			b.class[i] = b.slots[i].shape.TotalSize()
			return m
		}
	}
	return nil
}

// constant reports whether a node is one of Gorgonia's constants.
func constant(n *gorgonia.Node) bool {
	switch typeName(n.Op()) {
	case "gorgonia.constantScalar", "gorgonia.constantTensor":
		return true
	}
	return false
}

// sizeValue is the size of an axis as Gorgonia has it, in the type of the tensor.
func sizeValue(size int, dt tensor.Dtype) gorgonia.Value {
	switch dt {
	case tensor.Float32:
		return gorgonia.NewF32(float32(size))
	case tensor.Float64:
		return gorgonia.NewF64(float64(size))
	}
	return gorgonia.NewI(size)
}

// single makes the instruction of a node that has one of its own.
func (b *builder[F]) single(i int) (instruction, error) {
	n := b.slots[i].node
	if o, ok := n.Op().(*op); ok && b.slots[i].typed {
		return b.call(i, o)
	}
	switch typeName(n.Op()) {
	case "gorgonia.linAlgBinOp":
		if in, ok := b.product(i); ok {
			return in, nil
		}
	case "gorgonia.readOp":
		return b.read(i)
	case "gorgonia.letOp":
		return b.let(i)
	}
	return b.foreign(i), nil
}

// foreign leaves a node to its op.
func (b *builder[F]) foreign(i int) instruction {
	p, n, in := b.program, b.slots[i].node, b.plan.steps[i].in
	values := make([]gorgonia.Value, len(in))
	return instruction{node: n, reads: in, opaque: true, run: func() error {
		for k, at := range in {
			if values[k] = p.valueOf(at); values[k] == nil {
				return errors.Errorf("operand %d (%s) has no value", k, p.slots[at].node.Name())
			}
		}
		v, err := n.Op().Do(values...)
		if err != nil {
			return err
		}
		return p.accept(i, v)
	}}
}
