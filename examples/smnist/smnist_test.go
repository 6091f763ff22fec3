package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/exampletest"

	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

func program(t *testing.T, args ...string) *flags {
	t.Helper()
	return exampletest.Parse[flags](t, "smnist", args...)
}

// The authors' weights of 2021 give what they published. On all 10,000 test images that is an accuracy
// of .98; the first 500 are as good.
func TestPublishedWeights(t *testing.T) {
	dir := t.TempDir()
	f := program(t, "-eval", "-checkpoint", shared.Path(t, "data", "checkpoints", "smnist_98.21.pth"),
		"-data", shared.Path(t, "data", "mnist"), "-n", "500", "-out", dir)
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, dir)
	within := func(what string, got any, lo, hi float64) {
		if x, ok := got.(float64); !ok || x < lo || x > hi {
			t.Errorf("%s is %v, want %.4f to %.4f", what, got, lo, hi)
		}
	}
	within("accuracy", m["test_accuracy"], .97, .992)
	within("images", m["images"], 500, 500)
	rates := m["firing_rate_per_layer"].([]any)
	for i, want := range []float64{.119, .073, .042} {
		within("firing rate of a layer", rates[i], .97*want, 1.03*want)
	}
	energy := m["energy"].(map[string]any)
	within("energy of an RNN, as a multiple", energy["rnn_ratio"], 30, 45)
	exampletest.Figures(t, dir, 500, "confusion.png")
	exampletest.Figures(t, dir, 500, "digit.png")
}

// short is a run of a second.
func short(t *testing.T, out string, more ...string) *flags {
	return program(t, append([]string{"-images", "200", "-window", "28", "-stride", "28", "-batch", "20", "-out", out}, more...)...)
}

// A short run leaves everything behind that it promises; resumed, it ends as one that was not
// interrupted; its checkpoint evaluates to the same.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	checkpoint := filepath.Join(in("whole"), checkpointName)
	for _, f := range []*flags{
		short(t, in("whole"), "-epochs", "2"),
		short(t, in("halves"), "-epochs", "1"), short(t, in("halves"), "-epochs", "2", "-resume"),
		program(t, "-images", "200", "-eval", "-checkpoint", checkpoint, "-out", in("eval")), // the task lies beside the checkpoint
	} {
		if err := f.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	whole, halves, eval := exampletest.Metrics(t, in("whole")), exampletest.Metrics(t, in("halves")), exampletest.Metrics(t, in("eval"))
	for _, key := range []string{"test_accuracy", "val_accuracy", "train_accuracy", "loss", "firing_rate", "images", "seconds",
		"seconds_per_step", "epochs", "seed", "initial_state", "energy", "task"} {
		if _, ok := whole[key]; !ok {
			t.Errorf("metrics.json has no %s", key)
		}
		a, errA := json.Marshal(whole[key])
		b, errB := json.Marshal(halves[key])
		if !bytes.Equal(a, b) && !strings.HasPrefix(key, "seconds") || errA != nil || errB != nil {
			t.Errorf("%s is %s after resuming, %s without", key, b, a)
		}
	}
	if whole["test_accuracy"] != eval["test_accuracy"] || whole["firing_rate"] != eval["firing_rate"] {
		t.Errorf("the checkpoint evaluates to %v, the run to %v", eval["test_accuracy"], whole["test_accuracy"])
	}
	for _, name := range []string{"learning_curves.png", "confusion.png", "digit.png"} {
		exampletest.Figures(t, in("whole"), 500, name)
	}

	// A new run does not overwrite the checkpoint.
	before, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if err := short(t, in("whole"), "-epochs", "1", "-seed", "9", "-permute").run(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(checkpoint + ".1")
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the checkpoint of the earlier run is lost: %v", err)
	}
	// The task that lies there now is the permuted one.
	if err := program(t, "-images", "200", "-eval", "-checkpoint", checkpoint, "-out", in("permuted")).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := exampletest.Metrics(t, in("permuted"))["task"].(map[string]any)["permute"]; got != true {
		t.Errorf("permute is %v", got)
	}
	if err := short(t, in("whole"), "-stride", "14", "-resume").run(t.Context()); err == nil || !strings.Contains(err.Error(), "another task") {
		t.Errorf("resuming another task: %v", err)
	}
}

