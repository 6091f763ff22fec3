package train

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Trainer trains a task, epoch by epoch. A training can be saved after any epoch, and resumed.
type Trainer struct {
	*Network
	data     Dataset
	settings Settings
	train    *graphs
	eval     *graphs // nil without validation
	proof    *graphs // nil with it, see prove
	learner  Learner // nil without a rule
	trainIdx []int
	heldData Dataset // what is validated on
	heldIdx  []int

	active atomic.Bool              // Run is at it, callbacks included
	at     atomic.Pointer[standing] // after the last epoch
	warned map[string]bool
}

// standing is where a training stands after an epoch. It never changes.
type standing struct {
	history []Epoch
	best    int                  // in history; −1 before the first epoch
	last    map[string][]float64 // the parameters after the last epoch
	chosen  map[string][]float64 // and after the best
	solver  map[string][]float64 // the solver's state after the last epoch
}

// statefulSolver is a solver whose state can be saved, as optim.Solver.
type statefulSolver interface {
	gorgonia.Solver
	State() map[string][]float64
	Restore(map[string][]float64) error
}

// reported is a solver whose schedule reads numbers, see optim.Plateau.
type reported interface {
	Report(numbers map[string]float64) error
}

// errRunning says why a training is not begun again.
var errRunning = errors.New("srnn: the training is running already")

// New prepares a training: the model's parameters are declared, and everything is checked that can be
// before the first step. Close it after use.
func New[O any](t Task[O], data Dataset, s Settings) (*Trainer, error) {
	p, err := t.plan()
	if err != nil {
		return nil, err
	}
	tr, err := newTrainer(p, data, s)
	return tr, graph.Wrapf(err, "train")
}

func newTrainer(p plan, data Dataset, s Settings) (*Trainer, error) {
	if err := s.check(&p, data); err != nil {
		return nil, err
	}
	t := &Trainer{Network: &Network{plan: p, params: s.Params, spec: data.Spec(), seed: s.Seed}, data: data, settings: s, warned: map[string]bool{}}
	var err error
	if t.trainIdx, t.heldIdx, err = s.split(data.Len()); err != nil {
		return nil, err
	}
	if s.Ordered {
		slices.Sort(t.trainIdx)
	}
	if s.Share > 0 && len(t.heldIdx) == 0 {
		fmt.Fprintln(s.Log, "note: there is one example, and so none is held out for validation")
	}
	t.heldData = data
	if s.Validation != nil {
		t.heldData, t.heldIdx = s.Validation, all(s.Validation.Len())
	}
	if err := t.prepare(); err != nil {
		return nil, err
	}
	if len(t.params.Trainable()) == 0 {
		return nil, errors.New("srnn: the model has no parameters to train")
	}
	if err := t.params.CheckFinite(); err != nil {
		return nil, err
	}
	if err := t.checkNumbers(); err != nil {
		return nil, err
	}
	if err := t.checkSaving(); err != nil {
		return nil, err
	}
	now := valuesOf(t.params)
	st := &standing{best: -1, last: now, chosen: now}
	if solver, ok := s.Solver.(statefulSolver); ok {
		st.solver = solver.State()
	}
	t.at.Store(st)
	for i, c := range s.Callbacks {
		if c, ok := c.(Starter); ok {
			if err := c.Start(t); err != nil {
				return nil, graph.Wrapf(err, "callback %d, %T", i, c)
			}
		}
	}
	return t, nil
}

