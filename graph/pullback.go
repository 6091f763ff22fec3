package graph

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// pullback is the backward pass of an evaluation as a Function. Its inputs are the gradient of
// output k, the first output as it was handed out, and the inputs of the forward pass; its
// outputs the gradients with respect to the inputs wrt.
//
// The tape of the forward run is used only if the first output is the very value which that
// run handed out. In every other case (the graph was cloned, another machine ran in between, a
// machine copied the value) the forward pass is repeated, and the result is the same.
type pullback struct {
	ev  *evaluation
	k   int
	wrt []int
}

// id identifies the pullback in place of its fields.
func (p pullback) id() string {
	return fmt.Sprintf("pullback(%s, output %d, inputs %v)", p.ev.id, p.k, p.wrt)
}

func (p pullback) Shapes([]tensor.Shape) (out []tensor.Shape, err error) {
	for _, i := range p.wrt {
		out = append(out, p.ev.in[i])
	}
	return out, nil
}

// Undifferentiated is true everywhere: there are no second derivatives.
func (pullback) Undifferentiated(int) bool { return true }

func (p pullback) Kernel32() Kernel[float32] { return pullbackKernel[float32]{p, p.ev.f.Kernel32()} }
func (p pullback) Kernel64() Kernel[float64] { return pullbackKernel[float64]{p, p.ev.f.Kernel64()} }

type pullbackKernel[F Float] struct {
	pullback
	kernel Kernel[F]
}

func (p pullbackKernel[F]) Forward(c *Call[F]) error {
	dIn := make([]Array[F], len(p.ev.in))
	for j, i := range p.wrt {
		dIn[i] = c.Out[j]
	}
	sources, release := p.ev.acquire(c.values[2:])
	defer release()
	return p.ev.read(c.values[1], func(r *run) error {
		return backward(p.ev, p.kernel, c.In[2:], sources, r.tape, p.k, c.In[0], dIn)
	})
}

func (p pullbackKernel[F]) Backward(*Call[F]) error {
	return errors.New("has no second derivative")
}

// backward fills dIn, the gradients with respect to the inputs, repeating the forward pass if
// a tape of it is needed and not there.
func backward[F Float](ev *evaluation, k Kernel[F], in []Array[F], sources []any, tape any, out int, dOut Array[F], dIn []Array[F]) error {
	if _, needed := ev.f.(Taped); needed && tape == nil {
		c := &Call[F]{In: in, Out: make([]Array[F], len(ev.out)), Record: true, Sources: sources}
		c.Out[0] = newArray[F](ev.out[0])
		if err := k.Forward(c); err != nil {
			return err
		}
		tape = c.Tape
	}
	c := &Call[F]{In: in, Sources: sources, DOut: make([]Array[F], len(ev.out)), DIn: dIn, Tape: tape}
	for i, s := range ev.out {
		c.DOut[i].Shape = s
	}
	c.DOut[out].Data = dOut.Data
	return k.Backward(c)
}
