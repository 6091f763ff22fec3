package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// onTape is an output that nobody reads as numbers: all that there is of it is the tape of the run
// that computed it. A [Machine] has such values on the way between functions that know how to read
// each other's tapes; nobody else ever sees one.
type onTape struct {
	ev  *evaluation
	run *run
}

var _ gorgonia.Value = (*onTape)(nil)

func (v *onTape) Shape() tensor.Shape        { return v.ev.out[0] }
func (v *onTape) Size() int                  { return v.ev.out[0].TotalSize() }
func (v *onTape) Data() any                  { return nil }
func (v *onTape) Dtype() tensor.Dtype        { return v.ev.dt }
func (v *onTape) Uintptr() uintptr           { return 0 }
func (v *onTape) MemSize() uintptr           { return 0 }
func (v *onTape) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%s, on its tape", v.ev.name) }

// staysOnTape reports whether the output of step i need not be written: it is not among the nodes
// that were asked for, and each of its readers can do with the tape.
func (m *Machine) staysOnTape(i int, readers [][]reader) bool {
	o, ok := m.steps[i].node.Op().(*op)
	if !ok || o.k > 0 {
		return false
	}
	if f, ok := o.ev.f.(Terse); !ok || !f.Terse() {
		return false
	}
	for _, n := range m.nodes {
		if n == m.steps[i].node {
			return false
		}
	}
	for _, r := range readers[i] {
		if by, ok := r.node.Op().(*op); !ok || !by.readsTape(r.child, o.ev) {
			return false
		}
	}
	return true
}

// reader is a node that reads another, as its child of that number.
type reader struct {
	node  *gorgonia.Node
	child int
}

// readers are those of each step.
func (m *Machine) readers() [][]reader {
	r := make([][]reader, len(m.steps))
	for _, s := range m.steps {
		for child, at := range s.in {
			r[at] = append(r[at], reader{s.node, child})
		}
	}
	return r
}

// readsTape reports whether the op can do with the tape of a child that source computes.
func (o *op) readsTape(child int, source *evaluation) bool {
	i := child - o.offset()
	if i < 0 {
		return true // the run of which this op reads another output
	}
	ev := o.ev
	if p, ok := ev.f.(pullback); ok {
		if i -= 2; i < 0 {
			return i == -1 && p.ev == source // the output as it was handed out; i is -2 for its gradient
		}
		ev = p.ev
	}
	f, ok := ev.f.(TapeReader)
	return ok && f.ReadsTape(i, source.f)
}
