package data_test

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func ExampleECGSyn() {
	records, err := data.ECGSyn{Records: 10}.Generate(1)
	if err != nil {
		panic(err)
	}
	dims := records.Spec()
	fmt.Println(records.Len(), "records of", dims.Steps, "steps and", dims.Features, "channels")
	fmt.Println("classes from", data.WaveP, "to", data.WaveTP)
	fmt.Println(len(records.Signal[0]), "leads of", len(records.Signal[0][0]), "samples")
	// Output:
	// 10 records of 1301 steps and 4 channels
	// classes from P to TP
	// 2 leads of 1301 samples
}

// generate makes records of 600 steps unless the settings say otherwise.
func generate(t *testing.T, e data.ECGSyn, seed uint64) *data.Records {
	t.Helper()
	if e.Steps == 0 {
		e.Steps = 600
	}
	r, err := e.Generate(seed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// example reads one example.
func example(t *testing.T, r *data.Records, i int) (x []float32, labels []int) {
	t.Helper()
	e, err := train.ReadExample(r, i)
	if err != nil {
		t.Fatal(err)
	}
	return e.X, e.Classes
}

func TestECGSynConforms(t *testing.T) {
	traintest.Dataset(t, generate(t, data.ECGSyn{Records: 30}, 1))
}

func TestECGSynIsDeterministic(t *testing.T) {
	many := generate(t, data.ECGSyn{Records: 9}, 5)
	before := runtime.GOMAXPROCS(1)
	few := generate(t, data.ECGSyn{Records: 4}, 5)
	runtime.GOMAXPROCS(before)
	other := generate(t, data.ECGSyn{Records: 4}, 6)
	for i := range 4 {
		x, labels := example(t, many, i)
		x1, labels1 := example(t, few, i)
		if !reflect.DeepEqual(x, x1) || !reflect.DeepEqual(labels, labels1) || !reflect.DeepEqual(many.Signal[i], few.Signal[i]) {
			t.Errorf("record %d depends on the number of records or cores", i)
		}
		if reflect.DeepEqual(many.Signal[i], other.Signal[i]) {
			t.Errorf("record %d does not depend on the seed", i)
		}
		if reflect.DeepEqual(many.Signal[i], many.Signal[i+1]) {
			t.Errorf("records %d and %d are the same", i, i+1)
		}
	}
}

// The waves come in their order, with mean lengths and shares near those of the QT Database's test
// set, of which a tenth has no label.
func TestECGSynWaves(t *testing.T) {
	r := generate(t, data.ECGSyn{Records: 60, Steps: 1301}, 2)
	var steps, runs, inRuns [6]float64
	for i := range r.Len() {
		_, labels := example(t, r, i)
		last := -1 // where the current run began; −1 in the first one, which is cut off
		for k, w := range labels {
			steps[w]++
			if k == 0 || w == labels[k-1] {
				continue
			}
			if w != (labels[k-1]+1)%6 {
				t.Fatalf("record %d, step %d: %v follows %v", i, k, data.Wave(w), data.Wave(labels[k-1]))
			}
			if last >= 0 {
				runs[labels[k-1]]++
				inRuns[labels[k-1]] += float64(k - last)
			}
			last = k
		}
	}
	total := float64(r.Len() * 1301)
	for w, want := range [6]struct{ length, share float64 }{
		{28.8, .132}, {13.7, .055}, {13.3, .054}, {12.2, .049}, {74.6, .305}, {72.2, .301},
	} {
		if got := inRuns[w] / runs[w]; math.Abs(got/want.length-1) > .25 {
			t.Errorf("%v lasts %.1f steps, want about %v", data.Wave(w), got, want.length)
		}
		if got := steps[w] / total; math.Abs(got/want.share-1) > .3 {
			t.Errorf("%v has a share of %.3f, want about %v", data.Wave(w), got, want.share)
		}
	}
	if got := runs[data.WaveQR] / float64(r.Len()); math.Abs(got-5.5) > .5 {
		t.Errorf("a record has %.2f beats, want about 5.5", got)
	}
}

func TestECGSynEventRates(t *testing.T) {
	r := generate(t, data.ECGSyn{Records: 60, Steps: 1301}, 3)
	var events [4]float64
	for i := range r.Len() {
		x, _ := example(t, r, i)
		for k, v := range x {
			if v != 0 && v != 1 {
				t.Fatalf("record %d: x[%d, %d] is %v, want 0 or 1", i, k/4, k%4, v)
			}
			events[k%4] += float64(v)
		}
	}
	for c, n := range events {
		if rate := n / float64(r.Len()*1301); rate < .06 || rate > .11 {
			t.Errorf("channel %d has %.3f events per step, want about .08", c, rate)
		}
	}
}

// The events are those of the leads' signals.
func TestECGSynEventsCodeTheSignal(t *testing.T) {
	r := generate(t, data.ECGSyn{Records: 2, Delta: .2}, 4)
	for i := range r.Len() {
		x, _ := example(t, r, i)
		for l, signal := range r.Signal[i] {
			up, down, err := data.LevelCross{Delta: .2}.Encode(signal)
			if err != nil {
				t.Fatal(err)
			}
			for k := range signal {
				if (x[4*k+2*l] == 1) != up[k] || (x[4*k+2*l+1] == 1) != down[k] {
					t.Fatalf("record %d, lead %d, step %d: events differ from the signal's", i, l, k)
				}
			}
		}
	}
}

// Without variation and noise, R is the highest sample, where QR turns into RS.
func TestECGSynLabelsFollowTheSignal(t *testing.T) {
	r := generate(t, data.ECGSyn{Records: 5, Variation: -1, Noise: -1, Wander: -1, HeartRateSpread: -1}, 7)
	for i := range r.Len() {
		_, labels := example(t, r, i)
		signal := r.Signal[i][0]
		for k := 20; k < len(labels)-20; k++ {
			if data.Wave(labels[k-1]) != data.WaveQR || data.Wave(labels[k]) != data.WaveRS {
				continue
			}
			peak := k - 20
			for j := k - 20; j < k+20; j++ {
				if signal[j] > signal[peak] {
					peak = j
				}
			}
			if d := peak - k; d < -2 || d > 1 {
				t.Errorf("record %d: R peaks at step %d and RS begins at %d", i, peak, k)
			}
		}
	}
}

func TestECGSynDelay(t *testing.T) {
	const delay = 19
	plain := generate(t, data.ECGSyn{Records: 1, Noise: -1}, 8)
	late := generate(t, data.ECGSyn{Records: 1, Noise: -1, Delay: delay}, 8)
	_, want := example(t, plain, 0)
	_, got := example(t, late, 0)
	if !reflect.DeepEqual(got, want) {
		t.Error("the labels depend on the delay, want the signal to")
	}
	for l := range 2 {
		if !reflect.DeepEqual(late.Signal[0][l][:600-delay], plain.Signal[0][l][delay:]) {
			t.Errorf("lead %d is not %d steps ahead of the labels", l, delay)
		}
	}
}

func TestECGSynAmounts(t *testing.T) {
	// Noise and wander alone: what the amounts add to the same hearts.
	quiet := generate(t, data.ECGSyn{Records: 1, Noise: -1, Wander: -1}, 9).Signal[0][0]
	noisy := generate(t, data.ECGSyn{Records: 1, Noise: .1, Wander: -1}, 9).Signal[0][0]
	sum, power := 0., 0.
	for k := range quiet {
		d := float64(noisy[k] - quiet[k])
		sum += d
		power += d * d
	}
	n := float64(len(quiet))
	if m, d := sum/n, math.Sqrt(power/n); math.Abs(m) > .02 || math.Abs(d-.1) > .01 {
		t.Errorf("noise has mean %v and deviation %v, want 0 and .1", m, d)
	}
	wavy := generate(t, data.ECGSyn{Records: 1, Noise: -1, Wander: 1}, 9).Signal[0][0]
	highest := 0.
	for k := range quiet {
		highest = math.Max(highest, math.Abs(float64(wavy[k]-quiet[k])))
	}
	if want := 1 / math.Hypot(1, 2*math.Pi*.25); highest < .7*want || highest > 1.1*want {
		t.Errorf("the baseline wanders by %v mV, want nearly %v", highest, want)
	}
}

func TestECGSynRefuses(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		field string
		e     data.ECGSyn
	}{
		{"Records", data.ECGSyn{Records: -1}},
		{"Steps", data.ECGSyn{Steps: -1}},
		{"Records×Steps", data.ECGSyn{Records: 1e6, Steps: 1e6}},
		{"HeartRate", data.ECGSyn{HeartRate: 30}},
		{"HeartRate", data.ECGSyn{HeartRate: nan}},
		{"HeartRateSpread", data.ECGSyn{HeartRateSpread: 90}},
		{"Variability", data.ECGSyn{Variability: 30}},
		{"LFHF", data.ECGSyn{LFHF: math.Inf(1)}},
		{"Respiration", data.ECGSyn{Respiration: 3}},
		{"Respiration", data.ECGSyn{Respiration: -1}},
		{"Wander", data.ECGSyn{Wander: nan}},
		{"Noise", data.ECGSyn{Noise: math.Inf(1)}},
		{"Variation", data.ECGSyn{Variation: 3}},
		{"Delta", data.ECGSyn{Delta: -1}},
		{"Delay", data.ECGSyn{Delay: -1}},
	} {
		_, err := c.e.Generate(1)
		if err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%+v: error is %v, want one that names %s", c.e, err, c.field)
		}
	}
}

func BenchmarkECGSyn(b *testing.B) {
	for b.Loop() {
		if _, err := (data.ECGSyn{}).Generate(1); err != nil {
			b.Fatal(err)
		}
	}
}
