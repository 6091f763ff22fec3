package train_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// three are sequences of one step, whose feature is their class.
var three = train.Sequences{X: [][][]float32{{{0}}, {{1}}, {{2}}}, Y: []int{0, 1, 2}}

// growing is a dataset that is n larger in epoch n.
type growing struct {
	train.Sequences
	by float32
}

func (g growing) Epoch(n int) (train.Dataset, error) { return growing{g.Sequences, float32(n)}, nil }

func (g growing) Read(i int, e *train.Example) error {
	if err := g.Sequences.Read(i, e); err != nil {
		return err
	}
	e.X[0] += g.by
	return nil
}

// subset makes one.
func subset(t *testing.T, d train.Dataset, indices ...int) train.Dataset {
	t.Helper()
	s, err := train.Subset(d, indices)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// features are the first features of all examples.
func features(t *testing.T, d train.Dataset) (x []float32) {
	t.Helper()
	for i := range d.Len() {
		e, err := train.ReadExample(d, i)
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, e.X[0])
	}
	return x
}

func TestSubset(t *testing.T) {
	indices := []int{2, 0, 2}
	s := subset(t, three, indices...)
	indices[0] = 1 // is the caller's own
	traintest.Dataset(t, s)
	if got := features(t, s); !slices.Equal(got, []float32{2, 0, 2}) || s.Spec() != three.Spec() {
		t.Errorf("the subset is %v with %+v", got, s.Spec())
	}
	if _, ok := s.(train.Epochs); ok {
		t.Error("the subset of a dataset without epochs has some")
	}
	for _, i := range []int{-1, 3, math.MaxInt} {
		if _, err := train.Subset(three, []int{0, i}); err == nil || !strings.Contains(err.Error(), "index 1") {
			t.Errorf("index %d: error is %v", i, err)
		}
	}
	if _, err := train.Subset(nil, nil); err == nil {
		t.Error("a subset of nothing gives no error")
	}
	wrong := subset(t, train.Sequences{X: three.X, Y: []int{0, 1, -7}}, 0)
	if err := wrong.(train.Checked).Check(); err == nil {
		t.Error("the check of the whole is lost")
	}
}

// A subset of a subset with epochs has the epochs of the whole.
func TestSubsetEpochs(t *testing.T) {
	s := subset(t, subset(t, growing{Sequences: three}, 1, 2), 1)
	traintest.Dataset(t, s)
	e, ok := s.(train.Epochs)
	if !ok {
		t.Fatal("it has no epochs")
	}
	d, err := e.Epoch(5)
	if err != nil {
		t.Fatal(err)
	}
	if got := features(t, d); !slices.Equal(got, []float32{7}) {
		t.Errorf("epoch 5 is %v, want 7", got)
	}
	if got := features(t, s); !slices.Equal(got, []float32{2}) {
		t.Errorf("without an epoch it is %v, want 2", got)
	}
}

// parts checks that two parts are the numbers below n, each in ascending order.
func parts(t *testing.T, n int, rest, held []int) {
	t.Helper()
	all := slices.Sorted(slices.Values(slices.Concat(rest, held)))
	if len(all) != n || len(slices.Compact(all)) != n || all[0] != 0 || all[n-1] != n-1 || !slices.IsSorted(rest) || !slices.IsSorted(held) {
		t.Errorf("the parts are %v and %v", rest, held)
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		n     int
		share float64
		held  int
	}{{50, .2, 10}, {50, 1e-9, 1}, {50, .9999, 49}, {2, .5, 1}, {7, .5, 4}} {
		rest, held, err := train.Split(c.n, 3, c.share)
		if err != nil {
			t.Fatal(err)
		}
		if parts(t, c.n, rest, held); len(held) != c.held {
			t.Errorf("%d are held out of %d with a share of %v, want %d", len(held), c.n, c.share, c.held)
		}
	}
	_, one, _ := train.Split(50, 1, .2)
	_, again, _ := train.Split(50, 1, .2)
	_, other, _ := train.Split(50, 2, .2)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Error("the seed does not decide")
	}
}

func TestSplitGroups(t *testing.T) {
	groups := make([]int, 60)
	for i := range groups {
		groups[i] = 7 - i*i%5*3 // 7, 4 and −5
	}
	seen := map[int]bool{}
	for seed := range uint64(30) {
		rest, held, err := train.SplitGroups(groups, seed, .3)
		if err != nil {
			t.Fatal(err)
		}
		parts(t, 60, rest, held)
		for _, i := range held {
			if groups[i] != groups[held[0]] {
				t.Fatalf("groups %d and %d are held out, want a single one", groups[held[0]], groups[i])
			}
		}
		for _, i := range rest {
			if groups[i] == groups[held[0]] {
				t.Fatalf("group %d is in both parts", groups[i])
			}
		}
		seen[groups[held[0]]] = true
	}
	if len(seen) != 3 {
		t.Errorf("only groups %v are ever held out", seen)
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, share := range []float64{0, 1, -1, 2, math.NaN(), math.Inf(1)} {
		if _, _, err := train.Split(9, 1, share); err == nil {
			t.Errorf("a share of %v gives no error", share)
		}
		if _, _, err := train.SplitGroups([]int{1, 2, 3}, 1, share); err == nil {
			t.Errorf("a share of %v of the groups gives no error", share)
		}
	}
	for _, n := range []int{-1, 0, 1} {
		if _, _, err := train.Split(n, 1, .5); err == nil {
			t.Errorf("%d examples are divided", n)
		}
	}
	for _, groups := range [][]int{nil, {4, 4, 4}} {
		if _, _, err := train.SplitGroups(groups, 1, .5); err == nil {
			t.Errorf("groups %v are divided", groups)
		}
	}
}