// prepare makes the first graphs, which declare the parameters.
func (t *Trainer) prepare() (err error) {
	s, spec := &t.settings, t.data.Spec()
	batch := min(s.Batch, len(t.trainIdx))
	t.train = newGraphs(&t.plan, t.params, spec, batch, s.Piece,
		purpose{train: true, metrics: true, costly: len(t.heldIdx) == 0, scores: t.plan.scores})
	if t.plan.rule == nil {
		if _, err := t.train.runner(spec.Steps); err != nil {
			return err
		}
	}
	if len(t.heldIdx) == 0 {
		t.proof = newGraphs(&t.plan, t.params, spec, 1, s.Piece, purpose{metrics: true, scores: t.plan.scores})
	} else {
		held := t.heldData.Spec()
		if held.Features != spec.Features || held.Classes != spec.Classes || held.Numbers != spec.Numbers || held.PerStep != spec.PerStep {
			return errors.Errorf("srnn: examples for validation have %s and %s, those to train on %s and %s",
				count(held.Features, "feature"), held.targets(), count(spec.Features, "feature"), spec.targets())
		}
		t.eval = newGraphs(&t.plan, t.params, held, min(s.Batch, len(t.heldIdx)), 0, t.evaluation())
		if _, err := t.eval.runner(held.Steps); err != nil {
			return err
		}
	}
	if t.plan.rule != nil {
		switch {
		case len(t.plan.terms) > 0:
			return errors.Errorf("srnn: there are %s beside the loss, but the rule %T does not learn from a graph's gradient, which they are added to", count(len(t.plan.terms), "term"), t.plan.rule)
		case s.Piece > 0:
			return errors.Errorf("srnn: sequences are to be cut into pieces of %s, but the rule %T does not learn from a graph", count(s.Piece, "step"), t.plan.rule)
		}
		if t.eval == nil { // nothing else has declared the parameters
			if _, err := t.proof.runner(spec.Steps); err != nil {
				return err
			}
		}
		t.learner, err = t.plan.rule.Learner(t.plan.model, t.plan.loss, t.params, spec, batch)
		return graph.Wrapf(err, "rule %T", t.plan.rule)
	}
	return nil
}

// checkNumbers refuses numbers that no report will have, as far as that is known.
func (t *Trainer) checkNumbers() error {
	if err := t.checkNumber("Select", t.settings.Select.Number); err != nil {
		return err
	}
	if f, ok := t.settings.Solver.(interface{ Follows() (string, bool) }); ok {
		if name, follows := f.Follows(); follows {
			return t.checkNumber("the solver's schedule", name)
		}
	}
	return nil
}

// checkNumber refuses the name of a number that somebody reads and no report will have. Of numbers such as
// "firing_rate.layer0" it knows the beginning.
func (t *Trainer) checkNumber(who, name string) error {
	known := []string{"loss", "terms", "firing_rate"}
	for _, m := range t.plan.metrics {
		known = append(known, m.Name())
		for _, n := range m.Meter().Result().Numbers {
			known = append(known, n.Name)
		}
	}
	head, _, _ := strings.Cut(name, ".")
	if name == "" || slices.Contains(known, name) || slices.Contains(known, head) {
		return nil
	}
	slices.Sort(known)
	return errors.Errorf("srnn: %s reads the number %q, but reports have %s", who, name, strings.Join(slices.Compact(known), ", "))
}

// History are the results of the epochs so far.
func (t *Trainer) History() []Epoch { return slices.Clone(t.at.Load().history) }

// Best is the best epoch so far, whose parameters Run leaves in the network; nil before the first.
func (t *Trainer) Best() *Epoch {
	at := t.at.Load()
	if at.best < 0 {
		return nil
	}
	e := at.history[at.best]
	return &e
}

// Examples are the numbers of examples that are trained and validated on.
func (t *Trainer) Examples() (train, validation int) { return len(t.trainIdx), len(t.heldIdx) }

// Metrics are the names of the metrics of the task, which are those of numbers in reports.
func (n *Network) Metrics() (names []string) {
	for _, m := range n.plan.metrics {
		if _, costly := m.(Costly); !costly {
			names = append(names, m.Name())
		}
	}
	return names
}

// Settings are what the training was prepared with.
func (t *Trainer) Settings() Settings { return t.settings }

