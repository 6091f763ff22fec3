package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/exampletest"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
)

func start(t *testing.T, ctx context.Context, args ...string) error {
	t.Helper()
	return exampletest.Run(t, ctx, "neurons", new(flags), args...)
}

// drawn runs the program and reads what it leaves, without the times that it took.
func drawn(t *testing.T, dir string, args ...string) metrics {
	t.Helper()
	if err := start(t, t.Context(), append(args, "-out", dir)...); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m metrics
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	if !(m.Seconds > 0) {
		t.Errorf("the run took %v s", m.Seconds)
	}
	m.Seconds = 0
	for _, f := range m.Figures {
		for i := range f.Traces {
			f.Traces[i].Seconds = 0
		}
		for i := range f.Rates {
			f.Rates[i].Seconds = 0
		}
	}
	return m
}

// find is the trace of that name and input.
func (f figure) find(t *testing.T, name, input string) trace {
	t.Helper()
	for _, x := range f.Traces {
		if x.Name == name && x.Input == input {
			return x
		}
	}
	t.Fatalf("metrics.json has no %s with a %s", name, input)
	return trace{}
}

// intervals are those between spikes, of which there are at least two.
func (x trace) intervals(t *testing.T) []float64 {
	t.Helper()
	var out []float64
	for i := 1; i < len(x.SpikeTimes); i++ {
		out = append(out, x.SpikeTimes[i]-x.SpikeTimes[i-1])
	}
	if len(out) < 2 || x.Spikes != len(x.SpikeTimes) {
		t.Fatalf("%s: %d spikes at %v, want three or more", x.Name, x.Spikes, x.SpikeTimes)
	}
	return out
}

func last(x []float64) float64 { return x[len(x)-1] }

// The whole run, as by default: the neurons do what is characteristic of them.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	m := drawn(t, dir)
	exampletest.Figures(t, dir, 1500, "gallery_simple.png", "gallery_biophysical.png", "rates.png", "izhikevich.png", "adex.png")

	for _, model := range models() {
		for _, input := range []string{"step", "ramp"} {
			x := m.Figures["gallery"].find(t, model.name, input)
			if silent := model.name == "LI" || model.name == "AdaptiveLI"; silent != (x.Spikes == 0) {
				t.Errorf("%s: %d spikes with a %s", model.name, x.Spikes, input)
			}
			if x.Spikes > 0 && x.SpikeTimes[0] <= x.Duration/8 {
				t.Errorf("%s: spikes at %v ms, before the %s begins", model.name, x.SpikeTimes[0], input)
			}
		}
	}
	for _, name := range []string{"ALIF", "LSNN", "SEAdLIF", "AdEx", "Izhikevich"} {
		if gaps := m.Figures["gallery"].find(t, name, "step").intervals(t); !(last(gaps) > 1.15*gaps[0]) {
			t.Errorf("%s does not adapt: intervals are %.3v", name, gaps)
		}
	}

	gaps := func(kind, name string) []float64 { return m.Figures[kind].find(t, name, "step").intervals(t) }
	if rs := gaps("izhikevich", "RS"); !(last(rs) > 1.5*rs[0]) {
		t.Errorf("a regular spiking neuron does not adapt: intervals are %.3v", rs)
	}
	if fs := gaps("izhikevich", "FS"); !(math.Abs(last(fs)/fs[3]-1) < .02) {
		t.Errorf("a fast spiking neuron adapts: intervals are %.3v", fs)
	}
	for kind, name := range map[string]string{"izhikevich": "CH", "adex": "bursting"} {
		if x := gaps(kind, name); !(slices.Max(x) > 10*slices.Min(x)) {
			t.Errorf("%s does not burst: intervals are %.3v", name, x)
		}
	}
	if x := m.Figures["izhikevich"].find(t, "TC rebound", "step"); x.Spikes < 2 || x.SpikeTimes[0] < 120 || x.Current >= 0 {
		t.Errorf("the rebound burst after %v mV/ms until 120 ms is at %v", x.Current, x.SpikeTimes)
	}
	if x := gaps("adex", "tonic"); !(last(x) < 1.1*x[1]) {
		t.Errorf("tonic spiking adapts: intervals are %.3v", x)
	}
	if x := gaps("adex", "adapting"); !(last(x) > 2*x[0]) {
		t.Errorf("adapting spiking does not: intervals are %.3v", x)
	}
	if x := gaps("adex", "delayed, accelerating"); !(last(x) < .9*x[0]) {
		t.Errorf("accelerating spiking does not: intervals are %.3v", x)
	}
	if x := m.Figures["adex"].find(t, "transient", "step"); x.Spikes == 0 || last(x.SpikeTimes) > 150 {
		t.Errorf("transient spikes are at %v", x.SpikeTimes)
	}
	checkRates(t, m.Figures["rates"].Rates)
}

