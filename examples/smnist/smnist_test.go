package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// run runs the program, and returns its flags as they were in the end.
func run(t *testing.T, args ...string) (*flags, error) {
	t.Helper()
	f := new(flags)
	return f, exampletest.Run(t, t.Context(), "smnist", f, args...)
}

// mustRun runs the program, which is to have no error.
func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if _, err := run(t, args...); err != nil {
		t.Fatal(err)
	}
}

// The authors' weights of 2021 give what they published. On all 10,000 test images that is an accuracy
// of .98; the first 500 are as good.
func TestPublishedWeights(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, "-eval", "-checkpoint", shared.Path(t, "data", "checkpoints", "smnist_98.21.pth"),
		"-data", shared.Path(t, "data", "mnist"), "-n", "500", "-out", dir)
	m := exampletest.Metrics(t, dir)
	within := func(what string, got any, lo, hi float64) {
		if x, ok := got.(float64); !ok || x < lo || x > hi {
			t.Errorf("%s is %v, want %.4f to %.4f", what, got, lo, hi)
		}
	}
	within("accuracy", m["test_accuracy"], .97, .992)
	within("images", m["test_examples"], 500, 500)
	for i, want := range []float64{.119, .073, .042} {
		within("firing rate of a layer", m[fmt.Sprintf("test_firing_rate.layer%d", i)], .97*want, 1.03*want)
	}
	energy := m["energy"].(map[string]any)
	within("energy of an RNN, as a multiple", energy["rnn_ratio"], 30, 45)
	exampletest.Figures(t, dir, 500, "confusion.png")
	exampletest.Figures(t, dir, 500, "digit.png")
}

// A short run leaves everything behind that it promises; resumed with nothing but more epochs, it goes on with
// what it began with, and ends as one that was not interrupted; its checkpoint evaluates to the same.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	short := func(out string, more ...string) {
		t.Helper()
		mustRun(t, append([]string{"-images", "200", "-window", "28", "-stride", "28", "-batch", "20", "-permute", "-out", in(out)}, more...)...)
	}
	evaluate := func(checkpoint, out string) map[string]any { // the task lies beside the checkpoint
		t.Helper()
		mustRun(t, "-images", "200", "-eval", "-checkpoint", filepath.Join(in("whole"), checkpoint), "-out", in(out))
		return exampletest.Metrics(t, in(out))
	}
	short("whole", "-epochs", "2")
	short("halves", "-epochs", "1")
	mustRun(t, "-epochs", "2", "-resume", "-out", in("halves"))
	eval := evaluate(program.CheckpointName, "eval")
	whole, halves := exampletest.Metrics(t, in("whole")), exampletest.Metrics(t, in("halves"))
	for _, key := range []string{"test_accuracy", "val_accuracy", "train_accuracy", "test_loss", "test_firing_rate", "test_examples", "seconds",
		"seconds_per_step", "epochs", "seed", "initial_state", "energy", "task"} {
		if _, ok := whole[key]; !ok {
			t.Errorf("metrics.json has no %s", key)
		}
		if a, b := whole[key], halves[key]; !reflect.DeepEqual(a, b) && !strings.HasPrefix(key, "seconds") {
			t.Errorf("%s is %v after resuming, %v without", key, b, a)
		}
	}
	mustRun(t, "-images", "200", "-eval", "-batch", "10", "-checkpoint", filepath.Join(in("whole"), program.CheckpointName), "-out", in("tens"))
	if tens := exampletest.Metrics(t, in("tens")); tens["test_loss"] == eval["test_loss"] { // each batch draws its state
		t.Errorf("ten images at a time have the loss %v, as all at a time have", tens["test_loss"])
	}
	for _, key := range []string{"test_accuracy", "test_loss", "test_firing_rate", "task"} {
		if !reflect.DeepEqual(whole[key], eval[key]) {
			t.Errorf("the checkpoint evaluates to %s %v, the run to %v", key, eval[key], whole[key])
		}
	}
	exampletest.Figures(t, in("whole"), 500, "learning_curves.png", "confusion.png", "digit.png")

	// A new run does not overwrite the checkpoint of the old one, nor its task.
	mustRun(t, "-images", "200", "-epochs", "1", "-seed", "9", "-stride", "4", "-out", in("whole"))
	if now, old := evaluate(program.CheckpointName, "now")["task"], evaluate(program.CheckpointName+".1", "old")["task"]; reflect.DeepEqual(now, old) ||
		!reflect.DeepEqual(old, whole["task"]) {
		t.Errorf("the tasks are %v, and before it %v, want %v", now, old, whole["task"])
	}
	for _, args := range [][]string{{"-resume", "-out", in("whole"), "-stride", "2"},
		{"-eval", "-checkpoint", filepath.Join(in("whole"), program.CheckpointName), "-stride", "2", "-out", in("other")}} {
		if _, err := run(t, args...); err == nil || !strings.Contains(err.Error(), "stride") && !strings.Contains(err.Error(), "another task") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// Digits that were drawn are learned better than by chance, in a few epochs.
func TestLearns(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, "-images", "600", "-window", "28", "-stride", "28", "-epochs", "10", "-out", dir)
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
	f := new(flags)
	train, test, name, err := f.images(dir, 3)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 40 || test.Len() != 10 || !strings.Contains(name, "divided") {
		t.Errorf("%d and %d images of %s", train.Len(), test.Len(), name)
	}
	seen := map[float32]bool{}
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
		if m, _, err := f.testImages(dir, 3); err != nil || m.Len() != want {
			t.Errorf("%s is evaluated on %d images, want %d: %v", checkpoint, m.Len(), want, err)
		}
	}
}

