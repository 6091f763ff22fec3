package nodes

import (
	"reflect"

	"github.com/pkg/errors"
)

// Timed is implemented by cells that have a time step. A [Refractory] period and the least time constant of
// a [Layer] depend on it.
type Timed interface {
	// TimeStep is the time step in ms.
	TimeStep() float64
}

func (c AdaptiveLI) TimeStep() float64 { return c.Dt }
func (c AdEx) TimeStep() float64       { return c.Dt }
func (c ALIF) TimeStep() float64       { return c.Dt }
func (c AlphaLIF) TimeStep() float64   { return c.Dt }
func (c CubaLIF) TimeStep() float64    { return c.Dt }
func (c EIF) TimeStep() float64        { return c.Dt }
func (c IF) TimeStep() float64         { return c.Dt }
func (c Izhikevich) TimeStep() float64 { return c.Dt }
func (c LI) TimeStep() float64         { return c.Dt }
func (c LIF) TimeStep() float64        { return c.Dt }
func (c LSNN) TimeStep() float64       { return c.Dt }
func (c PLIF) TimeStep() float64       { return c.Dt }
func (c QIF) TimeStep() float64        { return c.Dt }
func (c RF) TimeStep() float64         { return c.Dt }
func (c SEAdLIF) TimeStep() float64    { return c.Dt }

// TimeStep is that of the cell within; zero if it has none.
func (c Refractory) TimeStep() float64 {
	if t, ok := unwrap(c.Cell).(Timed); ok {
		return t.TimeStep()
	}
	return 0
}

// TimeStep is the time step in ms.
func (c SigmaDelta) TimeStep() float64 { return c.Dt }

// WithTimeStep is the cell with another time step in ms, which it keeps in a field called Dt, as the neurons of this
// package do; where it wraps a cell, that of the cell within. It refuses a cell without one.
func WithTimeStep(c Cell, dt float64) (Cell, error) {
	v := reflect.ValueOf(c)
	if v.Kind() == reflect.Struct {
		changed := reflect.New(v.Type()).Elem()
		changed.Set(v)
		if f := changed.FieldByName("Dt"); f.CanSet() && f.CanFloat() {
			f.SetFloat(dt)
			return changed.Interface().(Cell), nil
		}
		for i := range changed.NumField() {
			f := changed.Field(i)
			if !f.CanSet() || f.Kind() != reflect.Interface {
				continue
			}
			if within, ok := f.Interface().(Cell); ok {
				if within, err := WithTimeStep(within, dt); err == nil {
					f.Set(reflect.ValueOf(within))
					return changed.Interface().(Cell), nil
				}
			}
		}
	}
	return nil, errors.Errorf("srnn: %s has no time step: want a field Dt of its own, or of a cell within it", nameOf(c))
}
