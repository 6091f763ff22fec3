package optim

import (
	"path"

	"github.com/pkg/errors"
)

// Names selects parameters by patterns of [path.Match]: "readout.tau_m", "layer*.tau_*",
// "*.tau_m". Each pattern must match at least one parameter, lest a misspelt one go unnoticed.
type Names []string

// check refuses to select nothing.
func (n Names) check() error {
	if len(n) == 0 {
		return errors.New("no Names given")
	}
	return nil
}

// mark sets named for the leaves that match at least one pattern; for all leaves, if there are no
// patterns.
func (n Names) mark(leaves []*Leaf) error {
	for _, l := range leaves {
		l.named = len(n) == 0
	}
	for _, pattern := range n {
		found := false
		for _, l := range leaves {
			ok, err := path.Match(pattern, l.Name)
			if err != nil {
				return errors.Errorf("pattern %q is malformed", pattern)
			}
			if ok {
				found, l.named = true, true
			}
		}
		if !found {
			return errors.Errorf("no parameter has a name like %q", pattern)
		}
	}
	return nil
}
