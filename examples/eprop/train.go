package main

import (
	"context"
	"fmt"
	"time"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// learner trains the network of a runner.
type learner struct {
	*runner
	backward *graph.Machine // with gradients
	params   []graph.Param  // that learn
	solver   *optim.Solver
}

func (r *runner) newLearner() (*learner, error) {
	l := &learner{runner: r, params: r.net.trained(r.TrainTau)}
	gradients, err := r.net.gradients(l.params)
	if err != nil {
		return nil, err
	}
	if l.backward, err = graph.NewMachine(append(gradients, r.net.loss, r.net.out, r.net.counts)...); err != nil {
		return nil, err
	}
	l.solver = optim.New(r.transforms(l.params)...)
	return l, nil
}

// transforms are those from a gradient to a step.
func (s settings) transforms(params []graph.Param) []optim.Transform {
	chain := []optim.Transform{noAutapses{"neurons.w_rec", s.Units}}
	if s.Clip > 0 {
		chain = append(chain, optim.ClipByGlobalNorm{Max: s.Clip})
	}
	chain = append(chain, optim.ScaleByAdam{})
	if s.Feedback == nodes.AdaptiveFeedback {
		chain = append(chain, optim.DecoupledWeightDecay{Decay: feedbackDecay, Names: optim.Names{"readout.w_in", "readout.feedback"}})
	}
	chain = append(chain, optim.LearningRate{Schedule: optim.Cosine{Rate: s.LR, Steps: s.Iterations}})
	var bounds []optim.Transform
	for _, p := range params {
		if p.Group == "tau" {
			// The rate is that of weights, which are about 1, in units of the time constant.
			name := optim.Names{p.Name}
			chain = append(chain, optim.GroupRate{Names: name, Factor: p.Values()[0]})
			bounds = append(bounds, optim.AtLeast{Names: name, Min: 1})
		}
	}
	return append(chain, bounds...)
}

// feedbackDecay makes adaptive feedback come to agree with the readout, see nodes.AdaptiveFeedback.
const feedbackDecay = 1

// noAutapses has the weights of neurons to themselves stay what they are, which is 0.
type noAutapses struct {
	name  string
	units int
}

func (n noAutapses) Update(_ int, leaves []*optim.Leaf) error {
	for _, l := range leaves {
		if l.Name == n.name {
			for j := range n.units {
				l.Update[j*(n.units+1)] = 0
			}
		}
	}
	return nil
}

// history is how a training went, iteration by iteration.
type history struct {
	loss, error, rate []float64 // of the task; on the trials of the iteration, before it learned from them; Hz
	checked           []int     // iterations after which the criterion was looked at,
	validation        []float64 // and the error then
	reached           int       // the first of them that met it; 0: none
	spent             time.Duration
}

// checkEvery is how often it is looked whether the criterion is met, iterations.
const checkEvery = 10

// learn trains the network.
func (r *runner) learn(ctx context.Context) (history, error) {
	l, err := r.newLearner()
	if err != nil {
		return history{}, err
	}
	defer l.backward.Close()
	return l.train(ctx)
}

// train trains until the validation error meets the criterion by a standard deviation, so that it is not
// met by chance, or for all iterations, unless ctx ends it.
func (l *learner) train(ctx context.Context) (h history, err error) {
	bar := cli.NewProgress(l.Iterations, "training")
	defer bar.Close()
	start := time.Now()
	defer func() { h.spent = time.Since(start) }()
	var recent result
	for i := 1; i <= l.Iterations; i++ {
		if err := ctx.Err(); err != nil {
			return h, err
		}
		var now result
		loss, err := l.step(i, &now)
		if err != nil {
			return h, graph.Wrapf(err, "iteration %d", i)
		}
		h.loss, h.error, h.rate = append(h.loss, loss), append(h.error, now.error()), append(h.rate, now.rate(0, l.Units))
		recent.add(now)
		bar.Set(i, fmt.Sprintf("loss %.4f  error %.3f  %.1f Hz", loss, recent.error(), now.rate(0, l.Units)))
		if i%checkEvery != 0 {
			continue
		}
		// New trials tell nearly as much as those for validation, which take as long as some iterations.
		if recent.error() < 1.5*l.Criterion && (h.reached == 0 || l.KeepGoing) {
			held, err := l.evaluate(ctx, validation)
			if err != nil {
				return h, err
			}
			h.checked, h.validation = append(h.checked, i), append(h.validation, held.error())
			if held.error()+held.deviation() < l.Criterion && h.reached == 0 {
				h.reached = i
			}
			if h.reached > 0 && !l.KeepGoing {
				return h, nil
			}
		}
		recent = result{}
	}
	return h, nil
}

// step learns from one batch of new trials.
func (l *learner) step(iteration int, sum *result) (loss float64, err error) {
	if err := l.run(l.backward, train, (iteration-1)*l.Batch, l.Batch, sum); err != nil {
		return 0, err
	}
	var params gorgonia.Nodes
	for _, p := range l.params {
		params = append(params, p.Node)
	}
	if loss, err = number(l.net.loss); err != nil {
		return 0, err
	}
	return loss, l.solver.Step(gorgonia.NodesToValueGrads(params))
}
