package models

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"gorgonia.org/gorgonia"
)

// Keys of a checkpoint's metadata, and the names of what it holds besides the parameters.
const (
	metaConfig   = "srnn.config"
	metaTraining = "srnn.training"
	prefixLast   = "last/"   // parameters after the last epoch
	prefixSolver = "solver/" // the solver's state
)

// Save writes the parameters to a safetensors file, with the configuration in its metadata.
func (n *Network) Save(path string) error {
	tensors := n.tensors(valuesOf(n.params), "")
	meta, err := n.metadata()
	if err != nil {
		return err
	}
	return tensorfile.WriteSafetensors(path, tensors, meta)
}

// Load declares the network of a checkpoint, written by [Network.Save] or [Trainer.Save], in g.
func Load(g *gorgonia.ExprGraph, path string) (*Network, error) {
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return nil, err
	}
	config, ok := meta[metaConfig]
	if !ok {
		return nil, errors.Errorf("%s: metadata have no %s: not a checkpoint of this module", path, metaConfig)
	}
	var c SRNN
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return nil, errors.Wrapf(err, "%s: metadata %s", path, metaConfig)
	}
	if err := c.check(tensors); err != nil {
		return nil, errors.Wrapf(err, "%s: metadata %s", path, metaConfig)
	}
	n, err := NewSRNN(g, c)
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	return n, errors.Wrap(n.set(tensors), path)
}

// check compares the sizes in a configuration with the weights that came with it, before any
// memory is taken for them: a file may state whatever sizes it likes.
func (c SRNN) check(tensors []tensorfile.Tensor) error {
	shapes := map[string][]int{}
	for _, t := range tensors {
		shapes[t.Name] = t.Shape
	}
	in := c.In
	for i, l := range append(slices.Clone(c.Hidden), c.Readout.Layer) {
		name := fmt.Sprintf("layer%d", i)
		if i == len(c.Hidden) {
			name = "readout"
		}
		want := map[string][]int{}
		scopes := []string{name}
		if l.Bidirectional {
			scopes = []string{name + ".forward", name + ".backward"}
		}
		for _, scope := range scopes {
			want[scope+".w_in"] = []int{l.Units, in}
			if l.Recurrent {
				want[scope+".w_rec"] = []int{l.Units, l.Units}
			}
		}
		for _, w := range slices.Sorted(maps.Keys(want)) {
			if got, ok := shapes[w]; !ok || !slices.Equal(got, want[w]) {
				return errors.Errorf("%s has %d units on %d inputs, but the tensor %s has shape %v", name, l.Units, in, w, got)
			}
		}
		in = l.Outputs()
	}
	return nil
}

// set takes the parameters from a checkpoint's tensors.
func (n *Network) set(tensors []tensorfile.Tensor) error {
	return setAll(n.params, slices.DeleteFunc(slices.Clone(tensors), func(t tensorfile.Tensor) bool {
		return strings.HasPrefix(t.Name, prefixLast) || strings.HasPrefix(t.Name, prefixSolver)
	}))
}

// tensors are parameter values as they are saved, with a prefix to their names.
func (n *Network) tensors(values map[string][]float64, prefix string) []tensorfile.Tensor {
	dtype := "F32"
	if n.config.Dtype.Size() == 8 {
		dtype = "F64"
	}
	var out []tensorfile.Tensor
	for _, p := range n.params.All() {
		out = append(out, tensorfile.Tensor{Name: prefix + p.Name, Shape: p.Node.Shape().Clone(), DType: dtype, Data: values[p.Name]})
	}
	return out
}

func (n *Network) metadata() (map[string]string, error) {
	config, err := json.Marshal(n.config)
	if err != nil {
		return nil, graph.Wrapf(err, "the network cannot be saved")
	}
	return map[string]string{metaConfig: string(config)}, nil
}

// trainingJSON is what a checkpoint says of the training.
type trainingJSON struct {
	trainingSettings
	History []Epoch `json:"history"`
}

