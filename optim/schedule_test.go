package optim_test

import (
	"math"
	"testing"

	"github.com/srnn-go/srnn/optim"
)

// TestSchedules compares the rates of steps 1, 2, … with those of PyTorch 1.13.
func TestSchedules(t *testing.T) {
	for _, test := range []struct {
		name     string // in PyTorch; lr=.5
		schedule optim.Schedule
		want     []float64
	}{
		{"none", optim.Constant(.5), []float64{.5, .5, .5}},
		{
			"StepLR(3, .5)", optim.StepLR{Rate: .5, Every: 3, Factor: .5},
			[]float64{.5, .5, .5, .25, .25, .25, .125, .125, .125, .0625},
		},
		{
			"StepLR(4)", optim.StepLR{Rate: .5, Every: 4},
			[]float64{.5, .5, .5, .5, .05, .05, .05, .05, 0.005000000000000001, 0.005000000000000001},
		},
		{
			"MultiStepLR([2, 5, 6], .5)", optim.MultiStepLR{Rate: .5, Milestones: []int{2, 5, 6}, Factor: .5},
			[]float64{.5, .5, .25, .25, .25, .125, .0625, .0625, .0625, .0625},
		},
		{
			"CosineAnnealingLR(6)", optim.Cosine{Rate: .5, Steps: 6},
			[]float64{.5, 0.4665063509461097, .375, .25, 0.12500000000000006, 0.03349364905389032, 0},
		},
		{
			"CosineAnnealingLR(4, eta_min=.1)", optim.Cosine{Rate: .5, Final: .1, Steps: 4},
			[]float64{.5, 0.4414213562373095, .3, 0.15857864376269054, .1},
		},
		{
			"LinearLR(.25, total_iters=3)", optim.WarmUp{Steps: 4, Schedule: optim.Constant(.5)},
			[]float64{.125, .25, .375, .5, .5, .5, .5},
		},
		{
			"ChainedScheduler([LinearLR(.25, total_iters=3), StepLR(2, .5)])",
			optim.WarmUp{Steps: 4, Schedule: optim.StepLR{Rate: .5, Every: 2, Factor: .5}},
			[]float64{.125, .25, .1875, .25, .125, .125, .0625},
		},
		{
			"LinearLR(1, .2, total_iters=5)", optim.Linear{Rate: .5, Final: .1, Steps: 5},
			[]float64{.5, .42, .34, .26, .18, .1, .1},
		},
		{"LinearLR(1, 0, total_iters=4)", optim.Linear{Rate: .5, Steps: 4}, []float64{.5, .375, .25, .125, 0, 0}},
		{
			"OneCycleLR(.5, 10)", optim.OneCycle{Rate: .5, Steps: 10},
			[]float64{
				.02, .26, .5, 0.47524231600673683, 0.40587282697488153, 0.30563101096814466, 0.19437098903185537,
				0.09412917302511849, 0.024759683993263143, 2e-6, 2e-6, 2e-6,
			},
		},
		{
			"OneCycleLR(.5, 8, .5, div_factor=10, final_div_factor=100)",
			optim.OneCycle{Rate: .5, Steps: 8, Rise: .5, Div: 10, FinalDiv: 100},
			[]float64{.05, 0.16249999999999998, 0.38749999999999996, .5, 0.42684991860134025, .25025, 0.07365008139865978, 5e-4, 5e-4},
		},
		{
			"CosineAnnealingWarmRestarts(3)", optim.WarmRestarts{Rate: .5, Period: 3},
			[]float64{.5, .375, 0.12500000000000006, .5, .375, 0.12500000000000006, .5, .375},
		},
		{
			"CosineAnnealingWarmRestarts(2, 2, .1)", optim.WarmRestarts{Rate: .5, Final: .1, Period: 2, Multiplier: 2},
			[]float64{.5, .3, .5, 0.4414213562373095, .3, 0.1585786437626905, .5, 0.4847759065022573, 0.4414213562373095},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i, want := range test.want {
				got, err := test.schedule.At(i + 1)
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(got-want) > 1e-15 {
					t.Errorf("step %d: rate %v, want %v", i+1, got, want)
				}
			}
		})
	}
}

// PyTorch's rate rises again after the end of the cosine; ours does not.
func TestCosineStaysDown(t *testing.T) {
	for _, step := range []int{7, 8, 12, 1000} {
		got, err := optim.Cosine{Rate: .5, Final: .1, Steps: 6}.At(step)
		if err != nil || got != .1 {
			t.Errorf("step %d: rate %v, %v, want .1", step, got, err)
		}
	}
}

