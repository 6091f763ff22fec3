package train

import "github.com/srnn-go/srnn/graph"

// NewNetwork is the network of a task with parameters that come from elsewhere, as from another program: it
// can be evaluated and asked, and saved. The model declares its parameters in p, where those that are there
// keep their values; others have their initial ones. Spec is that of the data it is for, and the seed is that
// of the random initial states of its predictions.
func NewNetwork[O any](t Task[O], p *graph.Params, spec Spec, seed uint64) (*Network, error) {
	made, err := t.plan()
	if err != nil {
		return nil, err
	}
	n := &Network{plan: made, params: p, spec: spec, seed: seed}
	if err := n.declareGiven(); err != nil {
		return nil, err
	}
	return n, nil
}