// Run trains until the last epoch, or until a callback stops it. It leaves the parameters of the best epoch
// in the network, also where ctx ends the training early: then the error is that of ctx, and what an
// unfinished epoch had changed is undone. The same happens where a number is not finite: the error names
// the epoch, the step, and the node or parameter where it was seen first.
func (t *Trainer) Run(ctx context.Context) (err error) {
	if !t.active.CompareAndSwap(false, true) {
		return errRunning
	}
	defer t.active.Store(false)
	t.training.Store(true)
	defer t.training.Store(false)
	defer func() { err = t.leave(err) }()
	if err := t.restore(func(at *standing) map[string][]float64 { return at.last }); err != nil {
		return err
	}
	if stop, err := t.stopped(); stop || err != nil {
		return err
	}
	for len(t.at.Load().history) < t.settings.Epochs {
		e, err := t.turn(ctx)
		if err != nil {
			return err
		}
		t.print(e)
		if err := t.callbacks(e); errors.Is(err, ErrStop) {
			return nil
		} else if err != nil {
			return graph.Wrapf(err, "after epoch %d", e.Epoch)
		}
	}
	return nil
}

// restore puts parameters of the last epoch's standing into the network, when nobody runs it.
func (t *Trainer) restore(which func(at *standing) map[string][]float64) error {
	t.running.Lock()
	defer t.running.Unlock()
	return restore(t.params, which(t.at.Load()))
}

// turn trains for an epoch, in which nobody else runs the network.
func (t *Trainer) turn(ctx context.Context) (Epoch, error) {
	t.running.Lock()
	defer t.running.Unlock()
	return t.epoch(ctx)
}

// stopped asks whether a training that has begun would have ended already.
func (t *Trainer) stopped() (bool, error) {
	if len(t.at.Load().history) == 0 {
		return false, nil
	}
	for _, c := range t.settings.Callbacks {
		if s, ok := c.(Stopper); ok {
			if stop, err := s.Stop(t); stop || err != nil {
				return stop, err
			}
		}
	}
	return false, nil
}

// callbacks calls all of them, also where one stops the training. The network can be run meanwhile.
func (t *Trainer) callbacks(e Epoch) (err error) {
	t.training.Store(false)
	defer t.training.Store(true)
	for _, c := range t.settings.Callbacks {
		if x := c.EpochEnd(t, e); x != nil && !errors.Is(x, ErrStop) {
			return x
		} else if x != nil {
			err = x
		}
	}
	return err
}

// leave puts the chosen parameters into the network and, after an error, the solver back to the last epoch.
func (t *Trainer) leave(err error) error {
	if e := t.restore(func(at *standing) map[string][]float64 { return at.chosen }); e != nil && err == nil {
		return e
	}
	if s, ok := t.settings.Solver.(statefulSolver); ok && err != nil {
		if e := s.Restore(t.at.Load().solver); e != nil {
			return errors.Wrapf(e, "after %v", err)
		}
	}
	return err
}

// epoch trains once on every example, and validates.
func (t *Trainer) epoch(ctx context.Context) (e Epoch, err error) {
	start := time.Now()
	e = Epoch{Epoch: len(t.at.Load().history) + 1, Steps: batches(len(t.trainIdx), t.train.batch)}
	data, err := t.epochData(e.Epoch)
	if err != nil {
		return e, err
	}
	var sum tally
	if err := t.steps(ctx, data, &e, &sum); err != nil {
		return e, err
	}
	if sum.targets == 0 {
		return e, errors.New("srnn: no example has a target that counts: there is nothing to learn from")
	}
	e.Seconds = time.Since(start).Seconds()
	e.Training = sum.report(&t.plan)
	e.Training.Seconds = e.Seconds
	e.Gradients = sum.gradients()
	if t.eval != nil {
		if e.Validation, err = t.eval.evaluate(ctx, t.heldData, t.heldIdx, Evaluation{Seed: t.settings.Seed}); err != nil {
			return e, graph.Wrapf(err, "epoch %d, validation", e.Epoch)
		}
	} else if err := t.prove(); err != nil {
		return e, graph.Wrapf(err, "epoch %d, after the last step", e.Epoch)
	}
	if s, ok := t.settings.Solver.(reported); ok {
		numbers := map[string]float64{}
		for _, n := range e.Judged().Numbers() {
			numbers[n.Name] = n.Value
		}
		if err := s.Report(numbers); err != nil {
			return e, graph.Wrapf(err, "epoch %d", e.Epoch)
		}
	}
	return e, t.record(&e)
}

