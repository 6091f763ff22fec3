package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
)

const digits = 10

// architecture is a network with the coding of the images that goes with it.
type architecture struct {
	hidden    []population
	readout   population
	kind      models.ReadoutKind
	loss      train.Loss[*models.Output]
	tauAdp    graph.Normal // of all neurons, ms
	b0        float64      // threshold at rest
	initial   float64      // u0 = S0 = U(0, initial), η0 = b0
	surrogate string
	rate      float64 // learning rate
	batch     int     // images in a training step
	coding    data.PixelCoding
}

// population is a layer of adaptive neurons.
type population struct {
	units     int
	recurrent bool
	tauM      graph.Normal // ms
}

// architectures are those of -arch.
var architectures = map[string]architecture{
	// A small network for a small part of the work: every fourth window of eight pixels.
	"small": {
		hidden:  []population{{32, true, graph.Normal{Mean: 20, Std: 5}}, {64, true, graph.Normal{Mean: 20, Std: 5}}},
		readout: population{digits, false, graph.Normal{Mean: 20, Std: 5}}, kind: models.AdpSpike, loss: models.SpikeCount{},
		tauAdp: graph.Normal{Mean: 200, Std: 25}, b0: .01, initial: .01, surrogate: "multi_gaussian", rate: .01, batch: 20,
		coding: data.PixelCoding{Window: 8, Stride: 4},
	},
	// Yin, Corradi & Bohté 2021, Nature Machine Intelligence. Both U(0, 1) and U(0, b0) occur as the
	// initial state in the authors' programs; with the first their weights reproduce better.
	"2021": {
		hidden: []population{
			{64, true, graph.Normal{Mean: 20, Std: 5}},
			{256, true, graph.Normal{Mean: 20, Std: 5}},
			{256, false, graph.Normal{Mean: 20, Std: 5}},
		},
		readout: population{digits, false, graph.Normal{Mean: 20, Std: 5}}, kind: models.AdpSpike, loss: models.SpikeCount{},
		tauAdp: graph.Normal{Mean: 700, Std: 25}, b0: .01, initial: 1, surrogate: "multi_gaussian", rate: .002, batch: 32,
		coding: data.PixelCoding{Window: 8, Stride: 1},
	},
	// Yin, Corradi & Bohté 2020, ICONS: each pixel is coded by a population of receptive fields.
	"2020": {
		hidden: []population{
			{256, true, graph.Normal{Mean: 20, Std: 5}},
			{128, true, graph.Normal{Mean: 15, Std: 5}},
		},
		readout: population{digits, false, graph.Normal{Mean: 100, Std: 5}}, kind: models.AdpMem, loss: models.SumSoftmax{},
		tauAdp: graph.Normal{Mean: 700, Std: 25}, b0: .1, initial: 1, surrogate: "gaussian", rate: .002, batch: 32,
		coding: data.PixelCoding{Window: 1, Stride: 1, Fields: 80},
	},
}

// architectureNamed is one of the architectures.
func architectureNamed(name string) (architecture, error) {
	a, ok := architectures[name]
	if !ok {
		return a, errors.Errorf("-arch is %q, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(architectures)), ", "))
	}
	return a, nil
}

// settle has flags that are not given be those of an architecture.
func (f *flags) settle(arch string) error {
	a, err := architectureNamed(arch)
	if err != nil {
		return err
	}
	f.Arch = arch
	settle(f, "window", &f.Window, a.coding.Window)
	settle(f, "stride", &f.Stride, a.coding.Stride)
	settle(f, "batch", &f.Batch, a.batch)
	settle(f, "lr", &f.LR, a.rate)
	settle(f, "tau-adp", &f.TauAdp, a.tauAdp.Mean)
	settle(f, "initial", &f.Initial, a.initial)
	settle(f, "surrogate", &f.Surrogate, a.surrogate)
	if _, counts := a.loss.(models.SpikeCount); !counts && f.Count != 1 {
		return errors.Errorf("-count is %v, but the loss of the architecture %s counts no spikes", f.Count, arch)
	}
	return nil
}

func settle[T any](f *flags, name string, flag *T, value T) {
	if !f.Given(name) {
		*flag = value
	}
}

// learning is the task of a network: its architecture, as the flags have it, and its loss.
func (f *flags) learning(t task) (train.Task[*models.Output], error) {
	a := architectures[t.Arch]
	a.tauAdp.Mean = f.TauAdp
	if _, counts := a.loss.(models.SpikeCount); counts {
		a.loss = models.SpikeCount{Scale: &f.Count}
	}
	surrogate, err := ops.SurrogateByName(f.Surrogate)
	layer := func(p population) nodes.Layer {
		return nodes.Layer{
			Units: p.units, Recurrent: p.recurrent, Initial: nodes.Random(f.Initial),
			Cell: nodes.ALIF{TauM: p.tauM, TauAdp: a.tauAdp, B0: &a.b0, Surrogate: surrogate},
		}
	}
	c := models.SRNN{In: t.features(), Readout: models.Readout{Kind: a.kind, Layer: layer(a.readout)}}
	for _, p := range a.hidden {
		c.Hidden = append(c.Hidden, layer(p))
	}
	return train.Task[*models.Output]{Model: c, Loss: a.loss, Metrics: []train.Metric{models.Accuracy{}, models.Confusion{}, models.Inputs{}}}, err
}

// solver is Adam as in the paper: time constants learn faster, and all rates are halved again and
// again.
func (f *flags) solver(stepsPerEpoch int) *optim.Solver {
	var clip []optim.Transform
	if f.Clip > 0 {
		clip = append(clip, optim.ClipByGlobalNorm{Max: f.Clip})
	}
	return optim.New(append(clip,
		optim.Adam(optim.StepLR{Rate: f.LR, Every: f.Halve * stepsPerEpoch, Factor: .5}),
		optim.GroupRate{Names: optim.Names{"*.tau_m"}, Factor: 2},
		optim.GroupRate{Names: optim.Names{"*.tau_adp"}, Factor: 3},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: minTau},
	)...)
}

