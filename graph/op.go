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

// Do computes the output.
func (o *op) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return o.UsePreallocDo(nil, values...)
}

// UsePreallocDo computes the output, and writes it to old if that is a value which an earlier run
// of this very node handed out. It is how machines use the memory of one run for the next.
func (o *op) UsePreallocDo(old gorgonia.Value, values ...gorgonia.Value) (v gorgonia.Value, err error) {
	return o.run(false, old, values)
}

// run computes the output, or with tape set, which is for output 0 only, nothing but its tape.
func (o *op) run(tape bool, old gorgonia.Value, values []gorgonia.Value) (gorgonia.Value, error) {
	if o.ev.dt == tensor.Float32 {
		return do(o, o.ev.f.Kernel32(), tape, old, values)
	}
	return do(o, o.ev.f.Kernel64(), tape, old, values)
}

func do[F Float](o *op, k Kernel[F], tape bool, old gorgonia.Value, values []gorgonia.Value) (v gorgonia.Value, err error) {
	defer func() { err = Wrapf(err, "%s", o.ev.name) }()
	defer catch(&err)

	ev := o.ev
	in, err := arrays[F](values[o.offset():], ev.in)
	if err != nil {
		return nil, err
	}
	result := Array[F]{Shape: ev.out[o.k]}
	if !tape {
		result, v = reuse(ev, o.k, old, in)
	}
	if o.k > 0 {
		done := false
		ev.read(values[0], func(r *run) error {
			if outs, ok := r.outs.([]Array[F]); ok && outs[o.k].Data != nil {
				done = true
				copy(result.Data, outs[o.k].Data)
			}
			return nil
		})
		if done {
			return handOut(ev, result, v), nil
		}
		ev.wanted[o.k].Store(true)
	}
	c := &Call[F]{In: in, Out: make([]Array[F], len(ev.out)), values: values[o.offset():]}
	var kept []Array[F]
	if o.k == 0 {
		c.Record = ev.record
		if before, ok := old.(*onTape); ok && before.ev == ev {
			c.Tape = before.run.tape
			kept, _ = before.run.outs.([]Array[F])
		} else if !tape {
			c.Tape, kept = recycle[F](ev)
		}
	}
	for i, s := range ev.out {
		c.Out[i].Shape = s
		switch {
		case i == o.k:
			c.Out[i] = result
		case i == 0 && o.k > 0:
			c.Out[i] = newArray[F](s)
		case o.k == 0 && ev.wanted[i].Load():
			if kept != nil && kept[i].Data != nil {
				c.Out[i] = kept[i]
			} else {
				c.Out[i] = newArray[F](s)
			}
		}
	}
	var release func()
	c.Sources, release = ev.acquire(c.values)
	defer release()
	if err := k.Forward(c); err != nil {
		return nil, err
	}
	if tape {
		return &onTape{ev, &run{tape: c.Tape, outs: c.Out}}, nil
	}
	v = handOut(ev, result, v)
	if o.k == 0 {
		c.Out[0].Data = nil // it is the machine's
		ev.keep(&run{handed: v, tape: c.Tape, outs: c.Out})
	}
	return v, nil
}

// reuse is the memory for output k, and the value that it belongs to: old, if that was handed out
// by this evaluation, and no input lies in it; otherwise new memory, and no value.
func reuse[F Float](ev *evaluation, k int, old gorgonia.Value, in []Array[F]) (Array[F], gorgonia.Value) {
	d, ok := old.(*tensor.Dense)
	if !ok || !ev.handedOut(d) {
		return newArray[F](ev.out[k]), nil
	}
	a, err := denseArray[F](d)
	if err != nil || !SameShape(a.Shape, ev.out[k]) {
		return newArray[F](ev.out[k]), nil
	}
	for _, x := range in {
		if overlap(x.Data, a.Data) {
			return newArray[F](ev.out[k]), nil
		}
	}
	return Array[F]{Shape: ev.out[k], Data: a.Data}, d
}

// handOut is the value of an array: v, whose memory it already is, or a new one.
func handOut[F Float](ev *evaluation, a Array[F], v gorgonia.Value) gorgonia.Value {
	if v == nil {
		v = a.value()
		if d, ok := v.(*tensor.Dense); ok {
			ev.remember(d)
		}
	}
	return v
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
		if v, ok := v.(*onTape); ok {
			as[i].Shape = v.Shape()
			continue
		}
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
