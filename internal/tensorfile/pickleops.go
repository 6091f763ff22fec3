package tensorfile

import (
	"bytes"
	"math"
	"strconv"

	"github.com/pkg/errors"
)

// errorf is an error about the instruction that runs.
func (m *machine) errorf(format string, a ...any) error {
	return errors.Wrapf(errors.Errorf(format, a...), "pickle, byte %d", m.pc)
}

// newMachine is a machine for the pickle that b starts with, whose values may take budget bytes.
func newMachine(b []byte, budget int) *machine {
	return &machine{b: b, budget: budget, keepTexts: keepTexts, work: math.MaxInt}
}

// run builds the value of the pickle, and says how many bytes that has.
func (m *machine) run() (value ref, n int, err error) {
	for m.pc = 0; m.pc < len(m.b); {
		op := m.b[m.pc]
		argument, next, err := m.argument(op)
		if err != nil {
			return 0, 0, err
		}
		if op == '.' {
			s, err := m.pop()
			return s.ref, next, err
		}
		if err := m.do(op, argument); err != nil {
			return 0, 0, err
		}
		m.pc = next
	}
	return 0, 0, errors.New("truncated: the pickle has no end")
}

// How the argument of an instruction is stored, where it is not a number of bytes.
const (
	counted1 = -1 // a length of 1 byte, then as many bytes
	counted4 = -4
	counted8 = -8
	line     = -10 // up to the end of the line
	lines    = -20 // two lines
)

// instructions are those of the protocols 0 to 5, with what their argument is.
var instructions = func() (table [256]struct {
	known bool
	size  int
}) {
	for size, codes := range map[int]string{
		0: "(.012NQR\x81\x92be]l)t\x85\x86\x87}dsu\x8f\x90\x91ao\x93\x94\x88\x89\x97\x98",
		1: "Khq\x80\x82", 2: "M\x83", 4: "Jjr\x84", 8: "G\x95",
		counted1: "UC\x8a\x8c", counted4: "TBX\x8b", counted8: "\x8d\x8e\x96",
		line: "FILSVPgp", lines: "ci",
	} {
		for _, c := range []byte(codes) {
			table[c].known, table[c].size = true, size
		}
	}
	return table
}()

// argument is that of the instruction at pc, without its length and its end, and next where the
// next instruction lies.
func (m *machine) argument(op byte) (argument []byte, next int, err error) {
	if !instructions[op].known {
		return nil, 0, m.errorf("no pickle: there is no instruction 0x%02x", op)
	}
	n, rest := instructions[op].size, m.b[m.pc+1:]
	switch n {
	case counted1, counted4, counted8:
		if len(rest) < -n {
			return nil, 0, m.truncated()
		}
		var length [8]byte
		copy(length[:], rest[:-n])
		size := little.Uint64(length[:])
		if size > uint64(len(rest)+n) {
			return nil, 0, m.truncated()
		}
		argument = rest[-n:][:size]
		return argument, m.pc + 1 - n + int(size), nil
	case line, lines:
		end := bytes.IndexByte(rest, '\n')
		if end >= 0 && n == lines {
			if second := bytes.IndexByte(rest[end+1:], '\n'); second >= 0 {
				end += 1 + second
			} else {
				end = -1
			}
		}
		if end < 0 {
			return nil, 0, m.truncated()
		}
		return rest[:end], m.pc + 2 + end, nil
	}
	if n > len(rest) {
		return nil, 0, m.truncated()
	}
	return rest[:n], m.pc + 1 + n, nil
}

func (m *machine) truncated() error {
	return errors.Errorf("truncated: the pickle has no end; the instruction at byte %d goes beyond what there is", m.pc)
}

