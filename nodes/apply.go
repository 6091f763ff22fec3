package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Apply declares the layer in a scope of that name, for as many inputs as x [T, batch, in] has, and runs it on x: what
// a model does that uses a layer once. See [Layer.Declare] and [Neurons.Forward] for one that is run more often.
func (l Layer) Apply(p *graph.Params, name string, x *gorgonia.Node) (*Activity, error) {
	if x == nil || x.Dims() != 3 {
		return nil, errors.Errorf("srnn: %s: x is no sequence, want [T, batch, in]", p.Name(name))
	}
	n, err := l.Declare(p, name, x.Shape()[2])
	if err != nil {
		return nil, err
	}
	return n.Forward(x)
}
