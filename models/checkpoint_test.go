package models_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A saved network comes back as it was: configuration, parameters and results.
func TestSaveLoad(t *testing.T) {
	c := toyNet(models.AdpMem)
	c.Hidden = append(c.Hidden, nodes.Layer{Units: 5, Cell: nodes.LIF{B0: new(.2), Dt: .5, Surrogate: ops.FastSigmoid{Slope: 7}},
		Initial: nodes.Initial{nodes.Membrane: nodes.Constant(.1)}, Linear: nodes.Linear{NoBias: true}})
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c.Dtype = dt
		net := newNet(t, c)
		if _, err := net.Params().Declare("extra", "weight", graph.Normal{Std: 1}, 3); err != nil { // of the user's own
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "net.safetensors")
		if err := net.Save(path); err != nil {
			t.Fatal(err)
		}
		loaded, err := models.Load(gorgonia.NewGraph(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !same(params(net), params(loaded)) {
			t.Error("the parameters are others")
		}
		if !same(membranes(t, net), membranes(t, loaded)) {
			t.Error("the network does something else")
		}
		if got := loaded.Config(); got.Dtype != dt || got.Seed != 3 || got.Hidden[1].Units != 5 {
			t.Errorf("the network is %+v", got)
		}
		if p, ok := loaded.Params().Get("extra"); !ok || !p.Fixed {
			t.Errorf("the parameter beside the network's is %+v", p)
		}
		if _, err := loaded.Params().Declare("extra", "weight", nil, 3); err != nil {
			t.Errorf("declared again: %v", err)
		}
		again := filepath.Join(t.TempDir(), "again.safetensors")
		if err := loaded.Save(again); err != nil {
			t.Fatal(err)
		}
		x, _ := os.ReadFile(path)
		y, _ := os.ReadFile(again)
		if string(x) != string(y) {
			t.Error("saved again, the file is another")
		}
	}
}

// membranes are the readout's potentials on a sequence, in a graph of their own.
func membranes(t *testing.T, net *models.Network) []float64 {
	t.Helper()
	twin := must(net.In(gorgonia.NewGraph()))
	x := gorgonia.NewTensor(twin.Params().Graph(), net.Params().Dtype(), 3, gorgonia.WithShape(12, 2, 2), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	out := must(twin.Forward(x))
	m := must(graph.NewMachine(out.Membrane))
	defer m.Close()
	if err := twin.Params().Run().Begin(rand.New(rand.NewPCG(1, 2))); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	return must(graph.Float64s(out.Membrane.Value()))
}

// What a network of a graph of one's own wrote, a task reads, and what a training wrote, Load declares in a graph.
func TestFilesAreOneKind(t *testing.T) {
	dir := t.TempDir()
	c, data := toyNet(models.AdpMem), toy{9, 12, false}
	tr := fit(t, task(c, models.SumSoftmax{}), data, train.Settings{Epochs: 2, Batch: 4, Solver: adam(.01), Seed: 3})
	for name, save := range map[string]func(string) error{"trainer": tr.Save, "network": tr.Network.Save} {
		path := filepath.Join(dir, name)
		if err := save(path); err != nil {
			t.Fatal(err)
		}
		net, err := models.Load(gorgonia.NewGraph(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !same(params(net), params(tr)) || !same(membranes(t, net), membranes(t, must(models.Of(tr.Network)))) {
			t.Errorf("%s: what was loaded is not what was trained", name)
		}
		alone := filepath.Join(dir, "alone")
		if err := net.Save(alone); err != nil {
			t.Fatal(err)
		}
		again, err := train.LoadTask(alone, task(c, models.SumSoftmax{}))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := evaluate(t, tr.Network, data), evaluate(t, again, data); a.Loss != b.Loss {
			t.Errorf("%s: the loss is %v, was %v", name, b.Loss, a.Loss)
		}
		_, err = train.Load(alone)
		wantError(t, err, alone, "no loss", "LoadTask")
		other := c
		other.Hidden = []nodes.Layer{{Units: 9, Cell: nodes.ALIF{}}}
		_, err = train.LoadTask(alone, task(other, models.SumSoftmax{}))
		wantError(t, err, alone, "model.hidden")
	}
	// A scope is where a network lies, and not what it is.
	p := must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 3))
	must(c.Declare(p.Scope("teacher")))
	student := must(c.Declare(p.Scope("student")))
	path := filepath.Join(dir, "student")
	if err := student.Save(path); err != nil {
		t.Fatal(err)
	}
	net, err := models.Load(gorgonia.NewGraph(), path)
	if err != nil {
		t.Fatal(err)
	}
	if !same(params(net), params(student)) || len(net.Params().All()) != len(p.All())/2 {
		t.Error("out of its scope, the network is another")
	}
}

type mine struct{ ops.Gaussian }

func TestUnsavable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	c := toyNet(models.AdpMem)
	c.Hidden[0].Cell = nodes.LIF{Surrogate: mine{}}
	if err := newNet(t, c).Save(path); err == nil || !strings.Contains(err.Error(), "models_test.mine") {
		t.Errorf("a surrogate of somebody else's: error is %v", err)
	}
	g := gorgonia.NewGraph()
	c = toyNet(models.AdpMem)
	c.Hidden[0].Initial = nodes.Initial{nodes.Membrane: nodes.From(gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(1, 8), gorgonia.WithName("u")))}
	if err := newNet(t, c).Save(path); err == nil || !strings.Contains(err.Error(), "initial state") {
		t.Errorf("an initial state from a node: error is %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a file all the same")
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.safetensors")
	if err := newNet(t, toyNet(models.AdpMem)).Save(path); err != nil {
		t.Fatal(err)
	}
	const config = "srnn.network"
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(change func([]tensorfile.Tensor, map[string]string) []tensorfile.Tensor) func() error {
		return func() error {
			m := map[string]string{}
			for k, v := range meta {
				m[k] = v
			}
			return tensorfile.WriteSafetensors(path, change(append([]tensorfile.Tensor(nil), tensors...), m), m)
		}
	}
	bytes := func(b []byte) func() error { return func() error { return os.WriteFile(path, b, 0o644) } }
	for name, c := range map[string]struct {
		write func() error
		want  string
	}{
		"missing":   {func() error { return os.Remove(path) }, "no such file"},
		"empty":     {bytes(nil), path},
		"truncated": {bytes(whole[:len(whole)-1]), path},
		"alien":     {bytes([]byte("PK\x03\x04 this is not it")), path},
		"foreign": {write(func(x []tensorfile.Tensor, m map[string]string) []tensorfile.Tensor {
			clear(m)
			return x
		}), "not a checkpoint of this module"},
		"config": {write(func(x []tensorfile.Tensor, m map[string]string) []tensorfile.Tensor {
			m[config] = strings.Replace(m[config], `"dtype":"float32"`, `"dtype":"float8"`, 1)
			return x
		}), "float8"},
		"cell": {write(func(x []tensorfile.Tensor, m map[string]string) []tensorfile.Tensor {
			m[config] = strings.Replace(m[config], `"alif"`, `"cat"`, 1)
			return x
		}), `"cat"`},
		"sizes": {write(func(x []tensorfile.Tensor, m map[string]string) []tensorfile.Tensor {
			m[config] = strings.Replace(m[config], `"units":8`, `"units":800000000000`, 1)
			return x
		}), "800000000000"},
		"no tensor": {write(func(x []tensorfile.Tensor, _ map[string]string) []tensorfile.Tensor { return x[1:] }), tensors[0].Name},
		"another tensor": {write(func(x []tensorfile.Tensor, _ map[string]string) []tensorfile.Tensor {
			x[0].Name = "dog"
			return x
		}), tensors[0].Name},
		"another shape": {write(func(x []tensorfile.Tensor, _ map[string]string) []tensorfile.Tensor {
			x[0] = tensorfile.FromFloats(x[0].Name, []int{1}, []float32{1})
			return x
		}), tensors[0].Name},
	} {
		if err := c.write(); err != nil {
			t.Fatal(err)
		}
		g := gorgonia.NewGraph()
		net, err := models.Load(g, path)
		if n := len(g.AllNodes()); n > 0 {
			t.Errorf("%s: the graph has %d nodes all the same", name, n)
		}
		if net != nil || err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error is %v, want one with %q and the file", name, err, c.want)
		}
	}
}

