package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/graph/graphtest"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func TestJoin(t *testing.T) {
	for _, widths := range [][2]int{{2, 3}, {1, 1}, {1, 4}} {
		parts := []*tensor.Dense{uniform(1, 3, 2, widths[0]), uniform(2, 3, 2, widths[1])}
		graphtest.Op(t, parts, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) { return graph.Join(in...) })
		in := declare(gorgonia.NewGraph(), parts)
		whole := valuesOf(t, must(graph.Join(in...)))[0]
		for row := range 6 {
			want := slices.Concat(parts[0].Data().([]float64)[row*widths[0]:][:widths[0]], parts[1].Data().([]float64)[row*widths[1]:][:widths[1]])
			if got := whole[row*len(want):][:len(want)]; !slices.Equal(got, want) {
				t.Errorf("row %d is %v, want %v", row, got, want)
			}
		}
	}
	in := declare(gorgonia.NewGraph(), []*tensor.Dense{uniform(1, 3, 2), uniform(2, 4, 2)})
	if _, err := graph.Join(in...); err == nil || !strings.Contains(err.Error(), "(4, 2)") {
		t.Errorf("error is %v, want one with the shape", err)
	}
}
