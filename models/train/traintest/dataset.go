package traintest

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// Dataset checks that d keeps the promises of [train.Dataset], and those of [train.Epochs] and
// [train.Checked] where it implements them: sizes that stay, examples that fit Spec, whose numbers are
// finite and whose classes and events are in range, and that are the same whenever they are read, also by
// several readers at once; errors, and no panics, for examples that there are not. Run it under the
// race detector, too. Of large datasets it reads a sample.
func Dataset(t *testing.T, d train.Dataset) {
	t.Helper()
	for _, c := range datasetChecks {
		t.Run(c.name, func(t *testing.T) {
			if err := guarded(func() error { return c.check(d) }); err != nil {
				t.Error(err)
			}
		})
	}
}

// datasetChecks are the things that are checked.
var datasetChecks = []struct {
	name  string
	check func(train.Dataset) error
}{
	{"sizes stay", sizesStay},
	{"examples are valid", validExamples},
	{"reading repeats", repeats},
	{"memory is not shared", sharesNothing},
	{"reading in parallel", inParallel},
	{"refuses indices", refusesIndices},
	{"epochs", epochs},
}

// guarded makes an error of a panic.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.Errorf("panics: %v", p)
		}
	}()
	return f()
}

// sample lists up to so many indices of d, evenly spread, the first and the last among them.
func sample(d train.Dataset, most int) []int {
	n := min(d.Len(), most)
	indices := make([]int, n)
	for k := range indices {
		indices[k] = k * (d.Len() - 1) / max(n-1, 1)
	}
	return indices
}

// Examples that are read of a dataset, and those that are read by several at once.
const (
	mostExamples = 200
	mostParallel = 20
)

// same reports an error unless two examples are equal, their events in any order.
func same(got, want *train.Example) error {
	if got.Steps != want.Steps {
		return errors.Errorf("has %d steps, and had %d", got.Steps, want.Steps)
	}
	for name, v := range map[string][2][]float32{"X": {got.X, want.X}, "Y": {got.Y, want.Y}} {
		for k := range v[1] {
			if v[0][k] != v[1][k] {
				return errors.Errorf("%s[%d] is %v, and was %v", name, k, v[0][k], v[1][k])
			}
		}
	}
	if !slices.Equal(got.Classes, want.Classes) {
		return errors.Errorf("classes are %v, and were %v", got.Classes, want.Classes)
	}
	if a, b := distinct(got.Events), distinct(want.Events); !slices.Equal(a, b) {
		return errors.Errorf("there are %d distinct events, others than the %d before", len(a), len(b))
	}
	return nil
}

// distinct are events without their order.
func distinct(events []train.Event) []train.Event {
	sorted := slices.SortedFunc(slices.Values(events), func(a, b train.Event) int {
		if a.Step != b.Step {
			return a.Step - b.Step
		}
		return a.Feature - b.Feature
	})
	return slices.Compact(sorted)
}

func sizesStay(d train.Dataset) error {
	n, spec := d.Len(), d.Spec()
	if n < 1 {
		return errors.Errorf("Len is %d, want at least 1", n)
	}
	if c, ok := d.(train.Checked); ok {
		if err := c.Check(); err != nil {
			return errors.WithMessage(err, "Check")
		}
	}
	if _, err := train.ReadExample(d, n-1); err != nil {
		return err
	}
	if d.Len() != n || d.Spec() != spec {
		return errors.Errorf("Len and Spec were %d and %+v, and became %d and %+v", n, spec, d.Len(), d.Spec())
	}
	return nil
}

func validExamples(d train.Dataset) error {
	for _, i := range sample(d, mostExamples) {
		if _, err := train.ReadExample(d, i); err != nil {
			return err
		}
	}
	return nil
}

// repeats reads forwards, and then backwards.
func repeats(d train.Dataset) error {
	indices := sample(d, mostExamples)
	var first []*train.Example
	for _, i := range indices {
		e, err := train.ReadExample(d, i)
		if err != nil {
			return err
		}
		first = append(first, e)
	}
	for k := len(indices) - 1; k >= 0; k-- {
		e, err := train.ReadExample(d, indices[k])
		if err == nil {
			err = same(e, first[k])
		}
		if err != nil {
			return errors.WithMessagef(err, "example %d, when it is read again", indices[k])
		}
		first = first[:k]
	}
	return nil
}

