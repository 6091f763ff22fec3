package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// Events are spike trains of input units, one set for each example, with a class and possibly a speaker.
// They are kept as lists of events, in memory or in their file; [Events.Bin] makes a [train.Dataset] of them.
type Events struct {
	inputs, classes int

	reader    EventReader
	held      *heldEvents // the reader of those that are in memory; nil for others
	labels    []int32     // for each example
	speakers  []int32     // for each example, noSpeaker where it is not known
	ends      []float64   // for each example where its recording ends, ms; NaN: with its last event; nil: all do
	precision float64     // of the times, relative to them; 0: that of float64
}

// EventReader reads the events of an example where they are kept, as in a file that does not fit in memory.
// Calls may be concurrent. The slices belong to the caller, who does not change them: a reader does not use
// them for anything else later.
type EventReader interface {
	// ReadEvents gives the times in ms and the units of the events of example i, in any order.
	ReadEvents(i int) (times []float64, units []uint32, err error)
}

const (
	noSpeaker = -1
	maxUnits  = maxExample // of one step
)

// NewEvents returns Events without examples, of input units 0 ≤ unit < units and classes 0 ≤ class < classes.
// [Events.Append] adds examples.
func NewEvents(units, classes int) (*Events, error) {
	if units < 1 || units > maxUnits {
		return nil, errors.Errorf("data: events: %d units, want 1 to %d", units, maxUnits)
	}
	if classes < 1 || classes > math.MaxInt32 {
		return nil, errors.Errorf("data: events: %d classes, want 1 to %d", classes, math.MaxInt32)
	}
	h := new(heldEvents)
	return &Events{inputs: units, classes: classes, reader: h, held: h}, nil
}

// EventsFrom returns Events that stay where they are: r reads those of an example each time that they are asked
// for, and only labels and speakers, one an example, are held. Without speakers none is known.
func EventsFrom(r EventReader, units, classes int, labels, speakers []int) (*Events, error) {
	e, err := NewEvents(units, classes)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errors.New("data: events: there is no reader")
	}
	if speakers != nil && len(speakers) != len(labels) {
		return nil, errors.Errorf("data: events: %d labels, but %d speakers", len(labels), len(speakers))
	}
	e.reader, e.held = r, nil
	e.labels, e.speakers = make([]int32, 0, len(labels)), make([]int32, 0, len(labels))
	for i, label := range labels {
		speaker := noSpeaker
		if speakers != nil {
			speaker = speakers[i]
		}
		if err := e.appendLabel(label, speaker); err != nil {
			return nil, errors.Wrapf(err, "data: events: example %d", i)
		}
	}
	return e, nil
}

// Append adds an example to events that are held in memory: times in ms, which need no order and may be
// negative, and the units that they are of. It copies them. The label is a class or [train.Ignore]; a negative
// speaker is not known.
func (e *Events) Append(times []float64, units []uint32, label, speaker int) error {
	if e.held == nil {
		return errors.New("the events stay with their reader: no more can be added")
	}
	if err := e.checkEvents(times, units); err != nil {
		return err
	}
	if err := e.appendLabel(label, speaker); err != nil {
		return err
	}
	e.held.add(times, units)
	if e.ends != nil {
		e.ends = append(e.ends, math.NaN())
	}
	return nil
}

// checkEvents wants times that are finite, and units that there are.
func (e *Events) checkEvents(times []float64, units []uint32) error {
	if len(times) != len(units) {
		return errors.Errorf("%d times, but %d units", len(times), len(units))
	}
	for k, t := range times {
		if !(math.Abs(t) <= math.MaxFloat64) {
			return errors.Errorf("event %d is at %v ms, want a finite time", k, t)
		}
		if uint64(units[k]) >= uint64(e.inputs) {
			return errors.Errorf("event %d is of unit %d, want 0 to %d", k, units[k], e.inputs-1)
		}
	}
	return nil
}

func (e *Events) appendLabel(label, speaker int) error {
	if label != train.Ignore && (label < 0 || label >= e.classes) {
		return errors.Errorf("label is %d, want 0 to %d", label, e.classes-1)
	}
	if speaker > math.MaxInt32 {
		return errors.Errorf("speaker is %d, want at most %d", speaker, math.MaxInt32)
	}
	e.labels = append(e.labels, int32(label))
	e.speakers = append(e.speakers, int32(max(speaker, noSpeaker)))
	return nil
}

