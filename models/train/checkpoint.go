package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/differ"
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

// format is the version of what the metadata and the tensors mean. A newer file is refused by its number.
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
	if err := n.params.CheckFinite(); err != nil {
		return err
	}
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
			fields, err := differ.Where(x.r.kind, x.saved, here)
			if err != nil {
				return p, err
			}
			if err := differ.Error(fields); err != nil {
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
