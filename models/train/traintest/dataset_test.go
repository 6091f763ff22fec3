package traintest

import (
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// faulty is a dataset without fault where fault is none: ten examples of up to four steps.
type faulty struct {
	spec  train.Spec
	fault fault
	kept  *train.Example // what examples that share memory are
	reads *atomic.Int64
	epoch int
}

type fault int

const (
	none           fault = iota
	grows                // Len becomes larger
	changesSpec          // Steps becomes larger
	empty                // there are no examples
	refusedByCheck       // Check has an error
	notANumber           // a feature is NaN
	infinite             // a target is infinite
	classTooLarge
	classTooSmall
	eventTooLate
	eventOfNoFeature
	tooLong
	tooShort        // but not Varying
	otherLength     // of X
	drifts          // another example each time that it is read
	sharesX         // gives its own memory
	sharesEvents    // the same
	racy            // what it gives depends on what others read meanwhile
	takesNegative   // an index of −1 is one of 0
	takesTooLarge   // the same of any index
	panicsAtIndices // that there are not
	panics
	nilEpoch
	longerEpoch
	epochOfOtherSpec
	epochDrifts    // each time that it is asked for
	epochsShare    // asking for one changes the others
	epochChangesIt // asking for one changes the dataset
	epochIsInvalid // a NaN
)

// faults are those that a check finds.
var faults = map[fault]struct {
	check, want string
	spec        func(*train.Spec)
}{
	grows:            {"sizes stay", "became", nil},
	changesSpec:      {"sizes stay", "became", nil},
	empty:            {"sizes stay", "Len is 0", nil},
	refusedByCheck:   {"sizes stay", "is wrong", nil},
	notANumber:       {"examples are valid", "NaN", nil},
	infinite:         {"examples are valid", "Inf", func(s *train.Spec) { s.Classes, s.Numbers = 0, 2 }},
	classTooLarge:    {"examples are valid", "is 3, want 0 to 2", nil},
	classTooSmall:    {"examples are valid", "is -2", nil},
	eventTooLate:     {"examples are valid", "at step 4", func(s *train.Spec) { s.Events = true }},
	eventOfNoFeature: {"examples are valid", "of feature -1", func(s *train.Spec) { s.Events = true }},
	tooLong:          {"examples are valid", "5 steps", nil},
	tooShort:         {"examples are valid", "not Varying", func(s *train.Spec) { s.Varying = false }},
	otherLength:      {"examples are valid", "changed the lengths", nil},
	drifts:           {"reading repeats", "when it is read again", nil},
	sharesX:          {"memory is not shared", "written to", nil},
	sharesEvents:     {"memory is not shared", "-1", func(s *train.Spec) { s.Events = true }},
	racy:             {"reading in parallel", "while others are read", nil},
	takesNegative:    {"refuses indices", "-1 of 10", nil},
	takesTooLarge:    {"refuses indices", "10 of 10", nil},
	panicsAtIndices:  {"refuses indices", "panics", nil},
	panics:           {"examples are valid", "panics", nil},
	nilEpoch:         {"epochs", "epoch 1: there is no dataset", nil},
	longerEpoch:      {"epochs", "epoch 2: Len", nil},
	epochOfOtherSpec: {"epochs", "epoch 37: Len and Spec", nil},
	epochDrifts:      {"epochs", "asked for again", nil},
	epochsShare:      {"epochs", "after others", nil},
	epochChangesIt:   {"epochs", "the dataset itself", nil},
	epochIsInvalid:   {"epochs", "epoch 2: srnn: example 9", nil},
}

func newFaulty(f fault) *faulty {
	d := &faulty{spec: train.Spec{Steps: 4, Features: 2, Varying: true, Classes: 3, PerStep: true}, fault: f, reads: new(atomic.Int64)}
	if change := faults[f].spec; change != nil {
		change(&d.spec)
	}
	d.kept = &train.Example{X: []float32{0, 1, 2, 3, 4, 5, 6, 7}, Events: []train.Event{{Feature: 1}}}
	return d
}

func (d *faulty) Check() error {
	if d.fault == refusedByCheck {
		return errors.New("is wrong")
	}
	return nil
}

func (d *faulty) Len() int {
	switch {
	case d.fault == empty:
		return 0
	case d.fault == grows && d.reads.Load() > 0, d.fault == longerEpoch && d.epoch == 2:
		return 11
	}
	return 10
}

func (d *faulty) Spec() train.Spec {
	s := d.spec
	if d.fault == changesSpec && d.reads.Load() > 0 || d.fault == epochOfOtherSpec && d.epoch == 37 {
		s.Steps++
	}
	return s
}

// Epoch gives another dataset, and with some faults itself.
func (d *faulty) Epoch(n int) (train.Dataset, error) {
	other := *d
	other.epoch = n
	switch d.fault {
	case nilEpoch:
		return nil, nil
	case epochDrifts:
		other.epoch += 1000 * int(d.reads.Add(1))
	case epochsShare:
		d.reads.Store(int64(n))
	case epochChangesIt:
		d.epoch = n
	}
	return &other, nil
}

func (d *faulty) Read(i int, e *train.Example) error {
	reads := d.reads.Load()
	if d.fault != epochsShare {
		reads = d.reads.Add(1)
	}
	switch {
	case d.fault == takesTooLarge && i >= 10 || d.fault == takesNegative && i == -1:
		i = 0
	case d.fault == panicsAtIndices:
		_ = make([]int, 10)[i]
	case i < 0 || i >= d.Len():
		return errors.Errorf("there is no example %d", i)
	}
	d.fill(i, e)
	last := i == 9 // of the examples
	switch d.fault {
	case drifts:
		e.X[0] = float32(reads)
	case racy: // the second half of all reads are those of the parallel ones
		if reads > 2*10+10 {
			e.X[0] = float32(reads)
		}
	case epochsShare:
		if d.epoch == 0 {
			break
		}
		e.X[0] = float32(reads)
	case sharesX:
		e.X = d.kept.X
	case sharesEvents:
		e.Events = d.kept.Events
	case panics:
		panic("out of memory")
	case epochIsInvalid:
		if last && d.epoch == 2 {
			e.X[0] = float32(math.NaN())
		}
	}
	if last {
		d.spoil(e)
	}
	return nil
}

// fill makes a valid example.
func (d *faulty) fill(i int, e *train.Example) {
	e.Steps = d.spec.Steps
	if d.spec.Varying {
		e.Steps = 1 + i%4
	}
	for k := range e.X[:min(2*e.Steps, len(e.X))] {
		e.X[k] = float32(100*d.epoch + 10*i + k)
	}
	for k := range e.Classes {
		e.Classes[k] = (i+k)%4 - 1
	}
	for k := range e.Y {
		e.Y[k] = float32(i * k)
	}
	if d.spec.Events {
		e.Events = append(e.Events, train.Event{Step: 0, Feature: 1}, train.Event{Step: 0, Feature: i % 2})
	}
}

// spoil makes an example invalid.
func (d *faulty) spoil(e *train.Example) {
	switch d.fault {
	case notANumber:
		e.X[1] = float32(math.NaN())
	case infinite:
		e.Y[1] = float32(math.Inf(-1))
	case classTooLarge:
		e.Classes[0] = 3
	case classTooSmall:
		e.Classes[0] = -2
	case eventTooLate:
		e.Events = append(e.Events, train.Event{Step: 4})
	case eventOfNoFeature:
		e.Events = append(e.Events, train.Event{Feature: -1})
	case tooLong:
		e.Steps = 5
	case tooShort:
		e.Steps = 3
	case otherLength:
		e.X = e.X[:2]
	}
}

// Each fault that a dataset can have is found by the check that is there for it.
func TestDatasetFindsFaults(t *testing.T) {
	for f := none + 1; f <= epochIsInvalid; f++ {
		want, ok := faults[f]
		if !ok {
			t.Errorf("no check is said to find fault %d", f)
			continue
		}
		found := false
		for _, c := range datasetChecks {
			if c.name != want.check {
				continue
			}
			found = true
			d := newFaulty(f)
			if err := guarded(func() error { return c.check(d) }); err == nil || !strings.Contains(err.Error(), want.want) {
				t.Errorf("fault %d: %s says %v, want an error with %q", f, c.name, err, want.want)
			}
		}
		if !found {
			t.Errorf("there is no check %q", want.check)
		}
	}
}

// Datasets without fault pass, of numbers and of events.
func TestDatasetPasses(t *testing.T) {
	Dataset(t, newFaulty(none))
	events := newFaulty(none)
	events.spec.Events = true
	Dataset(t, events)
	numbers := newFaulty(none)
	numbers.spec.Classes, numbers.spec.Numbers, numbers.spec.Varying = 0, 3, false
	Dataset(t, numbers)
}
