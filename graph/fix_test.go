package graph

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func namesOf(list []Param) (names []string) {
	for _, q := range list {
		names = append(names, q.Name)
	}
	return names
}

// Fixed parameters are not trained, whether they were declared before or after, there or in a twin, and are
// among all others.
func TestFix(t *testing.T) {
	p, err := NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	declare := func(p *Params, names ...string) {
		t.Helper()
		for _, name := range names {
			if _, err := p.Declare(name, "weight", Constant(1), 2); err != nil {
				t.Fatal(err)
			}
		}
	}
	declare(p, "a.tau", "a.w")
	if err := p.Fix("*.tau", "b.*"); err != nil {
		t.Fatal(err)
	}
	declare(p.Scope("b"), "w")
	grown, err := p.Grow(gorgonia.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	declare(grown, "a.tau", "a.w", "b.w", "c.tau", "c.w")
	twin, err := p.In(gorgonia.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	declare(twin, "c.tau", "c.w")
	for what, c := range map[string]struct {
		of        *Params
		all       int
		trainable []string
	}{"source": {p, 5, []string{"a.w", "c.w"}}, "grown": {grown, 5, []string{"a.w", "c.w"}}, "twin": {twin, 2, []string{"c.w"}}} {
		if got := namesOf(c.of.Trainable()); !slices.Equal(got, c.trainable) || len(c.of.All()) != c.all || len(c.of.Nodes()) != len(got) {
			t.Errorf("%s: of %d parameters, %v are trained, want %v of %d", what, len(c.of.All()), got, c.trainable, c.all)
		}
	}
	if err := p.Fix("[", "c.w"); err == nil || len(p.Trainable()) != 2 {
		t.Errorf("a pattern that is none: error is %v, %d parameters are trained", err, len(p.Trainable()))
	}
}
