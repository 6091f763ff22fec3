package train

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// Subset is a dataset of some examples of another one, in the order of their indices, which may repeat. It
// has epochs if the other one has. That one is shared, not copied. See [Split] and [SplitGroups] for
// indices.
func Subset(d Dataset, indices []int) (Dataset, error) {
	if d == nil {
		return nil, errors.New("srnn: subset: there is no dataset")
	}
	for k, i := range indices {
		if i < 0 || i >= d.Len() {
			return nil, errors.Errorf("srnn: subset: index %d is of example %d, which is not among the %d that there are", k, i, d.Len())
		}
	}
	s := subset{d, slices.Clone(indices)}
	if _, ok := d.(Epochs); ok {
		return subsetEpochs{s}, nil
	}
	return s, nil
}

// subset are the examples of a dataset at some indices.
type subset struct {
	whole   Dataset
	indices []int
}

var _ Checked = subset{}

// Len implements [Dataset].
func (s subset) Len() int { return len(s.indices) }

// Spec implements [Dataset].
func (s subset) Spec() Spec { return s.whole.Spec() }

// Read implements [Dataset].
func (s subset) Read(i int, e *Example) error {
	if i < 0 || i >= len(s.indices) {
		return errors.Errorf("srnn: subset: there is no example %d, but 0 to %d", i, len(s.indices)-1)
	}
	return graph.Wrapf(s.whole.Read(s.indices[i], e), "example %d of all", s.indices[i])
}

// Check implements [Checked].
func (s subset) Check() error {
	if c, ok := s.whole.(Checked); ok {
		return c.Check()
	}
	return nil
}

// subsetEpochs is a subset of a dataset that is another one in each epoch.
type subsetEpochs struct{ subset }

var _ Epochs = subsetEpochs{}

// Epoch implements [Epochs].
func (s subsetEpochs) Epoch(n int) (Dataset, error) {
	whole, err := s.whole.(Epochs).Epoch(n)
	if err != nil {
		return nil, err
	}
	if whole == nil || whole.Len() != s.whole.Len() {
		return nil, errors.Errorf("srnn: subset: epoch %d of the dataset has not %d examples, as the dataset has", n, s.whole.Len())
	}
	return subset{whole, s.indices}, nil
}

// Split draws a share of n examples from the seed, at least one, and holds them out. Both parts are
// indices in ascending order, for [Subset]. The same seed gives the same parts.
func Split(n int, seed uint64, share float64) (rest, held []int, err error) {
	if err := wantShare("examples", share, n); err != nil {
		return nil, nil, err
	}
	order := rand.New(rand.NewPCG(seed, 0)).Perm(n)
	k := heldOf(n, share)
	held, rest = order[:k], order[k:]
	slices.Sort(held)
	slices.Sort(rest)
	return rest, held, nil
}

// SplitGroups is as [Split] where examples belong together: groups tells for each example who it is of, as
// a subject, a speaker or a recording. A share of the groups is drawn, at least one, and all examples of
// these are held out, so that what is measured with them is how it goes with those who are new.
func SplitGroups(groups []int, seed uint64, share float64) (rest, held []int, err error) {
	distinct := slices.Compact(slices.Sorted(slices.Values(groups)))
	if err := wantShare("groups", share, len(distinct)); err != nil {
		return nil, nil, err
	}
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(distinct), func(i, j int) { distinct[i], distinct[j] = distinct[j], distinct[i] })
	chosen := map[int]bool{}
	for _, g := range distinct[:heldOf(len(distinct), share)] {
		chosen[g] = true
	}
	for i, g := range groups {
		if chosen[g] {
			held = append(held, i)
		} else {
			rest = append(rest, i)
		}
	}
	return rest, held, nil
}

// wantShare reports an error unless a share can be held out of n.
func wantShare(what string, share float64, n int) error {
	switch {
	case !(share > 0 && share < 1):
		return errors.Errorf("srnn: split: a share of %v of the %s is to be held out, want more than 0 and less than 1", share, what)
	case n < 2:
		return errors.Errorf("srnn: split: %d %s cannot be divided", n, what)
	}
	return nil
}

// heldOf is how many of n are held out: at least one, and not all.
func heldOf(n int, share float64) int {
	return min(max(1, int(math.Round(share*float64(n)))), n-1)
}
