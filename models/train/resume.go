package train

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/differ"
	"github.com/srnn-go/srnn/internal/strictjson"
	"github.com/srnn-go/srnn/internal/tensorfile"
)

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

// resume reads and checks everything before it changes anything.
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
	next, err := t.standing(file)
	if err != nil {
		return err
	}
	if s, ok := solver.(checkedSolver); ok && len(next.history) > 0 {
		if err := s.CheckState(next.solver, t.moved(next.solver)); err != nil {
			return err
		}
	}
	before := solver.State()
	if err := solver.Restore(next.solver); err != nil {
		if e := solver.Restore(before); e != nil { // of a solver that does not see to it itself
			return errors.Wrapf(e, "after %v", err)
		}
		return err
	}
	t.at.Store(next)
	return restore(t.params, next.chosen)
}

// checkedSolver is a solver that tells, without any change, whether a state is one that it can go on from with these
// parameters, as optim.Solver does.
type checkedSolver interface {
	CheckState(state map[string][]float64, params []graph.Param) error
}

// moved are the parameters that a solver with a state has moved: all, or, where a rule decides on that, those that
// the state says something of.
func (t *Trainer) moved(state map[string][]float64) []graph.Param {
	all := t.params.Trainable()
	if t.learner == nil {
		return all
	}
	return slices.DeleteFunc(all, func(p graph.Param) bool {
		for key := range state {
			if strings.HasSuffix(key, "/"+p.Name) {
				return false
			}
		}
		return true
	})
}

// standing is what a file says of a training, for parameters as these are.
func (t *Trainer) standing(file []tensorfile.Tensor) (*standing, error) {
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
	var err error
	for _, x := range parts[prefixSolver] {
		if next.solver[x.Name], err = x.Float64s(); err != nil {
			return nil, err
		}
	}
	if err := next.readHistory(parts[prefixHistory]); err != nil {
		return nil, err
	}
	for prefix, to := range map[string]*map[string][]float64{"": &next.chosen, prefixLast: &next.last} {
		given, err := givenBy(t.params, parts[prefix])
		if err != nil {
			return nil, err
		}
		*to = map[string][]float64{}
		for name, g := range given {
			(*to)[name] = g.Values
		}
	}
	return next, nil
}

// matches reports an error, with all fields that differ, unless a file is of the same network and training.
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
	var saved trainingJSON
	if err := strictjson.Unmarshal([]byte(meta[metaTraining]), &saved); err != nil {
		return errors.Wrapf(err, "metadata %s", metaTraining)
	}
	now, err := t.trainingSettings()
	if err != nil {
		return err
	}
	all, err := differ.Where("model", there.Model, here.Model)
	if err != nil {
		return err
	}
	pairs := map[string][2]any{"loss": {there.Loss, here.Loss}, "dtype": {there.Dtype, here.Dtype}}
	for name := range saved {
		pairs[name] = [2]any{saved[name], now[name]}
	}
	for name := range now {
		pairs[name] = [2]any{saved[name], now[name]}
	}
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		fields, err := differ.Where(name, pairs[name][0], pairs[name][1])
		if err != nil {
			return err
		}
		all = append(all, fields...)
	}
	return differ.Error(all)
}
