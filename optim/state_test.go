package optim_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/optim"
)

const momentumStep = "step of optim.Momentum, optim.LearningRate"

func TestState(t *testing.T) {
	s := optim.New(optim.Momentum{}, rate1)
	if diff := cmp.Diff(map[string][]float64{momentumStep: {0}}, s.State()); diff != "" {
		t.Errorf("before the first step (-want +got):\n%s", diff)
	}
	step(t, s, vector("layer0.w", []float64{0, 0}, []float64{1, 2}), vector("b", []float64{0}, []float64{3}))
	want := map[string][]float64{momentumStep: {1}, "0/b/layer0.w": {1, 2}, "0/b/b": {3}}
	if diff := cmp.Diff(want, s.State()); diff != "" {
		t.Errorf("after one step (-want +got):\n%s", diff)
	}
	s.State()["0/b/b"][0] = 99
	if diff := cmp.Diff(want, s.State()); diff != "" {
		t.Errorf("State is not a copy (-want +got):\n%s", diff)
	}
}

func TestRestoreRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		state map[string][]float64
		want  string
	}{
		{"nothing", nil, "has no \"" + momentumStep},
		{"another chain", optim.New(optim.Adam(optim.Constant(1))).State(), "another chain"},
		{"two chains", map[string][]float64{momentumStep: {1}, "step of optim.LearningRate": {1}}, "transform/slot/parameter"},
		{"no step", map[string][]float64{momentumStep: {}}, "want one whole number"},
		{"two steps", map[string][]float64{momentumStep: {1, 2}}, "want one whole number"},
		{"half a step", map[string][]float64{momentumStep: {1.5}}, "want one whole number"},
		{"negative step", map[string][]float64{momentumStep: {-1}}, "want one whole number"},
		{"NaN step", map[string][]float64{momentumStep: {math.NaN()}}, "want one whole number"},
		{"huge step", map[string][]float64{momentumStep: {1e300}}, "want one whole number"},
		{"slot at step 0", map[string][]float64{momentumStep: {0}, "0/b/x": {1}}, "no step has been made"},
		{"NaN", map[string][]float64{momentumStep: {1}, "0/b/x": {1, math.NaN()}}, `"0/b/x": element 1 of 2 is NaN`},
		{"no slot", map[string][]float64{momentumStep: {1}, "0/x": {1}}, `"0/x": is not of the form`},
		{"empty slot", map[string][]float64{momentumStep: {1}, "0//x": {1}}, "is not of the form"},
		{"empty name", map[string][]float64{momentumStep: {1}, "0/b/": {1}}, "is not of the form"},
		{"no number", map[string][]float64{momentumStep: {1}, "b/b/x": {1}}, `transform "b"`},
		{"beyond the chain", map[string][]float64{momentumStep: {1}, "2/b/x": {1}}, `transform "2", but the chain has 0 to 1`},
		{"below the chain", map[string][]float64{momentumStep: {1}, "-1/b/x": {1}}, `transform "-1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := optim.New(optim.Momentum{}, rate1)
			step(t, s, vector("x", []float64{0}, []float64{1}))
			before := s.State()
			wantError(t, s.Restore(test.state), "srnn: solver state", test.want)
			if diff := cmp.Diff(before, s.State()); diff != "" {
				t.Errorf("the solver changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestRestoreForOtherParameters(t *testing.T) {
	for _, test := range []struct {
		name  string
		state map[string][]float64
		want  string
	}{
		{"shape", map[string][]float64{"0/b/x": {1, 2}}, "x has 1 elements, but its state 0/b has 2"},
		{"other parameter", map[string][]float64{"0/b/x": {1}, "0/b/y": {1}}, "the state has a parameter y"},
		{"missing slot", nil, "x: state 0/b is missing"},
		{"other slot", map[string][]float64{"0/b/x": {1}, "0/c/x": {1}}, "x: state 0/c is of no use"},
		{"slot of a transform without", map[string][]float64{"0/b/x": {1}, "1/b/x": {1}}, "x: state 1/b is of no use"},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := map[string][]float64{momentumStep: {7}}
			for k, v := range test.state {
				state[k] = v
			}
			s := optim.New(optim.Momentum{}, rate1)
			if err := s.Restore(state); err != nil {
				t.Fatal(err)
			}
			x := []float64{5}
			wantError(t, s.Step(model(vector("x", x, []float64{1}))), "srnn: solver step 8", test.want)
			wantValues(t, "x", x, 5)
		})
	}
}

// After Restore the parameters may be others than before it.
func TestRestoreIntoUsedSolver(t *testing.T) {
	s := optim.New(optim.Momentum{Decay: .5}, rate1)
	step(t, s, vector("old", []float64{0, 0}, []float64{1, 1}))
	state := map[string][]float64{momentumStep: {3}, "0/b/new": {8}}
	if err := s.Restore(state); err != nil {
		t.Fatal(err)
	}
	state["0/b/new"][0] = 99 // the solver has a copy
	x := []float64{0}
	step(t, s, vector("new", x, []float64{1}))
	wantValues(t, "new", x, -5)
}
