package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/exampletest"

	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

func program(t *testing.T, args ...string) *flags {
	t.Helper()
	return exampletest.Parse[flags](t, "ecg", args...)
}

// The authors' weights of 2020 give what they published, on all 141 test records.
func TestPublishedWeights(t *testing.T) {
	f := program(t)
	net, missing, err := f.load(shared.Path(t, "data", "checkpoints", "ecg_icons2020_36.pth"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(missing, " ") != "layer0.tau_m readout.tau_m" {
		t.Errorf("the file lacks %v", missing)
	}
	test, err := data.ReadQTDB(shared.Path(t, "data", "qtdb", "QTDB_test.mat"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := net.Evaluate(t.Context(), test, models.Evaluation{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	within := func(what string, got, lo, hi float64) {
		if !(got >= lo && got <= hi) {
			t.Errorf("%s is %.4f, want %.3f to %.3f", what, got, lo, hi)
		}
	}
	within("accuracy", r.Accuracy, .850, .860)
	within("firing rate", r.FiringRate, .285, .297)
	within("hidden firing rate", r.LayerRates[0], .325, .335)
	within("readout firing rate", r.LayerRates[1], .054, .060)
}

// A short run leaves everything behind that it promises; resumed, it ends as one that was not
// interrupted; its checkpoint evaluates to the same.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	small := func(out string, more ...string) *flags {
		return program(t, append([]string{"-records", "12", "-hidden", "5", "-batch", "4", "-out", filepath.Join(dir, out)}, more...)...)
	}
	for _, f := range []*flags{
		small("whole", "-epochs", "2"),
		small("halves", "-epochs", "1"), small("halves", "-epochs", "2", "-resume"),
		small("eval", "-eval", "-checkpoint", filepath.Join(dir, "whole", checkpointName)),
	} {
		if err := f.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	whole, halves, eval := exampletest.Metrics(t, filepath.Join(dir, "whole")), exampletest.Metrics(t, filepath.Join(dir, "halves")), exampletest.Metrics(t, filepath.Join(dir, "eval"))
	for _, key := range []string{"test_accuracy", "val_accuracy", "train_accuracy", "loss", "firing_rate", "seconds",
		"seconds_per_step", "epochs", "seed", "initial_state"} {
		if _, ok := whole[key]; !ok {
			t.Errorf("metrics.json has no %s", key)
		}
		if a, b := whole[key], halves[key]; a != b && !strings.HasPrefix(key, "seconds") {
			t.Errorf("%s is %v after resuming, %v without", key, b, a)
		}
	}
	if whole["test_accuracy"] != eval["test_accuracy"] || whole["firing_rate"] != eval["firing_rate"] {
		t.Errorf("the checkpoint evaluates to %v, the run to %v", eval["test_accuracy"], whole["test_accuracy"])
	}
	exampletest.Figures(t, filepath.Join(dir, "whole"), 500, "learning_curves.png", "record.png", "confusion.png", "time_constants.png")

	// A new run does not overwrite the checkpoint.
	before, err := os.ReadFile(filepath.Join(dir, "whole", checkpointName))
	if err != nil {
		t.Fatal(err)
	}
	if err := small("whole", "-epochs", "1", "-seed", "9").run(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "whole", checkpointName+".1"))
	if err != nil || string(before) != string(after) {
		t.Errorf("the checkpoint of the earlier run is lost: %v", err)
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
	for _, c := range []struct {
		args string
		want string
	}{
		{"-eval -checkpoint " + other, "another network"},
		{"-eval", "-checkpoint"},
		{"-checkpoint x", "-eval"},
		{"-surrogate cat", `"cat"`},
		{"-data /no/such/folder", "/no/such/folder"},
		{"-eval -checkpoint /no/such/file", "/no/such/file"},
		{"-eval -checkpoint " + alien, alien},
		{"-initial -1", "-initial is -1"},
		{"-halve 0", "-halve is 0"},
		{"-hidden 0", "layer0"},
		{"-b0 NaN", "b0 is NaN"},
		{"-resume", checkpointName},
	} {
		args := append(strings.Fields(c.args), "-records", "6", "-epochs", "1", "-out", filepath.Join(t.TempDir(), "out"))
		if err := program(t, args...).run(context.Background()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
}