// A state dict of the authors' is read by name; what it lacks is told.
func TestStateDict(t *testing.T) {
	s, err := models.ReadStateDict(shared.Path(t, "data", "checkpoints", "ecg_icons2020_36.pth"))
	if err != nil {
		t.Fatal(err)
	}
	c := toyNet(models.AdpMem)
	c.In, c.Hidden[0].Units, c.Readout.Layer.Units = 4, 36, 6
	names := map[string]string{"layer0.w_in": "i2h.weight", "layer0.w_rec": "h2h.weight", "readout.tau_m": "tau_m_o"}
	net := newNet(t, c)
	missing, err := net.LoadStateDict(s, names)
	if err != nil {
		t.Fatal(err)
	}
	if len(missing) != 1 || missing[0] != "readout.tau_m" {
		t.Errorf("missing are %v, want readout.tau_m", missing)
	}
	sum := 0.0
	p, _ := net.Params().Get("layer0.w_rec")
	for _, x := range p.Values() {
		sum += x
	}
	if diff := sum + 33.176460239687; diff > 1e-5 || diff < -1e-5 { // as PyTorch adds it up
		t.Errorf("the recurrent weights add up to %v", sum)
	}
	wrapped := models.StateDict{"n_averaged": s["tau_adp_h"]}
	for name, x := range s {
		wrapped["module._orig_mod."+name] = x
	}
	other := newNet(t, c)
	if missing, err := other.LoadStateDict(wrapped, names); err != nil || len(missing) != 1 || !same(params(other), params(net)) {
		t.Errorf("with a prefix: missing are %v, %v, want the same weights", missing, err)
	}
	before := params(net)
	// What comes first in the order of the names fits, and is not taken all the same.
	if _, err := net.LoadStateDict(s, map[string]string{"layer0.b_in": "h2h.bias", "readout.w_in": "i2h.weight"}); err == nil || !strings.Contains(err.Error(), "i2h.weight") {
		t.Errorf("a tensor of another shape: error is %v", err)
	}
	if _, err := net.LoadStateDict(s, map[string]string{"cat": "i2h.weight"}); err == nil || !strings.Contains(err.Error(), "cat") {
		t.Errorf("no such parameter: error is %v", err)
	}
	if !same(params(net), before) {
		t.Error("a state dict that does not fit has changed the network")
	}
}

// Whatever the bytes, Load returns a network or an error that names the file.
func FuzzLoad(f *testing.F) {
	path := filepath.Join(f.TempDir(), "net.safetensors")
	net, err := models.NewSRNN(gorgonia.NewGraph(), models.SRNN{In: 1, Hidden: []nodes.Layer{{Units: 2, Cell: nodes.LIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: models.AdpMem, Layer: nodes.Layer{Units: 2}}})
	if err != nil {
		f.Fatal(err)
	}
	if err := net.Save(path); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "net.safetensors")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		net, err := models.Load(gorgonia.NewGraph(), path)
		if (net == nil) != (err != nil) || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("network %v, error %v: want one of the two, and the file in it", net, err)
		}
	})
}
