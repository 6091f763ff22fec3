package graph

import (
	"reflect"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// read is gorgonia.Read: a copy of a value goes to a variable of the program that runs the machine.
// As with Gorgonia's machine, the memory of the copy is that of the run before.
func (b *builder[F]) read(i int) (instruction, error) {
	p, n, from := b.program, b.slots[i].node, b.plan.steps[i].in[0]
	into, err := destination(n.Op())
	if err != nil {
		return instruction{}, Wrapf(err, "%s", n.Name())
	}
	var last *tensor.Dense
	return instruction{node: n, reads: []int{from}, run: func() error {
		v := p.valueOf(from)
		if x, ok := v.(tensor.Tensor); ok && last != nil && *into == gorgonia.Value(last) {
			return tensor.Copy(last, x)
		}
		v, err := gorgonia.CloneValue(v)
		if err == nil {
			*into = v
			last, _ = v.(*tensor.Dense)
		}
		return err
	}}, nil
}

// destination is the variable that a gorgonia.Read reads into, which Gorgonia does not export.
func destination(op gorgonia.Op) (*gorgonia.Value, error) {
	f := reflect.ValueOf(op).FieldByName("into")
	if f.Kind() != reflect.Pointer || f.Type().Elem() != reflect.TypeFor[gorgonia.Value]() || f.IsNil() {
		return nil, errors.New("reads into nothing")
	}
	return (*gorgonia.Value)(f.UnsafePointer()), nil
}

// let is gorgonia.Set: the value of one node becomes that of an input, for the next run.
func (b *builder[F]) let(i int) (instruction, error) {
	p, n, in := b.program, b.slots[i].node, b.plan.steps[i].in
	if len(in) != 2 {
		return instruction{}, errors.Errorf("%s has %d operands, want 2", n.Name(), len(in))
	}
	to := b.slots[in[0]].node
	return instruction{node: n, reads: in, run: func() error {
		v, err := gorgonia.CloneValue(p.valueOf(in[1]))
		if err == nil {
			binding.Lock()
			defer binding.Unlock()
			err = gorgonia.UnsafeLet(to, v)
		}
		return err
	}}, nil
}