// prove runs an example through the network as the last step of an epoch has left it, where no validation does that:
// nobody is handed one that cannot be run any more, as with a time constant that became negative.
func (t *Trainer) prove() error {
	if _, still := t.settings.Solver.(*gradientSolver); still {
		return nil
	}
	examples, longest := t.train.loader.room[:1], t.train.spec.Steps // of the last batch
	if t.train.spec.Varying {
		longest = examples[0].Steps
	}
	r, err := t.proof.runner(longest)
	if err != nil {
		return err
	}
	return r.each(examples, longest, graph.Stream(t.settings.Seed, "evaluate"), func(first int) error {
		if err := new(tally).add(r, first); err != nil || r.view.Scores == nil {
			return err
		}
		if what, found := graph.NotFinite("scores", r.view.Scores.Value()); found {
			return notFinite(errors.New("srnn: "+what), r.firstNotFinite())
		}
		return nil
	})
}

// epochData are the data of an epoch.
func (t *Trainer) epochData(n int) (Dataset, error) {
	d, ok := t.data.(Epochs)
	if !ok {
		return t.data, nil
	}
	data, err := d.Epoch(n)
	if err != nil {
		return nil, graph.Wrapf(err, "data of epoch %d", n)
	}
	if data == nil || data.Len() != t.data.Len() || data.Spec() != t.data.Spec() {
		return nil, errors.Errorf("srnn: the data of epoch %d have another length or Spec", n)
	}
	return data, nil
}

