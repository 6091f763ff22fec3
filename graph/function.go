package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Float is the element type of every tensor in the module.
type Float interface{ float32 | float64 }

// Array is a dense tensor, row by row. Nil Data stands for a tensor that is not there: an
// output that nobody reads, a gradient that nobody wants, a cotangent that is zero.
type Array[F Float] struct {
	Shape tensor.Shape
	Data  []F
}

// Function is what the author of an op writes: shapes, a forward pass and its gradient, as
// numbers. [Apply] makes Gorgonia nodes of it, with all that Gorgonia expects of an op.
//
// An implementation is a plain value: a struct of numbers, strings, booleans and nested such
// values, without pointers, slices, maps or functions. Its fields are its identity: two
// Functions with equal fields on the same inputs are one node, all others are different nodes.
type Function interface {
	// Shapes checks the shapes of the inputs and returns those of the outputs. The first
	// output is the value of the op's node; others are reached through [Result.Output].
	Shapes(in []tensor.Shape) (out []tensor.Shape, err error)

	// Kernel32 and Kernel64 return the same computation in the two precisions, usually one
	// generic type instantiated twice.
	Kernel32() Kernel[float32]
	Kernel64() Kernel[float64]
}

// Kernel computes a [Function] and its gradient. It keeps nothing between calls, may be
// called from several goroutines at once, and keeps no reference to the arrays of a call.
type Kernel[F Float] interface {
	// Forward fills c.Out, and c.Tape if c.Record is set and the Function is [Taped].
	Forward(c *Call[F]) error

	// Backward fills c.DIn, from c.In, c.DOut and the tape that Forward left.
	Backward(c *Call[F]) error
}

// Call is one evaluation of a [Kernel].
type Call[F Float] struct {
	// In are the inputs. They must not be written. The Data of one that can be read from the tape
	// of its source, see [TapeReader], may be nil.
	In []Array[F]

	// Out are the outputs, with any values: Forward writes every element of those whose Data is not
	// nil. Out[0] is always wanted, but if the Function is [Terse], perhaps only on the tape.
	Out []Array[F]

	// Record asks Forward for a tape, because a gradient will be taken.
	Record bool

	// Tape is whatever Backward needs of Forward. It must not refer to In or Out, whose
	// memory may have been given to others by the time Backward runs. When Forward is called,
	// it is nil or the tape of an earlier run on inputs of the same shapes, which nobody needs
	// any more: its memory can serve again.
	Tape any

	// DOut are the gradients of the loss with respect to the outputs; at least one has Data.
	DOut []Array[F]

	// DIn are the gradients with respect to the inputs, with Data where wanted, and any values:
	// Backward writes every element.
	DIn []Array[F]

	// Sources are the tapes of the runs that handed out the inputs, where they were recorded runs
	// of Functions and are still there; nil otherwise. What a tape says of its output in another
	// form than numbers, as spikes by bits, need not be found out again. They must not be written,
	// and may be gone by the time Backward runs.
	Sources []any

	values []gorgonia.Value // what In was read from
}

// Taped is implemented by a [Function] whose Backward needs more of the forward pass than its
// inputs. If the tape of a run is not at hand, the forward pass is repeated.
type Taped interface {
	Taped()
}

// Terse is implemented by a [Taped] Function whose tape can say all of its first output. Where
// nobody needs that as numbers, Forward gets no Data for it, and leaves such a tape even if Record
// is not set.
type Terse interface {
	// Terse reports whether the tape says all of the first output.
	Terse() bool
}

// TapeReader is implemented by a [Function] that can do with the tapes of its inputs' sources.
type TapeReader interface {
	// ReadsTape reports whether input i can be read from the tape of source, which computed it.
	ReadsTape(i int, source Function) bool
}

// Undifferentiated is implemented by a [Function] through some of whose inputs no gradient
// flows (labels, for example). The others need not implement it.
type Undifferentiated interface {
	// Undifferentiated reports whether input i has no gradient.
	Undifferentiated(i int) bool
}

// Separable is implemented by a [Function] some of whose gradients cost much more than nothing
// and are often not wanted, as that of a network's input. Such a gradient is not computed with the
// others until somebody has asked for it once.
type Separable interface {
	// Separate reports whether the gradient of input i is left out until it is asked for.
	Separate(i int) bool
}

// Pointwise is implemented by a Function each element of whose outputs depends on nothing but the
// elements of the inputs at the same place, all being of one shape, and whose Backward needs no
// tape. Its Kernel may be given any run of the elements, as arrays of one dimension. Machines work
// on a few hundred elements at a time, and carry them through several Functions.
type Pointwise interface {
	Pointwise()
}
