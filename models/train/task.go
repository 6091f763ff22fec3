package train

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Model is what is trained. O is what it gives: a struct of nodes of its own, which its loss reads.
//
// A model is settings, a plain struct. One that is to be loaded from a file without the program that
// wrote it is registered under a name, see [MustRegisterModel].
type Model[O any] interface {
	// Forward declares the model's parameters in p and runs it on a batch. It is called once for each
	// graph, with a p of that graph: there is one for each batch size, for each length of sequences,
	// for training and for evaluation.
	Forward(p *graph.Params, b Batch) (O, error)
}

// Forward is a [Model] that is a function. It cannot be registered.
type Forward[O any] func(p *graph.Params, b Batch) (O, error)

// Forward implements [Model].
func (f Forward[O]) Forward(p *graph.Params, b Batch) (O, error) { return f(p, b) }

// Loss is what is minimised: a scalar node, the mean by [Batch].Weight over the examples of a batch, in which
// steps that Mask leaves out have no share. It may also be a [Scorer], [Summed] or [Delayed].
type Loss[O any] interface {
	Loss(out O, b Batch) (*gorgonia.Node, error)
}

// Scorer is implemented by a [Loss] that says what the network is asked for: the scores of classes, or
// predicted numbers, [B, n] for sequences or [T, B, n] for each of their steps. Where the largest score
// names the class, metrics such as accuracy read them. B.Y is nil where the data have no targets.
type Scorer[O any] interface {
	Scores(out O, b Batch) (*gorgonia.Node, error)
}

// Summed is implemented by a [Loss] that sums over the targets of an example: reports divide it by their
// number, so that sequences of different lengths compare.
type Summed interface{ Summed() }

// Delayed is implemented by a [Loss] that leaves out the targets of the first steps. They are given to
// nobody, nor counted.
type Delayed interface {
	// FirstStep is the first step whose target counts, from 0.
	FirstStep() int
}

// Term is a term that is added to the loss, as a regulariser is: a scalar node.
type Term interface {
	Term(v View) (*gorgonia.Node, error)
}

// Task is what is to be learnt, and how it is looked at.
type Task[O any] struct {
	Model   Model[O]
	Loss    Loss[O]
	Terms   []Term   // added to the loss in training
	Metrics []Metric // reported beside the loss
	Rule    Rule     // how gradients are found; nil: gorgonia.Grad
}

// Rule is another way to learn than by the gradient of a graph of whole sequences.
type Rule interface {
	// Learner prepares learning of a model with the parameters p, which are declared, from the loss of the
	// task, on batches of at most so many examples.
	Learner(model, loss any, p *graph.Params, spec Spec, batch int) (Learner, error)
}

// Learner learns by a [Rule].
type Learner interface {
	// Learn learns from a batch of examples, and calls move whenever the solver is to move the
	// parameters, with the gradients in the order of p.Trainable(); those that are nil do not move. It
	// returns the loss, the mean over the examples. Nothing of a batch is left for the next one, so that
	// a training can be resumed after any epoch.
	Learn(examples []Example, draw Draw, move func(gradients []gorgonia.Value) error) (loss float64, err error)
}

// declared is a task in a graph.
type declared struct {
	view View
	loss *gorgonia.Node // nil where the data have no targets
}

// plan is a task without its types.
type plan struct {
	model, loss any
	terms       []Term
	metrics     []Metric
	rule        Rule
	first       int  // step whose target counts
	summed      bool // the loss
	scores      bool // the loss has scores
	declare     func(p *graph.Params, b Batch) (declared, error)
}

// plan forgets the task's types.
func (t Task[O]) plan() (plan, error) {
	if t.Model == nil {
		return plan{}, errors.New("srnn: the task has no model")
	}
	if t.Loss == nil {
		return plan{}, errors.New("srnn: the task has no loss")
	}
	for i, term := range t.Terms {
		if term == nil {
			return plan{}, errors.Errorf("srnn: term %d of the task is nil", i)
		}
	}
	q := plan{model: t.Model, loss: t.Loss, terms: t.Terms, rule: t.Rule, declare: t.declare}
	_, q.summed = t.Loss.(Summed)
	_, q.scores = t.Loss.(Scorer[O])
	if d, ok := t.Loss.(Delayed); ok {
		if q.first = d.FirstStep(); q.first < 0 {
			return plan{}, errors.Errorf("srnn: the loss %T counts from step %d", t.Loss, q.first)
		}
	}
	var err error
	q.metrics, err = withHealth(t.Metrics)
	return q, err
}

// declare adds the task to a graph.
func (t Task[O]) declare(p *graph.Params, b Batch) (d declared, err error) {
	out, err := t.Model.Forward(p, b)
	if err != nil {
		return d, err
	}
	d.view = View{Batch: b, Out: out, Layers: p.Run().Layers()}
	if s, ok := t.Loss.(Scorer[O]); ok {
		if d.view.Scores, err = s.Scores(out, b); err != nil {
			return d, graph.Wrapf(err, "scores of the loss %T", t.Loss)
		}
		if err := checkScores(d.view.Scores, b); err != nil {
			return d, graph.Wrapf(err, "scores of the loss %T", t.Loss)
		}
	}
	if b.Y == nil {
		return d, nil
	}
	if b.counts != nil {
		b.Weight = b.counts
	}
	d.loss, err = t.Loss.Loss(out, b)
	if err == nil && (d.loss == nil || !d.loss.Shape().IsScalar()) {
		err = errors.New("is not a scalar node")
	}
	return d, graph.Wrapf(err, "loss %T", t.Loss)
}

// checkScores wants one row of scores for each target.
func checkScores(scores *gorgonia.Node, b Batch) error {
	if scores == nil {
		return errors.New("are nil")
	}
	s, x := scores.Shape(), b.X.Shape()
	perStep := len(s) == 3 && s[0] == x[0] && s[1] == x[1]
	whole := len(s) == 2 && s[0] == x[1]
	if !perStep && !whole {
		return errors.Errorf("have shape %v, want [batch, n] or [T, batch, n] with T, batch of %v", s, x[:2])
	}
	if (b.Spec.Classes > 0 || b.Spec.Numbers > 0) && b.Spec.PerStep != perStep {
		return errors.Errorf("have shape %v, but the examples have %s", s, b.Spec.targets())
	}
	if classes := s[len(s)-1]; b.Spec.Classes > classes {
		return errors.Errorf("have shape %v, but the examples have %d classes", s, b.Spec.Classes)
	}
	return nil
}

// withHealth are metrics with [Health] among them, each of its own name.
func withHealth(metrics []Metric) ([]Metric, error) {
	names, healthy := map[string]bool{"loss": true, "terms": true}, false
	for i, m := range metrics {
		if m == nil {
			return nil, errors.Errorf("srnn: metric %d of the task is nil", i)
		}
		if names[m.Name()] || m.Name() == "" {
			return nil, errors.Errorf("srnn: metric %d, %T, is called %q, which is taken", i, m, m.Name())
		}
		names[m.Name()] = true
		_, is := m.(Health)
		healthy = healthy || is
	}
	if !healthy {
		metrics = append(metrics[:len(metrics):len(metrics)], Health{})
	}
	return metrics, nil
}