// Images of other sizes and classes are learned from their own files, and a checkpoint is not asked about others.
func TestOtherImages(t *testing.T) {
	dir := t.TempDir()
	const n, rows, columns = 60, 6, 9
	for _, part := range []string{"train", "test"} {
		images := slices.Concat([]byte{0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, columns, 0, 0, 0, rows}, make([]byte, n*rows*columns))
		labels := slices.Concat([]byte{0, 0, 8, 1, 0, 0, 0, n}, make([]byte, n))
		for i := range n {
			images[16+i*rows*columns+i%20] = 200
			labels[8+i] = byte(1 + i%12)
		}
		for name, b := range map[string][]byte{"images-idx3": images, "labels-idx1": labels} {
			if err := os.WriteFile(filepath.Join(dir, "emnist-letters-"+part+"-"+name+"-ubyte"), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	out := filepath.Join(dir, "out")
	mustRun(t, "-data", dir, "-arch", "small", "-first-class", "1", "-window", "9", "-stride", "9", "-epochs", "1", "-out", out)
	evaluate := []string{"-eval", "-checkpoint", filepath.Join(out, program.CheckpointName), "-out", filepath.Join(dir, "eval")}
	mustRun(t, append(evaluate, "-data", dir)...)
	a, b := exampletest.Metrics(t, out), exampletest.Metrics(t, filepath.Join(dir, "eval"))
	if task := a["task"].(map[string]any); task["rows"] != 6. || task["columns"] != 9. || !reflect.DeepEqual(a["test_loss"], b["test_loss"]) {
		t.Errorf("the task is %v, the loss %v, and %v of the checkpoint", task, a["test_loss"], b["test_loss"])
	}
	for want, more := range map[string][]string{"first-class: 1 in the checkpoint, 0 asked for": {"-data", dir, "-first-class", "0"}, "6×9 pixels": nil} {
		if _, err := run(t, append(evaluate, more...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v gives %v, want an error with %q", more, err, want)
		}
	}
}

// Every architecture runs on its own coding.
func TestArchitectures(t *testing.T) {
	images, err := data.Strokes{Images: 10}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	for arch, want := range map[string][3]int{"small": {196, 8, 106}, "2021": {784, 8, 586}, "2020": {784, 80, 394}} {
		f := &flags{Count: 1}
		if err := f.settle(arch); err != nil {
			t.Fatal(err)
		}
		learning, err := f.learning(f.task(), 10)
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.task().sequences(images)
		if err != nil {
			t.Fatal(err)
		}
		c := learning.Model.(models.SRNN)
		units := c.Readout.Layer.Units
		for _, l := range c.Hidden {
			units += l.Units
		}
		if d := s.Spec(); d.Steps != want[0] || d.Features != want[1] || c.In != want[1] || units != want[2] {
			t.Errorf("%s: %+v, %d inputs and %d neurons, want %v", arch, d, c.In, units, want)
		}
		p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := train.NewNetwork(learning, p, s.Spec(), 1); err != nil {
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
	exampletest.OtherNetwork(t, other)
	for _, c := range []struct{ args, want string }{
		{"-eval -checkpoint " + other, "another network"},
		{"-eval -epochs 3 -checkpoint " + other, "-epochs is for training"},
		{"-eval -clip 3 -checkpoint " + other, "-clip is for training"},
		{"-eval -initial .3 -checkpoint " + other, "-initial is for files of PyTorch"},
		{"-eval", "-checkpoint"},
		{"-checkpoint x", "-eval"},
		{"-arch cat", `"cat"`},
		{"-surrogate cat", `"cat"`},
		{"-data /no/such/folder", "/no/such/folder"},
		{"-eval -checkpoint /no/such/file", "/no/such/file"},
		{"-eval -checkpoint " + alien, alien},
		{"-window 785", "window is 785"},
		{"-stride 9", "stride 9"},
		{"-halve 0", "-halve is 0, want at least 1"},
		{"-images 7", "-images is 7, want at least 40"},
		{"-set letters", "are for -data"},
		{"-data /no/such/folder -white -1", "-white is -1"},
		{"-n 3", "-n is for -eval"},
		{"-eval -checkpoint x -n 0", "-n is 0, want at least 1"},
		{"-clip 0", "-clip is 0"},
		{"-clip 3 -no-clip", "-no-clip"},
		{"-window 0", "-window is 0"},
		{"-lr -1", "-lr is -1"},
		{"-tau-adp -1", "-tau-adp is -1"},
		{"-tau-adp 0", "-tau-adp is 0"},
		{"-arch 2020 -count .5", "-count is 0.5"},
		{"-resume", "no run"},
	} {
		args := append([]string{"-images", "40", "-out", filepath.Join(t.TempDir(), "out")}, strings.Fields(c.args)...)
		if _, err := run(t, args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}
