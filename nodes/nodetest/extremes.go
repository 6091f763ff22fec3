package nodetest

import (
	"maps"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// extremes runs on inputs up to a million times as large as usual, and on none at all.
func (s *suite) extremes() error {
	for _, c := range []struct {
		name  string
		scale []float64 // of x, in turns
		drive float64   // of all currents
	}{
		{"no current", []float64{0}, 0},
		{"no input", []float64{0}, 1},
		{"a thousandfold", []float64{1e3}, 1},
		{"a millionfold", []float64{1e6}, 1},
		{"mixed", []float64{0, 1, 1e6, 1, 0, 1e3, 1}, 1},
	} {
		for _, e := range s.waysInBoth() {
			e.drive *= c.drive
			for i := range e.x {
				e.x[i] *= c.scale[i/e.in%len(c.scale)]
			}
			out, err := e.outcome(layered)
			if err == nil {
				err = out.finite()
			}
			if err != nil {
				return errors.Wrapf(err, "%s: %T in %v", c.name, e.cell, e.dtype)
			}
		}
	}
	return nil
}

// notFinite sets one element of x, of a bias or of the initial state to what is not finite. That must
// be an error, or be seen: of NaN in the output, of an infinity in any quantity.
func (s *suite) notFinite() error {
	for _, e := range s.waysInBoth() {
		p, err := layered(e)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
			if _, ok := p.own[name]; ok && name != "b_in" {
				continue
			}
			input := p.inputs[name][0].Value()
			before, err := graph.Float64s(input)
			if err != nil {
				return err
			}
			for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				v := slices.Clone(before)
				v[len(v)/2] = x
				overwrite(input, v)
				out, err := p.values()
				if math.IsNaN(x) {
					out = outcome{"output": out[s.output()]}
				}
				if err == nil && out.finite() == nil {
					return errors.Errorf("%T in %v: an element of %s is %v, and it is neither an error nor seen", e.cell, e.dtype, name, x)
				}
			}
			overwrite(input, before)
		}
	}
	return nil
}

func (o outcome) finite() error {
	for _, name := range o.sorted() {
		if err := allFinite(name, o[name]); err != nil {
			return err
		}
	}
	return nil
}
