package train

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/room"
)

// Network is a model with its parameters and its loss: what can be evaluated, and asked. It is that of a
// [Trainer], or it was loaded, see [Load]. Its methods may be called from several goroutines; those that
// run it take turns, and are refused while it is being trained, between the beginning and the end of an
// epoch.
type Network struct {
	plan   plan
	params *graph.Params
	spec   Spec   // of the data that it was made for
	seed   uint64 // of the random states of evaluations that name none

	training atomic.Bool
	running  sync.Mutex
	asked    map[question]*graphs // for predictions, which are asked for again and again
}

// question is what predictions have graphs for.
type question struct {
	spec  Spec
	batch int
	of    purpose
}

// Params are the parameters, which hold their values.
func (n *Network) Params() *graph.Params { return n.params }

// Model is what the network was made of.
func (n *Network) Model() any { return n.plan.model }

// Loss is what it was trained to minimise.
func (n *Network) Loss() any { return n.plan.loss }

// errTraining says why a network does nothing else.
var errTraining = errors.New("srnn: the network is being trained: it can be run between two epochs, from a callback, or afterwards")

// begin takes the network for a run, until the function it returns is called.
func (n *Network) begin() (end func(), err error) {
	if n.training.Load() {
		return nil, errTraining
	}
	n.running.Lock()
	if n.training.Load() { // which began while this one waited
		n.running.Unlock()
		return nil, errTraining
	}
	return n.running.Unlock, nil
}

// Evaluation are the settings of [Network.Evaluate].
type Evaluation struct {
	Batch int    // examples at a time; 0 stands for 64
	Seed  uint64 // of random initial states

	// Progress, if set, is called after each batch.
	Progress func(done, examples int)
}

// evaluationBatch is what an evaluation's batch of 0 stands for.
const evaluationBatch = 64

// Evaluate runs the network over a dataset. The same seed gives the same report.
func (n *Network) Evaluate(ctx context.Context, data Dataset, e Evaluation) (*Report, error) {
	r, err := n.evaluate(ctx, data, e)
	return r, graph.Wrapf(err, "evaluate")
}

func (n *Network) evaluate(ctx context.Context, data Dataset, e Evaluation) (*Report, error) {
	if err := n.plan.checkData(data); err != nil {
		return nil, err
	}
	if err := n.checkFeatures(data); err != nil {
		return nil, err
	}
	if e.Batch == 0 {
		e.Batch = evaluationBatch
	}
	if e.Batch < 0 || e.Batch > most {
		return nil, errors.Errorf("srnn: batch is %d, want 1 to %d, or 0 for %d", e.Batch, most, evaluationBatch)
	}
	end, err := n.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	g := newGraphs(&n.plan, n.params, data.Spec(), min(e.Batch, data.Len()), 0, n.evaluation())
	defer g.close() // an evaluation that is done has nothing to fear of it
	return g.evaluate(ctx, data, all(data.Len()), e)
}

// evaluation is the purpose of evaluations.
func (n *Network) evaluation() purpose {
	return purpose{metrics: true, costly: true, scores: n.plan.scores}
}

// checkFeatures refuses data of another number of inputs than the network is for.
func (n *Network) checkFeatures(data Dataset) error {
	if have := data.Spec().Features; have != n.spec.Features {
		return errors.Errorf("srnn: the steps of the data have %s, the network is for %d", count(have, "feature"), n.spec.Features)
	}
	return nil
}

// checkData refuses data that a loss says nothing of.
func (p *plan) checkData(data Dataset) error {
	if err := checkData(data, true); err != nil {
		return err
	}
	if s := data.Spec(); s.PerStep && p.first >= s.Steps {
		return errors.Errorf("srnn: the loss %T leaves out %s, and examples have %d", p.loss, count(p.first, "step"), s.Steps)
	}
	return nil
}

// checkData refuses data that nothing can be done with.
func checkData(data Dataset, targets bool) error {
	if data == nil || data.Len() == 0 {
		return errors.New("srnn: the dataset is empty")
	}
	// Each example has a number of its own in the order in which they are read.
	if _, err := room.For(2*8, room.Size{Of: "examples", N: data.Len()}); err != nil {
		return graph.Wrapf(err, "the dataset")
	}
	if c, ok := data.(Checked); ok {
		if err := c.Check(); err != nil {
			return err
		}
	}
	s := data.Spec()
	if err := s.check(); err != nil {
		return err
	}
	if targets && s.Classes == 0 && s.Numbers == 0 {
		return errors.New("srnn: the data have no targets: Spec has neither Classes nor Numbers")
	}
	return nil
}

// evaluate runs the examples at indices idx.
func (g *graphs) evaluate(ctx context.Context, data Dataset, idx []int, e Evaluation) (*Report, error) {
	start := time.Now()
	rng := graph.Stream(e.Seed, "evaluate")
	var t tally
	for lo := 0; lo < len(idx); lo += g.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, examples, longest, err := g.load(data, idx[lo:min(lo+g.batch, len(idx))])
		if err != nil {
			return nil, err
		}
		if err := r.each(examples, longest, rng, func(first int) error { return t.add(r, first) }); err != nil {
			return nil, err
		}
		if e.Progress != nil {
			e.Progress(min(lo+g.batch, len(idx)), len(idx))
		}
	}
	if t.targets == 0 {
		return nil, errors.New("srnn: no example has a target that counts")
	}
	rep := t.report(g.plan)
	rep.Seconds = time.Since(start).Seconds()
	return rep, nil
}

// all are the numbers below n.
func all(n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	return idx
}
