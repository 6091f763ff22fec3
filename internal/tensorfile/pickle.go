package tensorfile

import "github.com/pkg/errors"

// This file has the memory of the pickle machine, pickleops.go its instructions, picklevalue.go
// what its values say.
//
// The machine makes values of Python out of a pickle and calls nothing: what a pickle has Python
// make by calling a class or a function becomes an object that remembers the class, the
// arguments, the state and the elements.
//
// A pickle of one byte an instruction may have a value for each byte, and refer to each value
// again and again. So a value is one word: what it is, and where its bytes lie in the pickle or
// its parts in the arena. And what leads to no tensor is forgotten as soon as a list, a set or a
// dict takes it in, for nothing will ask for it: the history of a training takes no memory.

// ref is a value: its kind in the lowest 4 bits, and above them what the kind says.
type ref uint64

// Kinds of values.
const (
	kindMark    = iota // of the stack
	kindRun            // several values on the stack that were forgotten: how many
	kindDropped        // a value that was forgotten
	kindNone
	kindFalse
	kindTrue
	kindInt          // the number itself
	kindNumber       // any other number: where its instruction lies
	kindText         // a text, likewise
	kindBytes        // bytes, likewise
	kindGlobal       // a class or a function by its name, likewise
	kindEmpty        // the empty tuple
	kindNode         // where its parts lie in the arena, in the upper 36 bits, and its serial number
	kindSegment = 14 // in the arena only
	kindHeader  = 15
)

// What a node is.
const (
	typeTuple  = iota // header, items
	typeList          // header, segments
	typeSet           // header, segments
	typeDict          // header, segments
	typeObject        // header, class, arguments, state, segments of items, segments of pairs
	typeStored        // header, what a persistent identifier is
	typeClass         // header, module, name
)

// Bits of a header, above them the number of items, of 30 bits, and the serial number, of 24.
const (
	typeShift    = 4
	holdsTensors = 1 << 7 // tensors, or what may be some, lie in the value
	cut          = 1 << 8 // items have been forgotten
	countShift   = 10
	serialShift  = 40
	maxCount     = 1<<30 - 1
	maxSerial    = 1<<24 - 1
)

func makeRef(kind int, payload uint64) ref { return ref(payload<<4 | uint64(kind)) }

func (r ref) kind() int   { return int(r & 15) }
func (r ref) at() int     { return int(r >> 4) }  // where the instruction lies
func (r ref) node() int   { return int(r >> 28) } // where the node lies
func (r ref) serial() int { return int(r >> 4 & maxSerial) }

// chunks is a slice that grows without being copied.
type chunks[T any] struct {
	chunk [][]T
	n     int
}

const chunkBits = 10

func (c *chunks[T]) at(i int) *T { return &c.chunk[i>>chunkBits][i&(1<<chunkBits-1)] }

// push reports whether it had to allocate a chunk.
func (c *chunks[T]) push(v T) bool {
	grown := c.n>>chunkBits == len(c.chunk)
	if grown {
		c.chunk = append(c.chunk, make([]T, 1<<chunkBits))
	}
	*c.at(c.n) = v
	c.n++
	return grown
}

// slot is a value on the stack, and how long the arena was before the value's first part came.
type slot struct {
	ref
	base int
}

// machine is a pickle machine.
type machine struct {
	b      []byte // the pickle, and perhaps more
	pc     int    // where the next instruction lies
	budget int    // bytes that the values may still take

	arena  chunks[ref]
	floor  int // below it the arena is never cut: older values refer to it
	serial int

	stack  chunks[slot]
	foldAt int // when the stack is longer, its values are folded
	marks  chunks[int]
	memo   chunks[ref]
	// sparse has what a pickle puts at places of the memo that do not follow each other.
	sparse map[int]ref

	// work is how many items may still be looked at, once the pickle is read. A hostile one may
	// refer to one long list very often.
	work int

	// keepTexts says how many texts a list keeps that has nothing else.
	keepTexts int

	// persistent gives the value of a persistent identifier.
	persistent func(m *machine, id slot) (ref, error)
}

// How many items a list or a dict keeps that lead to no tensors, and how many a tuple. Shapes,
// the names of a module's buffers and the like are shorter.
const (
	keepItems = 64
	keepTexts = 4096
	keepTuple = 4096

	// keepWords bounds what the items that lead to no tensors have in the arena.
	keepWords = 1024
)

// folded is how many values at the top of the stack are kept, where very many that say nothing lie above a mark.
const folded = 1 << 16

const (
	bytesRef    = 8
	bytesSlot   = 16
	bytesSparse = 64
)

