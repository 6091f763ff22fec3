package data

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// StoreRecall is the store-recall task of Bellec et al. 2018 and 2020 (in the latter's supplement): a
// stream of bits comes in, one in each slot of time. Where a store command comes along, the bit of that
// slot is to be remembered, and where a recall command comes, it is to be named: the class is the bit,
// and counts in the slots with a recall command only.
//
// There are four populations of inputs of equal size, for bit 0, bit 1, the store and the recall
// command. Commands take turns, a store being the first and a recall the last; a recall comes two slots
// after its store at the earliest, and there is no bit in its slot. Each command comes with the same
// probability in every slot where it may.
//
// The zero value of each field is its default, which is that of the authors' program; a trial then takes
// 2,400 ms.
type StoreRecall struct {
	Trials int     // how many there are; default 1000
	Inputs int     // of all populations together; default 100
	Slots  int     // at least 3; default 12
	Slot   int     // duration of a slot, ms; default 200
	Delay  float64 // that is expected for a command, slots: its probability is 1/(1+Delay); default 6
	Rate   float64 // of an active population, Hz; default 50
}

func (s StoreRecall) withDefaults() StoreRecall {
	s.Trials, s.Inputs, s.Slots, s.Slot = or(s.Trials, 1000), or(s.Inputs, 100), or(s.Slots, 12), or(s.Slot, 200)
	s.Delay, s.Rate = or(s.Delay, 6), or(s.Rate, 50)
	return s
}

// The populations of StoreRecall. Those of the bits are 0 and 1, which are the classes, too.
const (
	storeCommand  = 2
	recallCommand = 3
)

// Generate makes the trials.
func (s StoreRecall) Generate(seed uint64) (*Trials, error) {
	s = s.withDefaults()
	if err := s.check(); err != nil {
		return nil, err
	}
	group := s.Inputs / 4
	return &Trials{
		count: s.Trials, steps: s.Slots * s.Slot, classes: 2, seed: seed, plan: s.plan,
		populations: []Population{{"bit 0", group}, {"bit 1", group}, {"store", group}, {"recall", group}},
	}, nil
}

func (s StoreRecall) check() error {
	if err := wantCounts("StoreRecall", count{"Trials", s.Trials, 1}, count{"Inputs", s.Inputs, 1}, count{"Slots", s.Slots, 3}, count{"Slot", s.Slot, 1}); err != nil {
		return err
	}
	if s.Inputs%4 != 0 {
		return errors.Errorf("data: StoreRecall: %d inputs are not four populations of equal size", s.Inputs)
	}
	if s.Slots > maxTrialSteps/s.Slot {
		return errors.Errorf("data: StoreRecall: %d slots of %d ms are more than %d ms", s.Slots, s.Slot, maxTrialSteps)
	}
	const longest = 1000 // the longer, the more draws it takes until there is a recall
	if !(s.Delay > 0 && s.Delay <= longest) {
		return errors.Errorf("data: StoreRecall: Delay is %v slots, want more than 0 and at most %d", s.Delay, longest)
	}
	return wantRate("StoreRecall", "Rate", s.Rate)
}

func (s StoreRecall) plan(rng *rand.Rand) (bursts []burst, decisions []Decision) {
	rate := probabilityOf(s.Rate)
	stored := 0
	for slot, command := range s.commands(rng) {
		from, to, bit := slot*s.Slot, (slot+1)*s.Slot, rng.IntN(2)
		if command != 0 {
			bursts = append(bursts, burst{command, from, to, rate})
		}
		switch command {
		case recallCommand:
			decisions = append(decisions, Decision{from, to, stored})
			continue
		case storeCommand:
			stored = bit
		}
		bursts = append(bursts, burst{bit, from, to, rate})
	}
	return bursts, decisions
}

// commands are those of all slots, 0 standing for none. Sequences are drawn until there is a recall in
// one. A store that no recall has followed by the end of a trial is left out; the authors' program
// draws again then, and where a recall comes right after its store.
func (s StoreRecall) commands(rng *rand.Rand) []int {
	probability := 1 / (1 + s.Delay)
	for {
		commands := make([]int, s.Slots)
		next, last, recalls := storeCommand, -1, 0
		for slot := range commands {
			if next == recallCommand && slot == last+1 || rng.Float64() >= probability {
				continue
			}
			commands[slot], last = next, slot
			if next == recallCommand {
				recalls++
			}
			next = storeCommand + recallCommand - next
		}
		if next == recallCommand {
			commands[last] = 0
		}
		if recalls > 0 {
			return commands
		}
	}
}
