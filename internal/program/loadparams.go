package program

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/differ"
	"github.com/srnn-go/srnn/models/train"
)

// LoadParams reads the parameters of a checkpoint whose network is written as want is, and refuses another
// network.
func LoadParams(path string, want any) (*graph.Params, error) {
	net, err := train.Load(path)
	if err != nil {
		return nil, err
	}
	fields, err := differ.Where("network", net.Model(), want)
	if err == nil {
		err = differ.Error(fields)
	}
	if err != nil {
		return nil, errors.Wrapf(err, "%s: is of another network", path)
	}
	return net.Params(), nil
}
