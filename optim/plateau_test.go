package optim_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/srnn-go/srnn/optim"
)

// rate is the learning rate of the next step, which it makes.
func rate(t *testing.T, s *optim.Solver) float64 {
	t.Helper()
	x := []float64{0}
	step(t, s, vector("x", x, []float64{-1}))
	return x[0]
}

func report(t *testing.T, s *optim.Solver, loss float64) {
	t.Helper()
	if err := s.Report(map[string]float64{"loss": loss, "other": math.NaN()}); err != nil {
		t.Fatal(err)
	}
}

var halving = optim.Plateau{Schedule: optim.Constant(.5), Metric: "loss", Factor: .5, Patience: 2}

// TestPlateau compares the rates after each epoch with those of PyTorch 2.2.
func TestPlateau(t *testing.T) {
	losses := []float64{5, 4, 4, 4.5, 4, 3, 3.9, 3, 3.5, 2, 2, 2, 2, 2, 2, 2, 2}
	for _, test := range []struct {
		name     string // in PyTorch; lr=.5, threshold=0 unless given
		schedule optim.Plateau
		metric   []float64
		want     []float64
	}{
		{
			"factor=.5, patience=2", halving, losses,
			[]float64{.5, .5, .5, .5, .25, .25, .25, .25, .125, .125, .125, .125, .0625, .0625, .0625, .03125, .03125},
		},
		{
			"patience=0", optim.Plateau{Schedule: optim.Constant(.5), Metric: "loss"}, losses[:10],
			[]float64{.5, .5, .05, .005, 5e-4, 5e-4, 5e-5, 5e-6, 5e-7, 5e-7},
		},
		{
			"factor=.5, patience=1, threshold=.1, min_lr=.2",
			optim.Plateau{Schedule: optim.Constant(.5), Metric: "loss", Factor: .5, Patience: 1, Threshold: .1, MinRate: .2},
			[]float64{1, .95, .85, .84, .83, .7, .69, .68, .67},
			[]float64{.5, .5, .5, .5, .25, .25, .25, .2, .2},
		},
		{
			"factor=.25, patience=1, threshold=.1, mode=max",
			optim.Plateau{Schedule: optim.Constant(.5), Metric: "loss", Highest: true, Factor: .25, Patience: 1, Threshold: .1},
			[]float64{.1, .2, .21, .3, .3, .3, .3, .3},
			[]float64{.5, .5, .5, .5, .5, .125, .125, .03125},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := optim.New(optim.SGD(test.schedule))
			for i, want := range test.want {
				report(t, s, test.metric[i])
				for range 2 { // the number of steps in an epoch has no effect
					if got := rate(t, s); math.Abs(got-want) > 1e-15 {
						t.Errorf("after epoch %d: rate %v, want %v", i+1, got, want)
					}
				}
			}
		})
	}
}

// A threshold is a part of the size of a metric also where that is negative: a log-likelihood of
// −10 must become −9 for a threshold of a tenth, and −10.5 is no gain.
func TestPlateauOfNegativeMetric(t *testing.T) {
	for _, highest := range []bool{true, false} {
		sign := 1.
		if !highest {
			sign = -1
		}
		s := optim.New(optim.SGD(optim.Plateau{Schedule: optim.Constant(1), Metric: "loss", Highest: highest, Factor: .5, Threshold: .1}))
		for _, epoch := range []struct{ metric, rate float64 }{{-10, 1}, {-10.5, .5}, {-9.5, .25}, {-8.9, .25}, {1, .25}, {1.05, .125}} {
			report(t, s, sign*epoch.metric)
			if got := rate(t, s); got != epoch.rate {
				t.Errorf("highest %v: after %v the rate is %v, want %v", highest, sign*epoch.metric, got, epoch.rate)
			}
		}
	}
}

// The rates of the other schedule are lowered, not below MinRate; but what is below it already stays.
func TestPlateauAroundWarmUp(t *testing.T) {
	s := optim.New(optim.SGD(optim.Plateau{
		Schedule: optim.WarmUp{Steps: 4, Schedule: optim.Constant(1)}, Metric: "loss", Factor: .5, MinRate: .4,
	}))
	report(t, s, 1)
	report(t, s, 1)
	for i, want := range []float64{.25, .4, .4, .5, .5} {
		if got := rate(t, s); got != want {
			t.Errorf("step %d: rate %v, want %v", i+1, got, want)
		}
	}
}

