package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Residual is a connection that skips layers, the element-wise function g of the spike-element-wise
// residual networks of Fang et al. 2021, between what the layers make of their input and the input
// itself.
type Residual struct {
	Kind ResidualKind `json:"kind,omitempty"`
}

// ResidualKind is one of the functions of Fang et al. 2021.
type ResidualKind string

const (
	// Add is branch + shortcut. The sum of two spikes is 2, so that the result is numbers; it is the one for
	// currents and potentials too. The empty kind stands for it. A branch that is silent leaves the
	// shortcut as it is.
	Add ResidualKind = "add"

	// And is branch · shortcut: a spike where both spike.
	And ResidualKind = "and"

	// IAnd is (1 − branch) · shortcut: the spikes of the shortcut where the branch is silent. A branch that
	// is silent leaves the shortcut as it is.
	IAnd ResidualKind = "iand"
)

// Apply joins two sequences of one shape [T, batch, units]: of the layers that are skipped, and of what
// skips them.
func (r Residual) Apply(branch, shortcut *gorgonia.Node) (*gorgonia.Node, error) {
	n, err := r.apply(branch, shortcut)
	return n, graph.Wrapf(err, "residual connection")
}

func (r Residual) apply(branch, shortcut *gorgonia.Node) (*gorgonia.Node, error) {
	if err := firstOf(wantSequence("the branch", "units", branch), wantSequence("the shortcut", "units", shortcut)); err != nil {
		return nil, err
	}
	if !graph.SameShape(branch.Shape(), shortcut.Shape()) {
		return nil, errors.Errorf("the branch (%s) has shape %v and the shortcut (%s) %v, want one shape",
			branch.Name(), branch.Shape(), shortcut.Name(), shortcut.Shape())
	}
	a, s := graph.Of(branch), graph.Of(shortcut)
	switch r.Kind {
	case "", Add:
		return a.Add(s).Node()
	case And:
		return a.Mul(s).Node()
	case IAnd:
		return a.OneMinus().Mul(s).Node()
	}
	return nil, errors.Errorf("is of unknown kind %q, want %q, %q or %q", r.Kind, Add, And, IAnd)
}
