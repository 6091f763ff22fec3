package data_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func ExampleStoreRecall() {
	trials, err := data.StoreRecall{}.Generate(1)
	if err != nil {
		panic(err)
	}
	for _, p := range trials.Populations() {
		fmt.Println(p.Name, p.Units)
	}
	// Output:
	// bit 0 25
	// bit 1 25
	// store 25
	// recall 25
}

func TestStoreRecallConforms(t *testing.T) {
	trials, err := data.StoreRecall{Trials: 20}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, trials)
	checkDeterministic(t, func(n int, seed uint64) (*data.Trials, error) { return data.StoreRecall{Trials: n}.Generate(seed) })
}

// Commands take turns, a recall never comes right after its store, and its class is the bit of the
// store's slot.
func TestStoreRecall(t *testing.T) {
	const trials, slot = 500, 200
	set, err := data.StoreRecall{Trials: trials}.Generate(7)
	if err != nil {
		t.Fatal(err)
	}
	var active, recalls, ones, delays, first float64
	slots := 0.
	for i := range trials {
		s := spikesOf(t, set, i)
		var want []data.Decision
		stored, storedAt, seen := -1, 0, 0
		for k := range 12 {
			var on [4]bool
			for p := range on {
				r := rate(s, k*slot, (k+1)*slot, 25*p, 25*(p+1))
				on[p] = r > 0
				active += r
				if r > 0 {
					slots++
				}
			}
			bit0, bit1, store, recall := on[0], on[1], on[2], on[3]
			if store && recall || bit0 && bit1 || (bit0 || bit1) == recall {
				t.Fatalf("trial %d: in slot %d bits are %v and %v, store %v and recall %v", i, k, bit0, bit1, store, recall)
			}
			if store {
				if stored >= 0 {
					t.Fatalf("trial %d: a second store in slot %d", i, k)
				}
				if seen++; seen == 1 {
					first += float64(k) / trials
				}
				stored, storedAt = 0, k
				if bit1 {
					stored = 1
				}
			}
			if recall {
				if stored < 0 || k < storedAt+2 {
					t.Fatalf("trial %d: recall in slot %d, the last store was in slot %d", i, k, storedAt)
				}
				want = append(want, data.Decision{From: k * slot, To: (k + 1) * slot, Class: stored})
				ones += float64(stored)
				delays += float64(k - storedAt)
				recalls++
				stored = -1
			}
		}
		if stored >= 0 || len(want) == 0 {
			t.Fatalf("trial %d has %d recalls, and perhaps a store without one", i, len(want))
		}
		if got := checkLabels(t, set, i); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("trial %d: the decisions are %v, want %v", i, got, want)
		}
	}
	near(t, "rate of an active population", active/slots, 50, .5)
	near(t, "share of ones", ones/recalls, .5, .06)
	near(t, "recalls in a trial", recalls/trials, 1.2, .2)
	near(t, "slots from store to recall", delays/recalls, 4.2, 1)
	near(t, "the first store's slot", first, 2.7, 1)
}

func TestStoreRecallErrors(t *testing.T) {
	for _, s := range []data.StoreRecall{
		{Trials: -1}, {Inputs: 50}, {Inputs: -4}, {Slots: 2}, {Slots: -1}, {Slot: -1}, {Slots: 1 << 30}, {Slots: math.MaxInt, Slot: math.MaxInt},
		{Delay: -1}, {Delay: 1e6}, {Delay: math.NaN()}, {Rate: -1}, {Rate: 2000}, {Rate: math.NaN()},
	} {
		if _, err := s.Generate(1); err == nil {
			t.Errorf("%+v gives no error", s)
		}
	}
	// Settings at their limits come to an end.
	for _, s := range []data.StoreRecall{{Slots: 3, Slot: 1, Delay: 1e-9}, {Slots: 3, Slot: 1, Delay: 1000}, {Slots: 1000, Slot: 1, Delay: .01}} {
		set, err := s.Generate(1)
		if err != nil {
			t.Fatal(err)
		}
		if d := checkLabels(t, set, 0); len(d) == 0 {
			t.Errorf("%+v: there is no recall", s)
		}
	}
}
