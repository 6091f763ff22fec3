package hdf5

import (
	"fmt"

	"github.com/pkg/errors"
)

// Class is what kind of elements a dataset has.
type Class int

// The classes, as a file numbers them. Enumerations and bit fields are read as [Integer].
const (
	Integer   Class = 0
	Float     Class = 1
	Time      Class = 2
	String    Class = 3
	BitField  Class = 4
	Opaque    Class = 5
	Compound  Class = 6
	Reference Class = 7
	Enum      Class = 8
	Sequence  Class = 9 // of a length of its own for each element
	Array     Class = 10
	Complex   Class = 11
)

// String is the plural of what the class is called.
func (c Class) String() string {
	names := []string{"integers", "floats", "times", "strings", "bit fields", "opaque bytes", "compounds", "references",
		"enumerations", "sequences", "arrays", "complex numbers"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("elements of the unknown class %d", int(c))
	}
	return names[c]
}

// Type is the type of the elements of a dataset.
type Type struct {
	Class     Class
	Size      int   // bytes
	Signed    bool  // of integers
	BigEndian bool  // of numbers
	Base      *Type // of sequences, arrays and enumerations
	Dims      []int // of arrays

	text   bool // a sequence that is a string
	vax    bool // an order of bytes that is neither
	object bool // a reference to an object
	at     int  // bit at which a number starts
	bits   int  // of a number

	// Of floats: where the parts are, in bits, and how they are meant.
	sign, exponentAt, exponentBits, mantissaAt, mantissaBits int
	implied                                                  bool // a leading 1 that is not stored
	bias                                                     uint64
}

// String names the type, as "16-bit floats".
func (t *Type) String() string {
	order := ""
	if t.BigEndian && t.Size > 1 {
		order = "big-endian "
	}
	switch {
	case t.Class == Integer && t.Signed:
		return fmt.Sprintf("%ssigned %d-bit integers", order, t.bits)
	case t.Class == Integer:
		return fmt.Sprintf("%sunsigned %d-bit integers", order, t.bits)
	case t.Class == Float:
		return fmt.Sprintf("%s%d-bit floats", order, t.bits)
	case t.Class == Sequence && t.text:
		return "strings"
	case t.Class == Sequence && t.Base != nil:
		return "sequences of " + t.Base.String()
	case t.Class == Array && t.Base != nil:
		return fmt.Sprintf("arrays of shape %v of %v", t.Dims, t.Base)
	}
	return t.Class.String()
}

// Number reports whether elements are single numbers.
func (t *Type) Number() bool { return t.Class == Integer || t.Class == Float }

// Numbers reports whether elements are sequences of numbers.
func (t *Type) Numbers() bool {
	return t.Class == Sequence && !t.text && t.Base != nil && t.Base.Number()
}

// maxTypeDepth bounds how deep types are nested.
const maxTypeDepth = 8

// parseType reads a datatype message.
func (f *File) parseType(body []byte) (*Type, error) {
	t, err := parseType(f.cursor(body, "datatype"), 0)
	return t, errors.Wrap(err, "datatype")
}

func parseType(c *cursor, depth int) (*Type, error) {
	if depth > maxTypeDepth {
		return nil, errors.Errorf("is nested more than %d deep", maxTypeDepth)
	}
	kind := c.u8()
	version := kind >> 4
	flags := int(c.uint(3))
	size := c.u32()
	if err := c.err(); err != nil {
		return nil, err
	}
	if version < 1 || version > 5 {
		return nil, errors.Errorf("version %d, want 1 to 5", version)
	}
	if size == 0 || size > 1<<30 {
		return nil, errors.Errorf("elements of %d bytes, want 1 to 2³⁰", size)
	}
	t := &Type{Class: Class(kind & 15), Size: int(size)}
	var err error
	switch t.Class {
	case Integer, BitField:
		t.Signed = t.Class == Integer && flags&8 != 0
		t.Class, t.BigEndian = Integer, flags&1 != 0
		t.at, t.bits = c.u16(), c.u16()
	case Float:
		t.parseFloat(c, flags)
	case Reference:
		t.object = flags&15 == 0 && t.Size == c.offsetSize
	case Enum:
		if t.Base, err = parseType(c, depth+1); err != nil {
			return nil, err
		}
		if t.Base.Class != Integer || t.Base.Size != t.Size {
			return nil, errors.Errorf("an enumeration of %d bytes over %v", t.Size, t.Base)
		}
		t = t.Base
	case Sequence:
		t.text = flags&15 == 1
		if t.Base, err = parseType(c, depth+1); err == nil && t.Size != 4+c.offsetSize+4 {
			err = errors.Errorf("references to sequences of %d bytes, want %d", t.Size, 8+c.offsetSize)
		}
	case Array:
		err = t.parseArray(c, version, depth)
	}
	if err == nil {
		err = c.err()
	}
	if err == nil && t.Number() && (t.bits < 1 || t.at+t.bits > 8*t.Size) {
		err = errors.Errorf("a number of %d bits at bit %d of %d bytes", t.bits, t.at, t.Size)
	}
	return t, err
}

// parseFloat reads where the parts of a float are.
func (t *Type) parseFloat(c *cursor, flags int) {
	t.BigEndian = flags&1 != 0
	t.vax = flags&0x40 != 0
	t.implied = flags>>4&3 == 2
	t.sign = flags >> 8 & 255
	t.at, t.bits = c.u16(), c.u16()
	t.exponentAt, t.exponentBits, t.mantissaAt, t.mantissaBits = c.u8(), c.u8(), c.u8(), c.u8()
	t.bias = c.u32()
}

// parseArray reads the shape and the type of the elements of arrays.
func (t *Type) parseArray(c *cursor, version, depth int) (err error) {
	rank := c.u8()
	if version < 3 {
		c.skip(3)
	}
	elements := 1
	for range rank {
		n := int(c.u32())
		if n == 0 || n > t.Size || elements > t.Size/n {
			return errors.Errorf("an array of more elements than its %d bytes", t.Size)
		}
		elements *= n
		t.Dims = append(t.Dims, n)
	}
	if version < 3 {
		c.skip(4 * rank) // a permutation that was never used
	}
	if t.Base, err = parseType(c, depth+1); err == nil && t.Base.Size*elements != t.Size {
		err = errors.Errorf("an array of %d bytes with %d elements of %d", t.Size, elements, t.Base.Size)
	}
	return err
}
