package train

import (
	"fmt"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Health is a [Metric] that looks at the layers within a graph whose units send events, as spikes: units
// that never do, or always, say nothing, and hardly learn. It is watched without being asked for, and
// reports a warning where half of a layer says nothing. Its detail is []LayerHealth.
type Health struct{}

// LayerHealth tells whether a layer works.
type LayerHealth struct {
	Name      string  `json:"name"`
	Rate      float64 `json:"firing_rate"`       // events per unit and step
	Silent    float64 `json:"silent"`            // share of the units that sent none in any example
	Saturated float64 `json:"saturated"`         // share of the units that did in more than 90 % of all steps
	Units     int     `json:"units"`             // how many there are
	Readout   bool    `json:"readout,omitempty"` // it is what the network is asked for
}

// saturated is the rate from which on a unit counts as one that always sends.
const saturated = .9

// Name implements [Metric].
func (Health) Name() string { return "health" }

// Costly implements [Costly].
func (Health) Costly() {}

// Watch implements [Metric].
func (Health) Watch(v View) (counts gorgonia.Nodes, err error) {
	for _, l := range v.Layers {
		n, err := eventCounts(v, l)
		if err != nil {
			return nil, err
		}
		if n != nil {
			counts = append(counts, n)
		}
	}
	return counts, nil
}

// eventCounts are the events of a layer, [B, units]; nil if it has none.
func eventCounts(v View, l graph.Observed) (*gorgonia.Node, error) {
	if !v.Padded {
		return l.Activity.Counts(nil) // whole examples that only fill up are left out afterwards
	}
	return l.Activity.Counts(v.Mask)
}

// Meter implements [Metric].
func (Health) Meter() Meter { return &healthMeter{} }

type healthMeter struct{ layers []unitCounts }

// unitCounts are the events of one layer.
type unitCounts struct {
	name    string
	readout bool
	units   []float64 // of each
	steps   float64   // that each had, in all examples
}

// Add implements [Meter].
func (m *healthMeter) Add(s Seen) error {
	if m.layers == nil {
		for _, l := range s.run.view.Layers {
			if n, err := eventCounts(s.run.view, l); err != nil { // the node that is watched
				return err
			} else if n != nil {
				m.layers = append(m.layers, unitCounts{name: l.Layer, readout: l.Readout, units: make([]float64, n.Shape()[1])})
			}
		}
	}
	for k := range m.layers {
		l := &m.layers[k]
		for b := range s.Len() {
			for i, x := range s.Row(k, b, 0) {
				l.units[i] += x
			}
			l.steps += float64(s.Steps(b))
		}
	}
	return nil
}

// Result implements [Meter]. Numbers are the firing rate over all layers, "firing_rate", and of each,
// "firing_rate.layer0".
func (m *healthMeter) Result() (r Result) {
	var layers []LayerHealth
	var sent, possible float64
	for _, l := range m.layers {
		h := l.health()
		for _, x := range l.units {
			sent += x
		}
		possible += l.steps * float64(len(l.units))
		layers = append(layers, h)
		if w := h.Warning(); w != "" {
			r.Warnings = append(r.Warnings, Warning{About: "health of " + h.Name, Text: w})
		}
	}
	if len(layers) == 0 {
		return r
	}
	r.Detail = layers
	r.Numbers = append(r.Numbers, Number{"firing_rate", sent / max(possible, 1)})
	for _, h := range layers {
		r.Numbers = append(r.Numbers, Number{"firing_rate." + h.Name, h.Rate})
	}
	return r
}

func (c unitCounts) health() LayerHealth {
	h := LayerHealth{Name: c.name, Units: len(c.units), Readout: c.readout}
	var sum float64
	for _, x := range c.units {
		sum += x
		if x == 0 {
			h.Silent += 1 / float64(len(c.units))
		}
		if x > saturated*c.steps {
			h.Saturated += 1 / float64(len(c.units))
		}
	}
	h.Rate = sum / max(c.steps*float64(len(c.units)), 1)
	return h
}

// Warning says what is wrong with the layer where half of its units or more are silent or saturated; it is
// empty otherwise.
func (h LayerHealth) Warning() string {
	switch {
	case h.Silent >= .5:
		return fmt.Sprintf("%s: %.0f %% of the neurons are silent", h.Name, 100*h.Silent)
	case h.Saturated >= .5:
		return fmt.Sprintf("%s: %.0f %% of the neurons spike in more than %.0f %% of the steps", h.Name, 100*h.Saturated, 100*saturated)
	}
	return ""
}

// HealthOf is the detail of [Health] in a report: the layers whose units send events.
func HealthOf(r *Report) []LayerHealth {
	layers, _ := r.Detail("health").([]LayerHealth)
	return layers
}
