package models

import (
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// OnlineConfig are the settings of learning online, see [Network.Online].
type OnlineConfig struct {
	Batch int        // streams that run side by side; default 1
	Loss  OnlineLoss // default OnlineCrossEntropy

	// Solver moves the parameters whenever Every steps have been made: at the first Learn from then on.
	// With 1, it does so at every step that is learnt from. With 0 it only does so when Apply is called,
	// as after each sequence. Without a solver gradients are accumulated, and can be read.
	Solver gorgonia.Solver
	Every  int

	// Rate, where it has a weight, draws the firing rates of the hidden layers to a target. The rate of a
	// neuron is the mean over the batch and over the steps of the sequence so far. The gradient is that
	// of the penalty for the steps that are accumulated: where a sequence is accumulated as a whole, it
	// is that of RateTarget. The penalty on a layer does not reach the layers below. The readout cannot
	// be drawn.
	Rate RateTarget
}

// Online is a network that learns while it runs, one time step after the other, by e-prop (Bellec et
// al. 2020): with eligibility traces, which each synapse carries forward, and learning signals of the
// moment, see [nodes.Eligibility]. Nothing is kept of the past but that; memory does not grow, however
// long the stream is.
//
// Each step is Step, and Learn where there is a target. Accumulated over a sequence, the gradients are
// those of the same network as a graph, with the estimators of its layers:
//
//   - Recurrent hidden layers have ops.EProp.
//   - With one hidden layer and a readout of LI neurons, the gradient of the readout is exact. The
//     traces are filtered as the readout filters spikes.
//   - With ops.EProp{Local: true} as the readout's estimator, the hidden layer learns from what its
//     spikes do to the readout at the same step, whatever neurons that has. Nothing is filtered.
//   - Several hidden layers learn from signals of the moment: the readout and the hidden layers from the
//     second on have ops.EProp{Local: true}.
//
// Learning signals go back through the feedback weights of a layer where it has them, see
// [nodes.Feedback].
//
// After an error of Step or Learn, the network is as it was before the call; a Step can be tried again
// with other inputs. An Online is for one goroutine at a time, and nothing else may change the
// parameters during a call.
type Online struct {
	*gathering
	config OnlineConfig
	share  []float64       // of each example in the mean
	steps  int             // of this sequence
	since  int             // steps since the solver's last
	made   bool            // the last Step was without error
	fresh  bool            // Learn has not been called for it
	learnt bool            // there is something for the solver
	before []*tensor.Dense // what the parameters were before the solver's step
}

// Online prepares the network for learning online, in its initial state. Random initial states are
// drawn from the network's seed, until Reset.
func (n *Network) Online(c OnlineConfig) (*Online, error) {
	o, err := n.online(c)
	return o, graph.Wrapf(err, "online")
}

func (n *Network) online(c OnlineConfig) (*Online, error) {
	if c.Batch == 0 {
		c.Batch = 1
	}
	if c.Loss == nil {
		c.Loss = OnlineCrossEntropy{}
	}
	switch {
	case c.Batch < 0:
		return nil, errors.Errorf("batch is %d", c.Batch)
	case c.Every < 0:
		return nil, errors.Errorf("every is %d steps", c.Every)
	case c.Every > 0 && c.Solver == nil:
		return nil, errors.Errorf("parameters are to move every %d steps, but there is no solver", c.Every)
	}
	if err := n.params.CheckFinite(); err != nil {
		return nil, err
	}
	g, err := n.gather(c.Batch, c.Loss, c.Rate)
	if err != nil {
		return nil, err
	}
	o := &Online{gathering: g, config: c, share: slices.Repeat([]float64{1 / float64(c.Batch)}, c.Batch)}
	for _, p := range o.params {
		o.before = append(o.before, like(p))
	}
	return o, o.run.begin(graph.Stream(n.params.Seed(), "online"))
}

// Step runs one time step on x [batch, in], and returns what the readout gives, [batch, out]: its
// membrane potential or, with AdpSpike, its spikes. That is valid until the next Step.
func (o *Online) Step(x []float64) ([]float64, error) {
	o.made, o.fresh = false, false
	y, err := o.run.step(x)
	if err != nil {
		return nil, graph.Wrapf(err, "online: step %d", o.steps+1)
	}
	o.made, o.fresh = true, true
	o.steps++
	o.since++
	return y, nil
}

// Learn learns from a target for what the last Step gave, and returns the loss: the sum over the
// examples, divided by their number. The targets of all examples stand one after the other, as the
// loss wants them.
func (o *Online) Learn(target []float64) (float64, error) {
	if !o.fresh {
		return 0, errors.New("srnn: online: Learn wants a Step before, once for each")
	}
	loss, err := o.run.learn(target, o.share)
	if err != nil {
		return 0, graph.Wrapf(err, "online: step %d", o.steps)
	}
	o.fresh, o.learnt = false, true
	if o.config.Every > 0 && o.since >= o.config.Every {
		err = o.Apply()
	}
	return loss, err
}

// Apply hands the gradients that were accumulated to the solver, and clears them. Without any, it
// does nothing. If a gradient is not finite, or a parameter would not be, the parameters are left as
// they were, and the gradients are dropped.
func (o *Online) Apply() error {
	return graph.Wrapf(o.apply(), "online: after step %d", o.steps)
}

func (o *Online) apply() error {
	if o.config.Solver == nil {
		return errors.New("there is no solver")
	}
	if !o.learnt && (o.config.Rate.Weight == 0 || o.since == 0) {
		return nil
	}
	defer o.clear()
	if err := o.collect(); err != nil {
		return err
	}
	model := make([]gorgonia.ValueGrad, len(o.params))
	for i, p := range o.params {
		if !graph.Finite(graph.SumOfSquares(o.grads[i])) {
			if what, found := graph.NotFinite("the gradient of "+p.Name, o.grads[i]); found {
				return errors.New(what)
			}
			return errors.Errorf("the gradient of %s is too large: its norm overflows", p.Name)
		}
		if err := tensor.Copy(o.before[i], p.Node.Value().(tensor.Tensor)); err != nil {
			return err
		}
		model[i] = p.WithGradient(o.grads[i])
	}
	err := o.config.Solver.Step(model)
	if err == nil {
		err = graph.Wrapf(o.net.params.CheckFinite(), "after the solver's step")
	}
	if err == nil {
		o.net.params.Project()
		return nil
	}
	for i, p := range o.params {
		if e := tensor.Copy(p.Node.Value().(tensor.Tensor), o.before[i]); e != nil {
			return errors.Wrapf(e, "after %v", err)
		}
	}
	return err
}

// clear drops the gradients.
func (o *Online) clear() {
	o.run.clear()
	o.since, o.learnt = 0, false
}

// Reset begins another sequence: the network is in its initial state, of which random values are drawn
// from rng, and traces are zero. Gradients that were accumulated stay. Rng may be nil where there is
// nothing random.
func (o *Online) Reset(rng *rand.Rand) error {
	if err := o.run.begin(rng); err != nil {
		return graph.Wrapf(err, "online: reset")
	}
	o.steps, o.made, o.fresh = 0, false, false
	return nil
}

// Steps is the number of steps of this sequence so far.
func (o *Online) Steps() int { return o.steps }

// Gradient is what has been accumulated of the gradient of the parameter of that full name, as a copy
// in its layout.
func (o *Online) Gradient(name string) ([]float64, error) {
	for i, p := range o.params {
		if p.Name == name {
			if err := o.run.gradient(name, o.grads[i]); err != nil {
				return nil, err
			}
			return graph.Float64s(o.grads[i])
		}
	}
	return nil, errors.Errorf("srnn: online: no trainable parameter %s", name)
}

// Spikes are those of a hidden layer in the last Step, [batch, units], as a copy.
func (o *Online) Spikes(layer int) ([]float64, error) {
	if layer < 0 || layer >= len(o.net.hidden) {
		return nil, errors.Errorf("srnn: online: no hidden layer %d, there are %d", layer, len(o.net.hidden))
	}
	if !o.made {
		return nil, errors.New("srnn: online: there was no step yet, or the last one failed")
	}
	return o.run.spikes(layer), nil
}
