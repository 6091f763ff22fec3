package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"runtime/debug"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var (
	_ gorgonia.SDOp = (*op)(nil)
	_ gorgonia.ADOp = (*op)(nil)
)

// op is the Gorgonia side of an evaluation: output k of it. Output 0 runs the function on the
// inputs. The others have output 0 as an additional first child, and read what its run kept.
type op struct {
	ev *evaluation
	k  int
}

// offset is the number of children that stand before the function's inputs.
func (o *op) offset() int {
	if o.k == 0 {
		return 0
	}
	return 1
}

func (o *op) Arity() int { return len(o.ev.in) + o.offset() }

func (o *op) Type() hm.Type {
	var t []hm.Type
	if o.k > 0 {
		t = append(t, typeOf(o.ev.out[0], o.ev.dt))
	}
	for _, s := range o.ev.in {
		t = append(t, typeOf(s, o.ev.dt))
	}
	return hm.NewFnType(append(t, typeOf(o.ev.out[o.k], o.ev.dt))...)
}

func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return o.ev.out[o.k].Clone(), nil
}

func (o *op) ReturnsPtr() bool     { return false }
func (o *op) CallsExtern() bool    { return false }
func (o *op) OverwritesInput() int { return -1 }

func (o *op) String() string {
	return fmt.Sprintf("%s[%d]%v%v%v", o.ev.id, o.k, o.ev.in, o.ev.out, o.ev.dt)
}
func (o *op) WriteHash(h hash.Hash) { fmt.Fprint(h, o.String()) }
func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// Do computes the output, for Gorgonia's machines. [Machine] runs Functions without it.
func (o *op) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	if o.ev.dt == tensor.Float32 {
		return do(o, o.ev.f.Kernel32(), values)
	}
	return do(o, o.ev.f.Kernel64(), values)
}

func do[F Float](o *op, k Kernel[F], values []gorgonia.Value) (v gorgonia.Value, err error) {
	defer func() { err = Wrapf(err, "%s", o.ev.name) }()
	defer catch(&err)

	ev := o.ev
	in, err := arrays[F](values[o.offset():], ev.in)
	if err != nil {
		return nil, err
	}
	if o.k > 0 {
		var out *Array[F]
		ev.read(values[0], func(r *run) error {
			if outs, ok := r.outs.([]Array[F]); ok && outs[o.k].Data != nil {
				kept := outs[o.k].clone()
				out = &kept
			}
			return nil
		})
		if out != nil {
			return out.value(), nil
		}
		ev.wanted[o.k].Store(true)
	}
	c := &Call[F]{In: in, Out: make([]Array[F], len(ev.out)), values: values[o.offset():]}
	if o.k == 0 {
		c.Record = ev.record
		c.Tape = ev.forget()
	}
	for i, s := range ev.out {
		c.Out[i].Shape = s
		if i == 0 || i == o.k || o.k == 0 && ev.wanted[i].Load() {
			c.Out[i] = newArray[F](s)
		}
	}
	var release func()
	c.Sources, release = ev.acquire(c.values)
	defer release()
	if err := k.Forward(c); err != nil {
		return nil, err
	}
	v = c.Out[o.k].value()
	if o.k == 0 {
		c.Out[0].Data = nil // it is the machine's
		ev.keep(&run{handed: v, tape: c.Tape, outs: c.Out})
	}
	return v, nil
}

// DiffWRT tells through which children a gradient flows.
func (o *op) DiffWRT(n int) []bool {
	d := make([]bool, n)
	for i := range d {
		d[i] = i >= o.offset() && o.ev.differentiable(i-o.offset())
	}
	return d
}

// SymDiff adds the nodes of the gradient with respect to the children.
func (o *op) SymDiff(children gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if !SameShape(grad.Shape(), output.Shape()) {
		return nil, errors.Errorf("srnn: the gradient %s of %s has shape %v, want %v",
			grad.Name(), o.ev.name, grad.Shape(), output.Shape())
	}
	first, inputs := output, children
	if o.k > 0 {
		first, inputs = children[0], children[1:]
	}
	if f, ok := o.ev.f.(interface{ differentiate() error }); ok {
		if err := f.differentiate(); err != nil {
			return nil, Wrapf(err, "gradient of %s", o.ev.name)
		}
	}
	o.ev.record = true
	grads, err := gradient(o.ev, o.k, grad, first, inputs)
	if err != nil {
		return nil, err
	}
	return append(make(gorgonia.Nodes, o.offset()), grads...), nil
}

