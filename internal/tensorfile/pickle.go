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

// plain has the opcodes of the instructions without an argument, and arguments those with one:
// the instructions of pickle protocol 2 that torch.save emits. By default, PyTorch itself reads
// no others.
const plain = "(.01" + // MARK, STOP, POP, POP_MARK
	"N\x88\x89" + // NONE, NEWTRUE, NEWFALSE
	")t\x85\x86\x87" + // tuples
	"]ae}su" + // lists and dicts
	"\x81RbQ" // NEWOBJ, REDUCE, BUILD, BINPERSID

var arguments = map[byte]int{
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
}

// pickleLen is the length of the pickle that b starts with, at byte base of the file. gopickle
// allocates what a length says before it reads; after pickleLen, every length is known to fit
// the pickle.
func pickleLen(b []byte, base int) (int, error) {
	limit := min(len(b), maxIndex)
	for at := 0; at < limit; {
		n, ok := arguments[b[at]]
		if !ok && strings.IndexByte(plain, b[at]) < 0 {
			return 0, errors.Errorf("no pickle of torch.save: opcode 0x%02x at byte %d", b[at], base+at)
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
			return at + 1, nil
		}
		at += 1 + n
	}
	if limit == maxIndex {
		return 0, errors.Errorf("the pickle at byte %d has no end within %d bytes", base, maxIndex)
	}
	return 0, errors.Errorf("truncated: the pickle at byte %d has no end", base)
}

// unpickle builds the value of a pickle of known length. It makes nothing but Python's plain
// values, tensors and storages; any other class is an error. base is the pickle's place in the
// file.
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
		if class, ok := torchClass(module, name); ok {
			return class, nil
		}
		at := base + len(b) - r.Len() - len("c\n\n") - len(module) - len(name)
		return nil, errors.Errorf("refuses class %s.%s at byte %d: want a dict of tensors, such as a state dict, and nothing else", module, name, at)
	}
	u.PersistentLoad = c.storage
	return u.Load()
}