// do carries out an instruction.
func (m *machine) do(op byte, argument []byte) error {
	switch op {
	case 0x80: // PROTO
		if argument[0] > 5 {
			return m.errorf("protocol %d of pickles, want one of 0 to 5", argument[0])
		}
		return nil
	case 0x95: // FRAME
		return nil
	case 0x82, 0x83, 0x84, 0x97, 0x98:
		return m.errorf("instruction 0x%02x refers to what is not in the file", op)
	case 'N':
		return m.scalar(kindNone, 0)
	case 0x88:
		return m.scalar(kindTrue, 0)
	case 0x89:
		return m.scalar(kindFalse, 0)
	case 'K', 'M', 'J', 'I', 'L', 0x8a, 0x8b:
		return m.integer(op, argument)
	case 'G', 'F':
		return m.scalar(kindNumber, uint64(m.pc))
	case 'U', 'T', 'X', 'S', 'V', 0x8c, 0x8d:
		return m.scalar(kindText, uint64(m.pc))
	case 'B', 'C', 0x8e, 0x96:
		return m.scalar(kindBytes, uint64(m.pc))
	case 'c':
		return m.push(m.global(argument), m.arena.n)
	case ')':
		return m.scalar(kindEmpty, 0)
	case 'h', 'j', 'g', 'q', 'r', 'p', 0x94:
		return m.remember(op, argument)
	case '(', '0', '1', '2':
		return m.shuffle(op)
	case ']', '}', 0x8f, 'l', 'd', 't', 0x85, 0x86, 0x87, 0x91, 'e', 'a', 'u', 's', 0x90:
		return m.collect(op)
	}
	return m.make(op, argument)
}

// longestName bounds the name of a class.
const longestName = 4096

// global is a class or a function. One with a name beyond all measure, which would take long to read again and
// again, is as good as forgotten.
func (m *machine) global(name []byte) ref {
	if len(name) > longestName {
		return makeRef(kindDropped, 0)
	}
	return makeRef(kindGlobal, uint64(m.pc))
}

// integer puts an integer on the stack.
func (m *machine) integer(op byte, argument []byte) error {
	var v int64
	switch op {
	case 'K':
		v = int64(argument[0])
	case 'M':
		v = int64(little.Uint16(argument))
	case 'J':
		v = int64(int32(little.Uint32(argument)))
	case 'I':
		if text := string(argument); text == "00" {
			return m.scalar(kindFalse, 0)
		} else if text == "01" {
			return m.scalar(kindTrue, 0)
		}
		fallthrough
	case 'L':
		const longest = 24 // bytes of a number that fits
		argument = bytes.TrimSuffix(bytes.TrimSpace(argument[:min(len(argument), longest)]), []byte("L"))
		var err error
		if v, err = strconv.ParseInt(string(argument), 10, 64); err != nil {
			return m.scalar(kindNumber, uint64(m.pc))
		}
	default:
		if len(argument) > 8 {
			return m.scalar(kindNumber, uint64(m.pc))
		}
		for i, b := range argument {
			v |= int64(b) << (8 * i)
		}
		if n := len(argument); n > 0 {
			v = v << (64 - 8*n) >> (64 - 8*n)
		}
	}
	if v<<4>>4 != v {
		return m.scalar(kindNumber, uint64(m.pc))
	}
	return m.scalar(kindInt, uint64(v))
}

// remember puts the top of the stack into the memo, or a value of the memo on the stack.
func (m *machine) remember(op byte, argument []byte) error {
	var place int
	switch op {
	case 'h', 'q':
		place = int(argument[0])
	case 'j', 'r':
		place = int(little.Uint32(argument))
	case 'g', 'p':
		var err error
		if place, err = strconv.Atoi(string(bytes.TrimSpace(argument[:min(len(argument), 20)]))); err != nil || place < 0 {
			return m.errorf("a place of the memo is no number")
		}
	default:
		place = m.memo.n + len(m.sparse)
	}
	if op == 'h' || op == 'j' || op == 'g' {
		r, ok := m.sparse[place]
		if place < m.memo.n {
			r, ok = *m.memo.at(place), true
		}
		if !ok {
			return m.errorf("place %d of the memo is empty", place)
		}
		return m.push(m.valid(r), m.arena.n)
	}
	if m.stack.n == 0 || m.stack.at(m.stack.n-1).kind() == kindMark {
		return m.errorf("the stack is empty")
	}
	r := m.stack.at(m.stack.n - 1).ref
	if r.kind() == kindRun {
		r = makeRef(kindDropped, 0)
	}
	switch {
	case place < m.memo.n:
		*m.memo.at(place) = r
	case place == m.memo.n:
		delete(m.sparse, place)
		if m.memo.push(r) {
			return m.spend(bytesRef << chunkBits)
		}
	default:
		if m.sparse == nil {
			m.sparse = map[int]ref{}
		}
		m.sparse[place] = r
		return m.spend(bytesSparse)
	}
	return nil
}