// minTau keeps the time constants positive, ms.
const minTau = .1

// published are the names of the parameters in the authors' checkpoints, by architecture.
var published = map[string]map[string]string{
	"2021": {
		"layer0.w_in": "i2h.weight", "layer0.b_in": "i2h.bias", "layer0.w_rec": "h2h.weight", "layer0.b_rec": "h2h.bias",
		"layer0.tau_m": "tau_m_r1", "layer0.tau_adp": "tau_adp_r1",
		"layer1.w_in": "h2d.weight", "layer1.b_in": "h2d.bias", "layer1.w_rec": "d2d.weight", "layer1.b_rec": "d2d.bias",
		"layer1.tau_m": "tau_m_r2", "layer1.tau_adp": "tau_adp_r2",
		"layer2.w_in": "dense1.weight", "layer2.b_in": "dense1.bias",
		"layer2.tau_m": "tau_m_d1", "layer2.tau_adp": "tau_adp_d1",
		"readout.w_in": "d2o.weight", "readout.b_in": "d2o.bias", "readout.tau_m": "tau_m_o", "readout.tau_adp": "tau_adp_o",
	},
	"2020": {
		"layer0.w_in": "i2h.weight", "layer0.b_in": "i2h.bias", "layer0.w_rec": "h2h.weight", "layer0.b_rec": "h2h.bias",
		"layer0.tau_m": "tau_m_h", "layer0.tau_adp": "tau_adp_h",
		"layer1.w_in": "h2d.weight", "layer1.b_in": "h2d.bias", "layer1.w_rec": "d2d.weight", "layer1.b_rec": "d2d.bias",
		"layer1.tau_m": "tau_m_d", "layer1.tau_adp": "tau_adp_d",
		"readout.w_in": "d2o.weight", "readout.b_in": "d2o.bias", "readout.tau_m": "tau_m_o", "readout.tau_adp": "tau_adp_o",
	},
}

// load reads a checkpoint of ours, or one of the authors'.
func (f *flags) load(path string) (*train.Network, task, error) {
	if program.Torch(path) {
		net, t, err := f.loadPublished(path)
		return net, t, errors.Wrap(err, path)
	}
	net, err := train.Load(path)
	if err != nil {
		return nil, task{}, err
	}
	t, err := f.readTask(path)
	if err != nil {
		return nil, task{}, err
	}
	if c, ok := net.Model().(models.SRNN); !ok || c.In != t.features() || len(c.Hidden) == 0 || c.Readout.Layer.Units != digits {
		return nil, task{}, errors.Errorf("%s: is another network: want %d inputs, hidden layers and %d classes", path, t.features(), digits)
	}
	return net, t, nil
}

// loadPublished reads a checkpoint of the authors', which says nothing of the network but its sizes.
func (f *flags) loadPublished(path string) (*train.Network, task, error) {
	s, err := models.ReadStateDict(path)
	if err != nil {
		return nil, task{}, err
	}
	arch := "2020"
	if _, ok := s["dense1.weight"]; ok {
		arch = "2021"
	}
	var units []int
	for _, name := range []string{"i2h.weight", "h2d.weight", "dense1.weight"}[:len(architectures[arch].hidden)] {
		w, ok := s[name]
		if !ok || len(w.Shape) != 2 {
			return nil, task{}, errors.Errorf("has no matrix %s; it has %s", name, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
		}
		units = append(units, w.Shape[0])
	}
	t := task{Arch: arch, Permute: f.Permute, Window: s["i2h.weight"].Shape[1], Stride: 1}
	if architectures[arch].coding.Fields > 0 {
		t.Window, t.Fields = 1, t.Window
	}
	if err := f.agrees(t, path); err != nil {
		return nil, task{}, err
	}
	if err := f.settle(arch); err != nil {
		return nil, task{}, err
	}
	learning, err := f.learning(t)
	if err != nil {
		return nil, task{}, err
	}
	c := learning.Model.(models.SRNN) // learning makes it
	for i := range c.Hidden {
		c.Hidden[i].Units = units[i]
	}
	net, missing, err := program.Published(learning, s, published[arch], train.Spec{Steps: 1, Features: c.In, Classes: digits}, f.Seed)
	if err == nil && len(missing) > 0 {
		err = errors.Errorf("there is no tensor %s", published[arch][missing[0]])
	}
	return net, t, err
}
