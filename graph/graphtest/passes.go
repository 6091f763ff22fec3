package graphtest

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func (s suite) forwardOnly() error {
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	gorgonia.Read(p.out, &p.value)
	got, err := p.finish()
	if err != nil {
		return err
	}
	want, err := s.reference()
	if err != nil {
		return err
	}
	return same(got, want[:1], 0)
}

// someGradients takes the gradient of one input at a time.
func (s suite) someGradients() error {
	want, err := s.reference()
	if err != nil {
		return err
	}
	k := 0
	for i := range s.inputs {
		if slices.Contains(s.constant, i) {
			continue
		}
		k++
		p, err := s.trainable(s.values(tensor.Float64), i)
		if err != nil {
			return err
		}
		got, err := p.finish()
		if err != nil {
			return err
		}
		if err := same(got, [][]float64{want[0], want[k]}, 0); err != nil {
			return errors.Wrapf(err, "with the gradient of input %d only", i)
		}
	}
	return nil
}

// overwrittenOutput puts an op behind the output that works in its memory, so that the output
// is gone when the backward pass begins.
func (s suite) overwrittenOutput() error {
	want, err := s.reference()
	if err != nil {
		return err
	}
	p, err := s.declare(s.values(tensor.Float64))
	if err != nil {
		return err
	}
	out := p.out
	if out.IsScalar() {
		out, err = gorgonia.Neg(out)
		if err != nil {
			return err
		}
		if out, err = gorgonia.Neg(out); err != nil {
			return err
		}
	} else {
		flat, err := gorgonia.Reshape(out, tensor.Shape{out.Shape().TotalSize()})
		if err != nil {
			return err
		}
		offset, err := constants(flat, "offset", 5)
		if err != nil {
			return err
		}
		if flat, err = gorgonia.Add(flat, offset); err != nil {
			return err
		}
		if out, err = gorgonia.Reshape(flat, p.out.Shape()); err != nil {
			return err
		}
	}
	loss, err := weigh(out)
	if err != nil {
		return err
	}
	if err := p.differentiate(s, loss); err != nil {
		return err
	}
	got, err := p.finish()
	if err != nil {
		return err
	}
	want[0] = nil // nobody reads it
	return same(got, want, 0)
}
