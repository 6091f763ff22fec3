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

	single  bool   // the parameter is float32
	scope   string // position of the running transform in the chain
	slots   []slot
	suspect bool   // the state may have become infinite or NaN without notice
	named   bool   // for [Names.mark]
	tasks   []task // of the rules that have been planned
}

// Clamp changes Update so that the new value of the parameter lies in [lo, hi], also after it
// has been rounded to the parameter's dtype.
func (l *Leaf) Clamp(lo, hi float64) { clamp(l.Value, l.Update, lo, hi, l.single) }

func clamp(value, update []float64, lo, hi float64, single bool) {
	if single {
		lo, hi = roundUp(lo), -roundUp(-hi)
	}
	for i, v := range value {
		u := update[i]
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
		update[i] = u
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
