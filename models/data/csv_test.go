package data

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func TestEventsCSV(t *testing.T) {
	for _, text := range []string{
		"example,time,unit,label\n7, 1.5, 2, 1\n3,0,0,4\n7,.25,9,1\n5,,,0\n",
		"\ufeff7,1.5,2,1\r\n3,0,0,4\r\n\r\n7,2.5e-1,9.0,1\r\n5,,,0",
	} {
		e, err := ReadEventsCSV(write(t, "events.csv", []byte(text)), CSVOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if e.Len() != 3 || e.Units() != 10 || e.Classes() != 5 {
			t.Fatalf("%v", e)
		}
		for i, want := range []struct {
			times []float64
			units []uint32
			label int
		}{{[]float64{0}, []uint32{0}, 4}, {nil, nil, 0}, {[]float64{1.5, .25}, []uint32{2, 9}, 1}} {
			if times, units, _ := e.Example(i); !slices.Equal(times, want.times) || !slices.Equal(units, want.units) || e.Label(i) != want.label {
				t.Errorf("example %d: %v ms of %v, class %d, want %+v", i, times, units, e.Label(i), want)
			}
		}
		d, err := e.Bin(Binning{})
		if err != nil {
			t.Fatal(err)
		}
		traintest.Dataset(t, d)
	}

	e, err := CSVOptions{Units: 700, Classes: 20}.parse(text(Dialect{}, "0,1,2\n1,2,3"))
	if err != nil || e.Units() != 700 || e.Classes() != 20 || e.Label(0) != train.Ignore {
		t.Errorf("%v, %v", e, err)
	}
}

// text is a file in memory.
func text(d Dialect, text string) func() (*tableFile, error) {
	return func() (*tableFile, error) { return d.read(strings.NewReader(text)) }
}

func TestEventsCSVErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no events"},
		{"example,time,unit\n", "no events"},
		{"1,2\n", "line 1: there are 2 columns"},
		{"1,2,3\n1,2,3,4\n", "line 2"},
		{"1,2,3\nx,2,3\n", `line 2: column 1: example is "x"`},
		{"1,2,3\n1.5,2,3\n", `line 2: column 1: example is "1.5"`},
		{"-1,2,3\n", `line 1: column 1: example is "-1"`},
		{"1,NaN,3\n", `line 1: column 2: time is "NaN"`},
		{"1,1e999,3\n", `line 1: column 2: time is "1e999"`},
		{"1,,3\n", `line 1: column 2: time is ""`},
		{"1,2,\n", `line 1: column 3: unit is ""`},
		{"1,2,268435456\n", `line 1: column 3: unit is "268435456"`},
		{"1,2,30\n", `line 1: column 3: unit is "30", want a whole number from 0 to 29`},
		{"1,2,3,-2\n", "line 1: column 4: label is -2"},
		{"1,2,3,4\n", "line 1: column 4: label is 4"},
		{"1,2,3,0\n2,2,3,0\n1,2,3,1\n", "line 3: example 1 is of class 1, but 0 in line 1"},
		{"1,\"2,3\n", "line 1"},
	} {
		path := write(t, "events.csv", []byte(c.text))
		if _, err := ReadEventsCSV(path, CSVOptions{Units: 30, Classes: 4}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error is %v, want one with %q and the path", c.text, err, c.want)
		}
	}
}

func FuzzEventsCSV(f *testing.F) {
	f.Add([]byte("example,time,unit,label\n7, 1.5, 2, 1\n3,0,0,4\n5,,,0\n"))
	f.Add([]byte("0,1,2\n1,2,3"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := CSVOptions{}.parse(text(Dialect{}, string(raw)))
		if err != nil {
			return
		}
		for i := range e.Len() {
			times, _, _ := e.Example(i)
			for _, v := range times {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("example %d has an event at %v", i, v)
				}
			}
		}
	})
}

// A file that changes between its two readings is refused, and so is what cannot be read twice.
func TestTextsThatChange(t *testing.T) {
	const before = "example,time,unit,label\n0,1,2,0\n1,1,2,1\n"
	for _, after := range []string{
		"", "example,time\n0,1\n", "example,time,unit,label\n0,1,2,0\n", before + "1,2,3,1\n", before + "2,2,3,1\n",
		"example,time,unit,label\n1,1,2,1\n1,1,2,1\n",
	} {
		reading := 0
		changing := func() (*tableFile, error) {
			reading++
			return Dialect{}.read(strings.NewReader(map[bool]string{true: before, false: after}[reading == 1]))
		}
		if _, err := (CSVOptions{}).parse(changing); err == nil || !strings.Contains(err.Error(), "changed") {
			t.Errorf("%q after %q gives the error %v", after, before, err)
		}
	}
	for _, read := range []func(path string) error{
		func(path string) error { return second(ReadEventsCSV(path, CSVOptions{})) },
		func(path string) error { return second(ReadSignalCSV(path, SignalOptions{Interval: 1})) },
		func(path string) error { return second(ReadTable(path, TableOptions{})) },
	} {
		if err := read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("a folder gives the error %v", err)
		}
	}
}
