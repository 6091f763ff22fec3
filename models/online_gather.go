package models

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/tensor"
)

// gathering is a network that runs online, and what it has gathered of the gradients. [Online] and [OnlineRule]
// are made of it: they differ in who moves the parameters, and when.
type gathering struct {
	net    *Network
	run    stepper
	params []graph.Param   // that are trained
	grads  []*tensor.Dense // of each, see collect
}

// stepper is a network that runs online in either precision.
type stepper interface {
	begin(rng *rand.Rand) error
	step(x []float64) ([]float64, error)
	learn(target, share []float64) (float64, error)
	gradient(name string, to tensor.Tensor) error
	clear()
	spikes(layer int) []float64
}

// gather prepares the network for so many streams side by side.
func (n *Network) gather(batch int, l OnlineLoss, rate RateTarget) (*gathering, error) {
	if rate.Readout {
		return nil, errors.New("the readout's rate cannot be drawn to a target")
	}
	through, err := n.signals()
	if err != nil {
		return nil, err
	}
	g := &gathering{net: n, params: n.params.Trainable()}
	if n.config.Dtype == tensor.Float32 {
		g.run, err = newSteps[float32](n, batch, l, rate, through)
	} else {
		g.run, err = newSteps[float64](n, batch, l, rate, through)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range g.params {
		g.grads = append(g.grads, like(p))
	}
	return g, g.collect()
}

// like is room for what has the parameter's shape.
func like(p graph.Param) *tensor.Dense {
	return tensor.New(tensor.Of(p.Node.Dtype()), tensor.WithShape(p.Node.Shape()...))
}

// collect writes the gradients that have been accumulated into grads.
func (g *gathering) collect() error {
	for i, p := range g.params {
		if err := g.run.gradient(p.Name, g.grads[i]); err != nil {
			return err
		}
	}
	return nil
}

// signals reports whether the hidden layer learns through the readout's membrane potentials, and not
// from signals of the moment. Estimators that ask for what is not known in time are an error.
func (n *Network) signals() (through bool, err error) {
	set := func(layer string, has ops.Estimator, want string) error {
		return errors.Errorf("srnn: %s has the estimator %s, want %s", layer, estimatorName(has), want)
	}
	hidden, readout := n.config.Hidden, n.config.Readout.Layer
	for i, l := range hidden {
		eprop, local := traced(l.Estimator)
		switch {
		case i > 0 && !local:
			return false, set(layerName(i, len(hidden)+1), l.Estimator, "ops.EProp{Local: true}, as it is not the first hidden layer")
		case !eprop && (l.Recurrent || !exact(l.Estimator)):
			return false, set(layerName(i, len(hidden)+1), l.Estimator, "ops.EProp{}")
		}
	}
	eprop, local := traced(readout.Estimator)
	switch {
	case local:
		return false, nil
	case !eprop && !exact(readout.Estimator):
		return false, set("readout", readout.Estimator, "ops.EProp{Local: true}")
	case len(hidden) > 1:
		return false, set("readout", readout.Estimator, "ops.EProp{Local: true}, as there are several hidden layers")
	case len(hidden) == 1 && !n.readout.Integrates():
		return false, set("readout", readout.Estimator, "ops.EProp{Local: true}, as its cell is not LI")
	}
	return len(hidden) == 1, nil
}

// traced reports whether an estimator takes the ways of e-prop, and whether it is local.
func traced(e ops.Estimator) (eprop, local bool) {
	p := ops.PathsOf(e)
	eprop = p.Cut && p.Piece == 0
	return eprop, eprop && p.Local
}

// exact reports whether an estimator takes all ways, as BPTT does.
func exact(e ops.Estimator) bool { return ops.PathsOf(e) == (ops.Paths{}) }

// estimatorName is how messages call an estimator.
func estimatorName(e ops.Estimator) string {
	if e == nil {
		e = ops.BPTT{}
	}
	text, err := ops.MarshalEstimator(e)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
