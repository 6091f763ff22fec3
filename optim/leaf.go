package optim

import "math"

// Leaf is one parameter in one step of a [Solver].
type Leaf struct {
	// Name is the name of the parameter.
	Name string

	// Value is a copy of the parameter, row by row. It must not be written.
	Value []float64

	// Update starts as the gradient; what it is at the end of the chain is added to the
	// parameter.
	Update []float64

	single        bool // the parameter is float32
	scope         string
	before, after slots
}

// slots are the state of one parameter. A key is the position of a transform in the chain and
// the name of a slot, as in "1/m".
type slots map[string][]float64

// Slot is the state of that name which the running transform keeps for this parameter: one
// number for each element, zero before the first step, to be changed in place. The name must not
// contain a slash.
func (l *Leaf) Slot(name string) []float64 {
	key := l.scope + "/" + name
	if x, ok := l.after[key]; ok {
		return x
	}
	// A copy, because a failing step must leave the state as it was.
	x := make([]float64, len(l.Value))
	copy(x, l.before[key])
	if l.after == nil {
		l.after = slots{}
	}
	l.after[key] = x
	return x
}

// Clamp changes Update so that the new value of the parameter lies in [lo, hi], also after it
// has been rounded to the parameter's dtype.
func (l *Leaf) Clamp(lo, hi float64) {
	if l.single {
		lo, hi = roundUp(lo), -roundUp(-hi)
	}
	for i, v := range l.Value {
		u := l.Update[i]
		switch {
		case v+u < lo:
			for u = lo - v; v+u < lo; {
				u = math.Nextafter(u, math.Inf(1))
			}
		case v+u > hi:
			for u = hi - v; v+u > hi; {
				u = math.Nextafter(u, math.Inf(-1))
			}
		}
		l.Update[i] = u
	}
}

// roundUp is the smallest float32 that is not below x.
func roundUp(x float64) float64 {
	y := float32(x)
	if float64(y) < x {
		y = math.Nextafter32(y, float32(math.Inf(1)))
	}
	return float64(y)
}

// sum is the new value of element i.
func (l *Leaf) sum(i int) float64 {
	x := l.Value[i] + l.Update[i]
	if l.single {
		x = float64(float32(x))
	}
	return x
}
