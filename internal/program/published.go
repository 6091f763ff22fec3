package program

import (
	"path/filepath"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Torch says whether the name of a file is that of PyTorch's files.
func Torch(path string) bool {
	ext := filepath.Ext(path)
	return ext == ".pth" || ext == ".pt"
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
