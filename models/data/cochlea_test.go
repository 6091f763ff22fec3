package data

import (
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train/traintest"
)

func TestCochlea(t *testing.T) {
	c := Cochlea{Examples: 60}
	e, err := c.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	if e.Len() != 60 || e.Units() != 70 || e.Classes() != 20 || len(e.Speakers()) < 8 {
		t.Errorf("%v, speakers %v", e, e.Speakers())
	}
	for i := range e.Len() {
		if times, _, _ := e.Example(i); slices.Max(times) >= 800 || len(times) < 200 || len(times) > 6000 || e.Label(i) != i%20 {
			t.Errorf("example %d has %d events and class %d", i, len(times), e.Label(i))
		}
	}
	d, err := e.Bin(Binning{Dt: 10, Duration: 800})
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, d)

	// Example i depends on the settings, the seed and i alone.
	few, err := Cochlea{Examples: 5}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Generate(2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range few.Len() {
		a, _, _ := few.Example(i)
		b, _, _ := e.Example(i)
		if !slices.Equal(a, b) {
			t.Errorf("example %d of 5 is not that of 60", i)
		}
		if b, _, _ = other.Example(i); slices.Equal(a, b) {
			t.Errorf("example %d is the same with another seed", i)
		}
	}
}

// The formants of a vowel are where they belong, a voice with a longer vocal tract has lower ones, and
// without sound there is the background alone.
func TestCochleaEnergy(t *testing.T) {
	c := Cochlea{Channels: 100}.withDefaults()
	plain := voice{tract: 1, pitch: 140, tempo: 1, loudness: 1, formants: [3]float64{1, 1, 1}}
	peak := func(v voice) int {
		s := c.pronounce("i", v, 40)
		sum, now := make([]float64, c.Channels), make([]float64, c.Channels)
		for ms := 90.; ms < 110; ms++ {
			s.energy(ms, now)
			for k := range sum {
				sum[k] += now[k]
			}
		}
		for _, hz := range []float64{270, 2290, 3010} {
			if at := int(c.channel(hz*v.tract) + .5); sum[at] < .9*max(sum[at-1], sum[at+1]) || sum[at] == 0 {
				t.Errorf("there is no peak at %v Hz: %v", hz, sum[at-2:at+3])
			}
		}
		s.energy(39, now)
		if slices.Max(now) != 0 {
			t.Error("there is sound before the word")
		}
		return slices.Index(sum, slices.Max(sum))
	}
	long := plain
	long.tract = .8
	if a, b := peak(plain), peak(long); a <= b {
		t.Errorf("the first formant is at channel %d, with a longer tract at %d", a, b)
	}
	if lowest, highest := c.channel(80), c.channel(8000); lowest != 0 || highest < 98.9 || highest > 99.1 {
		t.Errorf("channels are from %v to %v, want 0 to 99", lowest, highest)
	}
	silent, err := Cochlea{Examples: 4, Rate: 1e-9, Background: -1}.Generate(1)
	if err != nil || silent.held.events() != 0 {
		t.Errorf("%v, %v: want no events", silent, err)
	}
	for _, w := range words {
		for _, letter := range w {
			if _, ok := phonemes[string(letter)]; !ok {
				t.Errorf("%q has no phoneme %q", w, letter)
			}
		}
	}
}

func TestCochleaErrors(t *testing.T) {
	for want, c := range map[string]Cochlea{
		"Examples is -1": {Examples: -1}, "Classes is 21": {Classes: 21}, "Channels is -3": {Channels: -3},
		"Duration is 1000000": {Duration: 1e6}, "Rate is -1": {Rate: -1}, "Variation is 3": {Variation: 3}, "Speakers is -1": {Speakers: -1},
	} {
		if _, err := c.Generate(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}
