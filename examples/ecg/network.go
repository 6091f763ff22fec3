package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
)

const (
	channels = 4 // two leads, up and down
	waves    = 6 // P, PQ, QR, RS, ST, TP
)

// task is the network of Yin, Corradi & Bohté 2020 for the QTDB: recurrent LIF neurons, and an
// adaptive readout whose membrane potential names the wave at every step.
func (f *flags) task() (train.Task[*models.Output], error) {
	surrogate, err := ops.SurrogateByName(f.Surrogate)
	initial := nodes.Random(f.Initial)
	return train.Task[*models.Output]{
		Model: models.SRNN{
			In: channels,
			Hidden: []nodes.Layer{{
				Units: f.Hidden, Recurrent: true, Initial: initial,
				Cell: nodes.LIF{B0: &f.B0, Surrogate: surrogate},
			}},
			Readout: models.Readout{Kind: models.AdpMem, Layer: nodes.Layer{
				Units: waves, Initial: initial,
				Cell: nodes.ALIF{B0: &f.B0, TauAdp: graph.Constant(100), Surrogate: surrogate},
			}},
		},
		Loss:    models.PerStep{Skip: 10},
		Metrics: []train.Metric{models.Accuracy{}, models.Confusion{}},
	}, err
}

// solver is Adam as in the paper: time constants learn faster, and all rates are halved every
// hundred epochs.
func (f *flags) solver(stepsPerEpoch int) *optim.Solver {
	return optim.New(
		optim.Adam(optim.StepLR{Rate: f.LR, Every: f.Halve * stepsPerEpoch, Factor: .5}),
		optim.GroupRate{Names: optim.Names{"layer*.tau_m"}, Factor: 3},
		optim.GroupRate{Names: optim.Names{"readout.tau_*"}, Factor: 2},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: minTau},
	)
}

// minTau keeps the time constants positive, ms.
const minTau = .1

// published are the names of the parameters in the authors' checkpoints.
var published = map[string]string{
	"layer0.w_in": "i2h.weight", "layer0.b_in": "i2h.bias",
	"layer0.w_rec": "h2h.weight", "layer0.b_rec": "h2h.bias", "layer0.tau_m": "tau_m_h",
	"readout.w_in": "h2o.weight", "readout.b_in": "h2o.bias",
	"readout.tau_m": "tau_m_o", "readout.tau_adp": "tau_adp_o",
}

// load reads a checkpoint of ours, or a PyTorch state dict of the authors', and tells what it was trained on. The latter
// says nothing of the network but its sizes; where it has no membrane time constants, they are 20 ms.
func (f *flags) load(r *program.Run, path string) (net *train.Network, trained string, err error) {
	if !program.Torch(path) {
		if net, err = train.Load(path); err != nil {
			return nil, "", err
		}
		c, ok := net.Model().(models.SRNN)
		if !ok {
			return nil, "", errors.Errorf("%s: is another network: the model is %T", path, net.Model())
		}
		if trained, err = r.Origin(path); err != nil {
			return nil, "", err
		}
		return net, trained, errors.Wrapf(program.Limits(
			program.Same("inputs", c.In, channels), program.Same("hidden layers", len(c.Hidden), 1),
			program.Same("readout", c.Readout.Kind, models.AdpMem), program.Same("units of the readout", c.Readout.Layer.Units, waves),
		), "%s: is another network", path)
	}
	s, err := program.ReadWeights(path, published)
	if err != nil {
		return nil, "", err
	}
	w, ok := s["i2h.weight"]
	if !ok || len(w.Shape) != 2 {
		return nil, "", errors.Errorf("%s: has no matrix i2h.weight; it has %s", path,
			strings.Join(slices.Sorted(maps.Keys(s)), ", "))
	}
	known, err := r.Recognise(path, s, published)
	if err != nil {
		return nil, "", err
	}
	f.Hidden = w.Shape[0]
	task, err := f.task()
	if err != nil {
		return nil, "", err
	}
	net, missing, err := program.Published(task, s, published, train.Spec{Steps: 1, Features: channels, Classes: waves, PerStep: true}, f.Seed)
	if err != nil {
		return nil, "", errors.Wrap(err, path)
	}
	for _, name := range missing {
		if !strings.HasSuffix(name, ".tau_m") {
			return nil, "", errors.Errorf("%s: there is no tensor %s", path, published[name])
		}
		fmt.Printf("%s has no %s: 20 ms\n", path, name)
	}
	return net, known.TrainedOn(), nil
}
