package train

import (
	"encoding/json"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/strictjson"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// SaveModel writes a model's parameters, those of the scope of p, and what the model is to a safetensors file,
// which [ReadModel] and [LoadTask] read. It is for models that are in a graph of your own; those that are
// trained are saved by [Network.Save]. Spec is that of data which the model can run on.
func SaveModel(path string, model any, p *graph.Params, spec Spec) error {
	if err := p.CheckFinite(); err != nil {
		return err
	}
	j, err := describeModel(model, p, spec)
	if err != nil {
		return err
	}
	meta, err := j.metadata()
	if err != nil {
		return err
	}
	tensors := tensorsOf(p, valuesOf(p), "")
	for i := range tensors { // a scope is where the model lies, and not what it is
		tensors[i].Name = strings.TrimPrefix(tensors[i].Name, p.Name(""))
	}
	return tensorfile.WriteSafetensors(path, tensors, meta)
}

// describeModel is what a file says of a model.
func describeModel(model any, p *graph.Params, spec Spec) (j networkJSON, err error) {
	j = networkJSON{Format: format, Data: spec, Dtype: p.Dtype().Name(), Seed: p.Seed()}
	if j.Model, err = models.save(model); err != nil {
		return j, err
	}
	for _, q := range p.All() {
		if name := strings.TrimPrefix(q.Name, p.Name("")); ofTraining(name) {
			return j, errors.Errorf("srnn: the parameter %s cannot be saved: names that begin with %s, %s or %s are taken",
				q.Name, prefixLast, prefixSolver, prefixHistory)
		}
	}
	return j, nil
}

// ofTraining tells whether a tensor of a file is no parameter of the network, but what a training goes on from.
func ofTraining(name string) bool {
	return strings.HasPrefix(name, prefixLast) || strings.HasPrefix(name, prefixSolver) || strings.HasPrefix(name, prefixHistory)
}

func (j networkJSON) metadata() (map[string]string, error) {
	text, err := json.Marshal(j)
	return map[string]string{metaNetwork: string(text)}, err
}

// Saved is what a file holds of a model.
type Saved struct {
	Model any // of the type that was registered
	Dtype tensor.Dtype
	Seed  uint64                 // that the parameters were drawn from
	Given map[string]graph.Given // the parameters, by their names

	network networkJSON
}

// Params are parameters in g that take their values from the file. Once the model has been declared in them,
// [graph.Params.Adopt] has those too that do not belong to it.
func (s *Saved) Params(g *gorgonia.ExprGraph) (*graph.Params, error) {
	return graph.NewGivenParams(g, s.Dtype, s.Seed, s.Given)
}

// ReadModel reads the model, which must be registered, from a file that [SaveModel], [Network.Save] or
// [Trainer.Save] wrote; of a training, with the parameters of its best epoch.
func ReadModel(path string) (*Saved, error) {
	s, err := readSaved(path)
	if err != nil {
		return nil, err
	}
	if s.Model, err = models.load(s.network.Model); err != nil {
		return nil, errors.Wrap(err, path)
	}
	return s, nil
}

// IsNetwork tells whether a file is one of safetensors whose metadata say that it holds a network of this module, and
// not weights from elsewhere. Whether they can be read is another question.
func IsNetwork(path string) bool {
	_, meta, err := tensorfile.ReadSafetensors(path)
	_, is := meta[metaNetwork]
	return err == nil && is
}

// readSaved reads all but the model itself.
func readSaved(path string) (*Saved, error) {
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return nil, err
	}
	s := &Saved{Given: map[string]graph.Given{}}
	if err := s.describe(meta); err != nil {
		return nil, errors.Wrap(err, path)
	}
	for _, t := range tensors {
		if !ofTraining(t.Name) {
			values, err := t.Float64s()
			if err != nil {
				return nil, errors.Wrap(err, path)
			}
			s.Given[t.Name] = graph.Given{Shape: t.Shape, Values: values}
		}
	}
	return s, nil
}

// describe reads what the metadata of a file say.
func (s *Saved) describe(meta map[string]string) error {
	if err := parseNetwork(meta, &s.network); err != nil {
		return err
	}
	s.Seed = s.network.Seed
	switch s.network.Dtype {
	case tensor.Float32.Name():
		s.Dtype = tensor.Float32
	case tensor.Float64.Name():
		s.Dtype = tensor.Float64
	default:
		return errors.Errorf("dtype is %q, want %v or %v", s.network.Dtype, tensor.Float32, tensor.Float64)
	}
	return nil
}

// parseNetwork reads what a file says of a network.
func parseNetwork(meta map[string]string, j *networkJSON) error {
	text, ok := meta[metaNetwork]
	if !ok {
		return errors.Errorf("metadata have no %s: not a checkpoint of this module", metaNetwork)
	}
	if err := strictjson.Check([]byte(text)); err != nil {
		return errors.Wrapf(err, "metadata %s", metaNetwork)
	}
	// What a newer format has to say, only a newer version can read.
	var of struct{ Format *int }
	err := json.Unmarshal([]byte(text), &of)
	switch {
	case err != nil:
		return errors.Wrapf(err, "metadata %s", metaNetwork)
	case of.Format == nil:
		return errors.Errorf("metadata %s: there is no format", metaNetwork)
	case *of.Format > format:
		return errors.Errorf("the format is %d, and this version of the module reads up to %d: read it with a newer one", *of.Format, format)
	case *of.Format < 1:
		return errors.Errorf("the format is %d, want 1 to %d", *of.Format, format)
	}
	return errors.Wrapf(strictjson.Unmarshal([]byte(text), j), "metadata %s", metaNetwork)
}
