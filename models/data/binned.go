package data

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// Binning says how events become numbers per step.
type Binning struct {
	// Dt is the length of a step in ms. Default 1. An event at k·Dt is in step k, for every Dt: rounding in
	// floating point does not move it.
	Dt float64

	// Start is the time at which step 0 begins, in ms on the clock of the events. Events before it are left
	// out; where it is 0, such an event is an error.
	Start float64

	// FromFirst has step 0 of each example begin with its first event, for times that count from anything, as
	// Unix time or a camera's clock since it was switched on.
	FromFirst bool

	// Duration is the length of an example in ms, which takes whole steps; later events are left out. Default:
	// as long as the longest recording.
	Duration float64

	// Counts gives the number of events of a unit in a step; without it, 1 if there is any.
	Counts bool

	// Varying has each example end with its recording, see [Events.SetEnd]. Without it, all have as many steps
	// as Duration takes.
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
// [train.Subset] makes one. Without a Duration, it reads all events that no end is known of.
func (e *Events) Bin(b Binning) (*Binned, error) {
	if b.Dt == 0 {
		b.Dt = 1
	}
	if err := b.check(); err != nil {
		return nil, errors.Wrap(err, "data: events")
	}
	d := &Binned{events: e, b: b}
	steps, err := timeGrid{dt: b.Dt}.steps(b.Duration), error(nil)
	if b.Duration == 0 {
		steps, err = d.longest()
	}
	if err != nil {
		return nil, err
	}
	if !(steps >= 1 && steps*float64(e.inputs) <= maxExample) {
		return nil, errors.Errorf("data: events: examples have %v steps of %v ms of %d units, want at least one step and at most %d elements: "+
			"where times do not begin near 0, as Unix times, Binning.Start says when step 0 begins, or FromFirst that it begins with the first event; "+
			"where they are not in ms, TimeUnit of the file's options says so",
			steps, b.Dt, e.inputs, maxExample)
	}
	d.steps = int(steps)
	if err := d.wantAny(); err != nil {
		return nil, err
	}
	return d, nil
}

func (b Binning) check() error {
	if !(b.Dt > 0) || math.IsInf(b.Dt, 0) {
		return errors.Errorf("Dt is %v ms, want a positive time", b.Dt)
	}
	if !(b.Duration >= 0) || math.IsInf(b.Duration, 0) {
		return errors.Errorf("Duration is %v ms, want a positive time, or 0 for that of the longest recording", b.Duration)
	}
	if math.IsNaN(b.Start) || math.IsInf(b.Start, 0) {
		return errors.Errorf("Start is %v ms, want a finite time", b.Start)
	}
	if b.FromFirst && b.Start != 0 {
		return errors.Errorf("Start is %v ms, but FromFirst has each example start with its first event: want one of them", b.Start)
	}
	a := b.Augment
	if !(a.TimeJitter >= 0 && a.UnitJitter >= 0 && a.UnitShift >= 0) || math.IsInf(a.TimeJitter+a.UnitJitter, 0) || a.UnitShift > maxUnits {
		return errors.Errorf("augmentation %+v, want amounts that are finite and not negative", a)
	}
	return nil
}

// grid are the steps of an example with events at some times.
func (d *Binned) grid(times []float64) timeGrid {
	g := timeGrid{dt: d.b.Dt, start: d.b.Start, precision: d.events.precision}
	if d.b.FromFirst && len(times) > 0 {
		g.start = slices.Min(times)
	}
	return g
}

// longest is the number of steps of the longest example, at least 1.
func (d *Binned) longest() (float64, error) {
	most := 1.
	for i := range d.Len() {
		if end := d.events.end(i); end == end && !d.b.FromFirst {
			most = math.Max(most, d.grid(nil).steps(end))
			continue
		}
		times, _, err := d.events.Example(i)
		if err != nil {
			return 0, err
		}
		most = math.Max(most, d.recorded(i, times))
	}
	return most, nil
}

// recorded is the number of steps of an example with events at some times, at least 1.
func (d *Binned) recorded(i int, times []float64) float64 {
	g := d.grid(times)
	if end := d.events.end(i); end == end {
		return math.Max(1, g.steps(end))
	}
	if len(times) == 0 {
		return 1
	}
	return math.Max(1, g.step(slices.Max(times))+1)
}

// wantAny wants an event within the steps in one example at least, if there are any events: times of another
// unit, or that count from elsewhere, would leave nothing. It reads until it finds one.
func (d *Binned) wantAny() error {
	outside := math.NaN()
	for i := range d.Len() {
		times, _, err := d.events.Example(i)
		if err != nil {
			return err
		}
		grid := d.grid(times)
		for _, t := range times {
			if at := grid.step(t); at >= 0 && at < float64(d.steps) {
				return nil
			}
			outside = t
		}
	}
	if outside == outside {
		return errors.Errorf("data: events: all lie outside of the %d steps of %v ms, as one at %v ms: Binning.Start says when step 0 begins, "+
			"or FromFirst that it begins with the first event", d.steps, d.b.Dt, outside)
	}
	return nil
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
	times, units, err := d.events.Example(i)
	if err != nil {
		return err
	}
	if err := d.wantTimes(times); err != nil {
		return errors.Wrapf(err, "data: events: example %d", i)
	}
	grid, move := d.grid(times), d.augment(i)
	ends, last := grid.steps(d.events.end(i)), 0
	for k, t := range times {
		time, unit := move(t, int(units[k]))
		at := grid.step(time)
		if at == ends && time < d.events.end(i) {
			at-- // rounding moves no event out of its recording
		}
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
	switch end := d.events.end(i); {
	case d.b.Varying && end == end:
		e.Steps = int(math.Min(float64(d.steps), d.recorded(i, times)))
	case d.b.Varying:
		e.Steps = last + 1
	}
	return nil
}

// wantTimes wants times of an example that can be told apart as well as steps can, and that are not before step 0 unless
// it was said where that is.
func (d *Binned) wantTimes(times []float64) error {
	if len(times) == 0 {
		return nil
	}
	first, last := slices.Min(times), slices.Max(times)
	if d.b.Start == 0 && !d.b.FromFirst && first < 0 {
		return errors.Errorf("an event is at %v ms, before step 0: Binning.Start says when that begins, or FromFirst that it begins with the first event", first)
	}
	farthest := math.Max(math.Abs(first), math.Abs(last))
	spacing := 0x1p-52
	if d.events.precision > timePrecision {
		spacing = 2 * d.events.precision
	}
	if apart := farthest * spacing; apart > d.b.Dt {
		return errors.Errorf("an event is at %v ms, where times are kept to %v ms, which is more than a step of %v ms: "+
			"want times that count from nearer by, or longer steps", farthest, apart, d.b.Dt)
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
		if !(math.Abs(moved) < maxUnits) {
			return time, -1
		}
		return time, int(moved)
	}
}
