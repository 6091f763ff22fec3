package coding

import "slices"

// Response is the refractory response of a spike: the threshold, which decays with τ, from its step on. What falls
// has negative values.
type Response struct {
	First  int // step
	Values []float64
}

// Responses are those of all spikes before step to, as far as they are in the steps from ≤ t < to, and above a share of
// the highest threshold there. Over all steps, they add up to the reconstruction, but for what is left out.
func (c *Coding) Responses(from, to int, share float64) (all []Response) {
	highest := 0.
	for _, theta := range c.Thresholds {
		highest = max(highest, slices.Max(theta[from:to]))
	}
	for first := range to {
		for k, spikes := range c.Spikes {
			if spikes[first] == 0 {
				continue
			}
			r := Response{First: max(first, from)}
			v := c.Thresholds[k][first]
			for t := first; t < to && v > share*highest; t++ {
				if t >= from {
					r.Values = append(r.Values, sign(k)*v)
				}
				v *= c.Decay[k]
			}
			if r.Values != nil {
				all = append(all, r)
			}
		}
	}
	return all
}

// Potential is what the neurons' potential is before a spike of the step has taken its part: the signal less the
// responses of all earlier spikes.
func (c *Coding) Potential() []float64 {
	u := make([]float64, len(c.Signal))
	for t := range u {
		u[t] = c.Signal[t] - c.Reconstruction[t]
		for k, spikes := range c.Spikes {
			if spikes[t] != 0 {
				u[t] += sign(k) * c.Thresholds[k][t]
			}
		}
	}
	return u
}

// sign is that of what the spikes of a neuron stand for.
func sign(neuron int) float64 { return 1 - 2*float64(neuron) }