// A solver that was restored goes on as the other, whatever it knew before; before and after its
// first step.
func TestPlateauResumes(t *testing.T) {
	losses := []float64{3, 4, 2.5, 2.6, 2.7, 2.8, 2.9, 1, 2, 3, 4, 5, 6, 7}
	newSolver := func() *optim.Solver { return optim.New(optim.Adam(halving)) }
	var want []float64
	s := newSolver()
	for _, loss := range losses {
		report(t, s, loss)
		want = append(want, rate(t, s))
	}
	for stop := range losses {
		for _, beforeStep := range []bool{true, false} {
			s := newSolver()
			for i, loss := range losses {
				report(t, s, loss)
				if i == stop && beforeStep {
					s = restored(t, s, newSolver)
				}
				if got := rate(t, s); got != want[i] {
					t.Errorf("stopped at %d, epoch %d: rate %v, want %v", stop, i, got, want[i])
				}
				if i == stop && !beforeStep {
					s = restored(t, s, newSolver)
				}
			}
		}
	}
}

// restored is another solver with the state of s.
func restored(t *testing.T, s *optim.Solver, newSolver func() *optim.Solver) *optim.Solver {
	t.Helper()
	other := newSolver()
	report(t, other, -7)
	state := s.State()
	if err := other.Restore(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state, other.State()); diff != "" {
		t.Errorf("State after Restore differs (-want +got):\n%s", diff)
	}
	report(t, s, 1e9) // must not reach into the state that was handed out
	return other
}

