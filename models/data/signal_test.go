package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestSignalCSV(t *testing.T) {
	for name, c := range map[string]struct {
		text          string
		times, values []float64
	}{
		"values":           {"1\n-2.5\n 3e0 \n", []float64{0, .5, 1}, []float64{1, -2.5, 3}},
		"a named column":   {"\ufeffvoltage\n1\n2\n", []float64{0, .5}, []float64{1, 2}},
		"times and values": {"ms,mV\r\n-1,4\r\n0.5,5\r\n\r\n7, 6\r\n", []float64{-1, .5, 7}, []float64{4, 5, 6}},
		"a single one":     {"3,9", []float64{3}, []float64{9}},
	} {
		s, err := ReadSignalCSV(write(t, "signal.csv", []byte(c.text)), SignalOptions{Interval: .5})
		if err != nil || !slices.Equal(s.Times, c.times) || !slices.Equal(s.Values, c.values) {
			t.Errorf("%s: %+v, %v, want %v and %v", name, s, err, c.times, c.values)
		}
	}
}

func TestSignalCSVErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no values"},
		{"voltage\n", "no values"},
		{"1,2,3\n", "line 1: there are 3 columns without names"},
		{"1,2\n3\n", "line 2 has 1 columns, want 2"},
		{"1\nx\n", `line 2: column 1: value is "x"`},
		{"time,1\n", `line 1: column 1: time is "time"`},
		{"1\nNaN\n", `column 1: value is "NaN"`},
		{"1,-Inf\n", `column 2: value is "-Inf"`},
		{"1e19\n", `column 1: value is "1e19"`},
		{"1,2\n1,3\n", "line 2: column 1: the time is 1 ms after one of 1 ms"},
		{"\"1\n", "line 1"},
	} {
		path := write(t, "signal.csv", []byte(c.text))
		if _, err := ReadSignalCSV(path, SignalOptions{Interval: 1}); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error is %v, want one with %q and the path", c.text, err, c.want)
		}
	}
	for _, interval := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := ReadSignalCSV(write(t, "signal.csv", []byte("1\n")), SignalOptions{Interval: interval}); err == nil {
			t.Errorf("values %v ms apart give no error", interval)
		}
	}
}

// A signal is taken on the straight lines between its values, up to the last time.
func TestSignalResample(t *testing.T) {
	bent := &Signal{Times: []float64{10, 12, 13, 17}, Values: []float64{0, 4, 2, 10}}
	for _, c := range []struct {
		dt   float64
		want []float64
	}{
		{1, []float64{0, 2, 4, 2, 4, 6, 8, 10}},
		{2, []float64{0, 4, 4, 8}},
		{.5, []float64{0, 1, 2, 3, 4, 3, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{100, []float64{0}},
	} {
		if got, err := bent.Resample(c.dt); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("in steps of %v ms it is %v, want %v: %v", c.dt, got, c.want, err)
		}
	}
	// Three steps of .1 are not quite .3.
	tenths := &Signal{Times: []float64{0, .1, .2, .3}, Values: []float64{1, 1, 1, 1}}
	if got, err := tenths.Resample(.1); err != nil || len(got) != 4 {
		t.Errorf("tenths are %v, %v", got, err)
	}
	if got, err := (&Signal{Times: []float64{5}, Values: []float64{7}}).Resample(1); err != nil || !slices.Equal(got, []float64{7}) {
		t.Errorf("a single value is %v, %v", got, err)
	}
	for _, dt := range []float64{0, -1, math.NaN(), 1e-9} {
		if _, err := bent.Resample(dt); err == nil {
			t.Errorf("steps of %v ms give no error", dt)
		}
	}
	if _, err := new(Signal).Resample(1); err == nil {
		t.Error("a signal without values gives no error")
	}
}

func FuzzSignalCSV(f *testing.F) {
	f.Add([]byte("ms,mV\n0,1\n2,3\n"))
	f.Add([]byte("1\n2\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := SignalOptions{Interval: .5}.parse(text(Dialect{}, string(raw)))
		if err != nil {
			return
		}
		step := math.Max(1e-3, (s.Times[len(s.Times)-1]-s.Times[0])/1000)
		got, err := s.Resample(step)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("value %d is %v", i, v)
			}
		}
	})
}