// Digits that were drawn are learned better than by chance, in a few epochs.
func TestLearns(t *testing.T) {
	dir := t.TempDir()
	f := program(t, "-images", "600", "-window", "28", "-stride", "28", "-epochs", "10", "-out", dir)
	if err := f.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := exampletest.Metrics(t, dir)["test_accuracy"].(float64); got < .4 {
		t.Errorf("test accuracy is %v, want more than .4; chance is .1", got)
	}
}

// Where there are only the test images of MNIST, four fifths of them are for training.
func TestDivision(t *testing.T) {
	dir := t.TempDir()
	const n = 50
	images := slices.Concat([]byte{0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 28, 0, 0, 0, 28}, make([]byte, n*28*28))
	labels := slices.Concat([]byte{0, 0, 8, 1, 0, 0, 0, n}, make([]byte, n))
	for i := range n {
		images[16+i*28*28] = byte(i) // marks the image
		labels[8+i] = byte(i % 10)
	}
	for name, b := range map[string][]byte{"t10k-images-idx3-ubyte.gz": images, "t10k-labels-idx1-ubyte.gz": labels} {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
		if err := os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := program(t, "-data", dir)
	train, test, name, err := f.images(3)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 40 || test.Len() != 10 || !strings.Contains(name, "divided") {
		t.Errorf("%d and %d images of %s", train.Len(), test.Len(), name)
	}
	seen := map[byte]bool{}
	for i := range n {
		m, k := train, i
		if i >= 40 {
			m, k = test, i-40
		}
		pixels, _, err := m.Image(k)
		if err != nil {
			t.Fatal(err)
		}
		seen[pixels[0]] = true
	}
	if len(seen) != n {
		t.Errorf("both parts hold %d of %d images", len(seen), n)
	}
	// A checkpoint of ours is never evaluated on what it was trained on, one of the authors' on everything.
	for checkpoint, want := range map[string]int{"a.safetensors": 10, "a.pth": n} {
		f.Checkpoint = checkpoint
		if m, _, err := f.testImages(3); err != nil || m.Len() != want {
			t.Errorf("%s is evaluated on %d images, want %d: %v", checkpoint, m.Len(), want, err)
		}
	}
}

// Every architecture runs on its own coding.
func TestArchitectures(t *testing.T) {
	for arch, want := range map[string][3]int{"small": {196, 8, 106}, "2021": {784, 8, 586}, "2020": {784, 80, 394}} {
		f := program(t, "-arch", arch)
		task, err := f.task()
		if err != nil {
			t.Fatal(err)
		}
		c, err := f.network(task)
		if err != nil {
			t.Fatal(err)
		}
		train, _, _, err := f.images(1)
		if err != nil {
			t.Fatal(err)
		}
		s, err := task.sequences(train)
		if err != nil {
			t.Fatal(err)
		}
		units := c.Readout.Layer.Units
		for _, l := range c.Hidden {
			units += l.Units
		}
		if d := s.Dims(); d.Steps != want[0] || d.Features != want[1] || c.In != want[1] || units != want[2] {
			t.Errorf("%s: %+v, %d inputs and %d neurons, want %v", arch, d, c.In, units, want)
		}
		if _, err := models.NewSRNN(gorgonia.NewGraph(), c); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
	}
}

func TestWrongCommands(t *testing.T) {
	alien := filepath.Join(t.TempDir(), "alien.pth")
	if err := os.WriteFile(alien, []byte("not a checkpoint"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.safetensors")
	net, err := models.NewSRNN(gorgonia.NewGraph(), models.SRNN{In: 2, Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Save(other); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"-eval -checkpoint " + other, "another network"},
		{"-eval", "-checkpoint"},
		{"-checkpoint x", "-eval"},
		{"-arch cat", `"cat"`},
		{"-surrogate cat", `"cat"`},
		{"-data /no/such/folder", "/no/such/folder"},
		{"-eval -checkpoint /no/such/file", "/no/such/file"},
		{"-eval -checkpoint " + alien, alien},
		{"-window 785", "window is 785"},
		{"-stride 9", "stride 9"},
		{"-halve 0", "-halve is 0"},
		{"-images 7", "-images 7"},
		{"-n 3", "-n is for -eval"},
		{"-eval -checkpoint x -n -1", "-n -1"},
		{"-lr -1", "Rate"},
		{"-tau-adp -1", "-tau-adp is -1"},
		{"-resume", checkpointName},
	} {
		args := append([]string{"-images", "40", "-epochs", "1", "-out", filepath.Join(t.TempDir(), "out")}, strings.Fields(c.args)...)
		if err := program(t, args...).run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}
