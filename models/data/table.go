package data

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// Table is a set of examples with some features each and a class. It is a [train.Dataset] of sequences of
// one step, and has an error for examples in which a value is missing: [Table.Complete] are the others.
type Table struct {
	Features []string // what is measured
	Classes  []string
	Values   [][]float64 // an example a row; NaN where a value is missing
	Labels   []int       // of the examples
}

var _ train.Dataset = (*Table)(nil)

// Len implements [train.Dataset].
func (t *Table) Len() int { return len(t.Values) }

// Spec implements [train.Dataset].
func (t *Table) Spec() train.Spec {
	return train.Spec{Steps: 1, Features: len(t.Features), Classes: len(t.Classes)}
}

// Read implements [train.Dataset].
func (t *Table) Read(i int, e *train.Example) error {
	if err := wantExample(i, t.Len()); err != nil {
		return err
	}
	if len(t.Labels) != len(t.Values) || len(t.Values[i]) != len(t.Features) {
		return errors.Errorf("data: table: example %d has %d values for %d features, and there are %d classes for %d examples",
			i, len(t.Values[i]), len(t.Features), len(t.Labels), len(t.Values))
	}
	for k, v := range t.Values[i] {
		if math.IsNaN(v) {
			return errors.Errorf("data: table: example %d: %s is missing; train.Subset of Table.Complete has none such", i, t.Features[k])
		}
		if math.Abs(v) > math.MaxFloat32 {
			return errors.Errorf("data: table: example %d: %s is %v, which is beyond the range of single precision", i, t.Features[k], v)
		}
		e.X[k] = float32(v)
	}
	e.Classes[0] = t.Labels[i]
	return nil
}

// Complete are the indices of the examples in which no value is missing, for [train.Subset].
func (t *Table) Complete() (indices []int) {
	for i, row := range t.Values {
		missing := false
		for _, v := range row {
			missing = missing || math.IsNaN(v)
		}
		if !missing {
			indices = append(indices, i)
		}
	}
	return indices
}

// Ranges are the least and the largest value of each feature over the examples of some indices, as far as
// they are there: NaN where there is none.
func (t *Table) Ranges(indices []int) (low, high []float64, err error) {
	for k := range t.Features {
		least, most := math.NaN(), math.NaN()
		for _, i := range indices {
			if err := wantExample(i, t.Len()); err != nil {
				return nil, nil, err
			}
			v := t.Values[i][k]
			if math.IsNaN(v) {
				continue
			}
			if !(least <= v) {
				least = v
			}
			if !(most >= v) {
				most = v
			}
		}
		low, high = append(low, least), append(high, most)
	}
	return low, high, nil
}

// Targets are numbers to learn instead of classes, [example][class]: of is that of an example's class, and
// others those of the other classes. So 1 and 0 stand for the class, and an early and a late time for
// neurons that are to spike one before the others. They are of the form that [train.Sequences] takes.
func (t *Table) Targets(of, others float32) [][]float32 {
	targets := make([][]float32, len(t.Labels))
	for i, label := range t.Labels {
		targets[i] = make([]float32, len(t.Classes))
		for class := range targets[i] {
			targets[i][class] = others
			if class == label {
				targets[i][class] = of
			}
		}
	}
	return targets
}

// Split divides the examples at random, a share of each class and the rest, and gives their indices, class by
// class. The numbers of examples are rounded to the nearest.
func (t *Table) Split(share float64, rng *rand.Rand) (first, rest []int, err error) {
	if !(share >= 0 && share <= 1) {
		return nil, nil, errors.Errorf("data: table: a share of %v is to be split off, want 0 to 1", share)
	}
	of := make([][]int, len(t.Classes))
	for _, i := range rng.Perm(len(t.Labels)) {
		class := t.Labels[i]
		if class < 0 || class >= len(of) {
			return nil, nil, errors.Errorf("data: table: example %d is of class %d, want 0 to %d", i, class, len(of)-1)
		}
		of[class] = append(of[class], i)
	}
	for _, indices := range of {
		n := int(math.Round(share * float64(len(indices))))
		first, rest = append(first, indices[:n]...), append(rest, indices[n:]...)
	}
	return first, rest, nil
}
