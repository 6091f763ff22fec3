package optim

import (
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/internal/kernel"
)

// array is numbers of one of two types; the other slice is nil.
type array struct {
	single []float32
	double []float64
}

// elements are the numbers of a gorgonia.Value in row-major order, whatever its type and layout.
// Gradients in particular may be views: transposed or sliced, so that neighbours in a row are not
// neighbours in memory.
type elements struct {
	memory array
	n      int

	// shape and strides tell where the elements are; nil, if they are one after the other.
	shape, strides []int
}

func elementsOf(v gorgonia.Value) (elements, error) {
	switch v := v.(type) {
	case nil:
		return elements{}, errors.New("there is none")
	case *gorgonia.F64:
		return elements{memory: array{double: unsafe.Slice((*float64)(v), 1)}, n: 1}, nil
	case *gorgonia.F32:
		return elements{memory: array{single: unsafe.Slice((*float32)(v), 1)}, n: 1}, nil
	case *tensor.Dense:
		switch v.Dtype() {
		case tensor.Float64:
			return denseElements(v, array{double: v.Float64s()}), nil
		case tensor.Float32:
			return denseElements(v, array{single: v.Float32s()}), nil
		}
	}
	return elements{}, errors.Errorf("got a %T of %v, want a scalar or dense tensor of float32 or float64", v, v.Dtype())
}

func denseElements(d *tensor.Dense, memory array) elements {
	shape, strides := d.Shape(), d.Strides()
	n, contiguous := 1, true
	for axis := len(shape) - 1; axis >= 0; axis-- {
		contiguous = contiguous && (strides[axis] == n || shape[axis] == 1)
		n *= shape[axis]
	}
	if contiguous {
		return elements{memory: memory, n: n}
	}
	return elements{memory: memory, n: n, shape: shape, strides: strides}
}

// run finds element i in memory, the stride from there to the next elements, and the number of
// elements which that leads to.
func (e *elements) run(i int) (at, stride, n int) {
	if e.strides == nil {
		return i, 1, e.n - i
	}
	last := len(e.shape) - 1
	row, column := i/e.shape[last], i%e.shape[last]
	at = column * e.strides[last]
	for axis := last - 1; axis >= 0; axis-- {
		at += row % e.shape[axis] * e.strides[axis]
		row /= e.shape[axis]
	}
	return at, e.strides[last], e.shape[last] - column
}

// read copies as many elements as x has, from the given one on, and reports whether they are
// finite.
func (e *elements) read(from int, x []float64) (finite bool) {
	if e.memory.single != nil {
		return read(e, e.memory.single, from, x)
	}
	return read(e, e.memory.double, from, x)
}

func read[F kernel.Float](e *elements, memory []F, from int, x []float64) (finite bool) {
	finite = true
	for len(x) > 0 {
		at, stride, n := e.run(from)
		n = min(n, len(x))
		if stride == 1 {
			finite = kernel.Widen(memory[at:at+n], x[:n]) && finite
		} else {
			for i := range n {
				x[i] = float64(memory[at+i*stride])
			}
			finite = kernel.Finite(x[:n]) && finite
		}
		from, x = from+n, x[n:]
	}
	return finite
}

// write sets all elements to x, which has the same type.
func (e *elements) write(x array) {
	if e.memory.single != nil {
		write(e, e.memory.single, x.single)
	} else {
		write(e, e.memory.double, x.double)
	}
}

func write[F kernel.Float](e *elements, memory, x []F) {
	for from := 0; from < e.n; {
		at, stride, n := e.run(from)
		if stride == 1 {
			copy(memory[at:at+n], x[from:])
		} else {
			for i := range n {
				memory[at+i*stride] = x[from+i]
			}
		}
		from += n
	}
}

// clear sets all elements to zero.
func (e *elements) clear() {
	if e.memory.single != nil {
		zero(e, e.memory.single)
	} else {
		zero(e, e.memory.double)
	}
}

func zero[F kernel.Float](e *elements, memory []F) {
	for from := 0; from < e.n; {
		at, stride, n := e.run(from)
		if stride == 1 {
			clear(memory[at : at+n])
		} else {
			for i := range n {
				memory[at+i*stride] = 0
			}
		}
		from += n
	}
}
