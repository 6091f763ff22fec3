package tensorfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// items calls f for each item of a list, a set, a dict or a tuple, in order, until f says false.
// What has no items there has none: a hostile pickle gives anything as the arguments of a call.
// Items that were forgotten are left out, and all that are looked at after too many others; see
// busy. word says where an object's items are; it is 1 elsewhere.
func (m *machine) items(r ref, word int, each func(i int, item ref) bool) {
	if r.kind() != kindNode {
		return
	}
	f := func(i int, item ref) bool {
		m.work--
		return m.work >= 0 && each(i, item)
	}
	at := r.node()
	if m.is(r, typeTuple) {
		if *m.header(r)&cut != 0 {
			return
		}
		for i := range m.count(r) {
			if !f(i, m.valid(*m.arena.at(at + 1 + i))) {
				return
			}
		}
		return
	}
	links := *m.arena.at(at + word)
	if links.kind() != kindSegment || links == noSegments {
		return
	}
	for segment := links.high(); segment != 0; segment = m.arena.at(segment).low() {
		first := m.arena.at(segment + 1).low()
		for i := range m.arena.at(segment).high() {
			if !f(first+i, m.valid(*m.arena.at(segment + 2 + i))) {
				return
			}
		}
	}
}

// pairs calls f for each key and value of a dict, or of an object that is one, likewise.
func (m *machine) pairs(r ref, f func(key, value ref) bool) {
	word := 1
	if m.is(r, typeObject) {
		word = 5
	}
	var key ref
	m.items(r, word, func(i int, item ref) bool {
		if i%2 == 0 {
			key = item
			return true
		}
		return f(key, item)
	})
}

// get is the last value of a key of a dict.
func (m *machine) get(dict ref, key string) (value ref, ok bool) {
	m.pairs(dict, func(k, v ref) bool {
		if m.isText(k, key) {
			value, ok = v, true
		}
		return true
	})
	return value, ok
}

// count is how many items a node has, those that were forgotten among them.
func (m *machine) count(r ref) int { return int(*m.header(r) >> countShift & maxCount) }

// fields are the items of a tuple, if these are at most most.
func (m *machine) fields(r ref, most int) ([]ref, bool) {
	if r.kind() == kindEmpty {
		return nil, true
	}
	if !m.is(r, typeTuple) || m.count(r) > most || *m.header(r)&cut != 0 {
		return nil, false
	}
	fields := make([]ref, 0, m.count(r))
	m.items(r, 1, func(_ int, item ref) bool { fields = append(fields, item); return true })
	return fields, true
}

// part is a word of an object or a class: its class, 1, its arguments, 2, or its state, 3.
func (m *machine) part(r ref, i int) ref { return m.valid(*m.arena.at(r.node() + i)) }

// integerOf is the value of an integer.
func integerOf(r ref) (int, bool) {
	v := int64(r) >> 4
	return int(v), r.kind() == kindInt && int64(int(v)) == v
}

// float is the value of a number.
func (m *machine) float(r ref) (float64, bool) {
	switch r.kind() {
	case kindInt:
		return float64(int64(r) >> 4), true
	case kindNumber:
		const longest = 40
		switch b := m.b[r.at():]; b[0] {
		case 'G':
			return math.Float64frombits(binary.BigEndian.Uint64(b[1:])), true
		case 'F':
			end := bytes.IndexByte(b, '\n')
			v, err := strconv.ParseFloat(string(b[1:min(end, longest)]), 64)
			return v, err == nil
		}
	}
	return 0, false
}

// content has the bytes of a text or of bytes as they lie in the pickle.
func (m *machine) content(r ref) []byte {
	if k := r.kind(); k != kindText && k != kindBytes {
		return nil
	}
	at := r.at()
	b := m.b[at+1:]
	switch n := instructions[m.b[at]].size; n {
	case counted1:
		return b[1:][:b[0]]
	case counted4:
		return b[4:][:little.Uint32(b)]
	case counted8:
		return b[8:][:little.Uint64(b)]
	}
	n := bytes.IndexByte(b, '\n')
	m.work -= n / wordSize
	return b[:n]
}

