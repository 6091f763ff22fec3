package data

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// countingReader is an EventReader over Events in memory, which counts what is asked for, and can break.
type countingReader struct {
	from   *Events
	reads  atomic.Int64
	broken func(times []float64, units []uint32) ([]float64, []uint32, error)
}

func (c *countingReader) ReadEvents(i int) ([]float64, []uint32, error) {
	c.reads.Add(1)
	times, units, err := c.from.Example(i)
	if err == nil && c.broken != nil {
		return c.broken(slices.Clone(times), slices.Clone(units))
	}
	return times, units, err
}

// onDisk are events that a reader gives.
func onDisk(t testing.TB, r *countingReader) *Events {
	t.Helper()
	var labels, speakers []int
	for i := range r.from.Len() {
		labels, speakers = append(labels, r.from.Label(i)), append(speakers, r.from.Speaker(i))
	}
	e, err := EventsFrom(r, r.from.Units(), r.from.Classes(), labels, speakers)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Events that stay with their reader give what those in memory give, and are read when they are asked for.
func TestEventsFrom(t *testing.T) {
	held := someEvents(t, 12)
	r := &countingReader{from: held}
	e := onDisk(t, r)
	if e.Len() != 12 || e.Label(5) != 1 || e.Speaker(7) != 2 || r.reads.Load() != 0 {
		t.Errorf("%v, after %d reads", e, r.reads.Load())
	}
	b := Binning{Dt: 2, Duration: 100, Counts: true}
	want, err := held.Bin(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Bin(b)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.reads.Load(); n > 2 {
		t.Errorf("%d examples are read for the steps of a known duration", n)
	}
	traintest.Dataset(t, got)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for i := range 12 {
				x, err := train.ReadExample(got, i)
				y, _ := train.ReadExample(want, i)
				if err != nil || !slices.Equal(x.X, y.X) {
					t.Errorf("example %d differs: %v", i, err)
				}
			}
		})
	}
	readers.Wait()
	if d, err := e.Bin(Binning{Dt: 3}); err != nil {
		t.Error(err)
	} else if w, _ := held.Bin(Binning{Dt: 3}); d.Spec() != w.Spec() {
		t.Errorf("Spec is %+v, want %+v", d.Spec(), w.Spec())
	}
	if err := e.Append(nil, nil, 0, 0); err == nil {
		t.Error("an example can be added to events that stay with their reader")
	}
}

// What a reader gives is checked each time.
func TestEventsFromWrong(t *testing.T) {
	for want, broken := range map[string]func([]float64, []uint32) ([]float64, []uint32, error){
		"example 0: disk is gone": func(times []float64, units []uint32) ([]float64, []uint32, error) {
			return nil, nil, errors.New("disk is gone")
		},
		"is of unit 30, want 0 to 29": func(times []float64, units []uint32) ([]float64, []uint32, error) {
			units[len(units)-1] = 30
			return times, units, nil
		},
		"times, but": func(times []float64, units []uint32) ([]float64, []uint32, error) {
			return times[1:], units, nil
		},
	} {
		e := onDisk(t, &countingReader{from: someEvents(t, 2), broken: broken})
		if _, err := e.Bin(Binning{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
		if _, _, err := e.Example(0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	for _, err := range []error{
		second(EventsFrom(nil, 1, 1, nil, nil)), second(EventsFrom(&countingReader{}, 1, 1, []int{1}, nil)), second(EventsFrom(&countingReader{}, 1, 1, []int{0}, []int{1, 2})),
		someEvents(t, 1).SetEnd(1, 5), someEvents(t, 1).SetTimePrecision(-1), third2(someEvents(t, 1).Example(1)),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
}

func third2[A, B any](_ A, _ B, err error) error { return err }

// A window of the recording, with what lies before and after it left out.
func TestBinningStart(t *testing.T) {
	e, err := NewEvents(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, times := range [][]float64{{-3, -1.5, 0, 2, 9}, {100, 102}} {
		if err := e.Append(times, make([]uint32, len(times)), 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		b    Binning
		want [2][]float32
	}{
		{Binning{Start: -3, Duration: 6}, [2][]float32{{1, 1, 0, 1, 0, 1}, {0, 0, 0, 0, 0, 0}}},
		{Binning{Start: 1, Duration: 2}, [2][]float32{{0, 1}, {0, 0}}},
		{Binning{FromFirst: true, Duration: 6}, [2][]float32{{1, 1, 0, 1, 0, 1}, {1, 0, 1, 0, 0, 0}}},
		{Binning{FromFirst: true, Varying: true}, [2][]float32{{1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1}, {1, 0, 1}}},
	} {
		d, err := e.Bin(c.b)
		if err != nil {
			t.Errorf("%+v: %v", c.b, err)
			continue
		}
		for i, want := range c.want {
			if x, _ := dense(t, d, i); !slices.Equal(x, want) {
				t.Errorf("%+v: example %d is %v, want %v", c.b, i, x, want)
			}
		}
	}
	d, err := e.Bin(Binning{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := train.ReadExample(d, 0); err == nil || !strings.Contains(err.Error(), "Binning.Start") {
		t.Errorf("an event at -3 ms gives the error %v, want one that names Start", err)
	}
	if _, err := e.Bin(Binning{FromFirst: true, Start: 1}); err == nil {
		t.Error("Start and FromFirst give no error")
	}
	if err := e.SetEnd(0, 9); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Example(0); err == nil || !strings.Contains(err.Error(), "the recording ends at 9 ms") {
		t.Errorf("an event at the end of its recording gives the error %v", err)
	}
}

// Times of 32-bit floats are in their steps once that is said of them.
func TestTimesOfSinglePrecision(t *testing.T) {
	e, err := NewEvents(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var times []float64
	for k := range 1000 {
		times = append(times, 1000*float64(float32(float64(k)/1e4))) // seconds
	}
	if err := e.Append(times, make([]uint32, len(times)), 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := e.SetTimePrecision(0x1p-24); err != nil {
		t.Fatal(err)
	}
	d, err := e.Bin(Binning{Dt: .1})
	if err != nil {
		t.Fatal(err)
	}
	if x, _ := dense(t, d, 0); len(x) != 1000 || slices.Contains(x, 0) {
		t.Errorf("1000 events are in %d steps", len(x))
	}
}

// Times that cannot be told apart as finely as steps are refused.
func TestTimesTooCoarse(t *testing.T) {
	for _, c := range []struct {
		at, precision, dt float64
		fine              bool
	}{
		{1.7e12, 0, .001, true}, {1.7e12, 0, .0001, false}, {18e6, 0x1p-24, 1, false}, {18e6, 0, 1e-6, true}, {1000, 0x1p-24, .001, true},
	} {
		e, err := NewEvents(1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Append([]float64{c.at}, []uint32{0}, 0, 0); err != nil {
			t.Fatal(err)
		}
		if err := e.SetTimePrecision(c.precision); err != nil {
			t.Fatal(err)
		}
		d, err := e.Bin(Binning{Dt: c.dt, Start: c.at})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := train.ReadExample(d, 0); (err == nil) != c.fine {
			t.Errorf("%+v: error is %v", c, err)
		}
	}
}
