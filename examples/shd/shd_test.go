package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
)

func run(t *testing.T, args ...string) error {
	t.Helper()
	return exampletest.Run(t, t.Context(), "shd", new(flags), args...)
}

// A short run leaves everything behind that it promises; resumed, it ends as one that was not
// interrupted; its checkpoint evaluates to the same.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	small := []string{"-examples", "120", "-dt", "20", "-hidden", "12,10", "-batch", "20", "-augment", "-validation", "speakers", "-epochs", "4"}
	if err := run(t, append(small, "-out", in("whole"))...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // as Ctrl-C does, once an epoch has been saved
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(in("halves"), program.CheckpointName)); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if err := exampletest.Run(t, ctx, "shd", new(flags), append(small, "-out", in("halves"))...); err == nil {
		t.Log("the run was over before it could be stopped")
	}
	for _, args := range [][]string{
		{"-resume", "-out", in("halves")},
		{"-examples", "120", "-dt", "20", "-batch", "20", "-eval", "-checkpoint", filepath.Join(in("whole"), program.CheckpointName), "-out", in("eval")},
	} {
		if err := run(t, args...); err != nil {
			t.Fatal(err)
		}
	}
	whole, halves, eval := exampletest.Metrics(t, in("whole")), exampletest.Metrics(t, in("halves")), exampletest.Metrics(t, in("eval"))
	for _, key := range []string{"test_accuracy", "val_accuracy", "train_accuracy", "test_loss", "val_loss", "train_loss", "test_firing_rate",
		"test_firing_rate.layer0", "test_firing_rate.layer1", "seconds", "seconds_per_step", "epochs", "best_epoch", "seed", "energy"} {
		if _, ok := whole[key]; !ok {
			t.Errorf("metrics.json has no %s", key)
		}
		if a, b := whole[key], halves[key]; !reflect.DeepEqual(a, b) && !strings.HasPrefix(key, "seconds") {
			t.Errorf("%s is %v after resuming, %v without", key, b, a)
		}
	}
	for _, key := range []string{"test_accuracy", "test_loss", "test_firing_rate", "energy"} {
		if !reflect.DeepEqual(whole[key], eval[key]) {
			t.Errorf("the checkpoint evaluates to %s %v, the run to %v", key, eval[key], whole[key])
		}
	}
	exampletest.Figures(t, in("whole"), 500, "learning_curves.png", "example.png", "confusion.png")

	// The rate has fallen to zero: there is nothing to go on to.
	if err := run(t, "-resume", "-epochs", "6", "-out", in("whole")); err == nil || !strings.Contains(err.Error(), "learning rate falls") {
		t.Errorf("resuming for more epochs: %v", err)
	}

	// A new run does not overwrite the files of an earlier one.
	before, err := os.ReadFile(filepath.Join(in("whole"), program.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, append(small, "-epochs", "1", "-seed", "9", "-out", in("whole"))...); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(filepath.Join(in("whole"), program.CheckpointName+".1")); err != nil || string(before) != string(after) {
		t.Errorf("the checkpoint of the earlier run is lost: %v", err)
	}
}

// The validation set is made of the examples that are not trained on, and is not augmented.
func TestSets(t *testing.T) {
	f := &flags{Examples: 60, Dt: 20, Augment: true, Validation: "examples"}
	s, err := f.sets(0)
	if err != nil {
		t.Fatal(err)
	}
	plain := &flags{Examples: 60, Dt: 20, Validation: "examples"}
	p, err := plain.sets(0)
	if err != nil {
		t.Fatal(err)
	}
	events := func(d train.Dataset, epoch int) (all [][]train.Event) {
		if e, ok := d.(train.Epochs); ok && epoch > 0 {
			if d, err = e.Epoch(epoch); err != nil {
				t.Fatal(err)
			}
		}
		for i := range d.Len() {
			e := train.Example{Classes: make([]int, 1)}
			if err := d.Read(i, &e); err != nil {
				t.Fatal(err)
			}
			all = append(all, e.Events)
		}
		return all
	}
	if s.train.Len() != 54 || s.validation.Len() != 6 || s.test.Len() != 20 {
		t.Errorf("%d, %d and %d examples, want 54, 6 and 20", s.train.Len(), s.validation.Len(), s.test.Len())
	}
	if !reflect.DeepEqual(events(s.validation, 2), events(p.validation, 0)) || !reflect.DeepEqual(events(s.test, 2), events(p.test, 0)) {
		t.Error("what is validated or tested on is augmented")
	}
	for epoch := 1; epoch <= 2; epoch++ {
		if reflect.DeepEqual(events(s.train, epoch), events(p.train, 0)) {
			t.Errorf("epoch %d is not augmented", epoch)
		}
	}
	if reflect.DeepEqual(events(s.train, 1), events(s.train, 2)) {
		t.Error("two epochs are augmented alike")
	}
	for _, held := range events(p.validation, 0) {
		for _, kept := range events(p.train, 0) {
			if reflect.DeepEqual(held, kept) {
				t.Fatal("an example is trained and validated on")
			}
		}
	}
}