// escaped tells whether a text has Python's escapes: those of the protocol 0 have.
func (m *machine) escaped(r ref) bool {
	return r.kind() == kindText && (m.b[r.at()] == 'S' || m.b[r.at()] == 'V')
}

// wordSize is how many bytes are copied in the time in which an item is looked at, or less.
const wordSize = 8

// text is a text of at most most bytes.
func (m *machine) text(r ref, most int) (string, bool) {
	if r.kind() != kindText {
		return "", false
	}
	if b := m.b[r.at()+1:]; instructions[m.b[r.at()]].size == line && bytes.IndexByte(b[:min(len(b), most+1)], '\n') < 0 {
		return "", false
	}
	b := m.content(r)
	if len(b) > most {
		return "", false
	}
	m.work -= len(b) / wordSize // many values may be one long text
	if m.escaped(r) {
		var ok bool
		if b, ok = unescape(b, m.b[r.at()] == 'S'); !ok {
			return "", false
		}
	}
	return string(b), utf8.Valid(b)
}

// isText tells whether a value is this text.
func (m *machine) isText(r ref, want string) bool {
	if r.kind() == kindText && !m.escaped(r) {
		return string(m.content(r)) == want
	}
	s, ok := m.text(r, 10*len(want)+2)
	return ok && s == want
}

// unescape undoes the escapes of a text of protocol 0: those of Python's repr, in quotes, or those
// of the encoding raw-unicode-escape.
func unescape(b []byte, repr bool) ([]byte, bool) {
	if repr {
		b = bytes.TrimSpace(b)
		if len(b) < 2 || b[0] != b[len(b)-1] || b[0] != '\'' && b[0] != '"' {
			return nil, false
		}
		b = b[1 : len(b)-1]
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		c := b[0]
		if c != '\\' || len(b) == 1 {
			if b = b[1:]; repr {
				out = append(out, c)
			} else {
				out = utf8.AppendRune(out, rune(c)) // raw-unicode-escape is Latin-1 but for its escapes
			}
			continue
		}
		digits := map[byte]int{'u': 4, 'U': 8}[b[1]]
		if repr {
			digits = map[byte]int{'x': 2}[b[1]]
		}
		if digits > 0 && len(b) >= 2+digits {
			v, err := strconv.ParseUint(string(b[2:2+digits]), 16, 32)
			if err != nil {
				return nil, false
			}
			if b = b[2+digits:]; repr {
				out = append(out, byte(v))
			} else {
				out = utf8.AppendRune(out, rune(v))
			}
			continue
		}
		if repr {
			plain := strings.IndexByte("ntr\\'\"", b[1])
			if plain < 0 {
				return nil, false
			}
			out, b = append(out, "\n\t\r\\'\""[plain]), b[2:]
			continue
		}
		out, b = append(out, c), b[1:]
	}
	return out, true
}

// raw has the bytes that a value is: bytes, a text of Python 2, or what stands for bytes in the
// older protocols, a call of _codecs.encode with a text and the encoding latin1.
func (m *machine) raw(r ref) ([]byte, bool) {
	switch r.kind() {
	case kindBytes:
		return m.content(r), true
	case kindText:
		if b := m.content(r); !m.escaped(r) {
			return b, true
		} else if m.b[r.at()] == 'S' {
			return unescape(b, true)
		}
	}
	if !m.is(r, typeObject) {
		return nil, false
	}
	arguments, ok := m.fields(m.part(r, 2), 2)
	switch name := m.className(m.part(r, 1)); {
	case !ok:
		return nil, false
	case name == "_codecs.encode" && len(arguments) == 2:
		return m.latin1(arguments[0])
	case strings.HasSuffix(name, ".bytearray") || strings.HasSuffix(name, ".bytes"):
		switch len(arguments) {
		case 0:
			return []byte{}, true
		case 1:
			if arguments[0].kind() == kindBytes {
				return m.content(arguments[0]), true
			}
		case 2:
			return m.latin1(arguments[0])
		}
	}
	return nil, false
}

