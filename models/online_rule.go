package models

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// OnlineRule is a [train.Rule] for an [SRNN]: it learns by e-prop while it runs, one time step after the other,
// as [Online] does, which tells what the layers must be. Memory does not grow with the length of sequences. The
// loss of the task is one of steps, see [Stepwise], and the data have a target for each step.
//
// A sequence that has ended learns nothing more; the loss is the mean over the examples of a batch, however long
// each is. For sequences that are learnt whole, with Every 0, the gradient is that of the same network in a
// graph, with the estimators of its layers.
type OnlineRule struct {
	// Every is after how many steps the solver moves the parameters, where there was a target. It does so in
	// any case at the end of the longest sequence; with 0 only then.
	Every int

	// Rate, where it has a weight, draws the firing rates of the hidden layers to a target, see
	// [OnlineConfig]. It wants sequences of one length, as the rate is that over all of a batch.
	Rate RateTarget
}

// Learner implements [train.Rule].
func (r OnlineRule) Learner(model, loss any, p *graph.Params, spec train.Spec, batch int) (train.Learner, error) {
	c, ok := model.(SRNN)
	if !ok {
		return nil, errors.Errorf("the model is %T, want an SRNN", model)
	}
	s, ok := loss.(Stepwise)
	if !ok {
		return nil, errors.Errorf("the loss %T is none of steps, which a network can learn from while it runs: it has no method Online, see Stepwise", loss)
	}
	l := &onlineLearner{rule: r, params: p, spec: spec, sizes: map[int]*gathering{}}
	var err error
	if l.loss, l.mean, err = s.Online(); err != nil {
		return nil, err
	}
	if err := r.check(l.loss, spec, c.Readout.Layer.Units); err != nil {
		return nil, err
	}
	if d, ok := loss.(train.Delayed); ok {
		l.first = d.FirstStep()
	}
	twin, err := p.In(gorgonia.NewGraph())
	if err != nil {
		return nil, err
	}
	if l.net, err = c.Declare(twin); err != nil {
		return nil, err
	}
	_, err = l.gathering(batch)
	return l, err
}

// check compares the rule with the data and the number of outputs.
func (r OnlineRule) check(loss OnlineLoss, spec train.Spec, outputs int) error {
	have := spec.Numbers
	if spec.Classes > 0 {
		have = 1
	}
	want := loss.Targets(outputs)
	_, classes := loss.(OnlineCrossEntropy)
	switch {
	case r.Every < 0:
		return errors.Errorf("every is %d steps", r.Every)
	case !spec.PerStep:
		return errors.New("the examples have a target for the whole sequence, want one for each step")
	case have != want:
		return errors.Errorf("the examples have %d numbers as the target of a step, and the loss %T wants %d for %d outputs", have, loss, want, outputs)
	case classes && spec.Classes == 0:
		return errors.New("the targets of the data are no classes")
	case r.Rate.Weight != 0 && spec.Varying:
		return errors.New("firing rates can be drawn to a target where all sequences have the same length, and the data are Varying")
	}
	return nil
}

// onlineLearner learns by an [OnlineRule].
type onlineLearner struct {
	rule   OnlineRule
	loss   OnlineLoss    // of a step
	mean   bool          // over the steps, and not the sum
	params *graph.Params // of the training
	net    *Network      // with the same memory
	spec   train.Spec
	first  int                // step whose target counts
	sizes  map[int]*gathering // by the number of examples
}

// gathering is the network for so many examples.
func (l *onlineLearner) gathering(examples int) (g *gathering, err error) {
	g, ok := l.sizes[examples]
	if !ok {
		if g, err = l.net.gather(examples, l.loss, l.rule.Rate); err != nil {
			return nil, err
		}
		l.sizes[examples] = g
	}
	return g, nil
}

