package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// Events are spike trains of input units, one set for each example, with a class and possibly a
// speaker. They are kept as lists of events; [Events.Bin] makes a [train.Dataset] of them.
type Events struct {
	inputs, classes int

	times    []float32 // ms, of all examples one after the other
	units    []uint16
	ends     []int   // for each example, where its events end
	labels   []int32 // for each example
	speakers []int32 // for each example, noSpeaker where it is not known
}

const (
	noSpeaker = -1
	maxInputs = 1 << 16 // units are kept as uint16
)

// NewEvents returns Events without examples, of input units 0 ≤ unit < units and classes 0 ≤ class <
// classes.
func NewEvents(units, classes int) (*Events, error) {
	if units < 1 || units > maxInputs {
		return nil, errors.Errorf("data: events: %d units, want 1 to %d", units, maxInputs)
	}
	if classes < 1 || classes > math.MaxInt32 {
		return nil, errors.Errorf("data: events: %d classes, want at least 1", classes)
	}
	return &Events{inputs: units, classes: classes}, nil
}

// Append adds an example: events at times in ms, which need no order, and the units that they are of.
// The label is a class or [train.Ignore]; a negative speaker is not known.
func (e *Events) Append(times []float32, units []uint16, label, speaker int) error {
	if len(times) != len(units) {
		return errors.Errorf("%d times, but %d units", len(times), len(units))
	}
	if label != train.Ignore && (label < 0 || label >= e.classes) {
		return errors.Errorf("label is %d, want 0 to %d", label, e.classes-1)
	}
	if speaker > math.MaxInt32 {
		return errors.Errorf("speaker is %d, want at most %d", speaker, math.MaxInt32)
	}
	for k, t := range times {
		if !(t >= 0 && t <= math.MaxFloat32) {
			return errors.Errorf("event %d is at %v ms, want a finite time that is not negative", k, t)
		}
		if int(units[k]) >= e.inputs {
			return errors.Errorf("event %d is of unit %d, want 0 to %d", k, units[k], e.inputs-1)
		}
	}
	e.times = append(e.times, times...)
	e.units = append(e.units, units...)
	e.ends = append(e.ends, len(e.times))
	e.labels = append(e.labels, int32(label))
	e.speakers = append(e.speakers, int32(max(speaker, noSpeaker)))
	return nil
}

// Len is the number of examples.
func (e *Events) Len() int { return len(e.ends) }

// Units is the number of input units.
func (e *Events) Units() int { return e.inputs }

// Classes is the number of classes.
func (e *Events) Classes() int { return e.classes }