// Files in the format of the Spiking Heidelberg Digits are trained and tested on.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{"shd_contiguous.h5": "shd_train.h5", "shd_chunked.h5": "shd_test.h5"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "models", "data", "testdata", from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(t, "-data", dir, "-dt", "20", "-epochs", "1", "-hidden", "4", "-counts", "-validation", "speakers", "-out", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, filepath.Join(dir, "out"))
	if m["test_examples"] != 10. || m["steps"] != 50. || m["dt"] != 20. {
		t.Errorf("%v test examples of %v steps of %v ms, want 10, 50 and 20", m["test_examples"], m["steps"], m["dt"])
	}
	// What the network does not say of its inputs, its run does; away from that, the defaults are taken.
	checkpoint, alone := filepath.Join(dir, "out", program.CheckpointName), filepath.Join(t.TempDir(), "alone.safetensors")
	content, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alone, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, trained string
		dt            float64
	}{
		{"-data " + dir + " -checkpoint " + checkpoint, program.SpokenDigits, 20},
		{"-data " + dir + " -dt 10 -checkpoint " + checkpoint, program.SpokenDigits, 10},
		{"-data " + dir + " -checkpoint " + alone, "unknown", 4},
	} {
		out := t.TempDir()
		if err := run(t, append(strings.Fields(c.args), "-eval", "-out", out)...); err != nil {
			t.Fatal(err)
		}
		e := exampletest.Metrics(t, out)
		if e["dt"] != c.dt || e["trained_on"] != c.trained || c.dt == 20 && e["test_loss"] != m["test_loss"] {
			t.Errorf("%s: dt is %v, trained on %v, loss %v and %v", c.args, e["dt"], e["trained_on"], e["test_loss"], m["test_loss"])
		}
	}
}

// The authors' weights run, on spike trains of 700 channels. They were not trained on these, so that
// nothing is said of the accuracy.
func TestPublishedWeights(t *testing.T) {
	path := shared.Path(t, "data", "checkpoints", "shd_90.7_4ms.pth")
	dir := t.TempDir()
	f := new(flags)
	if err := exampletest.Run(t, t.Context(), "shd", f, "-eval", "-checkpoint", path, "-examples", "60", "-out", dir); err != nil {
		t.Fatal(err)
	}
	net, trained, err := f.load(new(program.Run), path)
	if err != nil {
		t.Fatal(err)
	}
	if m := exampletest.Metrics(t, dir); trained != program.SpokenDigits || m["trained_on"] != trained || m["unfamiliar_data"] != true || m["tested_on"] != "synthetic spoken digits" {
		t.Errorf("it was trained on %s; metrics.json has %v, tested on %v, unfamiliar %v", trained, m["trained_on"], m["tested_on"], m["unfamiliar_data"])
	}
	c := net.Model().(models.SRNN)
	if c.In != 700 || len(c.Hidden) != 2 || c.Hidden[0].Units != 128 || c.Hidden[1].Units != 128 || c.Readout.Layer.Units != 20 {
		t.Errorf("the network is %+v", c)
	}
	// The means of the tensors, as PyTorch tells them.
	for name, want := range map[string]float64{
		"layer0.w_in": -0.04832398518919945, "layer0.w_rec": -0.023369833827018738, "layer1.w_in": -0.12167713791131973,
		"layer1.w_rec": -0.12262649089097977, "layer0.tau_m": 19.530780792236328, "layer0.tau_adp": 150.09051513671875,
		"layer1.tau_m": 20.071636199951172, "layer1.tau_adp": 152.90975952148438, "readout.w_in": -0.0690077543258667,
		"readout.b_in": 0.022322002798318863, "readout.tau_m": 18.494281768798828, "layer0.b_rec": -0.19145983457565308,
	} {
		p, ok := net.Params().Get(name)
		if !ok {
			t.Fatalf("there is no parameter %s", name)
		}
		sum := 0.
		for _, v := range p.Values() {
			sum += v
		}
		if got := sum / float64(len(p.Values())); math.Abs(got-want) > 1e-6*math.Abs(want) {
			t.Errorf("%s has mean %v, want %v", name, got, want)
		}
	}
	m := exampletest.Metrics(t, dir)
	if rate := m["test_firing_rate"].(float64); rate < .01 || rate > .5 {
		t.Errorf("firing rate is %v", rate)
	}
}

// The figure adds up what the loss adds up.
func TestScores(t *testing.T) {
	got := scores([][]float64{{5, 0}, {0, 0}, {math.Log(3), 0}})
	for step, want := range [][]float64{{0, 0}, {.5, .5}, {1.25, .75}} {
		for k := range want {
			if math.Abs(got[step][k]-want[k]) > 1e-12 {
				t.Errorf("step %d: scores are %v, want %v", step, got[step], want)
			}
		}
	}
}

func TestWrongCommands(t *testing.T) {
	dir := t.TempDir()
	alien := filepath.Join(dir, "alien.pth")
	if err := os.WriteFile(alien, []byte("not a checkpoint"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.Mkdir(broken, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "shd_train.h5"), []byte("not HDF5"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.safetensors")
	exampletest.OtherNetwork(t, other)
	for _, c := range []struct{ args, want string }{
		{"-eval -augment -checkpoint " + other, "-augment is for training"},
		{"-eval", "-checkpoint"},
		{"-checkpoint x", "-eval"},
		{"-eval -checkpoint " + other, "another network"},
		{"-eval -checkpoint " + alien, alien},
		{"-eval -checkpoint /no/such/file", "/no/such/file"},
		{"-data /no/such/folder", "/no/such/folder/shd_train.h5"},
		{"-data " + broken, "shd_train.h5"},
		{"-epochs 0", "-epochs is 0"},
		{"-dt -1", "-dt is -1"},
		{"-dt 0.00001", "steps of 1e-05 ms"},
		{"-dt 0", "-dt is 0"},
		{"-lr 0", "-lr is 0"},
		{"-initial NaN", "-initial is NaN"},
		{"-hidden 0", "-hidden is 0"},
		{"-b0 NaN", "b0 is NaN"},
		{"-resume", "no run"},
	} {
		args := append([]string{"-examples", "60", "-out", filepath.Join(t.TempDir(), "out")}, strings.Fields(c.args)...)
		if err := run(t, args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}
