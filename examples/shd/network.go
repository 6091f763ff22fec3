package main

import (
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
)

// loss sums softmax from step 1 on, as the authors do with this readout.
var loss = models.SumSoftmax{From: 1}

// task is the network of Yin, Corradi & Bohté 2021 for the Spiking Heidelberg Digits: recurrent layers of
// adaptive neurons with the multi-Gaussian surrogate, and leaky integrators whose softmax is summed over
// time.
func (f *flags) task(in int, hidden []int, classes int) train.Task[*models.Output] {
	initial := nodes.Random(f.Initial)
	tauM, tauAdp := graph.Normal{Mean: 20, Std: 5}, graph.Normal{Mean: 150, Std: 10}
	c := models.SRNN{
		In:      in,
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: classes, Initial: initial, Cell: nodes.LI{TauM: tauM}}},
	}
	for _, units := range hidden {
		c.Hidden = append(c.Hidden, nodes.Layer{
			Units: units, Recurrent: true, Initial: initial,
			Cell: nodes.ALIF{TauM: tauM, TauAdp: tauAdp, B0: &f.B0, Surrogate: ops.MultiGaussian{}},
		})
	}
	return train.Task[*models.Output]{Model: c, Loss: loss, Metrics: []train.Metric{models.Accuracy{}, models.Confusion{}, models.Inputs{}}}
}

// solver is Adam as in the paper: time constants learn faster. The rates fall along half a cosine.
func (f *flags) solver(stepsPerEpoch int) *optim.Solver {
	return optim.New(
		optim.Adam(optim.Cosine{Rate: f.LR, Steps: f.Epochs * stepsPerEpoch}),
		optim.GroupRate{Names: optim.Names{"*.tau_*"}, Factor: 2},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: minTau},
	)
}

// minTau keeps the time constants positive, ms.
const minTau = .1

// published are the names of the parameters in the authors' checkpoint.
var published = map[string]string{
	"layer0.w_in": "i_2_h1.weight", "layer0.b_in": "i_2_h1.bias", "layer0.w_rec": "h1_2_h1.weight", "layer0.b_rec": "h1_2_h1.bias",
	"layer0.tau_m": "tau_m_h1", "layer0.tau_adp": "tau_adp_h1",
	"layer1.w_in": "h1_2_h2.weight", "layer1.b_in": "h1_2_h2.bias", "layer1.w_rec": "h2_2_h2.weight", "layer1.b_rec": "h2_2_h2.bias",
	"layer1.tau_m": "tau_m_h2", "layer1.tau_adp": "tau_adp_h2",
	"readout.w_in": "h2o.weight", "readout.b_in": "h2o.bias", "readout.tau_m": "tau_m_o",
}

// load reads a checkpoint of ours, or the authors' PyTorch file, which says nothing of the network but
// its sizes, and tells what it was trained on.
func (f *flags) load(r *program.Run, path string) (net *train.Network, trained string, err error) {
	if program.Torch(path) {
		net, trained, err = f.loadPublished(r, path)
		return net, trained, errors.Wrap(err, path)
	}
	if net, err = train.Load(path); err != nil {
		return nil, "", err
	}
	if trained, err = r.Origin(path); err != nil {
		return nil, "", err
	}
	c, ok := net.Model().(models.SRNN)
	if !ok {
		return nil, "", errors.Errorf("%s: is another network: the model is %T", path, net.Model())
	}
	return net, trained, errors.Wrapf(program.Limits(
		program.Same("readout", c.Readout.Kind, models.Integrator), program.Same("loss", fmt.Sprintf("%T%+v", net.Loss(), net.Loss()), fmt.Sprintf("%T%+v", loss, loss)),
	), "%s: is another network", path)
}

func (f *flags) loadPublished(r *program.Run, path string) (net *train.Network, trained string, err error) {
	s, err := program.ReadWeights(path, published)
	if err != nil {
		return nil, "", err
	}
	known, err := r.Recognise(path, s, published)
	if err != nil {
		return nil, "", err
	}
	size := func(name string, axis int) int {
		t, ok := s[name]
		if !ok || len(t.Shape) != 2 {
			return 0
		}
		return t.Shape[axis]
	}
	hidden := []int{size("i_2_h1.weight", 0), size("h1_2_h2.weight", 0)}
	in, classes := size("i_2_h1.weight", 1), size("h2o.weight", 0)
	if in*classes*hidden[0]*hidden[1] == 0 {
		return nil, "", errors.New("lacks one of the matrices i_2_h1.weight, h1_2_h2.weight and h2o.weight")
	}
	spec := train.Spec{Steps: loss.From + 1, Features: in, Classes: classes}
	net, missing, err := program.Published(f.task(in, hidden, classes), s, published, spec, f.Seed)
	if err == nil && len(missing) > 0 {
		err = errors.Errorf("there is no tensor %s", published[missing[0]])
	}
	return net, known.TrainedOn(), err
}
