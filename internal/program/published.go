package program

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Torch says whether a file has weights from elsewhere: by its name, those of PyTorch, Lightning, pickles and NumPy, and
// safetensors that are no network of ours.
func Torch(path string) bool {
	switch filepath.Ext(path) {
	case ".pth", ".pt", ".ckpt", ".bin", ".tar", ".pkl", ".pickle", ".npz":
		return true
	case ".safetensors":
		_, err := os.Stat(path)
		return err == nil && !train.IsNetwork(path)
	}
	return false
}

// ReadWeights reads the state dict of a file of weights from elsewhere. The tensors have the names that names gives for
// the parameters of networks. Which of several state dicts it is, and what the file calls the tensors otherwise, is
// printed. Where it is not clear which is meant, it is the one that has most of the names, if that is one.
func ReadWeights(path string, names ...map[string]string) (models.StateDict, error) {
	var wanted []string
	for _, n := range names {
		wanted = slices.AppendSeq(wanted, maps.Values(n))
	}
	contents, err := models.Inspect(path)
	if err != nil {
		return nil, err
	}
	at := contents.Default
	if at == "" {
		at = holding(contents, wanted)
	}
	s, err := models.ReadStateDict(path, models.At(at))
	if err != nil {
		return nil, err
	}
	s, prefix, err := s.Fit(wanted...)
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	if n := len(contents.Collections); n > 1 {
		fmt.Printf("%s: read %.200s, one of %d dicts, lists or modules that hold tensors\n", path, at, n)
	}
	if prefix != "" {
		fmt.Printf("%s: the prefix %.80q of the tensors' names is left out\n", path, prefix)
	}
	return s, nil
}

// holding is the path of the collection that has most of the names that are wanted; it is empty if several have as many.
func holding(c models.Contents, wanted []string) (path string) {
	most := 0
	for _, d := range c.Collections {
		s := models.StateDict{}
		for _, t := range d.Tensors {
			s[t.Name] = models.StateTensor{}
		}
		fit, _, err := s.Fit(wanted...)
		if err != nil {
			continue
		}
		n := 0
		for _, name := range wanted {
			if _, ok := fit[name]; ok {
				n++
			}
		}
		if n > most {
			path, most = d.Path, n
		} else if n == most {
			path = ""
		}
	}
	return path
}

// Published is a network of a task with the parameters of a state dict, of which names gives the tensor for
// each parameter. It tells which parameters have none, and keep their initial values.
func Published(task train.Task[*models.Output], s models.StateDict, names map[string]string, spec train.Spec, seed uint64) (net *train.Network, missing []string, err error) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, seed)
	if err != nil {
		return nil, nil, err
	}
	if net, err = train.NewNetwork(task, p, spec, seed); err != nil {
		return nil, nil, err
	}
	n, err := models.Of(net)
	if err != nil {
		return nil, nil, err
	}
	missing, err = n.LoadStateDict(s, names)
	return net, missing, err
}
