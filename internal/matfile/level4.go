package matfile

import (
	"encoding/binary"
	"io"

	"github.com/pkg/errors"
)

// head4 is the length of what each matrix of level 4 begins with: type, rows, columns, whether it is
// complex, and the length of its name, in 4 bytes each.
const head4 = 20

// kinds4 are the types of numbers of level 4: the tens of the type of a matrix.
var kinds4 = []kind{kindDouble, kindSingle, kindInt32, kindInt16, kindUint16, kindUint8}

// classes4 are what a matrix is: the last digit of its type.
var classes4 = []string{"double", "char", "sparse"}

// walk4 looks at all variables of a file of level 4: matrices one after the other.
func walk4(r io.ReaderAt, size int64, s *search) error {
	for at := int64(0); at < size; {
		var b [head4]byte
		if n, err := r.ReadAt(b[:], at); n < head4 {
			return errors.Wrapf(err, "offset %d: %d bytes are left, want the %d that a matrix of level 4 begins with", at, size-at, head4)
		}
		// The thousands are 1 where the most significant byte comes first.
		var order binary.ByteOrder = binary.LittleEndian
		if order.Uint32(b[:]) >= 5000 {
			order = binary.BigEndian
		}
		kindOf := order.Uint32(b[:])
		if machine := kindOf / 1000; machine > 1 || (machine == 1) != (order == binary.BigEndian) || kindOf/100%10 != 0 ||
			kindOf/10%10 >= uint32(len(kinds4)) || kindOf%10 >= uint32(len(classes4)) {
			return errors.Errorf("offset %d: is neither a MAT-file of level 5 nor one of level 4 in IEEE numbers: a matrix's type is %d", at, kindOf)
		}
		k := kinds4[kindOf/10%10]
		shape := []int{int(int32(order.Uint32(b[4:]))), int(int32(order.Uint32(b[8:])))}
		complexes, name := int64(order.Uint32(b[12:])), int64(order.Uint32(b[16:]))
		count, err := product(shape)
		switch {
		case err != nil:
			return errors.Wrapf(err, "offset %d: a matrix of level 4", at)
		case complexes > 1:
			return errors.Errorf("offset %d: the mark for complex numbers is %d, want 0 or 1", at+12, complexes)
		case name > maxName || name > size-at-head4:
			return errors.Errorf("offset %d: a name has %d bytes, want at most %d, and %d are left", at+16, name, maxName, size-at-head4)
		}
		start := at + head4 + name
		if per := int64(k.size()) * (1 + complexes); count > (size-start)/per {
			return errors.Errorf("offset %d: a matrix has shape %v, %d bytes are left", at, shape, size-start)
		} else {
			at = start + count*per
		}
		if err := take4(r, start, name, kindOf%10, complexes == 1, s, &Array{Shape: shape, kind: k, order: order}); err != nil {
			return errors.Wrapf(err, "offset %d", start-name-head4)
		}
	}
	return nil
}

// take4 takes a matrix whose numbers begin at start, behind a name of so many bytes, if it is wanted.
func take4(r io.ReaderAt, start, name int64, class uint32, complexes bool, s *search, a *Array) error {
	text := make([]byte, name)
	if _, err := r.ReadAt(text, start-name); err != nil {
		return err
	}
	if name > 0 && text[name-1] == 0 {
		text = text[:name-1]
	}
	if a.Class = classes4[class]; complexes {
		a.Class = "complex " + a.Class
	}
	i, err := s.wanted(string(text), a.Class, a.Shape)
	if i < 0 || err != nil {
		return err
	}
	if class != 0 || complexes {
		return errors.Errorf("variable %q is of class %s, want an array of real numbers", short(string(text)), a.Class)
	}
	a.Name, a.exact = string(text), true
	a.open = func() (io.Reader, error) {
		return io.NewSectionReader(r, start, int64(a.Len())*int64(a.kind.size())), nil
	}
	a.whole = func(io.Reader) error { return nil }
	s.found[i] = a
	return nil
}