// SetEnd says when the recording of example i ends, in ms on the clock of its events, all of which lie before
// that: it goes on after the last of them. Without it, a recording ends with the step of its last event.
func (e *Events) SetEnd(i int, ms float64) error {
	if err := wantExample(i, e.Len()); err != nil {
		return err
	}
	if !(math.Abs(ms) <= math.MaxFloat64) {
		return errors.Errorf("data: events: example %d ends at %v ms, want a finite time", i, ms)
	}
	if e.ends == nil {
		e.ends = make([]float64, e.Len())
		for k := range e.ends {
			e.ends[k] = math.NaN()
		}
	}
	e.ends[i] = ms
	return nil
}

// SetTimePrecision says by how much the times may be off because of the numbers that they were kept as, relative
// to each: 2⁻²⁴ for those of 32-bit floats. Times so near to the beginning of a step count as in it. Without it,
// that is what 64-bit floats and a change of units leave: 2⁻⁵¹.
func (e *Events) SetTimePrecision(relative float64) error {
	if !(relative >= 0 && relative < 1) {
		return errors.Errorf("data: events: a time precision of %v, want 0 or more and less than 1", relative)
	}
	e.precision = math.Max(relative, timePrecision)
	return nil
}

// Len is the number of examples.
func (e *Events) Len() int { return len(e.labels) }

// Units is the number of input units.
func (e *Events) Units() int { return e.inputs }

// Classes is the number of classes.
func (e *Events) Classes() int { return e.classes }

// Example returns the events of example i: times in ms and units. They are not to be changed. An error comes from
// the reader of events that are not in memory, or says what it gives that cannot be.
func (e *Events) Example(i int) (times []float64, units []uint32, err error) {
	if err := wantExample(i, e.Len()); err != nil {
		return nil, nil, err
	}
	times, units, err = e.reader.ReadEvents(i)
	if err == nil && e.held == nil {
		err = e.checkEvents(times, units)
	}
	if end := e.end(i); err == nil && len(times) > 0 && slices.Max(times) >= end {
		err = errors.Errorf("an event is at %v ms, but the recording ends at %v ms", slices.Max(times), end)
	}
	if err != nil {
		return nil, nil, errors.Wrapf(err, "data: events: example %d", i)
	}
	return times, units, nil
}

// end is when the recording of an example ends, ms; NaN: with its last event.
func (e *Events) end(i int) float64 {
	if e.ends == nil {
		return math.NaN()
	}
	return e.ends[i]
}

// Label is the class of example i.
func (e *Events) Label(i int) int { return int(e.labels[i]) }

// Speaker is who speaks in example i, negative where that is not known.
func (e *Events) Speaker(i int) int { return int(e.speakers[i]) }

// Speakers are those that are known, in ascending order.
func (e *Events) Speakers() []int {
	var s []int
	for _, v := range e.speakers {
		if v != noSpeaker {
			s = append(s, int(v))
		}
	}
	slices.Sort(s)
	return slices.Compact(s)
}

// Split draws a share of the examples from the seed and holds them out, see [train.Split].
func (e *Events) Split(seed uint64, share float64) (rest, held []int, err error) {
	return train.Split(e.Len(), seed, share)
}

// SplitSpeakers draws a share of the speakers from the seed, at least one, and holds out all that
// they say, so that the other part has none of their voices. See [train.SplitGroups].
func (e *Events) SplitSpeakers(seed uint64, share float64) (rest, held []int, err error) {
	if i := slices.Index(e.speakers, noSpeaker); i >= 0 {
		return nil, nil, errors.Errorf("data: events: the speaker of example %d is not known", i)
	}
	speakers := make([]int, e.Len())
	for i, s := range e.speakers {
		speakers[i] = int(s)
	}
	return train.SplitGroups(speakers, seed, share)
}

// String tells the sizes.
func (e *Events) String() string {
	s := fmt.Sprintf("%d examples of %d units and %d classes", e.Len(), e.inputs, e.classes)
	if e.held != nil {
		s += fmt.Sprintf(", %d events", e.held.events())
	}
	return s
}
