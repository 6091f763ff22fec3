package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"gorgonia.org/gorgonia"
)

// A checkpoint is a safetensors file. Its metadata say what the network is and how it is trained; its
// tensors are the parameters by their names and, under these prefixes, all that a training goes on from.
const (
	metaNetwork  = "srnn.network"
	metaTraining = "srnn.training"

	prefixLast    = "last/"    // parameters after the last epoch
	prefixSolver  = "solver/"  // the solver's state
	prefixHistory = "history/" // a number of each epoch
)

// format is the version of what the metadata mean.
const format = 1

// networkJSON is what a file says of a network.
type networkJSON struct {
	Format  int     `json:"format"`
	Model   named   `json:"model"`
	Loss    *named  `json:"loss,omitempty"` // nil of a model that was saved alone
	Metrics []named `json:"metrics,omitempty"`
	Data    Spec    `json:"data"` // of the data it was made for
	Dtype   string  `json:"dtype"`
	Seed    uint64  `json:"seed"` // of the parameters
	Random  uint64  `json:"random"`
}

// trainingJSON is what a file says of a training: settings, by name, that it can only be resumed with if
// it began with them.
type trainingJSON map[string]json.RawMessage

// describe is what a file says of the network.
func (n *Network) describe() (j networkJSON, err error) {
	if j, err = describeModel(n.plan.model, n.params, n.spec); err != nil {
		return j, err
	}
	j.Random = n.seed
	loss, err := losses.save(n.plan.loss)
	if err != nil {
		return j, err
	}
	j.Loss = &loss
	for _, m := range n.plan.metrics {
		x, err := metrics.save(m)
		if err != nil {
			return j, err
		}
		j.Metrics = append(j.Metrics, x)
	}
	return j, nil
}

// checkSaving finds out before the first step whether the training can be saved. Where it is to be, it
// must; else there is a warning.
func (t *Trainer) checkSaving() error {
	_, err := t.metadata()
	saves := slices.ContainsFunc(t.settings.Callbacks, func(c Callback) bool { _, ok := c.(Checkpoint); return ok })
	if err != nil && saves {
		return err
	}
	if err != nil {
		fmt.Fprintf(t.settings.Log, "warning: %v\n", err)
	}
	if _, ok := t.settings.Solver.(statefulSolver); !ok && saves {
		return errors.Errorf("srnn: a solver %T cannot be saved: it has no State and Restore, as optim.Solver has", t.settings.Solver)
	}
	return nil
}

func (n *Network) metadata() (map[string]string, error) {
	j, err := n.describe()
	if err != nil {
		return nil, err
	}
	return j.metadata()
}

// Save writes the parameters as they are, and what the network is, to a safetensors file, which [Load] reads.
func (n *Network) Save(path string) error {
	end, err := n.begin()
	if err != nil {
		return err
	}
	defer end()
	meta, err := n.metadata()
	if err != nil {
		return err
	}
	return tensorfile.WriteSafetensors(path, tensorsOf(n.params, valuesOf(n.params), ""), meta)
}

