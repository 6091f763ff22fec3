package nodes

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Recording is what a neuron did under several currents. Element i of a series is that at the end of step i, at
// (i+1) dt.
type Recording struct {
	Cell     Cell
	Dt       float64                // ms
	Times    []float64              // of the ends of the steps, ms
	Currents [][]float64            // [current][step]
	Series   map[string][][]float64 // [current][step] of what the neuron records, by the names of [Activity]
}

// Stimulate runs a neuron for a time in ms under several currents, each by itself, in double precision. The cell
// must be [Timed].
func Stimulate(c Cell, currents []Current, duration float64, initial Initial) (*Recording, error) {
	r, err := stimulate(c, currents, duration, initial)
	return r, graph.Wrapf(err, "stimulation")
}

func stimulate(c Cell, currents []Current, duration float64, initial Initial) (*Recording, error) {
	timed, ok := unwrap(WithDefaults(c)).(Timed)
	if !ok {
		return nil, errors.Errorf("%s has no method TimeStep() float64, which says its time step in ms", nameOf(c))
	}
	r := &Recording{Cell: c, Dt: timed.TimeStep(), Series: map[string][][]float64{}}
	if err := firstOf(wantPositive("dt", r.Dt), wantPositive("duration", duration)); err != nil {
		return nil, err
	}
	steps, n := int(math.Round(duration/r.Dt)), len(currents)
	if steps < 1 {
		return nil, errors.Errorf("%v ms are less than a time step of %v ms", duration, r.Dt)
	}
	if n == 0 {
		return nil, errors.New("there are no currents")
	}
	values := make([]float64, 0, steps*n)
	for i := range steps {
		r.Times = append(r.Times, float64(i+1)*r.Dt)
		for _, current := range currents {
			values = append(values, current(r.Times[i]))
		}
	}
	r.Currents = perCurrent(values, n)
	recorded, err := Simulate(c, tensor.New(tensor.WithShape(steps, n, 1), tensor.WithBacking(values)), initial)
	if err != nil {
		return nil, err
	}
	for name, x := range recorded {
		r.Series[name] = perCurrent(x.Data().([]float64), n)
	}
	return r, nil
}

// perCurrent divides a sequence [T, currents, 1].
func perCurrent(x []float64, currents int) [][]float64 {
	out := make([][]float64, currents)
	for i, v := range x {
		out[i%currents] = append(out[i%currents], v)
	}
	return out
}

// SpikeTimes are the times of the spikes under a current in ms, which some neurons tell more exactly than by the
// time step, see [Crossing]. They are nil where the neuron has no spikes.
func (r *Recording) SpikeTimes(current int) []float64 {
	spikes := r.Series[Spikes]
	if spikes == nil {
		return nil
	}
	times := []float64{}
	for i, s := range spikes[current] {
		if s == 0 {
			continue
		}
		at := r.Times[i]
		if crossing := r.Series[Crossing]; crossing != nil {
			at += crossing[current][i] - r.Dt
		}
		times = append(times, at)
	}
	return times
}

// Potential is the membrane potential under a current, and its times in ms. Where the neuron is [Peaked], the peaks
// of the spikes, which lie between two steps, are among its points.
func (r *Recording) Potential(current int) (times, values []float64) {
	u := r.Series[Membrane][current]
	peak, ok := peakOf(r.Cell)
	if !ok {
		return r.Times, u
	}
	spikes := r.SpikeTimes(current)
	for i, t := range r.Times {
		for len(spikes) > 0 && spikes[0] <= t {
			times, values = append(times, spikes[0]), append(values, peak)
			spikes = spikes[1:]
		}
		times, values = append(times, t), append(values, u[i])
	}
	return times, values
}

// Strongest is a current where it is farthest from zero.
func (r *Recording) Strongest(current int) (strongest float64) {
	for _, x := range r.Currents[current] {
		if math.Abs(x) > math.Abs(strongest) {
			strongest = x
		}
	}
	return strongest
}

// Peaked is implemented by cells whose membrane potential goes up by itself in a spike, and is reset where it
// reaches a peak.
type Peaked interface {
	// PeakPotential is the peak in mV.
	PeakPotential() float64
}

func (c AdEx) PeakPotential() float64       { return *WithDefaults(c).(AdEx).Peak }
func (c EIF) PeakPotential() float64        { return *WithDefaults(c).(EIF).Peak }
func (c Izhikevich) PeakPotential() float64 { return *WithDefaults(c).(Izhikevich).Peak }
func (c QIF) PeakPotential() float64        { return *WithDefaults(c).(QIF).Peak }

// peakOf is the peak of a cell, or of the cell within it.
func peakOf(c Cell) (peak float64, ok bool) {
	c = unwrap(c)
	if r, ok := c.(Refractory); ok {
		return peakOf(r.Cell)
	}
	p, ok := c.(Peaked)
	if !ok {
		return 0, false
	}
	return p.PeakPotential(), true
}

// InitialParameters are what the parameters of a single neuron begin with, by their names.
func InitialParameters(c Cell) (map[string]float64, error) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 0)
	if err != nil {
		return nil, err
	}
	if _, err := (Layer{Units: 1, Cell: c}).DeclareNeurons(p, "neuron"); err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for _, q := range p.All() {
		values[q.Name[len("neuron."):]] = q.Values()[0]
	}
	return values, nil
}
