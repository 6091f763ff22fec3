package optim

import (
	"path"

	"github.com/pkg/errors"
)

// Names selects parameters by patterns of [path.Match]: "readout.tau_m", "layer*.tau_*",
// "*.tau_m". Each pattern must match at least one parameter, lest a misspelt one go unnoticed.
type Names []string

// of returns the leaves that match at least one pattern.
func (n Names) of(leaves []*Leaf) ([]*Leaf, error) {
	if len(n) == 0 {
		return nil, errors.New("no Names given")
	}
	selected := make([]bool, len(leaves))
	for _, pattern := range n {
		found := false
		for i, l := range leaves {
			ok, err := path.Match(pattern, l.Name)
			if err != nil {
				return nil, errors.Errorf("pattern %q is malformed", pattern)
			}
			if ok {
				found, selected[i] = true, true
			}
		}
		if !found {
			return nil, errors.Errorf("no parameter has a name like %q", pattern)
		}
	}
	var out []*Leaf
	for i, l := range leaves {
		if selected[i] {
			out = append(out, l)
		}
	}
	return out, nil
}