// spend takes n bytes from the budget.
func (m *machine) spend(n int) error {
	if m.budget -= n; m.budget < 0 {
		return errors.Errorf("the pickle's values take too much memory for a file of this size, at byte %d", m.pc)
	}
	return nil
}

// forget frees what is needed only while a pickle is read, and says how many bytes that was.
func (m *machine) forget() int {
	n := (bytesSlot*len(m.stack.chunk)+8*len(m.marks.chunk)+bytesRef*len(m.memo.chunk))<<chunkBits + bytesSparse*len(m.sparse)
	m.stack, m.marks, m.memo, m.sparse = chunks[slot]{}, chunks[int]{}, chunks[ref]{}, nil
	return n
}

// word puts a word at the end of the arena.
func (m *machine) word(r ref) error {
	if m.arena.push(r) {
		return m.spend(bytesRef << chunkBits)
	}
	return nil
}

// truncate forgets the arena from base on, unless what is older refers to that.
func (m *machine) truncate(base int) {
	if base >= m.floor {
		m.arena.n = min(m.arena.n, base)
	}
}

// newNode puts the words of a node at the end of the arena.
func (m *machine) newNode(kind, count int, flags ref, words ...ref) (ref, error) {
	m.serial = (m.serial + 1) & maxSerial
	at := m.arena.n
	header := ref(m.serial)<<serialShift | ref(min(count, maxCount))<<countShift | flags | ref(kind)<<typeShift | kindHeader
	if err := m.word(header); err != nil {
		return 0, err
	}
	for _, w := range words {
		if err := m.word(w); err != nil {
			return 0, err
		}
	}
	return makeRef(kindNode, uint64(at)<<24|uint64(m.serial)), nil
}

// header is that of a node.
func (m *machine) header(r ref) *ref { return m.arena.at(r.node()) }

// is tells whether a value is a node of a type.
func (m *machine) is(r ref, kind int) bool {
	return r.kind() == kindNode && int(*m.header(r)>>typeShift&7) == kind
}

// tensors tells whether there may be tensors in a value.
func (m *machine) tensors(r ref) bool {
	return r.kind() == kindNode && *m.header(r)&holdsTensors != 0
}

// valid makes a dropped value of a node that the arena no longer has.
func (m *machine) valid(r ref) ref {
	if r.kind() != kindNode {
		return r
	}
	if at := r.node(); at < m.arena.n {
		if h := *m.arena.at(at); h&15 == kindHeader && int(h>>serialShift) == r.serial() {
			return r
		}
	}
	return makeRef(kindDropped, 0)
}

// push puts a value on the stack whose parts begin at base in the arena.
func (m *machine) push(r ref, base int) error {
	if m.marks.n > 0 && m.stack.n > m.foldAt && m.stack.n-*m.marks.at(m.marks.n - 1) > 2*folded {
		m.fold(*m.marks.at(m.marks.n - 1))
	}
	if m.stack.push(slot{r, base}) {
		return m.spend(bytesSlot << chunkBits)
	}
	return nil
}

// fold makes runs of the values above a mark that lead to no tensors, but for the topmost, of which others may be
// made yet, and for those before tensors, which may be their names.
func (m *machine) fold(mark int) {
	to, kept := mark+1, m.stack.n-folded
	for from := to; from < m.stack.n; from++ {
		s := *m.stack.at(from)
		if n := m.runLength(s.ref); n > 0 && from < kept && !m.tensors(m.stack.at(from+1).ref) {
			if last := m.stack.at(to - 1); to-1 > mark && last.kind() == kindRun {
				last.ref += ref(n) << 4
				continue
			}
			s.ref = makeRef(kindRun, uint64(n))
		}
		*m.stack.at(to) = s
		to++
	}
	m.stack.n = to
	m.foldAt = to + max(folded, to-mark)
}

// runLength is how many values of a run a value on the stack is, 0 if it has to be kept.
func (m *machine) runLength(r ref) int {
	switch {
	case r.kind() == kindRun:
		return r.at()
	case m.tensors(r):
		return 0
	}
	return 1
}

// scalar puts a value without parts on the stack.
func (m *machine) scalar(kind int, payload uint64) error {
	return m.push(makeRef(kind, payload), m.arena.n)
}

// pop takes the top of the stack.
func (m *machine) pop() (slot, error) {
	if m.stack.n == 0 || m.stack.at(m.stack.n-1).kind() == kindMark {
		return slot{}, m.errorf("the stack is empty")
	}
	top := m.stack.at(m.stack.n - 1)
	if top.kind() == kindRun {
		s := slot{makeRef(kindDropped, 0), top.base}
		if top.ref -= 1 << 4; top.at() == 1 {
			top.ref = s.ref
		}
		return s, nil
	}
	m.stack.n--
	return *top, nil
}

