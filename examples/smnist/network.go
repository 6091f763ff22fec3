package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

const digits = 10

// architecture is a network with the coding of the images that goes with it.
type architecture struct {
	hidden    []population
	readout   population
	kind      models.ReadoutKind
	loss      models.Loss
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

// permutation is the seed of the order of the pixels in PS-MNIST, see data.PixelPermutation.
const permutation = 1

// task is what a network was trained to do. It lies beside the checkpoint, which does not know how
// images become sequences.
type task struct {
	Arch    string `json:"arch"`
	Permute bool   `json:"permute"`
	Window  int    `json:"window"`           // pixels that a step sees
	Stride  int    `json:"stride"`           // pixels from a step to the next
	Fields  int    `json:"fields,omitempty"` // receptive fields for each pixel; 0: none
}

const taskName = "task.json"

// task is the one that the flags ask for.
func (f *flags) task() (task, error) {
	name := f.Arch
	if name == "" {
		name = "small"
		if f.Data != "" {
			name = "2021"
		}
	}
	a, ok := architectures[name]
	if !ok {
		return task{}, errors.Errorf("-arch is %q, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(architectures)), ", "))
	}
	t := task{Arch: name, Permute: f.Permute, Window: a.coding.Window, Stride: a.coding.Stride, Fields: a.coding.Fields}
	if f.Window != 0 {
		t.Window = f.Window
	}
	if f.Stride != 0 {
		t.Stride = f.Stride
	}
	return t, nil
}

// readTask reads the task of a checkpoint of ours, and refuses flags that ask for another.
func (f *flags) readTask(checkpoint string) (task, error) {
	path := filepath.Join(filepath.Dir(checkpoint), taskName)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.task()
	}
	if err != nil {
		return task{}, err
	}
	var t task
	if err := json.Unmarshal(content, &t); err != nil {
		return task{}, errors.Wrap(err, path)
	}
	if _, ok := architectures[t.Arch]; !ok {
		return task{}, errors.Errorf("%s: arch is %q, want one of %s", path, t.Arch, strings.Join(slices.Sorted(maps.Keys(architectures)), ", "))
	}
	if f.Arch != "" && f.Arch != t.Arch || f.Window != 0 && f.Window != t.Window || f.Stride != 0 && f.Stride != t.Stride || f.Permute && !t.Permute {
		return task{}, errors.Errorf("the flags ask for another task than that of %s: %+v", path, t)
	}
	return t, nil
}

func (t task) write(dir string) error { return cli.WriteJSON(filepath.Join(dir, taskName), t) }

// String names the task.
func (t task) String() string {
	if t.Permute {
		return "PS-MNIST"
	}
	return "S-MNIST"
}

// sequences codes images as the task has it.
func (t task) sequences(m *data.Images) (*data.PixelSequences, error) {
	c := data.PixelCoding{Window: t.Window, Stride: t.Stride, Fields: t.Fields}
	if t.Permute {
		c.Order = data.PixelPermutation(permutation)
	}
	return m.Sequences(c)
}

// network is the architecture of the task.
func (f *flags) network(t task) (models.SRNN, error) {
	a := architectures[t.Arch]
	if f.Surrogate != "" {
		a.surrogate = f.Surrogate
	}
	if f.TauAdp != 0 {
		a.tauAdp.Mean = f.TauAdp
	}
	if f.Initial != 0 {
		a.initial = f.Initial
	}
	if _, counts := a.loss.(models.SpikeCount); counts {
		a.loss = models.SpikeCount{Scale: f.Count}
	}
	surrogate, err := ops.SurrogateByName(a.surrogate)
	if err != nil {
		return models.SRNN{}, err
	}
	layer := func(p population) nodes.Layer {
		return nodes.Layer{
			Units: p.units, Recurrent: p.recurrent, Initial: nodes.Random(a.initial),
			Cell: nodes.ALIF{TauM: p.tauM, TauAdp: a.tauAdp, B0: new(a.b0), Surrogate: surrogate},
		}
	}
	c := models.SRNN{
		In:      t.Window * max(t.Fields, 1),
		Readout: models.Readout{Kind: a.kind, Layer: layer(a.readout)},
		Loss:    a.loss,
		Seed:    f.Seed,
	}
	for _, p := range a.hidden {
		c.Hidden = append(c.Hidden, layer(p))
	}
	return c, nil
}

// solver is Adam as in the paper: time constants learn faster, and all rates are halved again and
// again.
func (f *flags) solver(stepsPerEpoch int) *optim.Solver {
	clip := math.MaxFloat64
	if f.Clip > 0 {
		clip = f.Clip
	}
	return optim.New(
		optim.ClipByGlobalNorm{Max: clip},
		optim.Adam(optim.StepLR{Rate: f.LR, Every: f.Halve * stepsPerEpoch, Factor: .5}),
		optim.GroupRate{Names: optim.Names{"*.tau_m"}, Factor: 2},
		optim.GroupRate{Names: optim.Names{"*.tau_adp"}, Factor: 3},
		optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: minTau},
	)
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

// isPublished tells the authors' checkpoints from ours.
func isPublished(path string) bool {
	return strings.HasSuffix(path, ".pth") || strings.HasSuffix(path, ".pt")
}

// load reads a checkpoint of ours, or one of the authors'. The latter says nothing of the network but
// its sizes.
func (f *flags) load(path string) (*models.Network, task, error) {
	if isPublished(path) {
		return f.loadPublished(path)
	}
	n, err := models.Load(gorgonia.NewGraph(), path)
	if err != nil {
		return nil, task{}, err
	}
	t, err := f.readTask(path)
	if err != nil {
		return nil, task{}, err
	}
	if c := n.Config(); c.In != t.Window*max(t.Fields, 1) || c.Readout.Layer.Units != digits {
		return nil, task{}, errors.Errorf("%s: is another network: %d inputs and %d classes, want %d and %d",
			path, c.In, c.Readout.Layer.Units, t.Window*max(t.Fields, 1), digits)
	}
	return n, t, nil
}

func (f *flags) loadPublished(path string) (*models.Network, task, error) {
	s, err := models.ReadStateDict(path)
	if err != nil {
		return nil, task{}, err
	}
	arch := "2020"
	if _, ok := s["dense1.weight"]; ok {
		arch = "2021"
	}
	if f.Arch != "" && f.Arch != arch {
		return nil, task{}, errors.Errorf("%s holds the network of %s, -arch is %s", path, arch, f.Arch)
	}
	a := architectures[arch]
	var units []int
	for _, name := range []string{"i2h.weight", "h2d.weight", "dense1.weight"}[:len(a.hidden)] {
		w, ok := s[name]
		if !ok || len(w.Shape) != 2 {
			return nil, task{}, errors.Errorf("%s: has no matrix %s; it has %s", path, name, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
		}
		units = append(units, w.Shape[0])
	}
	t := task{Arch: arch, Permute: f.Permute, Window: s["i2h.weight"].Shape[1], Stride: 1}
	if a.coding.Fields > 0 {
		t.Window, t.Fields = 1, t.Window
	}
	c, err := f.network(t)
	if err != nil {
		return nil, task{}, err
	}
	for i := range c.Hidden {
		c.Hidden[i].Units = units[i]
	}
	n, err := models.NewSRNN(gorgonia.NewGraph(), c)
	if err != nil {
		return nil, task{}, errors.Wrap(err, path)
	}
	missing, err := n.LoadStateDict(s, published[arch])
	if err != nil {
		return nil, task{}, errors.Wrap(err, path)
	}
	if len(missing) > 0 {
		return nil, task{}, errors.Errorf("%s: there is no tensor %s", path, published[arch][missing[0]])
	}
	return n, t, nil
}