// checkRates compares with what follows from the equations.
func checkRates(t *testing.T, all []rateCurve) {
	t.Helper()
	seen := map[string]rateCurve{}
	for _, c := range all {
		seen[c.Name] = c
		if len(c.Points) != ratesCurrents || c.Points[0].Spikes != 0 || !(c.Points[ratesCurrents-1].Rate > 10) {
			t.Errorf("%s: rates are %v", c.Name, c.Points)
		}
	}
	for name, want := range map[string]struct {
		interval  func(current float64) float64 // ms
		tolerance float64
	}{
		"IF":   {func(i float64) float64 { return 1 / i }, .1},
		"PLIF": {func(i float64) float64 { return math.Ceil(math.Log(1-1/i) / math.Log(1-1./20)) }, 1e-6},
		"QIF": {func(i float64) float64 { // from x = v + 55 = −10 to 85 with 10 ẋ = x²/20 − 5 + I
			w := math.Sqrt(20 * (i - 5))
			return 200 / w * (math.Atan(85/w) + math.Atan(10/w))
		}, .01},
	} {
		for _, p := range seen[name].Points {
			if p.Rate < 20 {
				continue
			}
			if got, want, tolerance := 1000/p.Rate, want.interval(p.Current), want.tolerance; math.Abs(got-want) > tolerance {
				t.Errorf("%s at %v: the interval is %v ms, want %v", name, p.Current, got, want)
			}
		}
	}
}

// The same flags give the same run, and with fewer neurons these do the same.
func TestReproducible(t *testing.T) {
	tiny := []string{"-duration", "100", "-only", "adex", "-only", "LIF"}
	whole := drawn(t, filepath.Join(t.TempDir(), "a"), append(tiny, "-only", "Izhikevich")...)
	again := drawn(t, filepath.Join(t.TempDir(), "b"), append(tiny, "-only", "Izhikevich")...)
	exact := cmp.AllowUnexported(figure{}, trace{}, rateCurve{}, subject{})
	if diff := cmp.Diff(whole, again, exact); diff != "" {
		t.Errorf("another run (-first +second):\n%s", diff)
	}

	dir := t.TempDir()
	part := drawn(t, dir, tiny...)
	for kind, f := range whole.Figures {
		f.Traces = slices.DeleteFunc(f.Traces, func(x trace) bool { return x.Model != "AdEx" && x.Model != "LIF" })
		f.Rates = slices.DeleteFunc(f.Rates, func(x rateCurve) bool { return x.Model != "AdEx" && x.Model != "LIF" })
		whole.Figures[kind] = f
	}
	delete(whole.Figures, "izhikevich")
	if diff := cmp.Diff(whole, part, exact); diff != "" {
		t.Errorf("-only (-whole +part):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "izhikevich.png")); err == nil {
		t.Error("there is a figure of what was not asked for")
	}
}

// The times of spikes do not depend on the time step where a neuron tells them exactly.
func TestTimeStep(t *testing.T) {
	coarse := drawn(t, t.TempDir(), "-only", "Izhikevich", "-duration", "250", "-dt", "1").Figures["izhikevich"]
	fine := drawn(t, t.TempDir(), "-only", "Izhikevich", "-duration", "250", "-dt", "0.1").Figures["izhikevich"]
	a, b := coarse.find(t, "RS", "step"), fine.find(t, "RS", "step")
	if a.Spikes != b.Spikes {
		t.Fatalf("%d spikes with a time step of 1 ms, %d with one of 0.1 ms", a.Spikes, b.Spikes)
	}
	for i := range a.SpikeTimes {
		if math.Abs(a.SpikeTimes[i]-b.SpikeTimes[i]) > .05 {
			t.Errorf("spike %d is at %v ms with a time step of 1 ms, at %v ms with one of 0.1 ms", i, a.SpikeTimes[i], b.SpikeTimes[i])
		}
	}
}

func TestList(t *testing.T) {
	var out bytes.Buffer
	if err := list(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(models()) {
		t.Errorf("%d lines for %d neurons", len(lines), len(models()))
	}
	for i, m := range models() {
		if !strings.HasPrefix(lines[i], m.name+" ") {
			t.Errorf("line %d is %q, want one of %s", i, lines[i], m.name)
		}
	}
}

func TestWrongCommands(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-only cat", `no neuron "cat", but LI, AdaptiveLI, IF, `},
		{"-only LIF -only dog", `"dog"`},
		{"-dt -1", "-dt is -1"},
		{"-dt NaN", "-dt is NaN"},
		{"-duration -5", "-duration is -5"},
		{"-duration Inf", "-duration is +Inf"},
		{"-duration .1 -only LIF", "0.1 ms are less than a time step of 1 ms"},
		{"-dt 30 -only PLIF", "time constant of 20 ms, want more than the time step"},
		{"-out /dev/null/figures", "/dev/null"},
	} {
		args := append([]string{"-out", filepath.Join(t.TempDir(), "out")}, strings.Fields(c.args)...)
		if err := start(t, t.Context(), args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}

// An interrupted run says so, and leaves nothing that looks like a result.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if err := start(t, ctx, "-out", dir); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("it left %v", files)
	}
}