// DoDiff adds the gradient to the children's, for gorgonia's LispMachine.
func (o *op) DoDiff(_ gorgonia.ExecutionContext, children gorgonia.Nodes, output *gorgonia.Node) error {
	if o.ev.dt == tensor.Float32 {
		return doDiff(o, o.ev.f.Kernel32(), children, output)
	}
	return doDiff(o, o.ev.f.Kernel64(), children, output)
}

func doDiff[F Float](o *op, k Kernel[F], children gorgonia.Nodes, output *gorgonia.Node) (err error) {
	defer func() { err = Wrapf(err, "gradient of %s", o.ev.name) }()
	defer catch(&err)

	ev, inputs := o.ev, children[o.offset():]
	values := make([]gorgonia.Value, len(inputs))
	for i, n := range inputs {
		values[i] = n.Value()
	}
	in, err := arrays[F](values, ev.in)
	if err != nil {
		return err
	}
	dv, err := output.Grad()
	if err != nil {
		return err
	}
	dOut, err := arrays[F]([]gorgonia.Value{dv}, ev.out[o.k:o.k+1])
	if err != nil {
		return err
	}
	dIn := make([]Array[F], len(ev.in))
	for i, s := range ev.in {
		if ev.differentiable(i) {
			dIn[i] = newArray[F](s)
		}
	}
	sources := make([]any, len(in))
	if err := backward(ev, k, in, sources, nil, o.k, dOut[0], dIn); err != nil {
		return err
	}
	for i, n := range inputs {
		if dIn[i].Data == nil {
			continue
		}
		g, err := n.Grad()
		if err == nil {
			err = accumulate(g, dIn[i])
		}
		if err != nil {
			return errors.Wrapf(err, "input %d (%s)", i, n.Name())
		}
	}
	return nil
}

// accumulate adds a to the value g in place.
func accumulate[F Float](g gorgonia.Value, a Array[F]) error {
	switch g := g.(type) {
	case *gorgonia.F32:
		*g += gorgonia.F32(a.Data[0])
	case *gorgonia.F64:
		*g += gorgonia.F64(a.Data[0])
	case *tensor.Dense:
		x, ok := g.Data().([]F)
		if !ok || len(x) != len(a.Data) || g.RequiresIterator() {
			return errors.Errorf("cannot add to a gradient of shape %v, %v", g.Shape(), g.Dtype())
		}
		for i, y := range a.Data {
			x[i] += y
		}
	default:
		return errors.Errorf("cannot add to a gradient that is a %T", g)
	}
	return nil
}

// arrays reads values, which must have the declared shapes.
func arrays[F Float](values []gorgonia.Value, shapes []tensor.Shape) ([]Array[F], error) {
	if len(values) != len(shapes) {
		return nil, errors.Errorf("got %d inputs, want %d", len(values), len(shapes))
	}
	as := make([]Array[F], len(values))
	for i, v := range values {
		a, err := arrayOf[F](v)
		if err != nil {
			return nil, errors.Wrapf(err, "input %d", i)
		}
		if !SameShape(a.Shape, shapes[i]) && !(len(a.Data) == 1 && shapes[i].TotalSize() == 1) {
			return nil, errors.Errorf("input %d has shape %v, declared as %v", i, a.Shape, shapes[i])
		}
		as[i] = Array[F]{Shape: shapes[i], Data: a.Data}
	}
	return as, nil
}

// catch turns a panic into an error. Gorgonia's machines run ops on a goroutine of their own,
// where a panic would end the process.
func catch(err *error) {
	if r := recover(); r != nil {
		*err = errors.Errorf("panic: %v\n%s", r, debug.Stack())
	}
}