// shuffle does what concerns the stack only.
func (m *machine) shuffle(op byte) error {
	switch op {
	case '(':
		grown := m.marks.push(m.stack.n)
		if grown {
			if err := m.spend(8 << chunkBits); err != nil {
				return err
			}
		}
		return m.push(makeRef(kindMark, 0), m.arena.n)
	case '1':
		i, err := m.mark()
		m.stack.n = i
		return err
	case '2':
		if m.stack.n == 0 || m.stack.at(m.stack.n-1).kind() == kindMark {
			return m.errorf("the stack is empty")
		}
		r := m.stack.at(m.stack.n - 1).ref
		if r.kind() == kindRun {
			r = makeRef(kindDropped, 0)
		}
		return m.push(r, m.arena.n)
	}
	if m.stack.n > 0 && m.stack.at(m.stack.n-1).kind() == kindMark { // as Python does
		_, err := m.mark()
		m.stack.n--
		return err
	}
	_, err := m.pop()
	return err
}

// replace puts a value in the place of all from i on, of which it consists.
func (m *machine) replace(i int, r ref) error {
	base := m.stack.at(i).base
	m.stack.n = i
	return m.push(r, base)
}

// collect makes and fills tuples, lists, dicts and sets.
func (m *machine) collect(op byte) error {
	switch op {
	case ']':
		return m.begin(typeList)
	case '}':
		return m.begin(typeDict)
	case 0x8f:
		return m.begin(typeSet)
	case 'l', 'd', 't', 0x91:
		return m.fromMark(op)
	case 0x85, 0x86, 0x87:
		n := int(op - 0x84)
		if err := m.unfold(n); err != nil {
			return err
		}
		r, err := m.tuple(m.stack.n - n - 1)
		if err != nil {
			return err
		}
		return m.replace(m.stack.n-n, r)
	case 'a', 's':
		n := 2
		if op == 's' {
			n = 3
		}
		if err := m.unfold(n); err != nil {
			return err
		}
		return m.fill(m.stack.n-n, op == 's')
	}
	i, err := m.mark()
	if err != nil {
		return err
	}
	if i == 0 {
		return m.errorf("there is nothing to put items into")
	}
	n, _, _ := m.survey(i)
	if op == 'u' && n%2 != 0 {
		return m.errorf("a key without a value")
	}
	// The mark is taken away: the items lie above the place of the target.
	copyDown(&m.stack, i)
	return m.fill(i-1, op == 'u')
}

// copyDown takes away the value at place i of the stack.
func copyDown(s *chunks[slot], i int) {
	for i++; i < s.n; i++ {
		*s.at(i - 1) = *s.at(i)
	}
	s.n--
}

// unfold makes sure that the n topmost places of the stack are values.
func (m *machine) unfold(n int) error {
	if m.stack.n < n {
		return m.errorf("the stack is empty")
	}
	for i := m.stack.n - n; i < m.stack.n; i++ {
		switch m.stack.at(i).kind() {
		case kindMark:
			return m.errorf("the stack is empty")
		case kindRun:
			return m.errorf("what is made of values lies too far below the top of the stack")
		}
	}
	return nil
}

// begin puts an empty list, dict or set on the stack.
func (m *machine) begin(kind int) error {
	base := m.arena.n
	r, err := m.newNode(kind, 0, 0, noSegments)
	if err != nil {
		return err
	}
	return m.push(r, base)
}

// fromMark makes a list, a dict, a tuple or a frozen set of what lies above the topmost mark.
func (m *machine) fromMark(op byte) error {
	i, err := m.mark()
	if err != nil {
		return err
	}
	if op == 't' {
		r, err := m.tuple(i)
		if err != nil {
			return err
		}
		return m.replace(i, r)
	}
	n, _, _ := m.survey(i)
	if op == 'd' && n%2 != 0 {
		return m.errorf("a key without a value")
	}
	kind := map[byte]int{'l': typeList, 'd': typeDict, 0x91: typeSet}[op]
	r, err := m.container(kind, i)
	if err != nil {
		return err
	}
	return m.replace(i, r)
}

// container makes a list, a dict or a set of the values above place i of the stack.
func (m *machine) container(kind, i int) (ref, error) {
	n, tensors, texts := m.survey(i)
	if n > maxCount {
		return 0, m.errorf("a list has more than %d items", maxCount)
	}
	if !tensors && n > keepTuple && !(texts && n <= m.keepTexts) {
		return m.newNode(kind, n, cut, noSegments)
	}
	flags := ref(0)
	if tensors {
		flags = holdsTensors
	}
	r, err := m.newNode(kind, n, flags, noSegments)
	if err != nil || n == 0 {
		return r, err
	}
	return r, m.segment(r.node()+1, 0, n, i)
}