// trainingSettings are those that a training goes on with.
func (t *Trainer) trainingSettings() (trainingJSON, error) {
	s := t.settings
	train, held := t.Examples()
	rule, err := json.Marshal(t.plan.rule)
	if err != nil {
		return nil, graph.Wrapf(err, "the rule %T cannot be saved", t.plan.rule)
	}
	all := map[string]any{
		"examples": train, "validation": held, "batch": s.Batch, "share": s.Share, "seed": s.Seed, "piece": s.Piece, "ordered": s.Ordered,
		"select": s.Select, "rule": named{Type: fmt.Sprintf("%T", t.plan.rule), Settings: rule}, "data": t.data.Spec(),
	}
	described := []named{}
	for _, x := range t.plan.terms {
		d, err := terms.save(x)
		if err != nil {
			return nil, err
		}
		described = append(described, d)
	}
	all["terms"] = described
	if h, ok := s.Solver.(interface{ Horizon() (int, bool) }); ok {
		steps, planned := h.Horizon()
		all["steps that the learning rate is planned for"] = nil
		if planned {
			all["steps that the learning rate is planned for"] = steps
		}
	}
	out := trainingJSON{}
	for name, v := range all {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	return out, nil
}

// Save writes a checkpoint: the parameters of the best epoch, which [Load] reads, and all that
// [Trainer.Resume] needs to go on after the last one. It may be called at any time, also while the
// training is running.
func (t *Trainer) Save(path string) error {
	meta, err := t.metadata()
	if err != nil {
		return err
	}
	settings, err := t.trainingSettings()
	if err != nil {
		return err
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	meta[metaTraining] = string(text)
	at := t.at.Load()
	tensors := append(tensorsOf(t.params, at.chosen, ""), tensorsOf(t.params, at.last, prefixLast)...)
	for _, key := range slices.Sorted(maps.Keys(at.solver)) {
		x := at.solver[key]
		tensors = append(tensors, tensorfile.FromFloats(prefixSolver+key, []int{len(x)}, x))
	}
	return tensorfile.WriteSafetensors(path, append(tensors, historyTensors(at.history)...), meta)
}

// historyTensors are the numbers of all epochs, one tensor for each.
func historyTensors(history []Epoch) (out []tensorfile.Tensor) {
	columns := map[string][]float64{}
	order := map[string]int{} // of the numbers, as they came up first
	set := func(name string, i int, x float64) {
		if columns[name] == nil {
			columns[name] = make([]float64, len(history))
			for k := range columns[name] {
				columns[name][k] = math.NaN()
			}
		}
		columns[name][i] = x
	}
	for i, e := range history {
		best := 0.
		if e.Best {
			best = 1
		}
		set("best", i, best)
		set("steps", i, float64(e.Steps))
		set("seconds", i, e.Seconds)
		for _, prefix := range []string{"training/", "validation/"} {
			r := e.Training
			if prefix == "validation/" {
				r = e.Validation
			}
			if r == nil {
				continue
			}
			set(prefix+"examples", i, float64(r.Examples))
			set(prefix+"seconds", i, r.Seconds)
			for _, n := range r.Numbers() {
				k, ok := order[prefix+n.Name]
				if !ok {
					k = len(order)
					order[prefix+n.Name] = k
				}
				set(fmt.Sprintf("%s%06d/%s", prefix, k, n.Name), i, n.Value)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		out = append(out, tensorfile.FromFloats(prefixHistory+name, []int{len(history)}, columns[name]))
	}
	return out
}

// Resume goes back to where the training of a checkpoint stood after its last epoch. What follows is, bit
// for bit, what would have followed there. The network, the data, the solver and the settings must be the
// same; the number of epochs and the callbacks may differ. After an error nothing has changed.
func (t *Trainer) Resume(path string) error {
	if t.active.Load() {
		return errRunning
	}
	end, err := t.begin()
	if err != nil {
		return err
	}
	defer end()
	return errors.Wrapf(t.resume(path), "%s: cannot resume", path)
}

func (t *Trainer) resume(path string) error {
	file, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return err
	}
	if err := t.matches(meta); err != nil {
		return err
	}
	solver, ok := t.settings.Solver.(statefulSolver)
	if !ok {
		return errors.Errorf("a solver %T cannot be resumed: it has no State and Restore", t.settings.Solver)
	}
	parts := map[string][]tensorfile.Tensor{}
	for _, x := range file {
		prefix := ""
		for _, p := range []string{prefixLast, prefixSolver, prefixHistory} {
			if name, ok := strings.CutPrefix(x.Name, p); ok {
				x.Name, prefix = name, p
			}
		}
		parts[prefix] = append(parts[prefix], x)
	}
	next := &standing{solver: map[string][]float64{}}
	for _, x := range parts[prefixSolver] {
		if next.solver[x.Name], err = x.Float64s(); err != nil {
			return err
		}
	}
	if err := next.readHistory(parts[prefixHistory]); err != nil {
		return err
	}
	before, solverBefore := valuesOf(t.params), solver.State()
	err = setAll(t.params, parts[""])
	next.chosen = valuesOf(t.params)
	if err == nil {
		err = setAll(t.params, parts[prefixLast])
		next.last = valuesOf(t.params)
	}
	if err == nil {
		err = solver.Restore(next.solver)
	}
	if err != nil { // everything is as it was
		if e := restore(t.params, before); e != nil {
			return errors.Wrapf(e, "after %v", err)
		}
		if e := solver.Restore(solverBefore); e != nil {
			return errors.Wrapf(e, "after %v", err)
		}
		return err
	}
	t.at.Store(next)
	return restore(t.params, next.chosen)
}

// matches reports an error unless a file is of the same network and training.
func (t *Trainer) matches(meta map[string]string) error {
	if meta[metaTraining] == "" {
		return errors.New("the file holds no training")
	}
	var there networkJSON
	if err := parseNetwork(meta, &there); err != nil {
		return err
	}
	here, err := t.describe()
	if err != nil {
		return err
	}
	if err := differ("model", there.Model, here.Model); err != nil {
		return err
	}
	if err := differ("loss", there.Loss, here.Loss); err != nil {
		return err
	}
	if there.Dtype != here.Dtype {
		return errors.Errorf("dtype: %s in the checkpoint, %s asked for", there.Dtype, here.Dtype)
	}
	var saved trainingJSON
	if err := json.Unmarshal([]byte(meta[metaTraining]), &saved); err != nil {
		return errors.Wrapf(err, "metadata %s", metaTraining)
	}
	now, err := t.trainingSettings()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if err := differ(name, saved[name], now[name]); err != nil {
			return err
		}
	}
	return nil
}

// differ reports an error that names a setting and both its values, or the fields of them, unless they are
// the same.
func differ(name string, there, here any) error {
	a, err := json.Marshal(there)
	if err != nil {
		return err
	}
	b, err := json.Marshal(here)
	if err != nil {
		return err
	}
	if string(a) == string(b) {
		return nil
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return errors.Errorf("%s: %s in the checkpoint, %s asked for", name, a, b)
	}
	return differing(name, x, y)
}

// differing finds the first field in which two values differ.
func differing(name string, there, here any) error {
	text := func(v any) string {
		b, _ := json.Marshal(v) // which was JSON
		return string(b)
	}
	switch x := there.(type) {
	case map[string]any:
		y, ok := here.(map[string]any)
		if !ok {
			break
		}
		keys := maps.Clone(x)
		maps.Copy(keys, y)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if text(x[k]) != text(y[k]) {
				if k == "settings" || k == "kind" || k == "type" {
					return differing(name, x[k], y[k])
				}
				return differing(name+"."+k, x[k], y[k])
			}
		}
	case []any:
		y, ok := here.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for k := range x {
			if text(x[k]) != text(y[k]) {
				return differing(fmt.Sprintf("%s[%d]", name, k), x[k], y[k])
			}
		}
	}
	return errors.Errorf("%s: %s in the checkpoint, %s asked for", name, text(there), text(here))
}

// readHistory reads what historyTensors wrote.
func (s *standing) readHistory(columns []tensorfile.Tensor) error {
	s.best = -1
	for _, c := range columns {
		if s.history == nil {
			s.history = make([]Epoch, c.Len())
		}
		if c.Len() != len(s.history) {
			return errors.Errorf("history: %s has %d epochs, others have %d", c.Name, c.Len(), len(s.history))
		}
	}
	for _, c := range columns { // in the order of their names, which is that of the numbers
		values, err := c.Float64s()
		if err != nil {
			return err
		}
		for i, x := range values {
			e := &s.history[i]
			e.Epoch = i + 1
			if err := e.set(c.Name, x); err != nil {
				return err
			}
		}
	}
	for i := range s.history {
		e := &s.history[i]
		if e.Training == nil || !graph.Finite(e.Training.Loss) {
			return errors.Errorf("history: epoch %d is not sound", i+1)
		}
		if e.Best {
			s.best = i
		}
	}
	if len(s.history) > 0 && s.best < 0 {
		return errors.New("history: there is no best epoch")
	}
	return nil
}

// set sets a number of a history.
func (e *Epoch) set(name string, x float64) error {
	if math.IsNaN(x) && !strings.Contains(name, "/") {
		return errors.Errorf("history: %s of epoch %d is missing", name, e.Epoch)
	}
	switch name {
	case "best":
		e.Best = x == 1
		return nil
	case "steps":
		e.Steps = int(x)
		return nil
	case "seconds":
		e.Seconds = x
		return nil
	}
	kind, rest, _ := strings.Cut(name, "/")
	var r **Report
	switch kind {
	case "training":
		r = &e.Training
	case "validation":
		r = &e.Validation
	default:
		return errors.Errorf("history: what is %q?", name)
	}
	if *r == nil {
		*r = &Report{results: make([]Result, 1), names: []string{""}}
	}
	switch rest {
	case "examples":
		(*r).Examples = int(x)
		return nil
	case "seconds":
		(*r).Seconds = x
		return nil
	}
	_, number, ok := strings.Cut(rest, "/")
	switch {
	case !ok:
		return errors.Errorf("history: what is %q?", name)
	case number == "loss":
		(*r).Loss = x
	case number == "terms":
		(*r).Terms = x
	default:
		(*r).results[0].Numbers = append((*r).results[0].Numbers, Number{number, x})
	}
	return nil
}

// Load reads a network from a file that [Network.Save] or [Trainer.Save] wrote: its model, its loss, its
// metrics and parameters. The types of these must be registered; if they are not, give them to [LoadTask].
func Load(path string) (*Network, error) {
	return load(path, func(j networkJSON) (plan, error) {
		model, err := models.load(j.Model)
		if err != nil {
			return plan{}, err
		}
		if j.Loss == nil {
			return plan{}, errors.New("the file has a model and no loss: give both to LoadTask")
		}
		loss, err := losses.load(*j.Loss)
		if err != nil {
			return plan{}, err
		}
		var watched []Metric
		for _, n := range j.Metrics {
			m, err := metrics.load(n)
			if err != nil {
				return plan{}, err
			}
			watched = append(watched, m.(Metric))
		}
		models.mu.RLock()
		assemble := models.assemblers[j.Model.Kind]
		models.mu.RUnlock()
		return assemble(model, loss, watched)
	})
}

// LoadTask reads the parameters of a task from a file that [Network.Save], [Trainer.Save] or [SaveModel] wrote. Where
// the model or the loss of the file were registered, they must be those of the task.
func LoadTask[O any](path string, t Task[O]) (*Network, error) {
	return load(path, func(j networkJSON) (plan, error) {
		p, err := t.plan()
		if err != nil {
			return p, err
		}
		for _, x := range []struct {
			r     *registry
			saved *named
			v     any
		}{{models, &j.Model, p.model}, {losses, j.Loss, p.loss}} {
			if x.saved == nil || x.saved.Kind == "" {
				continue // what it is, the file does not say
			}
			here, err := x.r.save(x.v)
			if err != nil {
				return p, err
			}
			if err := differ(x.r.kind, x.saved, here); err != nil {
				return p, err
			}
		}
		return p, nil
	})
}

// load reads a network; make says what it is made of.
func load(path string, make func(j networkJSON) (plan, error)) (*Network, error) {
	f, err := readSaved(path)
	if err != nil {
		return nil, err
	}
	n := &Network{seed: f.network.Random, spec: f.network.Data}
	if n.plan, err = make(f.network); err != nil {
		return nil, errors.Wrap(err, path)
	}
	if n.params, err = f.Params(gorgonia.NewGraph()); err != nil {
		return nil, errors.Wrap(err, path)
	}
	if err := n.declareGiven(); err != nil {
		return nil, errors.Wrap(err, path)
	}
	return n, nil
}

// declareGiven has the model declare its parameters, which finds out whether they are those of the file.
func (n *Network) declareGiven() error {
	if err := n.spec.check(); err != nil {
		return graph.Wrapf(err, "metadata %s: data", metaNetwork)
	}
	const most = 1 << 20 // steps: a file may state whatever length it likes
	spec := n.spec
	spec.Steps = min(spec.Steps, most)
	r, err := newRunner(&n.plan, n.params, spec, 1, spec.Steps, false, purpose{declare: true})
	if err != nil {
		return err
	}
	if err := r.close(); err != nil {
		return err
	}
	return n.params.Adopt()
}
