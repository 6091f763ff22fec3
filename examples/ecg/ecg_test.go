package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
)

func run(t *testing.T, args ...string) error {
	t.Helper()
	return exampletest.Run(t, t.Context(), "ecg", new(flags), args...)
}

// The authors' weights of 2020 give what they published, on all 141 test records.
func TestPublishedWeights(t *testing.T) {
	out := t.TempDir()
	if err := run(t, "-eval", "-checkpoint", shared.Path(t, "data", "checkpoints", "ecg_icons2020_36.pth"),
		"-data", shared.Path(t, "data", "qtdb"), "-out", out); err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, out)
	within := func(what string, lo, hi float64) {
		if got, _ := m[what].(float64); !(got >= lo && got <= hi) {
			t.Errorf("%s is %.4f, want %.3f to %.3f", what, got, lo, hi)
		}
	}
	within("test_accuracy", .850, .860)
	within("test_firing_rate", .285, .297)
	within("test_firing_rate.layer0", .325, .335)
	within("test_firing_rate.readout", .054, .060)
}

// The authors' weights of 2021 bring along what they were trained with, and what is asked for is obeyed. Data that they
// do not know are named.
func TestKnownSettings(t *testing.T) {
	weights := shared.Path(t, "data", "checkpoints", "ecg_nmi2021_36_mg.pth")
	qtdb := shared.Path(t, "data", "qtdb")
	for _, c := range []struct {
		args       []string
		lo, hi     float64
		b0         float64
		unfamiliar bool
	}{
		{[]string{"-data", qtdb}, .8584, .8588, .1, false},
		{[]string{"-data", qtdb, "-b0", "0.02"}, .3, .4, .02, false},
		{[]string{"-records", "9"}, 0, 1, .1, true},
	} {
		out := t.TempDir()
		if err := run(t, append(c.args, "-eval", "-checkpoint", weights, "-out", out)...); err != nil {
			t.Fatal(err)
		}
		m := exampletest.Metrics(t, out)
		if a := m["test_accuracy"].(float64); a < c.lo || a > c.hi {
			t.Errorf("%v: accuracy is %v, want %v to %v", c.args, a, c.lo, c.hi)
		}
		if m["unfamiliar_data"] != c.unfamiliar || m["trained_on"] != program.QTDatabase {
			t.Errorf("%v: trained on %v, unfamiliar %v", c.args, m["trained_on"], m["unfamiliar_data"])
		}
		cell := m["network"].(map[string]any)["hidden"].([]any)[0].(map[string]any)["cell"].(map[string]any)
		if cell["b0"] != c.b0 {
			t.Errorf("%v: b0 is %v, want %v", c.args, cell["b0"], c.b0)
		}
	}
}