// latin1 encodes a text so.
func (m *machine) latin1(r ref) ([]byte, bool) {
	if r.kind() != kindText {
		return nil, false
	}
	in := m.content(r)
	if m.escaped(r) {
		var ok bool
		if in, ok = unescape(in, m.b[r.at()] == 'S'); !ok {
			return nil, false
		}
	}
	m.work -= len(in) / wordSize
	out := make([]byte, 0, utf8.RuneCount(in))
	for len(in) > 0 {
		c, n := utf8.DecodeRune(in)
		if c > 0xff {
			return nil, false
		}
		out, in = append(out, byte(c)), in[n:]
	}
	return out, true
}

// nameParts are the module and the name of a class or a function.
func (m *machine) nameParts(r ref) (module, name []byte, ok bool) {
	switch {
	case r.kind() == kindGlobal:
		b := m.b[r.at()+1:]
		first := bytes.IndexByte(b, '\n')
		rest := b[first+1:]
		return b[:first], rest[:bytes.IndexByte(rest, '\n')], true
	case m.is(r, typeClass):
		return m.content(m.part(r, 1)), m.content(m.part(r, 2)), true
	}
	return nil, nil, false
}

// maxName bounds the names that are shown and compared.
const maxName = 200

// className is the name of a class or a function with its module's.
func (m *machine) className(r ref) string {
	module, name, ok := m.nameParts(r)
	if !ok {
		return "what is no class"
	}
	return clip(string(module[:min(len(module), maxName)]) + "." + string(name[:min(len(name), maxName)]))
}

// clip cuts a text that is too long for a message.
func clip(s string) string {
	if len(s) <= maxName {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(s[:maxName], "") + "…"
}

// makesTensors tells whether a function makes tensors or arrays, perhaps of arguments that show
// nothing of that.
func (m *machine) makesTensors(function ref) bool {
	_, name, ok := m.nameParts(function)
	switch string(name) {
	case "_reconstruct", "_frombuffer", "_load_from_bytes":
		return ok
	}
	return ok && bytes.HasPrefix(name, []byte("_rebuild_"))
}

// classOf is the name of the class of an object. Some objects are made by a function that is told
// the class.
func (m *machine) classOf(r ref) string {
	class := m.part(r, 1)
	name := m.className(class)
	if strings.HasPrefix(name, "copy_reg.") || strings.HasPrefix(name, "copyreg.") {
		var first ref
		m.items(m.part(r, 2), 1, func(_ int, item ref) bool { first = item; return false })
		if _, _, ok := m.nameParts(first); ok {
			return m.className(first)
		}
	}
	return name
}

// describe tells what a value is, and nothing of what it says: that may be long.
func (m *machine) describe(r ref) string {
	switch r.kind() {
	case kindNone:
		return "None"
	case kindTrue, kindFalse:
		return "a bool"
	case kindInt, kindNumber:
		return "a number"
	case kindText:
		return "a text"
	case kindBytes:
		return "bytes"
	case kindGlobal:
		return "the class " + m.className(r)
	case kindEmpty:
		return "an empty tuple"
	case kindNode:
		switch int(*m.header(r) >> typeShift & 7) {
		case typeObject:
			return "an object of class " + m.classOf(r)
		case typeClass:
			return "the class " + m.className(r)
		case typeStored:
			return "a storage"
		case typeDict:
			return fmt.Sprintf("a dict of %d", m.count(r)/2)
		}
		return fmt.Sprintf("a %s of %d", map[int]string{typeTuple: "tuple", typeList: "list", typeSet: "set"}[int(*m.header(r)>>typeShift&7)], m.count(r))
	}
	return "a value without tensors"
}
