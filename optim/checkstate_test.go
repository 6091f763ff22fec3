package optim_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A state is refused if any part of it is missing, is of another length or not finite; nothing moves meanwhile.
func TestCheckState(t *testing.T) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if _, err := p.Declare(name, "weight", graph.Normal{Std: 1}, 2, 3); err != nil {
			t.Fatal(err)
		}
	}
	values := func() (all []float64) {
		for _, q := range p.All() {
			all = append(all, q.Values()...)
		}
		return all
	}
	for _, s := range []*optim.Solver{
		optim.New(optim.Adam(optim.Constant(.1))), optim.New(optim.ClipByGlobalNorm{Max: 1}, optim.SGD(optim.Constant(.1))),
		optim.New(optim.SGD(optim.Constant(.1)), optim.AtLeast{Names: optim.Names{"a"}, Min: .1}),
	} {
		if err := s.CheckState(s.State(), p.Trainable()); err != nil {
			t.Errorf("the state at the beginning: %v", err)
		}
		var model []gorgonia.ValueGrad
		for _, q := range p.All() {
			model = append(model, q.WithGradient(tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6}))))
		}
		if err := s.Step(model); err != nil {
			t.Fatal(err)
		}
		state, before := s.State(), values()
		if err := s.CheckState(state, p.Trainable()); err != nil {
			t.Error(err)
		}
		for key, x := range state {
			for what, wrong := range map[string][]float64{"missing": nil, "short": x[1:], "NaN": append([]float64{math.NaN()}, x[1:]...)} {
				broken := maps.Clone(state)
				if broken[key] = wrong; what == "missing" {
					delete(broken, key)
				}
				if err := s.CheckState(broken, p.Trainable()); err == nil || !strings.HasPrefix(err.Error(), "srnn: solver state: ") {
					t.Errorf("%s is %s: error is %v", key, what, err)
				}
			}
		}
		if !slices.Equal(values(), before) || !maps.EqualFunc(s.State(), state, slices.Equal) {
			t.Error("something has moved")
		}
	}
}