// fill puts what lies above place i of the stack into what lies there.
func (m *machine) fill(i int, pairs bool) error {
	target, word := *m.stack.at(i), 1
	switch {
	case target.kind() == kindDropped:
		// Something that has no tensors was forgotten, and gets items now.
		if _, tensors, _ := m.survey(i); tensors {
			return m.errorf("tensors are put into what had none when something else took it in")
		}
		m.stack.n = i + 1
		return nil
	case m.is(target.ref, typeObject):
		word = 4
		if pairs {
			word = 5
		}
	case pairs && m.is(target.ref, typeDict), !pairs && (m.is(target.ref, typeList) || m.is(target.ref, typeSet)):
	default:
		return m.errorf("items are put into %s", m.describe(target.ref))
	}
	err := m.take(target, word, i)
	m.stack.n = i + 1
	return err
}

// make makes classes and objects, and what has a persistent identifier.
func (m *machine) make(op byte, argument []byte) error {
	switch op {
	case 0x93: // STACK_GLOBAL
		if err := m.unfold(2); err != nil {
			return err
		}
		i := m.stack.n - 2
		module, name := m.stack.at(i).ref, m.stack.at(i+1).ref
		if module.kind() != kindText || name.kind() != kindText {
			return m.errorf("a class whose name is no text")
		}
		_, ok1 := m.text(module, longestName)
		if _, ok2 := m.text(name, longestName); !ok1 || !ok2 {
			return m.replace(i, makeRef(kindDropped, 0))
		}
		r, err := m.newNode(typeClass, 0, 0, module, name)
		if err != nil {
			return err
		}
		return m.replace(i, r)
	case 'P':
		// Where the protocol is 0, an identifier is a text. PyTorch's are tuples.
		return m.scalar(kindText, uint64(m.pc))
	case 'Q':
		if err := m.unfold(1); err != nil {
			return err
		}
		i := m.stack.n - 1
		r, err := m.persistent(m, *m.stack.at(i))
		if err != nil {
			return err
		}
		return m.replace(i, r)
	case 'R', 0x81:
		return m.object(2)
	case 0x92: // NEWOBJ_EX
		return m.object(3)
	case 'i', 'o':
		return m.instance(op, argument)
	}
	return m.build() // 'b'
}

// object makes an object of the n topmost values: a class, its arguments and, of three, those
// that have names.
func (m *machine) object(n int) error {
	if err := m.unfold(n); err != nil {
		return err
	}
	i := m.stack.n - n
	arguments := m.stack.at(i + 1).ref
	if n == 3 {
		var err error
		if arguments, err = m.tuple(i); err != nil {
			return err
		}
	}
	return m.newObject(i, m.stack.at(i).ref, arguments)
}

// instance makes an object of a class and the values above the topmost mark.
func (m *machine) instance(op byte, argument []byte) error {
	i, err := m.mark()
	if err != nil {
		return err
	}
	class, from := m.global(argument), i
	if op == 'o' {
		if i+1 >= m.stack.n || m.stack.at(i+1).kind() == kindRun {
			return m.errorf("there is no class to make an object of")
		}
		class, from = m.stack.at(i+1).ref, i+1
	}
	arguments, err := m.tuple(from)
	if err != nil {
		return err
	}
	return m.newObject(i, class, arguments)
}

// newObject puts an object in the place of all values from i on.
func (m *machine) newObject(i int, class, arguments ref) error {
	flags := ref(0)
	if m.tensors(class) || m.tensors(arguments) || m.makesTensors(class) {
		flags = holdsTensors
	}
	r, err := m.newNode(typeObject, 0, flags, class, arguments, makeRef(kindNone, 0), noSegments, noSegments)
	if err != nil {
		return err
	}
	return m.replace(i, r)
}

// build gives an object its state.
func (m *machine) build() error {
	if err := m.unfold(2); err != nil {
		return err
	}
	i := m.stack.n - 2
	target, state := *m.stack.at(i), m.stack.at(i+1).ref
	m.stack.n--
	if !m.is(target.ref, typeObject) {
		if target.kind() == kindDropped && !m.tensors(state) {
			return nil
		}
		return m.errorf("a state for %s", m.describe(target.ref))
	}
	*m.arena.at(target.node() + 3) = state
	if m.tensors(state) {
		*m.header(target.ref) |= holdsTensors
	}
	if target.node() < target.base {
		m.floor = m.arena.n
	}
	return nil
}
