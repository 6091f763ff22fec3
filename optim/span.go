package optim

import (
	"sync"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/kernel"
)

// span is a range of the elements of a parameter, as many as stay in the cache from one rule to
// the next.
type span struct {
	*parameter
	lo, hi int
}

const spanSize = 1 << 11

// buffers are memory for value and update of a span which no transform but rules will see.
var buffers = sync.Pool{New: func() any { return new([2][spanSize]float64) }}

// pass is [model.pass] for one span.
func (s span) pass(first, last bool) error {
	value, update := s.leaf.Value[s.lo:s.hi], s.leaf.Update[s.lo:s.hi]
	if first && last {
		buffer := buffers.Get().(*[2][spanSize]float64)
		defer buffers.Put(buffer)
		value, update = buffer[0][:len(value)], buffer[1][:len(update)]
	}
	if first {
		if !s.value.read(s.lo, value) {
			return notFinite(s, "value", value)
		}
		if !s.grad.read(s.lo, update) {
			return notFinite(s, "gradient", update)
		}
	}
	suspect := last && s.leaf.suspect
	for i := range s.leaf.tasks {
		if !s.leaf.tasks[i].on(value, update, s.lo, s.leaf.single) {
			suspect = true
		}
	}
	if last {
		if err := s.sum(value, update); err != nil {
			return err
		}
	}
	if suspect {
		return s.checkState()
	}
	return nil
}

// sum makes the new values.
func (s span) sum(value, update []float64) error {
	if s.next.single != nil {
		return sum(s, value, update, s.next.single[s.lo:s.hi])
	}
	return sum(s, value, update, s.next.double[s.lo:s.hi])
}

func sum[F kernel.Float](s span, value, update []float64, next []F) error {
	if !kernel.RoundSum(value, update, next) {
		return notFinite(s, "new value", next)
	}
	return nil
}

// checkState checks that the new state is finite.
func (s span) checkState() error {
	for i := range s.leaf.slots {
		slot := &s.leaf.slots[i]
		if x := slot.after[s.lo:s.hi]; !kernel.Finite(x) {
			return notFinite(s, "state "+slot.key(), x)
		}
	}
	return nil
}

// notFinite is the error that elements x of a span are not all finite.
func notFinite[F kernel.Float](s span, what string, x []F) error {
	i := kernel.NotFinite(x)
	return errors.Errorf("%s: %s: element %d of %d is %v", s.name, what, s.lo+i, s.value.n, x[i])
}