// sharesNothing writes into what it has been given, which is allowed, and reads again.
func sharesNothing(d train.Dataset) error {
	for _, i := range sample(d, mostParallel) {
		read, err := train.ReadExample(d, i)
		if err != nil {
			return err
		}
		want := &train.Example{Steps: read.Steps, X: slices.Clone(read.X), Events: slices.Clone(read.Events), Classes: slices.Clone(read.Classes), Y: slices.Clone(read.Y)}
		spoilt, err := train.ReadExample(d, i)
		if err != nil {
			return err
		}
		for _, v := range [][]float32{spoilt.X, spoilt.Y} {
			for k := range v {
				v[k] += 1
			}
		}
		for k := range spoilt.Classes {
			spoilt.Classes[k] = train.Ignore - 1
		}
		for k := range spoilt.Events {
			spoilt.Events[k] = train.Event{Step: -1, Feature: -1}
		}
		again, err := train.ReadExample(d, i)
		if err == nil {
			err = same(again, want)
		}
		if err != nil {
			return errors.WithMessagef(err, "example %d, after what was read has been written to", i)
		}
	}
	return nil
}

func inParallel(d train.Dataset) error {
	indices := sample(d, mostParallel)
	want := make([]*train.Example, len(indices))
	for k, i := range indices {
		e, err := train.ReadExample(d, i)
		if err != nil {
			return err
		}
		want[k] = e
	}
	const readers, rounds = 4, 3
	errs := make([]error, readers)
	var wait sync.WaitGroup
	for reader := range errs {
		wait.Go(func() {
			errs[reader] = guarded(func() error {
				for round := range rounds * len(indices) {
					k := (round + reader*len(indices)/readers) % len(indices)
					e, err := train.ReadExample(d, indices[k])
					if err == nil {
						err = same(e, want[k])
					}
					if err != nil {
						return errors.WithMessagef(err, "example %d, while others are read", indices[k])
					}
				}
				return nil
			})
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func refusesIndices(d train.Dataset) error {
	for _, i := range []int{-1, d.Len(), math.MaxInt, math.MinInt} {
		err := guarded(func() error {
			if _, err := train.ReadExample(d, i); err == nil {
				return errors.New("gives no error")
			}
			return nil
		})
		if err != nil {
			return errors.WithMessagef(err, "example %d of %d", i, d.Len())
		}
	}
	return nil
}

// epochs checks a few epochs of a dataset that has some: each is a dataset like it, and stays what it is
// whatever happens to others.
func epochs(d train.Dataset) error {
	e, ok := d.(train.Epochs)
	if !ok {
		return nil
	}
	numbers := []int{1, 2, 37}
	datasets := make([]train.Dataset, len(numbers))
	firsts := make([]*train.Example, len(numbers))
	before, err := train.ReadExample(d, 0)
	if err != nil {
		return err
	}
	for k, n := range numbers {
		if datasets[k], err = e.Epoch(n); err == nil {
			err = sameSizes(datasets[k], d)
		}
		if err == nil {
			firsts[k], err = train.ReadExample(datasets[k], 0)
		}
		if err != nil {
			return errors.WithMessagef(err, "epoch %d", n)
		}
	}
	for k, n := range numbers {
		if err := sameFirst(datasets[k], firsts[k]); err != nil {
			return errors.WithMessagef(err, "epoch %d, after others", n)
		}
	}
	for k, n := range numbers {
		again, err := e.Epoch(n)
		if err == nil {
			err = sameFirst(again, firsts[k])
		}
		if err != nil {
			return errors.WithMessagef(err, "epoch %d, asked for again", n)
		}
		for _, c := range []func(train.Dataset) error{validExamples, repeats, inParallel, refusesIndices} {
			if err := c(datasets[k]); err != nil {
				return errors.WithMessagef(err, "epoch %d", n)
			}
		}
	}
	return errors.WithMessage(sameFirst(d, before), "the dataset itself, after its epochs")
}

// sameFirst reports an error unless the first example is the one that it was.
func sameFirst(d train.Dataset, was *train.Example) error {
	e, err := train.ReadExample(d, 0)
	if err == nil {
		err = same(e, was)
	}
	return errors.WithMessage(err, "example 0")
}

// sameSizes reports an error unless an epoch is as long and of the same kind as its dataset.
func sameSizes(epoch, d train.Dataset) error {
	if epoch == nil {
		return errors.New("there is no dataset")
	}
	if epoch.Len() != d.Len() || epoch.Spec() != d.Spec() {
		return errors.Errorf("Len and Spec are %d and %+v, want %d and %+v as of the dataset", epoch.Len(), epoch.Spec(), d.Len(), d.Spec())
	}
	return nil
}