func TestScheduleSettings(t *testing.T) {
	for _, test := range []struct {
		schedule optim.Schedule
		want     string
	}{
		{optim.Constant(0), "the rate is 0"},
		{optim.Constant(-1), "the rate is -1"},
		{optim.Constant(math.NaN()), "the rate is NaN"},
		{optim.Constant(math.Inf(1)), "the rate is +Inf"},
		{optim.StepLR{Every: 1}, "Rate is 0"},
		{optim.StepLR{Rate: 1}, "Every is 0"},
		{optim.StepLR{Rate: 1, Every: 1, Factor: -1}, "Factor is -1"},
		{optim.MultiStepLR{Rate: -1}, "Rate is -1"},
		{optim.MultiStepLR{Rate: 1, Factor: math.NaN()}, "Factor is NaN"},
		{optim.MultiStepLR{Rate: 1, Milestones: []int{3, 0}}, "milestone is 0"},
		{optim.Cosine{Steps: 1}, "Rate is 0"},
		{optim.Cosine{Rate: 1}, "Steps is 0"},
		{optim.Cosine{Rate: 1, Steps: 1, Final: 2}, "Final is 2"},
		{optim.Cosine{Rate: 1, Steps: 1, Final: math.NaN()}, "Final is NaN"},
		{optim.Linear{Steps: 1}, "Rate is 0"},
		{optim.Linear{Rate: 1}, "Steps is 0"},
		{optim.Linear{Rate: 1, Steps: 1, Final: 1.5}, "Final is 1.5, want 0 to 1"},
		{optim.OneCycle{Steps: 10}, "Rate is 0"},
		{optim.OneCycle{Rate: 1}, "Steps is 0"},
		{optim.OneCycle{Rate: 1, Steps: 3}, "Rise is 0.3 of 3 steps"},
		{optim.OneCycle{Rate: 1, Steps: 10, Rise: 1}, "Rise is 1"},
		{optim.OneCycle{Rate: 1, Steps: 10, Div: .5}, "Div is 0.5"},
		{optim.OneCycle{Rate: 1, Steps: 10, FinalDiv: math.Inf(1)}, "FinalDiv is +Inf"},
		{optim.OneCycle{Rate: 1, Steps: 10, FinalDiv: math.NaN()}, "FinalDiv is NaN"},
		{optim.WarmRestarts{Period: 1}, "Rate is 0"},
		{optim.WarmRestarts{Rate: 1}, "Period is 0"},
		{optim.WarmRestarts{Rate: 1, Period: 1, Multiplier: -2}, "Multiplier is -2"},
		{optim.WarmRestarts{Rate: 1, Period: 1, Final: -1}, "Final is -1"},
		{optim.WarmUp{Steps: 1}, "no Schedule"},
		{optim.WarmUp{Schedule: optim.Constant(1)}, "Steps is 0"},
		{optim.WarmUp{Steps: 1, Schedule: optim.StepLR{Rate: 1}}, "optim.StepLR: Every is 0"},
	} {
		_, err := test.schedule.At(1)
		wantError(t, err, test.want)
	}
}

// The periods are found in a moment however many there are, and however long.
func TestWarmRestartsFarAway(t *testing.T) {
	const far = 1 << 52
	for _, w := range []optim.WarmRestarts{
		{Rate: 1, Period: 1},
		{Rate: 1, Period: 1, Multiplier: 2},
		{Rate: 1, Period: far, Multiplier: math.MaxInt},
	} {
		// Step 2ⁿ is the first of a period of 2ⁿ; the last one is of a period of its own.
		if rate, err := w.At(far); err != nil || math.Abs(rate-1) > 1e-12 && w.Period == 1 {
			t.Errorf("%+v: step 2^52 has the rate %v, %v, want 1", w, rate, err)
		}
		if rate, err := w.At(far + 1); err != nil || math.Abs(rate-1) > 1e-12 {
			t.Errorf("%+v: step 2^52 + 1 has the rate %v, %v, want 1", w, rate, err)
		}
	}
}

// twice is a schedule of one's own around another.
type twice struct{ optim.Schedule }

func (s twice) Unwrap() optim.Schedule { return s.Schedule }

func TestHorizon(t *testing.T) {
	cosine := optim.Cosine{Rate: 1, Steps: 70}
	for _, test := range []struct {
		schedule optim.Schedule
		steps    int // 0 if there are none
	}{
		{cosine, 70},
		{optim.Linear{Rate: 1, Steps: 80}, 80},
		{optim.OneCycle{Rate: 1, Steps: 90}, 90},
		{optim.WarmUp{Steps: 5, Schedule: cosine}, 70},
		{optim.Plateau{Schedule: twice{optim.WarmUp{Schedule: cosine}}}, 70},
		{nil, 0},
		{optim.Constant(1), 0},
		{optim.StepLR{Rate: 1, Every: 3}, 0},
		{optim.MultiStepLR{Rate: 1, Milestones: []int{3}}, 0},
		{optim.WarmRestarts{Rate: 1, Period: 3}, 0},
		{optim.WarmUp{Steps: 5, Schedule: optim.Constant(1)}, 0},
		{optim.WarmUp{Steps: 5}, 0},
		{optim.Plateau{Schedule: optim.Constant(1)}, 0},
	} {
		steps, ok := optim.New(optim.ClipByGlobalNorm{}, optim.Adam(test.schedule)).Horizon()
		if steps != test.steps || ok != (test.steps > 0) {
			t.Errorf("%#v: horizon %d, %v, want %d", test.schedule, steps, ok, test.steps)
		}
	}
	if steps, ok := optim.New(optim.Momentum{}).Horizon(); ok {
		t.Errorf("no learning rate: horizon %d, want none", steps)
	}
}

// The rate is the last one from the step after the horizon on, and not sooner.
func TestHorizonIsTheLastChange(t *testing.T) {
	for _, s := range []optim.Planned{
		optim.Cosine{Rate: 1, Final: .1, Steps: 9},
		optim.Linear{Rate: 1, Final: .1, Steps: 9},
		optim.OneCycle{Rate: 1, Steps: 9},
	} {
		at := func(step int) float64 {
			rate, err := s.At(step)
			if err != nil {
				t.Fatal(err)
			}
			return rate
		}
		h := s.Horizon()
		if at(h+1) != at(h+2) || at(h+1) != at(h+1000) {
			t.Errorf("%T: the rates of steps %d, %d and %d are %v, %v and %v, want the same", s, h+1, h+2, h+1000, at(h+1), at(h+2), at(h+1000))
		}
		if at(h-1) == at(h) {
			t.Errorf("%T: the rates of steps %d and %d are both %v, want others", s, h-1, h, at(h))
		}
	}
}
