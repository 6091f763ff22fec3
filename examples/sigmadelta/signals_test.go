package main

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/coding"
	"gonum.org/v1/gonum/stat"
)

// A signal of one's own is read, in whatever form, and run.
func TestSignalFile(t *testing.T) {
	var one, two strings.Builder
	two.WriteString("\ufefftime, value\r\n")
	for t := range 100 {
		v := 3 + 2*math.Sin(float64(t)/8)
		js, _ := json.Marshal(v)
		one.WriteString(string(js) + "\n")
		times, _ := json.Marshal(5 + 2*float64(t))
		two.WriteString(string(times) + ", " + string(js) + "\r\n")
	}
	a, _ := settingsFor(t, append(slices.Clone(tiny), "-interval", "2", "-signal", written(t, one.String()))...)
	b, _ := settingsFor(t, append(slices.Clone(tiny), "-signal", written(t, two.String()))...)
	if !reflect.DeepEqual(a.bench.Signals, b.bench.Signals) || len(a.bench.Signals[0]) != 199 || a.Unit != b.Unit || !near(a.Unit, 5, .01) || a.Duration != 169 {
		t.Errorf("%d steps with a peak of %v, and %d of %v", len(a.bench.Signals[0]), a.Unit, len(b.bench.Signals[0]), b.Unit)
	}
	if got := (a.bench.Signals[0][0] + a.bench.Signals[0][2]) / 2; !near(a.bench.Signals[0][1], got, 1e-12) {
		t.Errorf("between samples there is %v, want %v", a.bench.Signals[0][1], got)
	}
	_, m := mustRun(t, "-signal", written(t, two.String()))
	if m.Settings.Waveform != "file" || m.Settings.Unit != a.Unit {
		t.Errorf("settings are %v", m.Settings)
	}
	_, m = mustRun(t, "-signed", "-signal", written(t, strings.ReplaceAll(one.String(), "4.", "-4.")))
	if m.Settings.Signals != 1 || len(m.After.Tau) != 2 {
		t.Errorf("a signal of both signs has %v", m.After.Encoder)
	}
}

func TestWrongSignalFiles(t *testing.T) {
	_, _, err := settingsOf(t, append(slices.Clone(tiny), "-interval", "2", "-signal", written(t, "time_s,value\n1,2\n3,4\n"))...)
	if err == nil || !strings.Contains(err.Error(), "has times of its own") {
		t.Errorf("error is %v, want one that an interval is not for a file with times", err)
	}
	long := strings.Repeat("1\n2\n", 40)
	for content, want := range map[string]string{
		"":                         "no values",
		"1":                        "has 1 steps",
		"1\n2\n":                   "has 2 steps",
		strings.Repeat("7\n", 100): "constant",
		strings.Repeat("0\n", 100): "zero",
		long + "cat\n":             `line 81: column 1: value is "cat"`,
		long + "-1\n":              "is -1 at 80 ms: with negative values, want -signed",
		"0,1\n200000,2\n":          "at most 100000",
		"0,1\n1e15,2\n":            "want at most",
	} {
		path := written(t, content)
		_, _, err := settingsOf(t, append(slices.Clone(tiny), "-signal", path)...)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.40q: error is %v, want one with %q and the path", content, err, want)
		}
	}
}

// Signals have the amplitude 1, are positive or of both signs, and those to test on are others than those
// to train on.
func TestWaveforms(t *testing.T) {
	for _, name := range []string{"sine", "sines", "noise", "steps"} {
		for _, signed := range []bool{false, true} {
			args := []string{"-waveform", name, "-frequency", "5", "-signals", "3"}
			if signed {
				args = append(args, "-signed")
			}
			s, _ := settingsFor(t, args...)
			all := append(slices.Clone(s.training.Signals), s.bench.Signals...)
			for i, w := range all {
				if !near(coding.Peak(w), 1, 1e-12) || len(w) != 2500 || slices.Min(w) < 0 != signed || !signed && slices.Min(w) != 0 || signed && !near(stat.Mean(w, nil), 0, 1e-9) {
					t.Errorf("%s, signed %v: signal %d of %d steps is from %v to %v, with a mean of %v", name, signed, i, len(w), slices.Min(w), slices.Max(w), stat.Mean(w, nil))
				}
				for k := range i {
					if reflect.DeepEqual(w, all[k]) {
						t.Errorf("%s: signals %d and %d are the same", name, k, i)
					}
				}
			}
		}
	}
	s, _ := settingsFor(t, "-waveform", "sine", "-frequency", "4", "-signed")
	if w := s.bench.Signals[0]; !near(w[100], w[600], 1e-6) || !near(w[100], -w[350], 1e-6) {
		t.Errorf("a sine of 4 Hz has %v at 50 ms, %v at 300 ms and %v at 175 ms", w[100], w[600], w[350])
	}
}
