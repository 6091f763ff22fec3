package data

import (
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// someEvents are examples of random events, of speakers 0 to 4.
func someEvents(t testing.TB, examples int) *Events {
	t.Helper()
	e, err := NewEvents(30, 4)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range examples {
		n := rng.IntN(200)
		times, units := make([]float64, n), make([]uint32, n)
		for k := range times {
			times[k], units[k] = float64(100*rng.Float32()), uint32(rng.IntN(30))
		}
		if err := e.Append(times, units, i%4, i%5); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestBin(t *testing.T) {
	e, err := NewEvents(3, 5)
	if err != nil {
		t.Fatal(err)
	}
	// Two events of unit 2 in the first step, one on the border between steps, one too late.
	if err := e.Append([]float64{1.5, 0, 2, 7.9, 8}, []uint32{2, 2, 0, 1, 1}, 4, -3); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		b    Binning
		want []float32
	}{
		{Binning{Dt: 2, Duration: 8}, []float32{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
		{Binning{Dt: 2, Duration: 7, Counts: true}, []float32{0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0}},
		{Binning{Dt: 4, Counts: true}, []float32{1, 0, 2, 0, 1, 0, 0, 1, 0}},
	} {
		d, err := e.Bin(c.b)
		if err != nil {
			t.Fatal(err)
		}
		x, class := dense(t, d, 0)
		if !slices.Equal(x, c.want) || class != 4 {
			t.Errorf("%+v: x is %v of class %d, want %v of 4", c.b, x, class, c.want)
		}
	}
	if e.Speaker(0) != noSpeaker || e.Speakers() != nil {
		t.Errorf("speaker is %d, speakers %v, want none", e.Speaker(0), e.Speakers())
	}
}

func TestBinned(t *testing.T) {
	e := someEvents(t, 40)
	for name, b := range map[string]Binning{
		"binary": {}, "counts": {Dt: 3, Counts: true}, "varying": {Dt: 2, Varying: true}, "varying counts": {Dt: 2, Counts: true, Varying: true},
		"augmented": {Dt: 2, Counts: true, Augment: Augmentation{TimeJitter: 3, UnitJitter: 2, UnitShift: 4, Seed: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := e.Bin(b)
			if err != nil {
				t.Fatal(err)
			}
			traintest.Dataset(t, d)
		})
	}
}

// dense are the numbers of an example, up to its last step, and its class.
func dense(t testing.TB, d train.Dataset, i int) ([]float32, int) {
	t.Helper()
	e, err := train.ReadExample(d, i)
	if err != nil {
		t.Fatal(err)
	}
	features := d.Spec().Features
	if !d.Spec().Events {
		return e.X[:e.Steps*features], e.Classes[0]
	}
	x := make([]float32, e.Steps*features)
	for _, v := range e.Events {
		x[v.Step*features+v.Feature] = 1
	}
	return x, e.Classes[0]
}

// epochOf is a dataset in an epoch.
func epochOf(t testing.TB, d train.Epochs, n int) train.Dataset {
	t.Helper()
	e, err := d.Epoch(n)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Augmentation depends on the seed, the epoch and the example, and moves events by as much as it says.
func TestAugmentation(t *testing.T) {
	e, err := NewEvents(1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	times, units := make([]float64, 4000), make([]uint32, 4000)
	for k := range times {
		times[k], units[k] = 500, 500
	}
	for range 2 {
		if err := e.Append(times, units, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	bin := func(a Augmentation) *Binned {
		d, err := e.Bin(Binning{Duration: 1000, Counts: true, Augment: a})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	moments := func(x []float32, of func(at int) float64) (mean, std float64) {
		n, sum, square := 0., 0., 0.
		for at, v := range x {
			n += float64(v)
			sum += float64(v) * of(at)
			square += float64(v) * of(at) * of(at)
		}
		if n != 4000 {
			t.Errorf("%v events are left of 4000", n)
		}
		return sum / n, math.Sqrt(max(square/n-sum*sum/n/n, 0))
	}
	a := Augmentation{TimeJitter: 20, UnitJitter: 10, Seed: 3}
	numbers := func(d train.Dataset, i int) []float32 {
		x, _ := dense(t, d, i)
		return x
	}
	x := numbers(bin(a), 0)
	if mean, std := moments(x, func(at int) float64 { return float64(at/1000) + .5 }); math.Abs(mean-500) > 2 || math.Abs(std-20) > 1 {
		t.Errorf("times have mean %v and deviation %v, want 500 and 20", mean, std)
	}
	if mean, std := moments(x, func(at int) float64 { return float64(at % 1000) }); math.Abs(mean-500) > 1 || math.Abs(std-10) > .5 {
		t.Errorf("units have mean %v and deviation %v, want 500 and 10", mean, std)
	}
	if !slices.Equal(x, numbers(bin(a), 0)) {
		t.Error("the same seed gives something else")
	}
	if slices.Equal(x, numbers(bin(a), 1)) {
		t.Error("two examples are moved alike")
	}
	other := a
	other.Seed++
	if slices.Equal(x, numbers(epochOf(t, bin(a), 1), 0)) || slices.Equal(x, numbers(bin(other), 0)) {
		t.Error("another epoch or seed gives the same")
	}
	seen := map[int]bool{}
	shifted := bin(Augmentation{UnitShift: 2})
	for epoch := range 60 {
		x := numbers(epochOf(t, shifted, epoch+1), 0)
		at := slices.Index(x, 4000)
		if at < 0 {
			t.Fatal("a shift takes events apart")
		}
		seen[at%1000-500] = true
	}
	for d := -2; d <= 2; d++ {
		if !seen[d] || len(seen) != 5 {
			t.Errorf("shifts are %v, want −2 to 2", seen)
		}
	}
}

// No event is lost or doubled by binning with counts.
func TestBinKeepsEvents(t *testing.T) {
	all := someEvents(t, 20)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, 19).Draw(t, "example")
		d, err := all.Bin(Binning{Dt: rapid.Float64Range(.01, 200).Draw(t, "dt"), Counts: true})
		if err != nil {
			t.Fatal(err)
		}
		e, err := train.ReadExample(d, i)
		if err != nil {
			t.Fatal(err)
		}
		sum := float32(0)
		for _, v := range e.X {
			sum += v
		}
		if times, _, _ := all.Example(i); int(sum) != len(times) {
			t.Fatalf("%v events of %d", sum, len(times))
		}
	})
}

func TestSplit(t *testing.T) {
	e := someEvents(t, 50)
	rest, held, err := e.Split(1, .2)
	if err != nil {
		t.Fatal(err)
	}
	if all := slices.Concat(rest, held); len(held) != 10 || len(all) != 50 {
		t.Errorf("%d and %d examples", len(rest), len(held))
	} else if slices.Sort(all); all[0] != 0 || len(slices.Compact(all)) != 50 {
		t.Errorf("the parts are %v", all)
	}
	// Parts are what they have always been: results of trainings depend on them.
	thirty := someEvents(t, 30)
	if _, held, _ := thirty.Split(5, .2); !slices.Equal(held, []int{6, 8, 17, 23, 25, 27}) {
		t.Errorf("held out are %v", held)
	}
	if _, held, _ := thirty.SplitSpeakers(5, .4); !slices.Equal(held, []int{0, 1, 5, 6, 10, 11, 15, 16, 20, 21, 25, 26}) {
		t.Errorf("held out are %v of the speakers", held)
	}
	_, again, _ := e.Split(1, .2)
	_, other, _ := e.Split(2, .2)
	if !slices.Equal(held, again) || slices.Equal(held, other) {
		t.Error("the seed does not decide")
	}
	rest, held, err = e.SplitSpeakers(1, .4)
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != 20 || len(rest) != 30 {
		t.Errorf("%d and %d examples, want 2 of 5 speakers", len(rest), len(held))
	}
	for _, i := range rest {
		if slices.ContainsFunc(held, func(k int) bool { return e.Speaker(k) == e.Speaker(i) }) {
			t.Fatalf("speaker %d is in both parts", e.Speaker(i))
		}
	}
}

func TestEventsErrors(t *testing.T) {
	e := someEvents(t, 3)
	unknown := someEvents(t, 2)
	if err := unknown.Append(nil, nil, train.Ignore, -1); err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for _, c := range []struct {
		want string
		err  error
	}{
		{"0 units", second(NewEvents(0, 1))},
		{"268435457 units", second(NewEvents(1<<28+1, 1))},
		{"0 classes", second(NewEvents(1, 0))},
		{"1 times, but 0 units", e.Append([]float64{1}, nil, 0, 0)},
		{"label is 4", e.Append(nil, nil, 4, 0)},
		{"label is -2", e.Append(nil, nil, -2, 0)},
		{"event 1 is at NaN", e.Append([]float64{1, nan}, []uint32{0, 0}, 0, 0)},
		{"event 0 is at +Inf", e.Append([]float64{math.Inf(1)}, []uint32{0}, 0, 0)},
		{"event 0 is of unit 30", e.Append([]float64{1}, []uint32{30}, 0, 0)},
		{"Dt is -1", second(e.Bin(Binning{Dt: -1}))},
		{"Dt is NaN", second(e.Bin(Binning{Dt: math.NaN()}))},
		{"Dt is +Inf", second(e.Bin(Binning{Dt: math.Inf(1)}))},
		{"steps of 1e-09 ms", second(e.Bin(Binning{Dt: 1e-9}))},
		{"Duration is -5 ms", second(e.Bin(Binning{Duration: -5}))},
		{"augmentation", second(e.Bin(Binning{Augment: Augmentation{TimeJitter: -1}}))},
		{"share of 1 ", third(e.Split(1, 1))},
		{"share of 0 ", third(e.SplitSpeakers(1, 0))},
		{"speaker of example 2 is not known", third(unknown.SplitSpeakers(1, .5))},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", c.err, c.want)
		}
	}
	if e.Len() != 3 {
		t.Errorf("%d examples after errors, want 3", e.Len())
	}
}

func second[T any](_ T, err error) error   { return err }
func third[T any](_, _ T, err error) error { return err }

// Events and counts of events are of the same steps and units, with augmentation too.
func TestBinnedCounts(t *testing.T) {
	e, err := Cochlea{Examples: 20, Channels: 30}.Generate(3)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []Binning{{Dt: 10}, {Dt: 10, Varying: true}, {Dt: 10, Augment: Augmentation{TimeJitter: 5, UnitJitter: 1, UnitShift: 2, Seed: 4}}} {
		spikes, err := e.Bin(b)
		if err != nil {
			t.Fatal(err)
		}
		b.Counts = true
		counted, err := e.Bin(b)
		if err != nil {
			t.Fatal(err)
		}
		if !spikes.Spec().Events || counted.Spec().Events {
			t.Errorf("%+v: steps that count events are given as events, or others are not", b)
		}
		for i := range spikes.Len() {
			want, class := dense(t, counted, i)
			for k, v := range want {
				want[k] = min(v, 1)
			}
			if got, c := dense(t, spikes, i); !slices.Equal(got, want) || c != class {
				t.Errorf("%+v: example %d: events and numbers differ", b, i)
			}
		}
	}
}

// Examples of varying length end with their last event, and are the same otherwise.
func TestBinnedVarying(t *testing.T) {
	e, err := NewEvents(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, times := range [][]float64{{9, 1.5}, nil, {0}, {3, 30}} {
		if err := e.Append(times, make([]uint32, len(times)), 1, 0); err != nil {
			t.Fatal(err)
		}
	}
	d, err := e.Bin(Binning{Dt: 2, Duration: 20, Varying: true})
	if err != nil {
		t.Fatal(err)
	}
	if s := d.Spec(); s.Steps != 10 || !s.Varying {
		t.Errorf("Spec is %+v, want 10 steps at most", s)
	}
	for i, want := range [][]float32{{1, 0, 0, 0, 0, 0, 0, 0, 1, 0}, {0, 0}, {1, 0}, {0, 0, 1, 0}} {
		if got, class := dense(t, d, i); !slices.Equal(got, want) || class != 1 {
			t.Errorf("example %d is %v of class %d, want %v of 1", i, got, class, want)
		}
	}
}

// The numbers of SHD-like events under augmentation are what they have always been: results of trainings
// depend on them.
func TestAugmentationIsFrozen(t *testing.T) {
	e := someEvents(t, 3)
	d, err := e.Bin(Binning{Dt: 4, Augment: Augmentation{TimeJitter: 5, UnitJitter: .7, UnitShift: 2, Seed: 11}})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]uint32{1: 0x431ef79c, 2: 0x97492283} {
		sum := crc32.NewIEEE()
		for i := range 3 {
			x, _ := dense(t, epochOf(t, d, n), i)
			for _, v := range x {
				sum.Write([]byte{byte(v)})
			}
		}
		if sum.Sum32() != want {
			t.Errorf("epoch %d has the sum %#x, want %#x", n, sum.Sum32(), want)
		}
	}
	if _, err := d.Epoch(0); err == nil {
		t.Error("epoch 0 gives no error")
	}
}
