package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Save writes the network and all parameters of its scope, also those that were declared beside its own, to a
// safetensors file. A file that is there is replaced at once or not at all. [Load] reads it, and
// [train.LoadTask], with a loss.
func (n *Network) Save(path string) error {
	return train.SaveModel(path, n.config, n.params, train.Spec{Steps: 1, Features: n.config.In})
}

// Load declares the network of a file in g. The file was written by [Network.Save], or by a training, of which
// it holds the best epoch. Parameters of the file that are not the network's own are there as well, fixed until
// they are declared again. After an error there is no network, and g is as it was.
func Load(g *gorgonia.ExprGraph, path string) (*Network, error) {
	s, err := train.ReadModel(path)
	if err != nil {
		return nil, err
	}
	// First in a graph of its own, so that what is wrong leaves g alone.
	trial, err := load(gorgonia.NewGraph(), s)
	if err == nil {
		err = free(g, trial.params)
	}
	if err != nil {
		return nil, errors.Wrap(err, path)
	}
	n, err := load(g, s)
	return n, errors.Wrap(err, path)
}

// free is an error if g has a node with the name of a parameter.
func free(g *gorgonia.ExprGraph, p *graph.Params) error {
	if g == nil {
		return errors.New("there is no graph to declare the network in")
	}
	for _, q := range p.All() {
		if len(g.ByName(q.Name)) > 0 {
			return errors.Errorf("the graph has a node called %q already", q.Name)
		}
	}
	return nil
}

func load(g *gorgonia.ExprGraph, s *train.Saved) (*Network, error) {
	c, ok := s.Model.(SRNN)
	if !ok {
		return nil, errors.Errorf("the model is %T, want an SRNN", s.Model)
	}
	p, err := s.Params(g)
	if err != nil {
		return nil, err
	}
	n, err := c.Declare(p)
	if err != nil {
		return nil, err
	}
	if err := p.Adopt(); err != nil {
		return nil, err
	}
	return n, nil
}
