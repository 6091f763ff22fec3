package nodes

// FiringRate is how often a neuron fires at one current: a point of its f–I curve.
type FiringRate struct {
	Current float64 `json:"current"`       // where it is farthest from zero
	Rate    float64 `json:"rate_hz"`       // of the second half of the run; 0 where that has no interval
	First   float64 `json:"first_rate_hz"` // of the first interval; 0 where there is none
	Spikes  int     `json:"spikes"`        // in the whole run
}

// FiringRates is the f–I curve of a neuron: how often it fires at each of some currents that last for a time in ms.
func FiringRates(c Cell, currents []float64, duration float64, initial Initial) ([]FiringRate, error) {
	var lasting []Current
	for _, level := range currents {
		lasting = append(lasting, ConstantCurrent(level))
	}
	r, err := Stimulate(c, lasting, duration, initial)
	if err != nil {
		return nil, err
	}
	var rates []FiringRate
	for i := range currents {
		rates = append(rates, r.FiringRate(i))
	}
	return rates, nil
}

// FiringRate is how often the neuron fires under a current. It counts the intervals of the second half of the run, so
// that it does not depend on where in an interval the run ends.
func (r *Recording) FiringRate(current int) FiringRate {
	const second = 1000 // ms
	spikes := r.SpikeTimes(current)
	f := FiringRate{Current: r.Strongest(current), Spikes: len(spikes)}
	if len(spikes) > 1 {
		f.First = second / (spikes[1] - spikes[0])
	}
	late := spikes
	for len(late) > 0 && late[0] < r.Times[len(r.Times)-1]/2 {
		late = late[1:]
	}
	if n := len(late); n > 1 {
		f.Rate = second * float64(n-1) / (late[n-1] - late[0])
	}
	return f
}