// Weights are known by their tensors, whatever else their file is: saved again in double precision, with a prefix and
// something beside them, they are the same; with one number changed, they are not.
func TestKnownTensors(t *testing.T) {
	s, err := models.ReadStateDict(shared.Path(t, "data", "checkpoints", "ecg_nmi2021_36_mg.pth"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change  float64
		trained string
		b0      float64
	}{{0, program.QTDatabase, .1}, {1e-3, "unknown", .01}} {
		tensors := []tensorfile.Tensor{tensorfile.FromFloats("epoch", []int{1}, []float64{400})}
		for name, x := range s {
			values, err := x.Float64s()
			if err != nil {
				t.Fatal(err)
			}
			if name == "h2h.weight" {
				values[7] += c.change
			}
			tensors = append(tensors, tensorfile.FromFloats("module."+name, x.Shape, values))
		}
		path, out := filepath.Join(t.TempDir(), "again.safetensors"), t.TempDir()
		if err := tensorfile.WriteSafetensors(path, tensors, nil); err != nil {
			t.Fatal(err)
		}
		if err := run(t, "-eval", "-checkpoint", path, "-records", "3", "-out", out); err != nil {
			t.Fatal(err)
		}
		m := exampletest.Metrics(t, out)
		cell := m["network"].(map[string]any)["hidden"].([]any)[0].(map[string]any)["cell"].(map[string]any)
		if m["trained_on"] != c.trained || cell["b0"] != c.b0 {
			t.Errorf("changed by %v: trained on %v, b0 %v, want %v and %v", c.change, m["trained_on"], cell["b0"], c.trained, c.b0)
		}
	}
}

// A short run leaves everything behind that it promises; resumed, it ends as one that was not
// interrupted; its checkpoint evaluates to the same.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	small := func(out string, more ...string) {
		t.Helper()
		args := []string{"-records", "12", "-batch", "4", "-out", filepath.Join(dir, out)}
		if out != "eval" {
			args = append(args, "-hidden", "5")
		}
		if err := run(t, append(args, more...)...); err != nil {
			t.Fatal(err)
		}
	}
	small("whole", "-epochs", "2")
	small("halves", "-epochs", "1")
	small("halves", "-epochs", "2", "-resume")
	small("eval", "-eval", "-checkpoint", filepath.Join(dir, "whole", program.CheckpointName))
	whole, halves, eval := exampletest.Metrics(t, filepath.Join(dir, "whole")), exampletest.Metrics(t, filepath.Join(dir, "halves")), exampletest.Metrics(t, filepath.Join(dir, "eval"))
	for _, key := range []string{"test_accuracy", "val_accuracy", "train_accuracy", "test_loss", "test_firing_rate", "seconds",
		"seconds_per_step", "epochs", "seed", "initial_state"} {
		if _, ok := whole[key]; !ok {
			t.Errorf("metrics.json has no %s", key)
		}
		if a, b := whole[key], halves[key]; a != b && !strings.HasPrefix(key, "seconds") {
			t.Errorf("%s is %v after resuming, %v without", key, b, a)
		}
	}
	if whole["test_accuracy"] != eval["test_accuracy"] || whole["test_firing_rate"] != eval["test_firing_rate"] {
		t.Errorf("the checkpoint evaluates to %v, the run to %v", eval["test_accuracy"], whole["test_accuracy"])
	}
	exampletest.Figures(t, filepath.Join(dir, "whole"), 500, "learning_curves.png", "record.png", "confusion.png", "time_constants.png")

	// A new run does not overwrite the checkpoint.
	before, err := os.ReadFile(filepath.Join(dir, "whole", program.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	small("whole", "-epochs", "1", "-seed", "9")
	after, err := os.ReadFile(filepath.Join(dir, "whole", program.CheckpointName+".1"))
	if err != nil || string(before) != string(after) {
		t.Errorf("the checkpoint of the earlier run is lost: %v", err)
	}
}

// One record can be learnt by heart: there is nothing to hold out then.
func TestOneRecord(t *testing.T) {
	dir := t.TempDir()
	if err := run(t, "-records", "1", "-epochs", "150", "-lr", ".02", "-out", dir); err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, dir)
	if x, _ := m["train_accuracy"].(float64); !(x > .9) || m["val_accuracy"] != nil {
		t.Errorf("accuracy is %v in training, %v in validation", m["train_accuracy"], m["val_accuracy"])
	}
}

func TestWrongCommands(t *testing.T) {
	alien := filepath.Join(t.TempDir(), "alien.pth")
	if err := os.WriteFile(alien, []byte("not a checkpoint"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.safetensors")
	exampletest.OtherNetwork(t, other)
	for _, c := range []struct {
		args string
		want string
	}{
		{"-eval -checkpoint " + other, "another network"},
		{"-eval -epochs 3 -checkpoint " + other, "-epochs is for training"},
		{"-eval -b0 .3 -checkpoint " + other, "-b0 is for files of PyTorch"},
		{"-eval", "-checkpoint"},
		{"-checkpoint x", "-eval"},
		{"-surrogate cat", `"cat"`},
		{"-data /no/such/folder", "/no/such/folder"},
		{"-eval -checkpoint /no/such/file", "/no/such/file"},
		{"-eval -checkpoint " + alien, alien},
		{"-initial -1", "-initial is -1"},
		{"-halve 0", "-halve is 0"},
		{"-hidden 0", "-hidden is 0"},
		{"-b0 NaN", "b0 is NaN"},
		{"-resume", "no run"},
	} {
		args := append(strings.Fields(c.args), "-records", "6", "-out", filepath.Join(t.TempDir(), "out"))
		if err := run(t, args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}