// Learn implements [train.Learner].
func (l *onlineLearner) Learn(examples []train.Example, draw train.Draw, move func([]gorgonia.Value) error) (loss float64, err error) {
	g, err := l.gathering(len(examples))
	if err != nil {
		return 0, err
	}
	if err := g.run.begin(draw); err != nil {
		return 0, err
	}
	g.run.clear() // of what a batch has left that ended in an error
	batch := newOnlineBatch(l, examples)
	learnt := false
	for t := range batch.longest {
		batch.show(t)
		if _, err := g.run.step(batch.x); err != nil {
			return 0, graph.Wrapf(err, "time step %d", t+1)
		}
		x, err := g.run.learn(batch.target, batch.share)
		if err != nil {
			return 0, graph.Wrapf(err, "time step %d", t+1)
		}
		loss += x
		learnt = learnt || batch.counts
		end := t+1 == batch.longest
		due := l.rule.Every > 0 && (t+1)%l.rule.Every == 0
		if !(end || due) || !learnt && l.rule.Rate.Weight == 0 {
			continue
		}
		if err := l.move(g, move); err != nil {
			return 0, graph.Wrapf(err, "after time step %d", t+1)
		}
		learnt = false
	}
	return loss, nil
}

// move has the solver move the parameters by what has been gathered.
func (l *onlineLearner) move(g *gathering, move func([]gorgonia.Value) error) error {
	if err := g.collect(); err != nil {
		return err
	}
	of := map[string]gorgonia.Value{}
	for i, p := range g.params {
		of[p.Name] = g.grads[i]
	}
	var grads []gorgonia.Value
	for _, p := range l.params.Trainable() {
		grads = append(grads, of[p.Name])
	}
	g.run.clear()
	return move(grads)
}

// onlineBatch are examples, step by step.
type onlineBatch struct {
	l         *onlineLearner
	examples  []train.Example
	longest   int
	each      float64 // share of an example in the mean
	events    [][]int // of each example, step·features + feature, in order
	x, target []float64
	share     []float64
	counts    bool // a target of this step counts
}

func newOnlineBatch(l *onlineLearner, examples []train.Example) *onlineBatch {
	n := len(examples)
	b := &onlineBatch{l: l, examples: examples, x: make([]float64, n*l.spec.Features), share: make([]float64, n),
		target: make([]float64, n*max(l.spec.Numbers, 1))}
	counted := 0
	for k := range examples {
		steps := examples[k].Steps
		b.longest = max(b.longest, steps)
		for t := range steps {
			if b.counted(k, t) {
				counted++
				break
			}
		}
		if l.spec.Events {
			b.events = append(b.events, inOrder(examples[k].Events, l.spec.Features))
		}
	}
	b.each = 1 / float64(max(counted, 1))
	if l.spec.Numbers > 0 {
		b.each = 1 / float64(n)
	}
	return b
}

// counted reports whether example k has a target at step t that counts.
func (b *onlineBatch) counted(k, t int) bool {
	e := &b.examples[k]
	return t >= b.l.first && t < e.Steps && (b.l.spec.Classes == 0 || e.Classes[t] != train.Ignore)
}

// show goes to step t. What lies beyond the end of a sequence is 0, and has no target.
func (b *onlineBatch) show(t int) {
	clear(b.x)
	clear(b.share)
	b.counts = false
	spec := b.l.spec
	for k, e := range b.examples {
		if t >= e.Steps {
			continue
		}
		x := b.x[k*spec.Features:][:spec.Features]
		if spec.Events {
			for len(b.events[k]) > 0 && b.events[k][0]/spec.Features == t {
				x[b.events[k][0]%spec.Features] = 1
				b.events[k] = b.events[k][1:]
			}
		} else {
			for i, v := range e.X[t*spec.Features:][:spec.Features] {
				x[i] = float64(v)
			}
		}
		if !b.counted(k, t) {
			continue
		}
		b.share[k], b.counts = b.each, true
		if b.l.mean {
			b.share[k] /= float64(e.Steps)
		}
		if spec.Classes > 0 {
			b.target[k] = float64(e.Classes[t])
			continue
		}
		for i, v := range e.Y[t*spec.Numbers:][:spec.Numbers] {
			b.target[k*spec.Numbers+i] = float64(v)
		}
	}
}

// inOrder are events as numbers step·features + feature, the earliest first.
func inOrder(events []train.Event, features int) []int {
	out := make([]int, len(events))
	for i, e := range events {
		out[i] = e.Step*features + e.Feature
	}
	slices.Sort(out)
	return out
}