// trainingSettings are what a training can only be resumed with if it began with them.
type trainingSettings struct {
	Examples   int     `json:"examples"`
	Batch      int     `json:"batch"`
	Validation float64 `json:"validation"`
	Seed       uint64  `json:"seed"`
	Terms      string  `json:"regularizers,omitempty"`
	SubSteps   int     `json:"sub_steps,omitempty"`
}

func (t *Trainer) settings() trainingSettings {
	return trainingSettings{Examples: t.data.Len(), Batch: t.fit.Batch, Validation: t.fit.Validation, Seed: t.fit.Seed, Terms: describe(t.fit.Regularizers), SubSteps: t.fit.SubSteps}
}

// Save writes a checkpoint: the parameters of the best epoch, which [Load] reads, and all that
// [Trainer.Resume] needs to go on after the last one.
func (t *Trainer) Save(path string) error {
	meta, err := t.net.metadata()
	if err != nil {
		return err
	}
	training, err := json.Marshal(trainingJSON{t.settings(), t.history})
	if err != nil {
		return graph.Wrapf(err, "the training cannot be saved")
	}
	meta[metaTraining] = string(training)
	tensors := append(t.net.tensors(t.chosen, ""), t.net.tensors(t.last, prefixLast)...)
	for _, key := range slices.Sorted(maps.Keys(t.solver)) {
		x := t.solver[key]
		tensors = append(tensors, tensorfile.Tensor{Name: prefixSolver + key, Shape: []int{len(x)}, DType: "F64", Data: x})
	}
	return tensorfile.WriteSafetensors(path, tensors, meta)
}

// Resume goes back to where the training of a checkpoint stood after its last epoch. What
// follows is, bit for bit, what would have followed there. The network, the data, the solver
// and the settings must be the same; only the number of epochs and the patience may differ.
func (t *Trainer) Resume(path string) error {
	return errors.Wrapf(t.resume(path), "%s: cannot resume", path)
}

func (t *Trainer) resume(path string) error {
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return err
	}
	want, err := t.net.metadata()
	if err != nil {
		return err
	}
	if meta[metaTraining] == "" {
		return errors.New("the checkpoint holds no training")
	}
	if meta[metaConfig] != want[metaConfig] {
		return errors.Errorf("the network there is %s, here %s", meta[metaConfig], want[metaConfig])
	}
	var saved trainingJSON
	if err := json.Unmarshal([]byte(meta[metaTraining]), &saved); err != nil {
		return errors.Wrapf(err, "metadata %s", metaTraining)
	}
	if there, here := saved.trainingSettings, t.settings(); there != here {
		return errors.Errorf("the training there has %+v, here %+v", there, here)
	}
	solver, ok := t.fit.Solver.(statefulSolver)
	if !ok {
		return errors.Errorf("a solver %T cannot be resumed: it has no State and Restore", t.fit.Solver)
	}
	best := -1
	history := saved.History
	for i, e := range history {
		if e.Epoch != i+1 || !graph.Finite(e.Loss) {
			return errors.Errorf("metadata %s: epoch %d of the history is not sound", metaTraining, i+1)
		}
		if e.Best {
			best = i
		}
	}
	if best < 0 {
		return errors.Errorf("metadata %s: the history has no best epoch", metaTraining)
	}

	before := valuesOf(t.net.params)
	var last []tensorfile.Tensor
	state := map[string][]float64{}
	for _, x := range tensors {
		if name, ok := strings.CutPrefix(x.Name, prefixLast); ok {
			x.Name = name
			last = append(last, x)
		} else if name, ok := strings.CutPrefix(x.Name, prefixSolver); ok {
			state[name] = x.Data
		}
	}
	err = t.net.set(tensors)
	chosen := valuesOf(t.net.params)
	if err == nil {
		err = t.net.set(last)
	}
	if err == nil {
		err = solver.Restore(state)
	}
	if err != nil { // everything is as it was
		if e := restore(t.net.params, before); e != nil {
			return e
		}
		return err
	}
	t.last, t.solver, t.chosen = valuesOf(t.net.params), solver.State(), chosen
	t.history, t.best = history, &history[best]
	return restore(t.net.params, chosen)
}