// steps trains once on every example.
func (t *Trainer) steps(ctx context.Context, data Dataset, e *Epoch, sum *tally) error {
	order := all(len(t.trainIdx))
	if !t.settings.Ordered {
		order = graph.Stream(t.settings.Seed, fmt.Sprintf("epoch %d order", e.Epoch)).Perm(len(t.trainIdx))
	}
	states := graph.Stream(t.settings.Seed, fmt.Sprintf("epoch %d states", e.Epoch))
	idx := make([]int, 0, t.train.batch)
	p := Progress{Epoch: e.Epoch, Epochs: t.settings.Epochs, Steps: e.Steps, numbers: func() []Number { return sum.report(&t.plan).Numbers() }}
	for p.Step = 1; p.Step <= p.Steps; p.Step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo := (p.Step - 1) * t.train.batch
		idx = idx[:0]
		for _, i := range order[lo:min(lo+t.train.batch, len(order))] {
			idx = append(idx, t.trainIdx[i])
		}
		var err error
		if p.Gradient, err = t.step(data, idx, states, sum); err != nil {
			return graph.Wrapf(err, "epoch %d, step %d", p.Epoch, p.Step)
		}
		p.Loss = sum.meanLoss(t.plan.summed)
		for _, c := range t.settings.Callbacks {
			if s, ok := c.(Stepped); ok {
				if err := s.StepEnd(t, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// step learns from one batch. It returns the norm of the gradient.
func (t *Trainer) step(data Dataset, idx []int, states Draw, sum *tally) (norm float64, err error) {
	if t.learner != nil {
		return t.stepByRule(data, idx, states, sum)
	}
	r, examples, longest, err := t.train.load(data, idx)
	if err != nil {
		return 0, err
	}
	grads := make([]gorgonia.Value, len(r.grads))
	err = r.each(examples, longest, states, func(first int) error {
		if err := sum.add(r, first); err != nil {
			return err
		}
		for i, g := range r.grads {
			grads[i] = g.Value()
		}
		if norm, err = t.move(r.trained, grads, sum, r.firstNotFinite); err != nil {
			return err
		}
		return r.params.Run().Settle()
	})
	return norm, err
}

// stepByRule learns from one batch by a rule.
func (t *Trainer) stepByRule(data Dataset, idx []int, states Draw, sum *tally) (norm float64, err error) {
	examples, err := t.train.loader.load(data, idx)
	if err != nil {
		return 0, err
	}
	loss, err := t.learner.Learn(examples, states, func(grads []gorgonia.Value) (err error) {
		norm, err = t.move(t.params.Trainable(), grads, sum, func() string { return "" })
		return err
	})
	if err != nil {
		return 0, err
	}
	if !graph.Finite(loss) {
		return 0, errors.Errorf("srnn: the loss is %v", loss)
	}
	r := runner{plan: &t.plan, spec: t.train.spec, steps: t.train.spec.Steps, examples: examples, count: len(examples)}
	counted, targets := r.countTargets(0)
	sum.examples, sum.counted, sum.targets = sum.examples+len(examples), sum.counted+counted, sum.targets+targets
	sum.loss += loss * float64(counted)
	return norm, nil
}

// move is one step of the solver on parameters with their gradients.
func (t *Trainer) move(params []graph.Param, grads []gorgonia.Value, sum *tally, first func() string) (norm float64, err error) {
	if len(grads) != len(params) {
		return 0, errors.Errorf("srnn: there are %d gradients for %s", len(grads), count(len(params), "parameter"))
	}
	if norm, err = sum.watchGradients(params, grads, first); err != nil {
		return 0, err
	}
	var model []gorgonia.ValueGrad
	for i, p := range params {
		if grads[i] != nil {
			model = append(model, p.WithGradient(grads[i]))
		}
	}
	if err := t.settings.Solver.Step(model); err != nil {
		return 0, err
	}
	if err := t.params.CheckFinite(); err != nil {
		return 0, graph.Wrapf(err, "after the solver's step")
	}
	t.params.Project()
	return norm, nil
}

// judges tells whether an epoch can be better than a later one.
func (t *Trainer) judges() bool { return t.eval != nil || t.settings.Select != (Criterion{}) }

// record adds an epoch to the history, with the parameters and the solver as they are.
func (t *Trainer) record(e *Epoch) (err error) {
	at := t.at.Load()
	e.Best = true
	if t.judges() {
		// The number must be there, also in the first epoch.
		against := e.Judged()
		if at.best >= 0 {
			against = at.history[at.best].Judged()
		}
		if e.Best, err = t.settings.Select.better(e.Judged(), against); err != nil {
			return err
		}
		e.Best = e.Best || at.best < 0
	}
	next := &standing{history: append(at.history, *e), best: at.best, chosen: at.chosen, last: valuesOf(t.params)}
	if e.Best {
		next.best, next.chosen = len(next.history)-1, next.last
	}
	if s, ok := t.settings.Solver.(statefulSolver); ok {
		next.solver = s.State()
	}
	t.at.Store(next)
	return nil
}

// print tells of an epoch, and of what is probably wrong.
func (t *Trainer) print(e Epoch) {
	line := fmt.Sprintf("epoch %d/%d  loss %.4g", e.Epoch, t.settings.Epochs, e.Training.Loss)
	if e.Validation != nil {
		line += fmt.Sprintf("  validation %.4g", e.Validation.Loss)
	}
	for _, m := range t.plan.metrics {
		if x, ok := e.Judged().Number(m.Name()); ok {
			line += fmt.Sprintf("  %s %.4g", m.Name(), x)
		}
	}
	fmt.Fprintf(t.settings.Log, "%s  (%.3g s)\n", line, e.Seconds)
	for _, x := range e.Judged().results {
		for _, w := range x.Warnings {
			if !t.warned[w.About] {
				fmt.Fprintln(t.settings.Log, "warning:", w.Text)
			}
			t.warned[w.About] = true
		}
	}
}

// Close frees the graphs.
func (t *Trainer) Close() error {
	err := t.train.close()
	for _, g := range []*graphs{t.eval, t.proof} {
		if g == nil {
			continue
		}
		if e := g.close(); err == nil {
			err = e
		}
	}
	if e := t.Network.Close(); err == nil {
		err = e
	}
	return err
}
