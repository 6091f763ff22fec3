package plot

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/srnn-go/srnn/models/train"
)

// layer draws what a layer did.
func (d *passage) layer(l train.LayerRecord) error {
	if len(l.Series) == 0 {
		p := NewPanel(l.Layer+": nothing was recorded of it", timeLabel, "")
		hideLine(&p.Y)
		p.Y.Tick.Marker = nominal(nil, nil)
		return d.add(p, 12, nil)
	}
	if err := d.population(l); err != nil {
		return err
	}
	chosen := d.liveliest(l)
	for _, unit := range chosen {
		if err := d.neuron(l, unit); err != nil {
			return err
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	for _, name := range furtherSeries(l) {
		p := NewPanel(fmt.Sprintf("%s: %s", d.unitOf(l, chosen[0]), name), timeLabel, "")
		x := Column(l.Series[name], l.Units, chosen[0])
		low, high := bounds(x)
		p.Y.Min, p.Y.Max = widen(low, high, 0.06)
		p.Y.Tick.Marker = Ticks{N: 3}
		if err := d.add(p, 36, p.Line("", d.times, x, thinLine(Green))); err != nil {
			return err
		}
	}
	return nil
}

// population draws the spikes of all neurons of a layer, or what else they are known by.
func (d *passage) population(l train.LayerRecord) error {
	label, names := "neuron", d.classesOf(l)
	shown := mainSeries(l)
	x := l.Series[shown]
	switch {
	case shown == spikeSeries && areSigns(x):
		rows, err := Rows(x, 1, l.Units, 0)
		if err != nil {
			return err
		}
		p, err := RasterData{Title: fmt.Sprintf("%s: %.3f spikes per neuron and step", l.Layer, activity(rows)), Label: label,
			Times: d.times, Rows: rows, Names: names, Upward: d.Upward}.panel()
		if err != nil {
			return err
		}
		return d.add(p, rasterHeight(p), nil)
	case l.Units <= mostCurves:
		p, err := d.curves(l.Layer+": "+shown, "", x, l.Units, names)
		return d.add(p, 72, err)
	}
	return d.heat(l.Layer+": "+shown, label, x, l.Units, names)
}

// mainSeries is what all neurons are drawn by: their spikes, if they have any.
func mainSeries(l train.LayerRecord) string {
	for _, name := range []string{spikeSeries, membraneSeries} {
		if _, ok := l.Series[name]; ok {
			return name
		}
	}
	return slices.Sorted(maps.Keys(l.Series))[0]
}

// furtherSeries are those that have panels of their own.
func furtherSeries(l train.LayerRecord) []string {
	var names []string
	for name := range l.Series {
		_, membrane := l.Series[membraneSeries]
		if name == mainSeries(l) || name == membraneSeries || name == thresholdSeries && membrane {
			continue
		}
		names = append(names, name)
	}
	rank := func(name string) int {
		if i := slices.Index(seriesOrder, name); i >= 0 {
			return i
		}
		return len(seriesOrder)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	return names
}

// classesOf are the names of the classes that the neurons of a readout stand for.
func (d *passage) classesOf(l train.LayerRecord) []string {
	if l.Readout && len(d.RunFigure.Classes) == l.Units {
		return d.RunFigure.Classes
	}
	return nil
}

// unitOf is the title of a neuron.
func (d *passage) unitOf(l train.LayerRecord, unit int) string {
	if names := d.classesOf(l); names != nil {
		return l.Layer + ", " + names[unit]
	}
	return fmt.Sprintf("%s, neuron %d", l.Layer, unit)
}

// neuron draws the potential of a neuron, with its threshold and spikes.
func (d *passage) neuron(l train.LayerRecord, unit int) error {
	u, ok := l.Series[membraneSeries]
	if !ok || mainSeries(l) == membraneSeries && l.Units <= mostCurves && l.Series[thresholdSeries] == nil {
		return nil // there is none, or it is among the curves of the layer
	}
	n := NeuronTrace{Name: d.unitOf(l, unit), Membrane: Column(u, l.Units, unit)}
	if theta, ok := l.Series[thresholdSeries]; ok {
		n.Threshold = Column(theta, l.Units, unit)
	}
	if s, ok := l.Series[spikeSeries]; ok {
		n.Spikes = Column(s, l.Units, unit)
		for t, v := range n.Spikes { // those of several values count as spikes
			if v > 0 {
				n.Spikes[t] = 1
			} else if v < 0 {
				n.Spikes[t] = -1
			}
		}
	}
	p, err := n.panel(d.times)
	return d.add(p, 60, err)
}

// liveliest are the neurons to be drawn in detail: in a readout, those of the true and of the predicted
// class; and then those that begin to spike, or whose potentials turn, most often.
func (d *passage) liveliest(l train.LayerRecord) []int {
	most := d.Neurons
	switch {
	case most == 0:
		most = 2
	case most < 0:
		return nil
	}
	events := make([]int, l.Units)
	x := l.Series[mainSeries(l)]
	spikes := mainSeries(l) == spikeSeries
	for i := range events {
		column := Column(x, l.Units, i)
		for t, v := range column {
			switch {
			case spikes && v != 0 && (t == 0 || column[t-1] == 0),
				!spikes && t > 1 && (v-column[t-1])*(column[t-1]-column[t-2]) < 0:
				events[i]++
			}
		}
	}
	order := make([]int, l.Units)
	for i := range order {
		order[i] = i
	}
	if l.Readout && len(d.Scores) > 0 && len(d.Scores[0]) == l.Units && len(d.Numbers) == 0 {
		if len(d.Prediction.Classes) == 1 && d.Prediction.Classes[0] != train.Ignore {
			events[d.Prediction.Classes[0]] += 2 * d.Steps
		}
		events[d.Class(len(d.Scores)-1)] += d.Steps
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(events[b], events[a]) })
	return order[:min(most, l.Units)]
}
