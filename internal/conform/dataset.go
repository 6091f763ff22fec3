// Package conform tests data sets.
package conform

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models"
)

// Dataset checks that ds keeps the promises of [models.Dataset]. Run it under the race detector
// too. Of large datasets it reads a sample.
func Dataset(t *testing.T, ds models.Dataset) {
	t.Helper()
	dims := ds.Dims()
	if ds.Len() < 1 || dims.Steps < 1 || dims.Features < 1 || dims.Classes < 1 {
		t.Fatalf("Len is %d and Dims %+v, want at least one of each", ds.Len(), dims)
	}
	for _, c := range []struct {
		name  string
		check func(models.Dataset) error
	}{
		{"sizes stay", sizesStay},
		{"values", validValues},
		{"repeats", repeats},
		{"in parallel", inParallel},
		{"refuses indices", refusesIndices},
		{"refuses lengths", refusesLengths},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(ds); err != nil {
				t.Error(err)
			}
		})
	}
}

// sampleIndices lists up to 200 indices of ds, evenly spread, the first and last among them.
func sampleIndices(ds models.Dataset) []int {
	n := min(ds.Len(), 200)
	indices := make([]int, n)
	for k := range indices {
		indices[k] = k * (ds.Len() - 1) / max(n-1, 1)
	}
	return indices
}

// readExample returns example i, having filled the buffers with garbage before.
func readExample(ds models.Dataset, i int, garbage float32) (x []float32, labels []int, err error) {
	dims := ds.Dims()
	x, labels = make([]float32, dims.Steps*dims.Features), make([]int, dims.Labels())
	for k := range x {
		x[k] = garbage
	}
	for k := range labels {
		labels[k] = math.MinInt
	}
	err = ds.Example(i, x, labels)
	return x, labels, errors.Wrapf(err, "example %d", i)
}

func sizesStay(ds models.Dataset) error {
	n, dims := ds.Len(), ds.Dims()
	if _, _, err := readExample(ds, n-1, 0); err != nil {
		return err
	}
	if ds.Len() != n || ds.Dims() != dims {
		return errors.Errorf("Len and Dims were %d, %+v and became %d, %+v", n, dims, ds.Len(), ds.Dims())
	}
	return nil
}

func validValues(ds models.Dataset) error {
	dims := ds.Dims()
	for _, i := range sampleIndices(ds) {
		// Garbage that is not a number, so that an element not written shows.
		x, labels, err := readExample(ds, i, float32(math.NaN()))
		if err != nil {
			return err
		}
		for k, v := range x {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return errors.Errorf("example %d: x[%d, %d] is %v", i, k/dims.Features, k%dims.Features, v)
			}
		}
		for k, label := range labels {
			if label != models.Ignore && (label < 0 || label >= dims.Classes) {
				return errors.Errorf("example %d: label %d is %d, want 0 ≤ label < %d or %d", i, k, label, dims.Classes, models.Ignore)
			}
		}
	}
	return nil
}

func repeats(ds models.Dataset) error {
	for _, i := range sampleIndices(ds) {
		x, labels, err := readExample(ds, i, 7)
		if err != nil {
			return err
		}
		again, labelsAgain, err := readExample(ds, i, -7)
		if err != nil {
			return err
		}
		if !slices.Equal(x, again) || !slices.Equal(labels, labelsAgain) {
			return errors.Errorf("example %d differs when it is read again", i)
		}
	}
	return nil
}

func inParallel(ds models.Dataset) error {
	indices := sampleIndices(ds)
	indices = indices[:min(len(indices), 20)]
	want := make([][]float32, len(indices))
	for k, i := range indices {
		x, _, err := readExample(ds, i, 0)
		if err != nil {
			return err
		}
		want[k] = x
	}
	const readers = 4
	errs := make([]error, readers)
	var wait sync.WaitGroup
	for reader := range errs {
		wait.Go(func() {
			for k := range indices {
				k = (k + reader*len(indices)/readers) % len(indices)
				x, _, err := readExample(ds, indices[k], 0)
				if err == nil && !slices.Equal(x, want[k]) {
					err = errors.Errorf("example %d differs when others are read at the same time", indices[k])
				}
				if err != nil {
					errs[reader] = err
					return
				}
			}
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

func refusesIndices(ds models.Dataset) error {
	for _, i := range []int{-1, ds.Len(), math.MaxInt, math.MinInt} {
		if _, _, err := readExample(ds, i, 0); err == nil {
			return errors.Errorf("example %d of %d gives no error", i, ds.Len())
		}
	}
	return nil
}

func refusesLengths(ds models.Dataset) error {
	dims := ds.Dims()
	nx, nl := dims.Steps*dims.Features, dims.Labels()
	for _, n := range [][2]int{{0, nl}, {nx - 1, nl}, {nx + 1, nl}, {nx, 0}, {nx, nl - 1}, {nx, nl + 1}} {
		if ds.Example(0, make([]float32, n[0]), make([]int, n[1])) == nil {
			return errors.Errorf("%d elements of x and %d labels give no error, want only %d and %d to", n[0], n[1], nx, nl)
		}
	}
	return nil
}
