package graph_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// What an attempt changes that fails, in whatever scope, is as it was; what one changes that does not, stays.
func TestAttempt(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		p, err := graph.NewParams(gorgonia.NewGraph(), dt, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a.w", "b.w"} {
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
		before, wrong := values(), errors.New("no")
		change := func(result error) func() error {
			return func() error {
				for _, name := range []string{"a.w", "b.w"} {
					if err := p.Set(name, []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}); err != nil {
						return err
					}
				}
				return result
			}
		}
		if err := p.Scope("a").Attempt(change(wrong)); err != wrong || !slices.Equal(values(), before) {
			t.Errorf("%v: error %v, values %v, want %v", dt, err, values(), before)
		}
		if err := p.Attempt(change(nil)); err != nil || !slices.Equal(values(), []float64{1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}) {
			t.Errorf("%v: error %v, values %v", dt, err, values())
		}
	}
}
