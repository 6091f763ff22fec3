package tensorfile

import (
	"bytes"
	"strings"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/pkg/errors"
)

// How the argument of a pickle instruction is stored, where it is not a number of bytes.
const (
	counted1 = -1 // a length of 1 byte, then as many bytes
	counted4 = -4 // a length of 4 bytes, then as many bytes
	lines2   = -2 // two lines
)

// Opcodes of protocol 4 that need a treatment of their own.
const (
	frame       = 0x95
	stackGlobal = 0x93
)

// maxClassName bounds the names of classes: a hostile file may refer to a long one very often.
const maxClassName = 1000

// plain has the opcodes of the instructions without an argument, and arguments those with one:
// the instructions of the pickle protocols 2 to 4 that torch.save emits. By default, its protocol
// is 2.
const plain = "(.01" + // MARK, STOP, POP, POP_MARK
	"N\x88\x89" + // NONE, NEWTRUE, NEWFALSE
	")t\x85\x86\x87" + // tuples
	"]ae}su" + // lists and dicts
	"\x8f\x90\x91" + // sets
	"\x81RbQ" + // NEWOBJ, REDUCE, BUILD, BINPERSID
	"\x93\x94" // STACK_GLOBAL, MEMOIZE

var arguments = map[byte]int{
	'B':  counted4, // BINBYTES
	'C':  counted1, // SHORT_BINBYTES
	'c':  lines2,   // GLOBAL
	'G':  8,        // BINFLOAT
	'h':  1,        // BINGET
	'J':  4,        // BININT
	'j':  4,        // LONG_BINGET
	'K':  1,        // BININT1
	'M':  2,        // BININT2
	'q':  1,        // BINPUT
	'r':  4,        // LONG_BINPUT
	'T':  counted4, // BINSTRING
	'U':  counted1, // SHORT_BINSTRING
	'X':  counted4, // BINUNICODE
	0x80: 1,        // PROTO
	0x8a: counted1, // LONG1
	0x8c: counted1, // SHORT_BINUNICODE
	0x95: 8,        // FRAME
}

// cutPickle is the pickle that b starts with, at byte base of the file. gopickle allocates what a
// length says before it reads; after cutPickle, every length is known to fit the pickle.
//
// The result is as long as the pickle, but has no frames, which tell only how much to read at
// once.
func cutPickle(b []byte, base int) ([]byte, error) {
	var frames []int
	limit := min(len(b), maxIndex)
	for at := 0; at < limit; {
		n, ok := arguments[b[at]]
		if !ok && strings.IndexByte(plain, b[at]) < 0 {
			return nil, errors.Errorf("no pickle of torch.save: opcode 0x%02x at byte %d", b[at], base+at)
		}
		argument := b[at+1 : limit]
		switch n {
		case counted1:
			if len(argument) >= 1 {
				n = 1 + int(argument[0])
			}
		case counted4:
			if len(argument) >= 4 {
				n = 4 + int(little.Uint32(argument))
			}
		case lines2:
			first := bytes.IndexByte(argument, '\n') + 1
			n = first + bytes.IndexByte(argument[first:], '\n') + 1
			if first == 0 || n == first {
				n = -1
			}
		}
		if n < 0 || n > len(argument) {
			break
		}
		if b[at] == '.' {
			return withoutFrames(b[:at+1], frames), nil
		}
		if b[at] == frame {
			frames = append(frames, at)
		}
		at += 1 + n
	}
	if limit == maxIndex {
		return nil, errors.Errorf("the pickle at byte %d has no end within %d bytes", base, maxIndex)
	}
	return nil, errors.Errorf("truncated: the pickle at byte %d has no end", base)
}

// withoutFrames puts in the place of each FRAME, which takes 9 bytes, instructions as long that do
// nothing. Every other instruction keeps its place.
func withoutFrames(b []byte, frames []int) []byte {
	if len(frames) == 0 {
		return b
	}
	const zeroPop = "K\x000" // push a zero, and pop it
	b = bytes.Clone(b)
	for _, at := range frames {
		copy(b[at:], zeroPop+zeroPop+zeroPop)
	}
	return b
}

// unpickle builds the value of a pickle that cutPickle gave. It makes Python's plain values,
// tensors, storages and opaque objects, and calls nothing. base is the pickle's place in the file.
func (c *checkpoint) unpickle(b []byte, base int) (v any, err error) {
	// gopickle panics on instructions that do not fit the stack.
	defer func() {
		if p := recover(); p != nil {
			err = errors.Errorf("malformed pickle at byte %d: %v", base, p)
		}
	}()
	r := bytes.NewReader(b)
	u := pickle.NewUnpickler(r)
	u.FindClass = func(module, name string) (any, error) {
		at := len(b) - r.Len() - 1
		if b[at] != stackGlobal {
			at -= len("c\n") + len(module) + len(name)
		}
		if n := len(module) + len(name); n > maxClassName {
			return nil, errors.Errorf("the name of a class at byte %d has %d bytes, want at most %d", base+at, n, maxClassName)
		}
		c := class{module, name, base + at}
		if known, ok := knownClass(c.String()); ok {
			return known, nil
		}
		return c, nil
	}
	u.PersistentLoad = c.persistent
	return u.Load()
}