// mark is the place of the topmost mark, which no longer counts as one.
func (m *machine) mark() (int, error) {
	if m.marks.n == 0 {
		return 0, m.errorf("the stack has no mark")
	}
	m.marks.n--
	return *m.marks.at(m.marks.n), nil
}

// above calls f for each value above place i of the stack.
func (m *machine) above(i int, f func(ref) error) error {
	for i++; i < m.stack.n; i++ {
		s := m.stack.at(i)
		if s.kind() != kindRun {
			if err := f(s.ref); err != nil {
				return err
			}
			continue
		}
		for range s.at() {
			if err := f(makeRef(kindDropped, 0)); err != nil {
				return err
			}
		}
	}
	return nil
}

// survey counts the values above place i of the stack and tells what they are.
func (m *machine) survey(i int) (n int, tensors, texts bool) {
	texts = true
	for i++; i < m.stack.n; i++ {
		s := m.stack.at(i)
		tensors = tensors || m.tensors(s.ref)
		texts = texts && s.kind() == kindText
		if s.kind() == kindRun {
			n += s.at()
		} else {
			n++
		}
	}
	return n, tensors, texts
}

// tuple makes a tuple of the values above place i of the stack.
func (m *machine) tuple(i int) (ref, error) {
	n, tensors, _ := m.survey(i)
	if n == 0 {
		return makeRef(kindEmpty, 0), nil
	}
	if !tensors && n > keepTuple {
		return m.newNode(typeTuple, n, cut)
	}
	flags := ref(0)
	if tensors {
		flags = holdsTensors
	}
	if n > maxCount {
		return 0, m.errorf("a tuple has %d items", n)
	}
	r, err := m.newNode(typeTuple, n, flags)
	if err != nil {
		return 0, err
	}
	return r, m.above(i, m.word)
}

// take moves the values above place i of the stack into the segments that word at of the node
// says. A target that is older than its place on the stack then refers to what is younger.
func (m *machine) take(target slot, word, i int) error {
	n, tensors, texts := m.survey(i)
	if n == 0 {
		return nil
	}
	header := m.header(target.ref)
	count := int(*header >> countShift & maxCount)
	if count+n > maxCount {
		return m.errorf("a list has more than %d items", maxCount)
	}
	*header += ref(n) << countShift
	if tensors {
		*header |= holdsTensors
	}
	younger := target.node() < target.base
	if base := m.stack.at(i + 1).base; !tensors && !younger && base >= m.floor {
		few := count+n <= keepItems
		if !few && !(texts && count+n <= m.keepTexts) {
			*header |= cut
			m.truncate(base)
			return nil
		}
		if m.arena.n-base > keepWords {
			for j := i + 1; j < m.stack.n; j++ {
				if s := m.stack.at(j); s.kind() == kindNode {
					s.ref = makeRef(kindDropped, 0)
				}
			}
			m.truncate(base)
		}
	}
	if err := m.segment(target.node()+word, count, n, i); err != nil {
		return err
	}
	if younger {
		m.floor = m.arena.n
	}
	return nil
}

// Segments are linked by words whose kind is kindSegment: each has two numbers of 30 bits.
const maxWords = 1<<30 - 1

func makeLink(high, low int) ref { return ref(high)<<34 | ref(low)<<4 | kindSegment }

func (r ref) high() int { return int(r >> 34) }
func (r ref) low() int  { return int(r >> 4 & maxWords) }

// segment puts n values of the stack, above place i, into a segment of the arena, whose items
// have the numbers from count on, and links it to those that the word at says: the first and the
// last.
func (m *machine) segment(at, count, n, i int) error {
	place := m.arena.n
	if place+n+2 >= maxWords {
		return m.errorf("the pickle has too many values")
	}
	links := *m.arena.at(at)
	switch last := links.low(); {
	case links == noSegments:
		*m.arena.at(at) = makeLink(place, place)
	case last+2+m.arena.at(last).high() == place && m.arena.at(last+1).low()+m.arena.at(last).high() == count:
		h := m.arena.at(last)
		*h = makeLink(h.high()+n, h.low())
		return m.above(i, m.word)
	default:
		h := m.arena.at(last)
		*h = makeLink(h.high(), place)
		*m.arena.at(at) = makeLink(links.high(), place)
	}
	if err := m.word(makeLink(n, 0)); err != nil {
		return err
	}
	if err := m.word(makeLink(0, count)); err != nil {
		return err
	}
	return m.above(i, m.word)
}

// noSegments says that a node has no segments: none lies at the arena's first word.
const noSegments = ref(kindSegment)
