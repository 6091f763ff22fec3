package nodes

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// connections are weights [to, from] as they were declared, and as they are used.
type connections struct {
	param *gorgonia.Node // what is trained
	mask  *gorgonia.Node // 1 where there is a synapse, else 0; nil: all exist
	used  *gorgonia.Node // the product of the two, or param itself
}

// connect declares weights of that name, with a mask if c says which synapses exist.
func connect(p *graph.Params, name string, init graph.Initializer, c Connectivity, to, from int) (connections, error) {
	if c == nil {
		return connectBy(nil, p.Declare, name, "weight", init, to, from)
	}
	mask, err := p.DeclareFixed(name+"_mask", "mask", connected{c}, to, from)
	if err != nil {
		return connections{}, err
	}
	return connectBy(mask, p.Declare, name, "weight", init, to, from)
}

// connectBy declares weights with a mask that is there, or without one.
func connectBy(mask *gorgonia.Node, declare func(name, group string, init graph.Initializer, shape ...int) (*gorgonia.Node, error),
	name, group string, init graph.Initializer, to, from int) (w connections, err error) {
	if mask == nil {
		w.param, err = declare(name, group, init, to, from)
		return connections{param: w.param, used: w.param}, err
	}
	w.mask = mask
	exists, err := graph.Float64s(mask.Value())
	if err != nil {
		return w, err
	}
	if w.param, err = declare(name, group, existing{init, exists}, to, from); err != nil {
		return w, err
	}
	w.used, err = multiply(w.param, mask)
	return w, err
}

// connected is a Connectivity as the initialiser of a mask.
type connected struct{ Connectivity }

func (c connected) Init(rng *rand.Rand, shape tensor.Shape, dst []float64) error {
	exists := make([]bool, len(dst))
	if err := c.Connect(rng, shape[0], shape[1], exists); err != nil {
		return err
	}
	for i := range dst {
		if dst[i] = 0; exists[i] {
			dst[i] = 1
		}
	}
	return nil
}

// existing draws weights by another initialiser, and has those start at zero that have no synapse.
type existing struct {
	init   graph.Initializer
	exists []float64
}

func (e existing) Init(rng *rand.Rand, shape tensor.Shape, dst []float64) error {
	if err := e.init.Init(rng, shape, dst); err != nil {
		return err
	}
	for i, exists := range e.exists {
		if exists == 0 {
			dst[i] = 0
		}
	}
	return nil
}

// weights are connections as numbers.
type weights[F graph.Float] struct{ param, mask, used []F }

func weightsOf[F graph.Float](c connections) (w weights[F], err error) {
	if w.param, err = numbers[F](c.param); err != nil {
		return w, errors.Wrap(err, c.param.Name())
	}
	if c.mask == nil {
		return w, nil
	}
	if w.mask, err = numbers[F](c.mask); err != nil {
		return w, errors.Wrap(err, c.mask.Name())
	}
	w.used = make([]F, len(w.param))
	return w, nil
}

// now are the weights as they are used at this moment.
func (w weights[F]) now() []F {
	if w.mask == nil {
		return w.param
	}
	kernel.MulTo(w.used, w.param, w.mask)
	return w.used
}
