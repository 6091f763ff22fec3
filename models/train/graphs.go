package train

import (
	"math/bits"
	"slices"

	"github.com/srnn-go/srnn/graph"
)

// graphs are the graphs of a plan for one kind of data and one purpose, made as lengths need them.
type graphs struct {
	plan   *plan
	params *graph.Params
	spec   Spec
	batch  int
	piece  int // steps of a piece; 0: sequences are whole
	of     purpose

	loader loader
	made   map[int]*runner // by the length of their sequences
	used   []int           // lengths, the one that was used last at the end
}

// mostGraphs bounds how many lengths have graphs at once: each keeps memory for its sequences.
const mostGraphs = 24

func newGraphs(p *plan, params *graph.Params, spec Spec, batch, piece int, of purpose) *graphs {
	return &graphs{plan: p, params: params, spec: spec, batch: batch, piece: piece, of: of,
		loader: loader{spec: spec, first: p.first}, made: map[int]*runner{}}
}

// load reads examples, and has the graph for them.
func (g *graphs) load(data Dataset, idx []int) (r *runner, examples []Example, longest int, err error) {
	if examples, err = g.loader.load(data, idx); err != nil {
		return nil, nil, 0, err
	}
	longest = g.spec.Steps
	if g.spec.Varying {
		longest = 0
		for _, e := range examples {
			longest = max(longest, e.Steps)
		}
	}
	r, err = g.runner(longest)
	return r, examples, longest, err
}

// runner is the graph for sequences of at most so many steps.
func (g *graphs) runner(longest int) (r *runner, err error) {
	steps := longest
	if g.spec.Varying {
		steps = bucket(longest, g.spec.Steps)
	}
	pieces := g.piece > 0 && g.piece < g.spec.Steps
	if pieces {
		steps = g.piece
	}
	r, ok := g.made[steps]
	if !ok {
		if len(g.used) == mostGraphs {
			if err := g.made[g.used[0]].close(); err != nil {
				return nil, err
			}
			delete(g.made, g.used[0])
			g.used = g.used[1:]
		}
		if r, err = newRunner(g.plan, g.params, g.spec, g.batch, steps, pieces, g.of); err != nil {
			return nil, err
		}
		g.made[steps] = r
	}
	if i := slices.Index(g.used, steps); i >= 0 {
		g.used = slices.Delete(g.used, i, i+1)
	}
	g.used = append(g.used, steps)
	return r, nil
}

// bucket rounds a length up, so that few graphs serve many lengths: by less than a quarter, and not
// above the greatest.
func bucket(steps, most int) int {
	unit := max(1, 1<<bits.Len(uint(steps))>>3)
	return min((steps+unit-1)/unit*unit, most)
}

func (g *graphs) close() error {
	var first error
	for _, r := range g.made {
		if err := r.close(); err != nil && first == nil {
			first = err
		}
	}
	clear(g.made)
	g.used = nil
	return first
}
