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
// the parameters of networks. What the file calls them otherwise, or which of several state dicts it is, is printed.
func ReadWeights(path string, names ...map[string]string) (models.StateDict, error) {
	s, err := models.ReadStateDict(path)
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, n := range names {
		wanted = slices.AppendSeq(wanted, maps.Values(n))
	}
	s, prefix, err := s.Fit(wanted...)
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	if prefix != "" {
		fmt.Printf("%s: the prefix %.80q of the tensors' names is left out\n", path, prefix)
	}
	contents, err := models.Inspect(path)
	if err != nil {
		return nil, err
	}
	if n := len(contents.Collections) - 1; n > 0 {
		fmt.Printf("%s: read %.200s, one of %d that hold tensors\n", path, contents.Default, n+1)
	}
	return s, nil
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
