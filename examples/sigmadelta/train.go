package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// rateWeight is that of spikes in excess, see loss. The logarithm of the error falls by 2 at most where the
// logarithm of the rate rises by 1, as the error is in proportion to the distance of spikes: with more
// weight than that, no spike in excess pays.
const rateWeight = 5

// trainer trains an encoder on signals of all amplitudes at once.
type trainer struct {
	*settings
	params            *graph.Params
	loss, error, rate *gorgonia.Node // scalars; the mean logarithm of relative errors; Hz
	reciprocal        *gorgonia.Node // 1/budget of the rate, 1/Hz
	machine           *graph.Machine
	solver            *optim.Solver
}

// history is how a training went, iteration by iteration, before each step.
type history struct {
	loss, snr, rate []float64 // mean SNR of all amplitudes to train on, dB; their mean rate, Hz
	budget          float64   // rate of the encoder before training, Hz
	best            int       // iteration that was kept
	spent           time.Duration
}

func (s *settings) newTrainer(start encoder) (*trainer, error) {
	t := &trainer{settings: s}
	var err error
	if t.params, err = graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0); err != nil {
		return nil, err
	}
	n, err := s.declare(t.params, start)
	if err != nil {
		return nil, err
	}
	values := batch(s.train, s.trainAmplitudes, 1)
	x := t.input("signal", values)
	code, err := n.Code(x)
	if err != nil {
		return nil, err
	}
	if err := t.declareLoss(x, code); err != nil {
		return nil, err
	}
	gradients, err := gorgonia.Grad(t.loss, t.params.Nodes()...)
	if err != nil {
		return nil, err
	}
	if t.machine, err = graph.NewMachine(append(gradients, t.loss, t.error, t.rate)...); err != nil {
		return nil, err
	}
	chain := []optim.Transform{optim.ScaleByAdam{}, optim.LearningRate{Schedule: optim.Cosine{Rate: s.LR, Steps: s.Iterations}}}
	var bounds []optim.Transform
	for _, q := range t.params.All() {
		// The rate is a share of the parameter, whatever its unit.
		name, size := optim.Names{q.Name}, mean(q.Values())
		chain = append(chain, optim.GroupRate{Names: name, Factor: size})
		bounds = append(bounds, optim.AtLeast{Names: name, Min: 1e-3 * size})
	}
	t.solver = optim.New(append(chain, bounds...)...)
	return t, nil
}

// input is a tensor in the graph.
func (t *trainer) input(name string, v *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(t.params.Graph(), tensor.Float32, v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// declareLoss adds
//
//	mean_b log(Σ_t (x−ŝ)² / Σ_t (x−x̄)²) + rateWeight · max(0, rate/budget − 1)
//
// over the steps t that are measured. The logarithm is that of the relative error, up to a factor the SNR
// in dB: an amplitude that is a hundred times smaller counts as much as any other. The budget is what the
// rate is before training; it takes the spikes of all amplitudes together.
func (t *trainer) declareLoss(x *gorgonia.Node, code *nodes.SigmaDeltaCode) error {
	steps, width := x.Shape()[0], x.Shape()[1]
	weights, measured := make([]float32, steps*width), make([]float32, steps)
	for at := t.settle; at < steps; at++ {
		measured[at] = float32(1000 / (t.Dt * float64((steps-t.settle)*width)))
		for a, amplitude := range t.trainAmplitudes {
			for k, w := range t.train {
				power := amplitude * amplitude * variance(w[t.settle:]) * float64(steps-t.settle)
				weights[at*width+a*len(t.train)+k] = float32(1 / power)
			}
		}
	}
	squares := graph.Of(x).Sub(graph.Of(code.Reconstruction)).Square().
		Mul(graph.Of(t.input("weights", tensor.New(tensor.WithShape(steps, width, 1), tensor.WithBacking(weights))))).
		Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n, steps, width) })
	relative := squares.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n, 0) })
	const least = 1e-12 // no amplitude is coded without an error, but the logarithm must be finite
	logarithm := relative.Plus(least).Map(gorgonia.Log).Map(overall(gorgonia.Mean))
	rate := graph.Of(code.Spikes).
		Mul(graph.Of(t.input("measured", tensor.New(tensor.WithShape(steps, 1, 1), tensor.WithBacking(measured))))).
		Map(overall(gorgonia.Sum))
	t.reciprocal = gorgonia.NewScalar(t.params.Graph(), tensor.Float32, gorgonia.WithName("1/budget"), gorgonia.WithValue(float32(0)))
	loss := logarithm.Add(rate.Mul(graph.Of(t.reciprocal)).Plus(-1).Map(gorgonia.Rectify).Times(rateWeight))
	for _, n := range []struct {
		to *(*gorgonia.Node)
		of graph.Expr
	}{{&t.error, logarithm}, {&t.rate, rate}, {&t.loss, loss}} {
		node, err := n.of.Node()
		if err != nil {
			return err
		}
		*n.to = node
	}
	return nil
}

// overall is a reduction over all axes.
func overall(reduce func(n *gorgonia.Node, along ...int) (*gorgonia.Node, error)) func(*gorgonia.Node) (*gorgonia.Node, error) {
	return func(n *gorgonia.Node) (*gorgonia.Node, error) { return reduce(n) }
}

// evaluate runs the encoder and its gradient on the signals to train on. The first time sets the budget.
func (t *trainer) evaluate(h *history) (loss float64, err error) {
	if err := t.machine.RunAll(); err != nil {
		return 0, err
	}
	var got [3]float64
	for k, n := range []*gorgonia.Node{t.loss, t.error, t.rate} {
		if got[k], err = number(n); err != nil {
			return 0, err
		}
	}
	h.loss, h.snr, h.rate = append(h.loss, got[0]), append(h.snr, -10*got[1]/math.Ln10), append(h.rate, got[2])
	if len(h.loss) == 1 && got[2] > 0 {
		h.budget = got[2]
		err = gorgonia.Let(t.reciprocal, float32(1/h.budget))
	}
	return got[0], err
}

// learn trains an encoder, and returns the best that there was: of those that spike no more than it did at
// the beginning, the one with the least loss. It is what it has when ctx ends it.
func (s *settings) learn(ctx context.Context, start encoder) (best encoder, h history, err error) {
	t, err := s.newTrainer(start)
	if err != nil {
		return encoder{}, h, err
	}
	defer t.machine.Close()
	bar := cli.NewProgress(s.Iterations, "training")
	defer bar.Close()
	began := time.Now()
	defer func() { h.spent = time.Since(began) }()
	best = start
	for i := 0; ; i++ {
		if err := ctx.Err(); err != nil {
			return best, h, err
		}
		loss, err := t.evaluate(&h)
		if err != nil {
			return best, h, graph.Wrapf(err, "iteration %d", i)
		}
		if h.rate[i] <= h.budget && loss < h.loss[h.best] {
			h.best, best = i, encoderOf(s.Adaptation, t.params)
		}
		bar.Set(i, fmt.Sprintf("SNR %.1f dB  %.1f Hz", h.snr[i], h.rate[i]))
		if i == s.Iterations {
			return best, h, nil
		}
		if err := t.solver.Step(gorgonia.NodesToValueGrads(t.params.Nodes())); err != nil {
			return best, h, graph.Wrapf(err, "iteration %d", i)
		}
	}
}
