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
		{optim.WarmUp{Steps: 1}, "no Schedule"},
		{optim.WarmUp{Schedule: optim.Constant(1)}, "Steps is 0"},
		{optim.WarmUp{Steps: 1, Schedule: optim.StepLR{Rate: 1}}, "optim.StepLR: Every is 0"},
	} {
		_, err := test.schedule.At(1)
		wantError(t, err, test.want)
	}
}
