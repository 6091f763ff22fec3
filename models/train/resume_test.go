package train_test

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
)

// spoiled are the ways in which a tensor of a checkpoint is spoiled, so that it cannot be read any more.
var spoiled = map[string]func(x tensorfile.Tensor, values []float64) []tensorfile.Tensor{
	"missing": func(tensorfile.Tensor, []float64) []tensorfile.Tensor { return nil },
	"renamed": func(x tensorfile.Tensor, _ []float64) []tensorfile.Tensor {
		x.Name += "x"
		return []tensorfile.Tensor{x}
	},
	"longer": func(x tensorfile.Tensor, v []float64) []tensorfile.Tensor {
		return []tensorfile.Tensor{tensorfile.FromFloats(x.Name, []int{len(v) + 1}, append(slices.Clone(v), 1))}
	},
	"NaN":      last(math.NaN()),
	"infinite": last(math.Inf(1)),
	"1e300":    last(1e300),
}

// last puts a number at the end of a tensor.
func last(number float64) func(x tensorfile.Tensor, v []float64) []tensorfile.Tensor {
	return func(x tensorfile.Tensor, v []float64) []tensorfile.Tensor {
		v = slices.Clone(v)
		v[len(v)-1] = number
		return []tensorfile.Tensor{tensorfile.FromFloats(x.Name, x.Shape, v)}
	}
}

// bits are all that a training is: parameters with their bounds, the solver's state and the history.
func bits(tr *train.Trainer, s *optim.Solver) []uint64 {
	var all []float64
	for _, p := range tr.Params().All() {
		all = append(all, p.Values()...)
		if p.Lower != nil {
			all = append(all, *p.Lower)
		}
	}
	state := s.State()
	for _, key := range slices.Sorted(maps.Keys(state)) {
		all = append(all, state[key]...)
	}
	for _, e := range tr.History() {
		all = append(all, e.Training.Loss, e.Seconds)
	}
	out := make([]uint64, len(all))
	for i, x := range all {
		out[i] = math.Float64bits(x)
	}
	return out
}

// Whichever tensor of a checkpoint is spoiled, and however, nothing is resumed and nothing has changed; and the
// training goes on as if nobody had tried.
func TestResumeIsAllOrNothing(t *testing.T) {
	k, data := task(models.AdpMem, models.SumSoftmax{}), toy{20, 6, false}
	start := func(epochs int) (*train.Trainer, *optim.Solver) {
		s := adam(.01)
		return newTrainer(t, k, data, train.Settings{Epochs: epochs, Batch: 8, Share: .2, Solver: s, Seed: 3}), s
	}
	good, broken := filepath.Join(t.TempDir(), "good"), filepath.Join(t.TempDir(), "broken")
	first, _ := start(3)
	run(t, first)
	if err := first.Save(good); err != nil {
		t.Fatal(err)
	}
	tensors, meta, err := tensorfile.ReadSafetensors(good)
	if err != nil {
		t.Fatal(err)
	}
	tr, s := start(2)
	run(t, tr)
	before, tried := bits(tr, s), 0
	for i, x := range tensors {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		for how, spoil := range spoiled {
			// Numbers of metrics may be missing or NaN: some have none in an epoch. What a time was is in nobody's way.
			number := strings.HasPrefix(x.Name, "history/") && strings.Count(x.Name, "/") > 1
			loss := strings.HasSuffix(x.Name, "/loss") && strings.HasPrefix(x.Name, "history/training")
			switch {
			case number && !loss && how != "longer",
				how == "1e300" && (strings.HasPrefix(x.Name, "solver/") || loss || strings.HasSuffix(x.Name, "seconds")):
				continue
			}
			all := slices.Concat(tensors[:i], spoil(x, v), tensors[i+1:])
			if err := tensorfile.WriteSafetensors(broken, all, meta); err != nil {
				t.Fatal(err)
			}
			tried++
			if err := tr.Resume(broken); err == nil || !strings.Contains(err.Error(), broken) {
				t.Errorf("%s is %s: error is %v", x.Name, how, err)
				if err := tr.Resume(good); err != nil {
					t.Fatal(err)
				}
				before = bits(tr, s)
			}
			if !slices.Equal(bits(tr, s), before) {
				t.Fatalf("%s is %s: something has changed", x.Name, how)
			}
		}
	}
	if tried < 100 {
		t.Errorf("%d files were tried", tried)
	}
	if err := tr.Resume(good); err != nil {
		t.Fatal(err)
	}
	if n := len(tr.History()); n != 3 {
		t.Errorf("%d epochs, want 3", n)
	}
	run(t, tr)
	if !same(params(tr.Network), params(first.Network)) {
		t.Error("the parameters are others")
	}
}

// Whichever part of a file of parameters is spoiled, those in memory stay as they were.
func TestLoadParamsIsAllOrNothing(t *testing.T) {
	k, data := task(models.AdpMem, models.SumSoftmax{}), toy{20, 6, false}
	p := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01), Seed: 3}).Params()
	other := newTrainer(t, k, data, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01), Seed: 4})
	good, broken := filepath.Join(t.TempDir(), "good"), filepath.Join(t.TempDir(), "broken")
	if err := train.SaveParams(good, other.Params(), nil); err != nil {
		t.Fatal(err)
	}
	tensors, _, err := tensorfile.ReadSafetensors(good)
	if err != nil {
		t.Fatal(err)
	}
	values := func(p *graph.Params) (all []float64) {
		for _, q := range p.All() {
			all = append(all, q.Values()...)
		}
		return all
	}
	before := values(p)
	for i, x := range tensors {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		for how, spoil := range spoiled {
			if err := tensorfile.WriteSafetensors(broken, slices.Concat(tensors[:i], spoil(x, v), tensors[i+1:]), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := train.LoadParams(broken, p); err == nil || !same(values(p), before) {
				t.Errorf("%s is %s: error is %v, the values the same: %v", x.Name, how, err, same(values(p), before))
			}
		}
	}
	if _, err := train.LoadParams(good, p); err != nil || !same(values(p), params(other.Network)) {
		t.Errorf("the parameters were not loaded: %v", err)
	}
}