// Example returns the events of example i: times in ms and units. They are not to be changed.
func (e *Events) Example(i int) (times []float32, units []uint16) {
	start := 0
	if i > 0 {
		start = e.ends[i-1]
	}
	return e.times[start:e.ends[i]:e.ends[i]], e.units[start:e.ends[i]:e.ends[i]]
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

// Last is the time of the last event of all examples, ms.
func (e *Events) Last() float64 {
	if len(e.times) == 0 {
		return 0
	}
	return float64(slices.Max(e.times))
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

// Binning says how events become numbers per step.
type Binning struct {
	// Dt is the length of a step in ms. Default 1.
	Dt float64

	// Duration is the length of an example in ms; later events are left out. Default: up to the
	// last event of all examples.
	Duration float64

	// Counts gives the number of events of a unit in a step; without it, 1 if there is any.
	Counts bool

	// Varying has each example end with its last event. Without it, all have as many steps as
	// Duration takes.
	Varying bool

	// Augment changes the events at random.
	Augment Augmentation
}

// Augmentation changes events at random. Each reading of an example in one epoch gives the same,
// another epoch gives something else, see [Binned.Epoch]. What is moved out of the range of times or
// units is lost. The zero value changes nothing.
type Augmentation struct {
	TimeJitter float64 // standard deviation by which each event is moved in time, ms
	UnitJitter float64 // standard deviation by which each event is moved over the units
	UnitShift  int     // each example is moved as a whole by −UnitShift to UnitShift units
	Seed       uint64
}

func (a Augmentation) none() bool { return a.TimeJitter == 0 && a.UnitJitter == 0 && a.UnitShift == 0 }

// maxExample bounds the elements of a dense example.
const maxExample = 1 << 28

// Binned are [Events] as a [train.Dataset] with a class for each example. Unless steps count their
// events, they stay events; with augmentation, they are others in each epoch.
type Binned struct {
	events *Events
	b      Binning
	steps  int
	epoch  uint64
}

var _ train.Epochs = (*Binned)(nil)

// Bin makes a dataset of the events. It shares them: they are not to be changed later. Of some of them,
// [train.Subset] makes one.
func (e *Events) Bin(b Binning) (*Binned, error) {
	if b.Dt == 0 {
		b.Dt = 1
	}
	if !(b.Dt > 0) || math.IsInf(b.Dt, 0) {
		return nil, errors.Errorf("data: events: dt is %v ms, want a positive time", b.Dt)
	}
	a := b.Augment
	if !(a.TimeJitter >= 0 && a.UnitJitter >= 0 && a.UnitShift >= 0) || math.IsInf(a.TimeJitter+a.UnitJitter, 0) || a.UnitShift > maxInputs {
		return nil, errors.Errorf("data: events: augmentation %+v, want amounts that are finite and not negative", a)
	}
	duration, steps := b.Duration, math.Ceil(b.Duration/b.Dt)
	if duration == 0 {
		duration = e.Last()
		steps = math.Floor(duration/b.Dt) + 1
	}
	if !(steps >= 1 && steps*float64(e.inputs) <= maxExample) {
		return nil, errors.Errorf("data: events: a duration of %v ms in steps of %v ms gives %v steps of %d units, want at least one step and at most %d elements",
			duration, b.Dt, steps, e.inputs, maxExample)
	}
	return &Binned{events: e, b: b, steps: int(steps)}, nil
}

// Epoch implements [train.Epochs]: the augmentation draws anew.
func (d *Binned) Epoch(n int) (train.Dataset, error) {
	if n < 1 {
		return nil, errors.Errorf("data: events: there is no epoch %d, they are counted from 1", n)
	}
	other := *d
	other.epoch = uint64(n)
	return &other, nil
}

// Len implements [train.Dataset].
func (d *Binned) Len() int { return d.events.Len() }

// Spec implements [train.Dataset].
func (d *Binned) Spec() train.Spec {
	return train.Spec{Steps: d.steps, Features: d.events.inputs, Classes: d.events.classes, Events: !d.b.Counts, Varying: d.b.Varying}
}

// Read implements [train.Dataset].
func (d *Binned) Read(i int, e *train.Example) error {
	if err := wantExample(i, d.Len()); err != nil {
		return err
	}
	e.Classes[0] = d.events.Label(i)
	times, units := d.events.Example(i)
	move := d.augment(i)
	last := 0
	for k, t := range times {
		time, unit := move(float64(t), int(units[k]))
		at := math.Floor(time / d.b.Dt)
		if !(at >= 0 && at < float64(d.steps) && unit >= 0 && unit < d.events.inputs) {
			continue
		}
		step := int(at)
		last = max(last, step)
		if d.b.Counts {
			e.X[step*d.events.inputs+unit]++
		} else {
			e.Events = append(e.Events, train.Event{Step: step, Feature: unit})
		}
	}
	if d.b.Varying {
		e.Steps = last + 1
	}
	return nil
}

// augment returns what moves the events of an example.
func (d *Binned) augment(example int) func(time float64, unit int) (float64, int) {
	a := d.b.Augment
	if a.none() {
		return func(time float64, unit int) (float64, int) { return time, unit }
	}
	seed := rand.New(rand.NewPCG(a.Seed, d.epoch)).Uint64()
	rng := rand.New(rand.NewPCG(seed, uint64(example)))
	shift := 0
	if a.UnitShift > 0 {
		shift = rng.IntN(2*a.UnitShift+1) - a.UnitShift
	}
	return func(time float64, unit int) (float64, int) {
		if a.TimeJitter > 0 {
			time += a.TimeJitter * rng.NormFloat64()
		}
		moved := float64(unit + shift)
		if a.UnitJitter > 0 {
			moved = math.Round(moved + a.UnitJitter*rng.NormFloat64())
		}
		if !(math.Abs(moved) < maxInputs) {
			return time, -1
		}
		return time, int(moved)
	}
}

// String tells the sizes.
func (e *Events) String() string {
	return fmt.Sprintf("%d examples of %d units and %d classes, %d events", e.Len(), e.inputs, e.classes, len(e.times))
}
