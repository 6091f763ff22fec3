package program

import (
	"encoding/json"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
)

// LoadParams reads the parameters of a checkpoint whose network is written as want is, and refuses another
// network.
func LoadParams(path string, want any) (*graph.Params, error) {
	net, err := train.Load(path)
	if err != nil {
		return nil, err
	}
	a, err := json.Marshal(net.Model())
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(want)
	if err != nil {
		return nil, err
	}
	if string(a) != string(b) {
		return nil, errors.Errorf("%s: is of another network, %s, want %s", path, a, b)
	}
	return net.Params(), nil
}
