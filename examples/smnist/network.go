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
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
)

// architecture is a network with the coding of the images that goes with it. Time constants of all membranes are
// drawn with a standard deviation of 5 ms, those of the adaptation with one of 25 ms.
type architecture struct {
	hidden    []population
	readout   population // with a unit for each class
	kind      models.ReadoutKind
	loss      train.Loss[*models.Output]
	tauAdp    float64 // mean over all neurons, ms
	b0        float64 // threshold at rest
	initial   float64 // u0 = S0 = U(0, initial), η0 = b0
	surrogate string
	rate      float64 // learning rate
	batch     int     // images in a training step
	coding    data.PixelCoding
}

// population is a layer of adaptive neurons.
type population struct {
	units     int
	recurrent bool
	tauM      float64 // mean, ms
}

// architectures are those of -arch.
var architectures = map[string]architecture{
	// A small network for a small part of the work: every fourth window of eight pixels.
	"small": {
		hidden:  []population{{32, true, 20}, {64, true, 20}},
		readout: population{0, false, 20}, kind: models.AdpSpike, loss: models.SpikeCount{},
		tauAdp: 200, b0: .01, initial: .01, surrogate: "multi_gaussian", rate: .01, batch: 20,
		coding: data.PixelCoding{Window: 8, Stride: 4},
	},
	// Yin, Corradi & Bohté 2021, Nature Machine Intelligence. Both U(0, 1) and U(0, b0) occur as the
	// initial state in the authors' programs; with the first their weights reproduce better.
	"2021": {
		hidden:  []population{{64, true, 20}, {256, true, 20}, {256, false, 20}},
		readout: population{0, false, 20}, kind: models.AdpSpike, loss: models.SpikeCount{},
		tauAdp: 700, b0: .01, initial: 1, surrogate: "multi_gaussian", rate: .002, batch: 32,
		coding: data.PixelCoding{Window: 8, Stride: 1},
	},
	// Yin, Corradi & Bohté 2020, ICONS: each pixel is coded by a population of receptive fields.
	"2020": {
		hidden:  []population{{256, true, 20}, {128, true, 15}},
		readout: population{0, false, 100}, kind: models.AdpMem, loss: models.SumSoftmax{},
		tauAdp: 700, b0: .1, initial: 1, surrogate: "gaussian", rate: .002, batch: 32,
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
	program.Settle(f, "window", &f.Window, a.coding.Window)
	program.Settle(f, "stride", &f.Stride, a.coding.Stride)
	program.Settle(f, "batch", &f.Batch, a.batch)
	program.Settle(f, "lr", &f.LR, a.rate)
	program.Settle(f, "tau-adp", &f.TauAdp, a.tauAdp)
	program.Settle(f, "initial", &f.Initial, a.initial)
	program.Settle(f, "surrogate", &f.Surrogate, a.surrogate)
	if _, counts := a.loss.(models.SpikeCount); !counts && f.Count != 1 {
		return errors.Errorf("-count is %v, but the loss of the architecture %s counts no spikes", f.Count, arch)
	}
	return nil
}

// learning is the task of a network: its architecture, as the flags have it and for so many classes, and its loss.
func (f *flags) learning(t task, classes int) (train.Task[*models.Output], error) {
	a := architectures[t.Arch]
	a.readout.units = classes
	if _, counts := a.loss.(models.SpikeCount); counts {
		a.loss = models.SpikeCount{Scale: &f.Count}
	}
	surrogate, err := ops.SurrogateByName(f.Surrogate)
	layer := func(p population) nodes.Layer {
		return nodes.Layer{
			Units: p.units, Recurrent: p.recurrent, Initial: nodes.Random(f.Initial),
			Cell: nodes.ALIF{
				TauM: graph.Normal{Mean: p.tauM, Std: 5}, TauAdp: graph.Normal{Mean: f.TauAdp, Std: 25}, B0: &a.b0, Surrogate: surrogate,
			},
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
	if !f.NoClip {
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
	"2021": models.ModuleNames(map[string]models.Module{
		"layer0":  {In: "i2h", Rec: "h2h", TauM: "tau_m_r1", TauAdp: "tau_adp_r1"},
		"layer1":  {In: "h2d", Rec: "d2d", TauM: "tau_m_r2", TauAdp: "tau_adp_r2"},
		"layer2":  {In: "dense1", TauM: "tau_m_d1", TauAdp: "tau_adp_d1"},
		"readout": {In: "d2o", TauM: "tau_m_o", TauAdp: "tau_adp_o"},
	}),
	"2020": models.ModuleNames(map[string]models.Module{
		"layer0":  {In: "i2h", Rec: "h2h", TauM: "tau_m_h", TauAdp: "tau_adp_h"},
		"layer1":  {In: "h2d", Rec: "d2d", TauM: "tau_m_d", TauAdp: "tau_adp_d"},
		"readout": {In: "d2o", TauM: "tau_m_o", TauAdp: "tau_adp_o"},
	}),
}

// load reads a checkpoint of ours, or one of the authors', and tells what it was trained on.
func (f *flags) load(r *program.Run, path string) (net *train.Network, t task, trained string, err error) {
	if program.Torch(path) {
		net, t, trained, err = f.loadPublished(r, path)
		return net, t, trained, errors.Wrap(err, path)
	}
	if net, err = train.Load(path); err != nil {
		return nil, t, "", err
	}
	if t, err = f.readTask(path); err != nil {
		return nil, t, "", err
	}
	if trained, err = r.Origin(path); err != nil {
		return nil, t, "", err
	}
	c, ok := net.Model().(models.SRNN)
	if !ok || len(c.Hidden) == 0 {
		return nil, t, "", errors.Errorf("%s: is another network: the model is %T, want an SRNN with hidden layers", path, net.Model())
	}
	return net, t, trained, errors.Wrapf(program.Same("inputs", c.In, t.features()), "%s: is another network", path)
}

// loadPublished reads a checkpoint of the authors', which says nothing of the network but its sizes.
func (f *flags) loadPublished(r *program.Run, path string) (net *train.Network, t task, trained string, err error) {
	s, err := program.ReadWeights(path, slices.Collect(maps.Values(published))...)
	if err != nil {
		return nil, t, "", err
	}
	arch := "2020"
	if _, ok := s["dense1.weight"]; ok {
		arch = "2021"
	}
	if err := f.settle(arch); err != nil {
		return nil, t, "", err
	}
	known, err := r.Recognise(path, s, published[arch])
	if err != nil {
		return nil, t, "", err
	}
	t = task{Arch: arch, Permute: f.Permute, Stride: 1, FirstClass: f.FirstClass, White: f.white()}
	if _, t.Window, err = s.Matrix("i2h.weight"); err != nil {
		return nil, t, "", err
	}
	if architectures[arch].coding.Fields > 0 {
		t.Window, t.Fields = 1, t.Window
	}
	if err := f.agrees(t, path); err != nil {
		return nil, t, "", err
	}
	classes, _, err := s.Matrix(published[arch]["readout.w_in"])
	if err != nil {
		return nil, t, "", err
	}
	learning, err := f.learning(t, classes)
	if err != nil {
		return nil, t, "", err
	}
	c := learning.Model.(models.SRNN) // learning makes it
	for i := range c.Hidden {
		if c.Hidden[i].Units, _, err = s.Matrix(published[arch][fmt.Sprintf("layer%d.w_in", i)]); err != nil {
			return nil, t, "", err
		}
	}
	net, missing, err := program.Published(learning, s, published[arch], train.Spec{Steps: 1, Features: c.In, Classes: classes}, f.Seed)
	if err == nil && len(missing) > 0 {
		err = errors.Errorf("there is no tensor %s", published[arch][missing[0]])
	}
	return net, t, known.TrainedOn(), err
}
