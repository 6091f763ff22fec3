package train

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// tally sums up what runs gave.
type tally struct {
	examples int
	loss     float64 // Σ over the examples that count
	terms    float64 // Σ over the examples in each run
	shares   int     // how many those are: an example counts in each of its pieces
	counted  int     // examples with a target that counts
	targets  int     // that count

	names  []string // of the metrics
	meters []Meter

	// Of training.
	steps   int                // of the solver
	squares map[string]float64 // of the gradient of each parameter, Σ over its elements and the steps
}

// add adds the last run of a graph, which began at step first.
func (t *tally) add(r *runner, first int) error {
	if first == 0 {
		t.examples += r.count
	}
	counted, targets := r.countTargets(first)
	t.counted, t.targets = t.counted+counted, t.targets+targets
	if r.loss != nil && (r.of.train || r.of.metrics) {
		loss, err := scalar(r.loss)
		if err != nil {
			return err
		}
		if !graph.Finite(loss) {
			return notFinite(errors.Errorf("srnn: the loss is %v", loss), r.firstNotFinite())
		}
		t.loss += loss * float64(counted)
	}
	there := 0
	for b := range r.count {
		if r.stepsIn(b, first) > 0 {
			there++
		}
	}
	t.shares += there
	for i, n := range r.terms {
		x, err := scalar(n)
		if err != nil {
			return err
		}
		if !graph.Finite(x) {
			return notFinite(errors.Errorf("srnn: term %d, %T, is %v", i, r.plan.terms[i], x), r.firstNotFinite())
		}
		t.terms += x * float64(there)
	}
	return t.measure(r, first)
}

// countTargets is how many examples have a target that counts in a run, and how many targets those are.
func (r *runner) countTargets(first int) (examples, targets int) {
	for b := range r.count {
		if n := r.targetsIn(b, first); n > 0 {
			examples, targets = examples+1, targets+n
		}
	}
	return examples, targets
}

// targetsIn is how many targets of example b count in a run.
func (r *runner) targetsIn(b, first int) (n int) {
	steps := r.stepsIn(b, first)
	switch {
	case steps == 0:
		return 0
	case r.spec.Classes > 0 && r.spec.PerStep:
		for _, y := range r.examples[b].Classes[first:][:steps] {
			if y != Ignore {
				n++
			}
		}
		return n
	case r.spec.Classes > 0 && r.examples[b].Classes[0] == Ignore:
		return 0
	case r.spec.Numbers > 0 && r.spec.PerStep:
		return max(0, steps-max(0, r.plan.first-first))
	}
	return 1
}

// measure hands the values of a run to the meters.
func (t *tally) measure(r *runner, first int) error {
	if t.meters == nil {
		for _, m := range r.metrics {
			t.names, t.meters = append(t.names, m.Name()), append(t.meters, m.Meter())
		}
	}
	clear(r.read)
	for i, w := range r.watched {
		s := Seen{Spec: r.spec, run: r, first: first, nodes: w}
		for _, n := range w {
			s.shapes = append(s.shapes, n.Shape())
		}
		err := t.meters[i].Add(s)
		if r.failed != nil {
			err = r.failed
		}
		if err != nil {
			return graph.Wrapf(err, "metric %s", t.names[i])
		}
	}
	return nil
}

// values are those of a node that is watched, converted once a run however many metrics read them. What cannot
// be converted fails the run.
func (r *runner) values(n *gorgonia.Node) []float64 {
	if r.read[n] {
		return r.room[n]
	}
	x, err := graph.AppendFloat64s(r.room[n][:0], n.Value())
	if err != nil {
		r.failed = graph.Wrapf(err, "%s", n.Name())
		x = make([]float64, n.Shape().TotalSize())
	}
	r.room[n], r.read[n] = x, true
	return x
}

// meanLoss is the loss per example or, of one that is summed, per target.
func (t *tally) meanLoss(summed bool) float64 {
	n := t.counted
	if summed {
		n = t.targets
	}
	return t.loss / float64(max(n, 1))
}

// report is what came out.
func (t *tally) report(p *plan) *Report {
	rep := &Report{Examples: t.examples, Loss: t.meanLoss(p.summed), Terms: t.terms / float64(max(t.shares, 1)), names: t.names}
	for _, m := range t.meters {
		rep.results = append(rep.results, m.Result())
	}
	return rep
}

// scalar is the value of a scalar node.
func scalar(n *gorgonia.Node) (float64, error) {
	x, err := graph.Float64s(n.Value())
	if err != nil {
		return 0, graph.Wrapf(err, "%s", n.Name())
	}
	return x[0], nil
}
