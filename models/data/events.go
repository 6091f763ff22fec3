package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models"
)

// Events are spike trains of input units, one set for each example, with a class and possibly a
// speaker. They are kept as lists of events; [Events.Bin] makes a models.Dataset of them, which
// writes them as numbers per step only when an example is asked for.
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
// The label is a class or models.Ignore; a negative speaker is not known.
func (e *Events) Append(times []float32, units []uint16, label, speaker int) error {
	if len(times) != len(units) {
		return errors.Errorf("%d times, but %d units", len(times), len(units))
	}
	if label != models.Ignore && (label < 0 || label >= e.classes) {
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

// Units is the number of input units, and Classes that of classes.
func (e *Events) Units() int   { return e.inputs }
func (e *Events) Classes() int { return e.classes }

// Example returns the events of example i: times in ms and units. They are not to be changed.
func (e *Events) Example(i int) (times []float32, units []uint16) {
	start := 0
	if i > 0 {
		start = e.ends[i-1]
	}
	return e.times[start:e.ends[i]:e.ends[i]], e.units[start:e.ends[i]:e.ends[i]]
}

// Label is the class of example i, and Speaker who speaks, negative where that is not known.
func (e *Events) Label(i int) int   { return int(e.labels[i]) }
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

// Split draws a share of the examples from the seed. Both parts are lists of examples for
// [Binning.Only], in ascending order; held has at least one.
func (e *Events) Split(seed uint64, share float64) (rest, held []int, err error) {
	if !(share > 0 && share < 1) {
		return nil, nil, errors.Errorf("data: events: a share of %v is to be held out, want more than 0 and less than 1", share)
	}
	if e.Len() < 2 {
		return nil, nil, errors.Errorf("data: events: %d examples cannot be divided", e.Len())
	}
	order := rand.New(rand.NewPCG(seed, 0)).Perm(e.Len())
	n := min(max(1, int(math.Round(share*float64(len(order))))), len(order)-1)
	held, rest = order[:n], order[n:]
	slices.Sort(held)
	slices.Sort(rest)
	return rest, held, nil
}

// SplitSpeakers draws a share of the speakers from the seed, at least one, and holds out all that
// they say, so that the other part has none of their voices.
func (e *Events) SplitSpeakers(seed uint64, share float64) (rest, held []int, err error) {
	if !(share > 0 && share < 1) {
		return nil, nil, errors.Errorf("data: events: a share of %v of the speakers is to be held out, want more than 0 and less than 1", share)
	}
	if i := slices.Index(e.speakers, noSpeaker); i >= 0 {
		return nil, nil, errors.Errorf("data: events: the speaker of example %d is not known", i)
	}
	speakers := e.Speakers()
	if len(speakers) < 2 {
		return nil, nil, errors.Errorf("data: events: there are %d speakers, want at least 2 to divide them", len(speakers))
	}
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(speakers), func(i, j int) { speakers[i], speakers[j] = speakers[j], speakers[i] })
	speakers = speakers[:min(max(1, int(math.Round(share*float64(len(speakers))))), len(speakers)-1)]
	for i := range e.Len() {
		if slices.Contains(speakers, e.Speaker(i)) {
			held = append(held, i)
		} else {
			rest = append(rest, i)
		}
	}
	return rest, held, nil
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

	// Only are the examples to take, in this order. Default: all.
	Only []int

	// Augment changes the events at random.
	Augment Augmentation
}

// Augmentation changes events at random. Each reading of an example in one epoch gives the same,
// another epoch gives something else, see [Binned.SetEpoch]. What is moved out of the range of times or
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

// Binned are [Events] as a models.Dataset: x [steps, units], one label.
type Binned struct {
	events *Events
	b      Binning
	steps  int
	epoch  uint64
}

var _ models.Dataset = (*Binned)(nil)

// Bin makes a dataset of the events. It shares them: they are not to be changed later.
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
	if b.Only == nil {
		b.Only = make([]int, e.Len())
		for i := range b.Only {
			b.Only[i] = i
		}
	}
	for _, i := range b.Only {
		if i < 0 || i >= e.Len() {
			return nil, errors.Errorf("data: events: example %d of %d does not exist", i, e.Len())
		}
	}
	return &Binned{events: e, b: b, steps: int(steps)}, nil
}

// SetEpoch makes the augmentation draw anew. It is not to be called while examples are read.
func (d *Binned) SetEpoch(epoch int) { d.epoch = uint64(epoch) }

// Len implements models.Dataset.
func (d *Binned) Len() int { return len(d.b.Only) }

// Dims implements models.Dataset.
func (d *Binned) Dims() models.Dims {
	return models.Dims{Steps: d.steps, Features: d.events.inputs, Classes: d.events.classes}
}

// Example implements models.Dataset: x is [steps, units], labels [1].
func (d *Binned) Example(i int, x []float32, labels []int) error {
	if len(x) != d.steps*d.events.inputs {
		return errors.Errorf("data: events: example %d: x has %d elements, want %d×%d", i, len(x), d.steps, d.events.inputs)
	}
	clear(x)
	return d.each(i, labels, func(step, unit int) {
		at := step*d.events.inputs + unit
		if d.b.Counts {
			x[at]++
		} else {
			x[at] = 1
		}
	})
}

// each calls f for every event of an example that lies within the steps and units.
func (d *Binned) each(i int, labels []int, f func(step, unit int)) error {
	if i < 0 || i >= d.Len() {
		return errors.Errorf("data: events: example %d of %d does not exist", i, d.Len())
	}
	if len(labels) != 1 {
		return errors.Errorf("data: events: example %d: there are %d labels, want 1", i, len(labels))
	}
	source := d.b.Only[i]
	labels[0] = d.events.Label(source)
	times, units := d.events.Example(source)
	move := d.augment(source)
	for k, t := range times {
		time, unit := move(float64(t), int(units[k]))
		step := math.Floor(time / d.b.Dt)
		if step >= 0 && step < float64(d.steps) && unit >= 0 && unit < d.events.inputs {
			f(int(step), unit)
		}
	}
	return nil
}

// Dataset is d for training and evaluation: unless steps count their events, a models.EventDataset,
// whose batches are never written as numbers.
func (d *Binned) Dataset() models.Dataset {
	if d.b.Counts {
		return d
	}
	return spikes{d}
}

// spikes is a Binned of steps that are 0 or 1.
type spikes struct{ *Binned }

var _ models.EventDataset = spikes{}

// Events implements models.EventDataset.
func (s spikes) Events(i int, labels []int, spike func(step, unit int)) error {
	return s.each(i, labels, spike)
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
