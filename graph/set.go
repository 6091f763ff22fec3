package graph

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Set copies values, in row-major order, into the parameter of that full name. After an error nothing has changed.
func (p *Params) Set(name string, shape []int, values []float64) error {
	return p.SetAll(map[string]Given{name: {shape, values}})
}

// SetAll copies values into the parameters of these full names, of whatever scope: into all of them or, after an
// error, into none. Names that there are not, shapes and numbers of values that do not fit, and values that are not
// finite in the dtype of the parameters are errors.
func (p *Params) SetAll(values map[string]Given) error {
	if err := p.CheckAll(values); err != nil {
		return err
	}
	for name, g := range values {
		q := p.list[p.index[name]]
		q.overwrite(g.Values)
		q.within()
	}
	return nil
}

// CheckAll is the error that [Params.SetAll] would have. It changes nothing.
func (p *Params) CheckAll(values map[string]Given) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		q, ok := p.Get(name)
		if !ok {
			return errors.Errorf("srnn: no parameter %s", name)
		}
		shape, g := q.Node.Shape(), values[name]
		switch {
		case !SameShape(shape, g.Shape):
			return errors.Errorf("srnn: parameter %s has shape %v, got %v", name, shape, g.Shape)
		case len(g.Values) != shape.TotalSize():
			return errors.Errorf("srnn: parameter %s has shape %v, got %d values", name, shape, len(g.Values))
		}
		if err := checkFit(p.dt, g.Values); err != nil {
			return Wrapf(err, "parameter %s", name)
		}
	}
	return nil
}

// Fits tells whether a number is finite and stays so in a dtype: 1e300 does not fit float32. A number that is
// rounded, also to 0, fits.
func Fits(dt tensor.Dtype, x float64) bool {
	return Finite(x) && (dt != tensor.Float32 || Finite(float32(x)))
}

// checkFit is an error that names the first number that does not fit a dtype.
func checkFit(dt tensor.Dtype, values []float64) error {
	i := slices.IndexFunc(values, func(x float64) bool { return !Fits(dt, x) })
	switch {
	case i < 0:
		return nil
	case Finite(values[i]):
		return errors.Errorf("value %d is %v, which does not fit %v", i, values[i], dt)
	}
	return errors.Errorf("value %d is %v", i, values[i])
}

// overwrite copies values into the parameter.
func (q Param) overwrite(values []float64) {
	switch d := q.Node.Value().Data().(type) {
	case []float32:
		convert(d, values)
	case []float64:
		convert(d, values)
	}
}

// Rounded are values as they are in a dtype.
func Rounded(dt tensor.Dtype, values []float64) []float64 {
	out := slices.Clone(values)
	if dt == tensor.Float32 {
		for i, x := range out {
			out[i] = float64(float32(x))
		}
	}
	return out
}