func TestReportRefuses(t *testing.T) {
	for _, test := range []struct {
		name    string
		metrics map[string]float64
		want    []string
	}{
		{"nothing", nil, []string{`the metric "loss" is missing`, "there are none"}},
		{"others", map[string]float64{"val_loss": 1, "accuracy": 2}, []string{"optim.Plateau", `"loss" is missing`, "accuracy, val_loss"}},
		{"NaN", map[string]float64{"loss": math.NaN()}, []string{`"loss" is NaN`}},
		{"infinite", map[string]float64{"loss": math.Inf(1)}, []string{`"loss" is +Inf`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := optim.New(optim.SGD(halving))
			report(t, s, 2)
			report(t, s, 3)
			before := s.State()
			wantError(t, s.Report(test.metrics), append(test.want, "srnn: report to the solver after step 0")...)
			if diff := cmp.Diff(before, s.State()); diff != "" {
				t.Errorf("the solver changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestReportWithoutFollower(t *testing.T) {
	s := optim.New(optim.SGD(optim.Constant(1)))
	before := s.State()
	if err := s.Report(map[string]float64{"loss": math.NaN()}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, s.State()); diff != "" {
		t.Errorf("the solver changed (-before +after):\n%s", diff)
	}
	if metric, ok := s.Follows(); ok {
		t.Errorf("the solver follows %q, want nothing", metric)
	}
	if metric, ok := optim.New(optim.Adam(halving)).Follows(); !ok || metric != "loss" {
		t.Errorf("the solver follows %q, %v, want loss", metric, ok)
	}
}

func TestPlateauSettings(t *testing.T) {
	one := optim.Constant(1)
	for _, test := range []struct {
		schedule optim.Plateau
		want     string
	}{
		{optim.Plateau{Metric: "loss"}, "no Schedule"},
		{optim.Plateau{Schedule: one}, "no Metric"},
		{optim.Plateau{Schedule: one, Metric: "loss", Factor: 1}, "Factor is 1"},
		{optim.Plateau{Schedule: one, Metric: "loss", Factor: math.NaN()}, "Factor is NaN"},
		{optim.Plateau{Schedule: one, Metric: "loss", Patience: -1}, "Patience is -1"},
		{optim.Plateau{Schedule: one, Metric: "loss", Threshold: 1}, "Threshold is 1"},
		{optim.Plateau{Schedule: one, Metric: "loss", MinRate: -1}, "MinRate is -1"},
	} {
		s := optim.New(optim.SGD(test.schedule))
		x := []float64{1}
		wantError(t, s.Step(model(vector("x", x, []float64{1}))), "srnn: solver step 1: optim.LearningRate: optim.Plateau", test.want)
		wantValues(t, "after an error", x, 1)
		wantError(t, s.Report(map[string]float64{"loss": 1, "": 1}), "optim.Plateau: ", test.want)
	}
	bad := optim.Plateau{Schedule: optim.StepLR{Rate: 1}, Metric: "loss"}
	wantError(t, optim.New(optim.SGD(bad)).Step(model(vector("x", []float64{1}, []float64{1}))), "optim.Plateau: optim.StepLR: Every is 0")
}

// embedded is a follower with rates of its own, which the solver would never ask it for.
type embedded struct{ optim.Plateau }

func (embedded) At(int) (float64, error) { return 1, nil }

// slow is a learning rate with an Update of its own, which the solver would never call.
type slow struct{ optim.LearningRate }

func (slow) Update(int, []*optim.Leaf) error { return nil }

// Where no report would arrive, or what it changes would not be obeyed, there is an error.
func TestPlateauOutOfReach(t *testing.T) {
	for _, test := range []struct {
		name       string
		transforms []optim.Transform
		want       []string
	}{
		{"in a schedule", optim.SGD(optim.WarmUp{Steps: 2, Schedule: halving}), []string{"WarmUp: optim.Plateau: is within another"}},
		{"in another", optim.SGD(optim.Plateau{Schedule: halving, Metric: "loss"}), []string{"Plateau: optim.Plateau: is within another"}},
		{"in a transform", []optim.Transform{half{optim.SGD(halving)}, rate1}, []string{"optim.Plateau: is within another"}},
		{"embedded", optim.SGD(embedded{halving}), []string{"embedded has a method Given that gives a optim.Plateau"}},
		{"in an embedded rate", []optim.Transform{slow{optim.LearningRate{Schedule: halving}}}, []string{"slow has a method WithRate that gives a optim.LearningRate"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := []float64{1}
			wantError(t, optim.New(test.transforms...).Step(model(vector("x", x, []float64{1}))), test.want...)
			wantValues(t, "after an error", x, 1)
		})
	}
}

// A learning rate of one's own follows as well.
func TestPlateauOfOwnDescent(t *testing.T) {
	s := optim.New(descent{halving})
	for range 4 {
		report(t, s, 1)
	}
	if got := rate(t, s); got != .25 {
		t.Errorf("rate %v, want .25", got)
	}
}

func TestRestoreOfReports(t *testing.T) {
	const key, of = "step of optim.LearningRate", "reports of loss"
	for _, test := range []struct {
		name     string
		schedule optim.Schedule
		memory   []float64
		want     string
	}{
		{"no follower", optim.Constant(1), []float64{1, 0, 1}, `has "reports of loss", but the learning rate follows another metric`},
		{"another metric", optim.Plateau{Schedule: optim.Constant(1), Metric: "accuracy"}, []float64{1, 0, 1}, "follows another metric"},
		{"too short", halving, []float64{1, 2}, `"reports of loss": got [1 2]`},
		{"none", halving, nil, `"reports of loss": got []`},
		{"half an epoch", halving, []float64{1, .5, 1}, "number of epochs"},
		{"negative", halving, []float64{1, -1, 1}, "number of epochs"},
		{"factor", halving, []float64{1, 0, 1.5}, "a factor up to 1"},
		{"NaN", halving, []float64{math.NaN(), 0, 1}, "element 0 of 3 is NaN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := optim.New(optim.SGD(test.schedule))
			before := s.State()
			wantError(t, s.Restore(map[string][]float64{key: {0}, of: test.memory}), "srnn: solver state", test.want)
			if diff := cmp.Diff(before, s.State()); diff != "" {
				t.Errorf("the solver changed (-before +after):\n%s", diff)
			}
		})
	}
}
