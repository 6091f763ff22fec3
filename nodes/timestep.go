package nodes

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
