package nodes_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
)

func TestCurrents(t *testing.T) {
	for name, c := range map[string]struct {
		current nodes.Current
		want    []float64 // at 0, 1, 2, … ms
	}{
		"constant": {nodes.ConstantCurrent(3), []float64{3, 3, 3, 3, 3, 3}},
		"step":     {nodes.StepCurrent(2, 1, 3), []float64{0, 0, 2, 2, 0, 0}},
		"ramp":     {nodes.RampCurrent(8, 1, 5), []float64{0, 0, 2, 4, 6, 8}},
		"sum":      {nodes.StepCurrent(2, 1, 3).Plus(nodes.ConstantCurrent(-1)), []float64{-1, -1, 1, 1, -1, -1}},
	} {
		for at, want := range c.want {
			if got := c.current(float64(at)); got != want {
				t.Errorf("%s: %v at %d ms, want %v", name, got, at, want)
			}
		}
	}
}

// A recording has what Simulate gives, current by current.
func TestStimulate(t *testing.T) {
	// u rises by the current in each step times its length, and falls by the threshold, 1, at a spike.
	r, err := nodes.Stimulate(nodes.IF{Dt: .5}, []nodes.Current{nodes.StepCurrent(.5, 0, 4), nodes.ConstantCurrent(0)}, 6, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Dt != .5 || len(r.Times) != 12 || r.Times[0] != .5 || r.Times[11] != 6 {
		t.Errorf("the steps end at %v", r.Times)
	}
	if want := slices.Concat(slices.Repeat([]float64{.5}, 8), make([]float64, 4)); !slices.Equal(r.Currents[0], want) || !slices.Equal(r.Currents[1], make([]float64, 12)) {
		t.Errorf("the currents are %v", r.Currents)
	}
	if got := r.Series[nodes.Membrane][0][:3]; !slices.Equal(got, []float64{.25, .5, .75}) {
		t.Errorf("the potential begins with %v", got)
	}
	for i, s := range r.Series[nodes.Spikes][0] {
		if (s == 1) != slices.Contains(r.SpikeTimes(0), r.Times[i]) {
			t.Errorf("there is a spike at %v ms: %v, but the times are %v", r.Times[i], s, r.SpikeTimes(0))
		}
	}
	if got := r.SpikeTimes(0); len(got) == 0 || len(r.SpikeTimes(1)) != 0 {
		t.Errorf("there are spikes at %v, and without a current at %v", got, r.SpikeTimes(1))
	}
	if times, u := r.Potential(0); !slices.Equal(times, r.Times) || !slices.Equal(u, r.Series[nodes.Membrane][0]) {
		t.Errorf("the potential is %v at %v", u, times)
	}
	r, err = nodes.Stimulate(nodes.LI{}, []nodes.Current{nodes.StepCurrent(1, 0, 2).Plus(nodes.StepCurrent(-3, 2, 3))}, 4, nil)
	if err != nil || r.SpikeTimes(0) != nil || r.Strongest(0) != -3 {
		t.Errorf("without spikes there are some at %v, %v; the strongest current is %v", r.SpikeTimes(0), err, r.Strongest(0))
	}
}

// The peaks of spikes are among the points of the potential, at the exact times of the spikes.
func TestPotentialHasPeaks(t *testing.T) {
	peak := 25.
	cells := map[float64][]nodes.Cell{
		30: {nodes.RegularSpiking(), nodes.QIF{}, nodes.Refractory{Cell: nodes.Izhikevich{}}}, 20: {nodes.AdEx{}, nodes.EIF{}},
		25: {nodes.QIF{Peak: &peak}, nodes.Scanned(nodes.QIF{Peak: &peak})},
	}
	for want, all := range cells {
		for _, c := range all {
			r, err := nodes.Stimulate(c, []nodes.Current{nodes.ConstantCurrent(15)}, 100, nil)
			if err != nil {
				t.Fatal(err)
			}
			times, u := r.Potential(0)
			spikes := r.SpikeTimes(0)
			if len(spikes) < 2 || len(times) != len(r.Times)+len(spikes) || len(u) != len(times) || !slices.IsSorted(times) {
				t.Errorf("%T: %d points for %d steps and %d spikes", c, len(times), len(r.Times), len(spikes))
			}
			for _, at := range spikes {
				if i := slices.Index(times, at); i < 0 || u[i] != want {
					t.Errorf("%T: there is no peak of %v mV at %v ms", c, want, at)
				}
			}
		}
	}
}

// The rates of neurons whose intervals follow from their equations.
func TestFiringRates(t *testing.T) {
	currents := []float64{0, 6, 10, 30}
	rates, err := nodes.FiringRates(nodes.QIF{Dt: .1}, currents, 400, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (nodes.FiringRate{}); rates[0] != want {
		t.Errorf("without a current the rate is %+v", rates[0])
	}
	for i, current := range currents[1:] {
		// From x = v + 55 = −10 to 85 with 10 ẋ = x²/20 − 5 + I.
		w := math.Sqrt(20 * (current - 5))
		interval := 200 / w * (math.Atan(85/w) + math.Atan(10/w))
		r := rates[i+1]
		if math.Abs(1000/r.Rate-interval) > .01 || math.Abs(1000/r.First-interval) > .01 || r.Current != current || math.Abs(float64(r.Spikes)-400/interval) > 1 {
			t.Errorf("at %v: %+v, want an interval of %v ms", current, r, interval)
		}
	}
	// One that adapts has a longer interval in the end.
	if rates, err = nodes.FiringRates(nodes.RegularSpiking(), []float64{10}, 1000, nil); err != nil || !(rates[0].First > 1.5*rates[0].Rate) {
		t.Errorf("the rates of a neuron that adapts are %+v, %v", rates, err)
	}
}

func TestInitialParameters(t *testing.T) {
	got, err := nodes.InitialParameters(nodes.Refractory{Cell: nodes.ALIF{TauM: graph.Constant(12), TauAdp: graph.Constant(80)}})
	if want := map[string]float64{"tau_m": 12, "tau_adp": 80}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("parameters are %v, %v, want %v", got, err, want)
	}
}

func TestWithTimeStep(t *testing.T) {
	lif := nodes.LIF{Dt: 1}
	for _, c := range []nodes.Cell{lif, nodes.Refractory{Cell: lif, Period: 3}, nodes.Scanned(lif), nodes.Izhikevich{}} {
		changed, err := nodes.WithTimeStep(c, .25)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := nodes.Stimulate(changed, []nodes.Current{nodes.ConstantCurrent(1)}, 1, nil); err != nil || r.Dt != .25 || len(r.Times) != 4 {
			t.Errorf("%T: the recording is %+v, %v", c, r, err)
		}
		if reflect.TypeOf(changed) != reflect.TypeOf(c) || lif.Dt != 1 {
			t.Errorf("%T became %T, and the cell within has a step of %v ms", c, changed, lif.Dt)
		}
	}
	_, err := nodes.WithTimeStep(nodes.Refractory{}, 1)
	wantError(t, "no cell", err, "Refractory has no time step")
}

func TestStimulateErrors(t *testing.T) {
	one := []nodes.Current{nodes.ConstantCurrent(1)}
	for _, c := range []struct {
		name     string
		cell     nodes.Cell
		currents []nodes.Current
		duration float64
		want     string
	}{
		{"too short", nodes.LIF{}, one, .1, "0.1 ms are less than a time step of 1 ms"},
		{"no time", nodes.LIF{}, one, math.NaN(), "duration"},
		{"no currents", nodes.LIF{}, nil, 1, "no currents"},
		{"no step", nodes.LIF{Dt: -1}, one, 1, "dt"},
		{"no cell", nodes.Refractory{}, one, 1, "dt"},
	} {
		_, err := nodes.Stimulate(c.cell, c.currents, c.duration, nil)
		wantError(t, c.name, err, c.want)
	}
	_, err := nodes.FiringRates(nodes.LIF{}, []float64{1}, .1, nil)
	wantError(t, "too short", err, "0.1 ms are less")
	_, err = nodes.InitialParameters(nodes.LIF{Dt: -1})
	wantError(t, "no step", err, "dt")
}

// A neuron at its fixed point stays there.
func TestIzhikevichAtRest(t *testing.T) {
	for b, c := range map[float64]nodes.Cell{.2: nodes.RegularSpiking(), .25: nodes.ThalamoCortical(), .26: nodes.Resonator()} {
		r, err := nodes.Stimulate(c, []nodes.Current{nodes.ConstantCurrent(0)}, 50, nodes.IzhikevichAtRest(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{nodes.Membrane, nodes.Recovery} {
			x := r.Series[name][0]
			if first, last := x[0], x[len(x)-1]; math.Abs(first-last) > 1e-8 {
				t.Errorf("b = %v: the %s goes from %v to %v", b, name, first, last)
			}
		}
	}
}
