// Package matfile reads arrays of numbers from MAT-files: those of level 5, which MATLAB 5 to 7.2 and
// its options -v6 and -v7, Octave and SciPy write, and those of level 4. The formats are described in
// "MAT-File Format", The MathWorks. Files of MATLAB 7.3 are HDF5.
//
// A file is walked element by element, and an array is handed out number by number: memory does not
// depend on what a file says of its sizes.
package matfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Array is an array of real numbers. The first index moves fastest.
type Array struct {
	// Class is what MATLAB calls the type of the array: "double", "int8", "logical". The numbers may be
	// stored narrower than that.
	Class string

	// Name is the name of the variable.
	Name string

	// Shape is the length of each dimension. Their product fits an int64.
	Shape []int

	kind  kind
	order binary.ByteOrder
	open  func() (io.Reader, error) // at the first number
	whole func(io.Reader) error     // checks what comes after the last number
	exact bool                      // the file is known to hold all numbers
}

// Is73 reports whether a file is one of MATLAB 7.3, which is HDF5 behind a block of 512 bytes.
func Is73(r io.ReaderAt) bool {
	var b [header]byte
	if _, err := r.ReadAt(b[:], 0); err != nil {
		return false
	}
	version, end := binary.LittleEndian.Uint16(b[124:]), string(b[126:])
	return version == 0x0200 && end == "IM" || version == 0x0002 && end == "MI"
}

// NotFound is the error for a variable that a file does not have.
type NotFound struct{ Name, Others string }

// Error tells the name, and those of the variables that there are.
func (e *NotFound) Error() string {
	return fmt.Sprintf("has no variable %s; it has %s", e.Name, e.Others)
}

// Find finds the arrays of the given names in a file of the given size. Other variables may be of any
// class. Errors name the offset.
func Find(r io.ReaderAt, size int64, names ...string) ([]*Array, error) {
	s := search{names: names, found: make([]*Array, len(names))}
	var b [header]byte
	n, err := r.ReadAt(b[:], 0)
	if n < 4 || err != nil && err != io.EOF {
		return nil, errors.Wrapf(err, "has %d bytes, want a header of %d", size, header)
	}
	walk := walk5
	if end := string(b[126:]); end != "IM" && end != "MI" && bytes.IndexByte(b[:4], 0) >= 0 {
		walk = walk4 // level 5 begins with text
	}
	if err := walk(r, size, &s); err != nil {
		return nil, err
	}
	for i, a := range s.found {
		if a == nil {
			return nil, &NotFound{short(names[i]), s.others()}
		}
	}
	return s.found, nil
}

// search is what is looked for, and what was found.
type search struct {
	names []string
	found []*Array

	seen  []string // some of the variables, for a message
	count int
}

// maxSeen is how many variables a message names.
const maxSeen = 12

// wanted is the index of a name among those that are looked for, −1 if it is not.
func (s *search) wanted(name, class string, shape []int) (int, error) {
	if name == "" {
		return -1, nil // what belongs to objects and functions
	}
	if s.count++; len(s.seen) < maxSeen {
		s.seen = append(s.seen, fmt.Sprintf("%q (%s %v)", short(name), class, shape[:min(len(shape), 8)]))
	}
	i := slices.Index(s.names, name)
	if i >= 0 && s.found[i] != nil {
		return i, errors.Errorf("has two variables %q", short(name))
	}
	return i, nil
}

// others names the variables of the file.
func (s *search) others() string {
	switch {
	case s.count == 0:
		return "none"
	case s.count > len(s.seen):
		return fmt.Sprintf("%s and %d more", strings.Join(s.seen, ", "), s.count-len(s.seen))
	}
	return strings.Join(s.seen, ", ")
}

// short cuts a name for a message.
func short(name string) string {
	if len(name) > 64 {
		return name[:64] + "…"
	}
	return name
}

// Len is the number of numbers.
func (a *Array) Len() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Exact reports whether the file is known to hold all numbers of the array. Where it does not, as in a
// compressed element, [Array.Each] tells.
func (a *Array) Exact() bool { return a.exact }

// Each calls f for each number in the order of the file, with its index, until f returns an error. It may
// be called again.
func (a *Array) Each(f func(i int, v float64) error) error {
	r, err := a.open()
	if err != nil {
		return errors.Wrap(err, a.Name)
	}
	buffer := make([]byte, 1<<15)
	size := a.kind.size()
	for i, n := 0, a.Len(); i < n; {
		b := buffer[:min(len(buffer), (n-i)*size)]
		if got, err := io.ReadFull(r, b); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return errors.Wrapf(err, "%s: number %d of %d", a.Name, i+got/size, n)
		}
		for ; len(b) > 0; b = b[size:] {
			if err := f(i, a.kind.value(a.order, b)); err != nil {
				return err // of the caller's
			}
			i++
		}
	}
	return errors.Wrap(a.whole(r), a.Name)
}

// product is the number of numbers of an array.
func product(shape []int) (int64, error) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > (1<<62)/int64(d) {
			return 0, errors.Errorf("has shape %v, which no array can have", shape[:min(len(shape), 8)])
		}
		n *= int64(d)
	}
	return n, nil
}
