package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes/nodetest"
)

func TestTCLIF(t *testing.T) { nodetest.Cell(t, TCLIF{}) }

// small runs a tiny configuration, and returns its metrics.
func small(t *testing.T, dir string, args ...string) map[string]any {
	t.Helper()
	args = append([]string{"-epochs", "2", "-neurons", "5"}, args...)
	return start(t, dir, args...)
}

// start runs the program on few records, and returns its metrics.
func start(t *testing.T, dir string, args ...string) map[string]any {
	t.Helper()
	args = append([]string{"-records", "12", "-batch", "4", "-out", dir}, args...)
	if err := exampletest.Run(t, t.Context(), "customneuron", new(flags), args...); err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, dir)
	delete(m, "seconds")
	delete(m, "seconds_per_step")
	return m
}

// same reports an error for every number in which two runs differ.
func same(t *testing.T, what string, a, b map[string]any) {
	t.Helper()
	for key, x := range a {
		switch x.(type) {
		case float64, string:
			if x != b[key] {
				t.Errorf("%s: %s is %v, want %v", what, key, b[key], x)
			}
		}
	}
}

// A short run leaves everything behind that it promises. Its file is read without the program's settings: the
// network is made of what was registered, and gives the same.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	m := small(t, filepath.Join(dir, "run"))
	for _, key := range []string{"test_accuracy", "majority_accuracy", "val_accuracy", "train_accuracy", "test_loss", "test_firing_rate.neurons"} {
		if x, ok := m[key].(float64); !ok || !(x > 0 && x < 3) {
			t.Errorf("%s is %v", key, m[key])
		}
	}
	exampletest.Figures(t, filepath.Join(dir, "run"), 500, "learning_curves.png", "confusion.png", "record.png")

	path := filepath.Join(dir, "run", program.CheckpointName)
	net, err := train.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	elements := 0
	for _, p := range net.Params().All() {
		names = append(names, p.Name)
		elements += len(p.Values())
	}
	if got := strings.Join(names, " "); got != "encoder.w encoder.b neurons.w_in neurons.b_in neurons.w_rec neurons.b_rec neurons.c1 neurons.c2 "+
		"integrators.w_in integrators.b_in integrators.tau_m readout.w readout.b" {
		t.Errorf("the checkpoint holds %s", got)
	}
	if m["parameters"] != float64(elements) {
		t.Errorf("metrics.json counts %v parameters, the checkpoint holds %d", m["parameters"], elements)
	}
	eval := start(t, filepath.Join(dir, "eval"), "-eval", "-checkpoint", path)
	for _, key := range []string{"test_accuracy", "test_loss", "test_firing_rate", "majority_accuracy", "parameters"} {
		if eval[key] != m[key] {
			t.Errorf("%s is %v of the checkpoint, %v of the run", key, eval[key], m[key])
		}
	}
}

// The same seed gives the same run, also one that stopped early and went on, and another seed another one.
func TestSeed(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-epochs", "6", "-lr", "0.3", "-patience"} // at this rate some epochs are worse than the one before
	whole := small(t, filepath.Join(dir, "whole"), append(args, "6")...)
	if early := small(t, filepath.Join(dir, "parts"), append(args, "1")...); early["epochs"].(float64) >= 6 {
		t.Fatalf("with a patience of 1 the run has %v epochs", early["epochs"])
	}
	same(t, "in two parts", whole, small(t, filepath.Join(dir, "parts"), append(args, "6", "-resume")...))
	if other := small(t, filepath.Join(dir, "other"), append(args, "6", "-seed", "6")...); other["test_loss"] == whole["test_loss"] {
		t.Error("another seed gives the same loss")
	}
}

// A run learns: it gets better than naming the most frequent wave.
func TestLearns(t *testing.T) {
	m := small(t, t.TempDir(), "-records", "24", "-epochs", "20", "-neurons", "12")
	if got, majority := m["test_accuracy"].(float64), m["majority_accuracy"].(float64); got < majority+.2 {
		t.Errorf("accuracy is %.3f, the most frequent wave has %.3f", got, majority)
	}
}

func TestWrongCommands(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.safetensors")
	exampletest.OtherNetwork(t, other)
	for args, want := range map[string]string{
		"-epochs 0":                  "-epochs is 0",
		"-records 0":                 "-records is 0",
		"-batch 0":                   "-batch is 0",
		"-lr NaN":                    "-lr is NaN",
		"-neurons 0":                 "neurons",
		"-data /no/such/folder":      "/no/such/folder",
		"-resume":                    "no run",
		"-eval -checkpoint /no/file": "/no/file",
		"-eval -checkpoint " + other: "another network",
	} {
		args := append(strings.Fields(args), "-out", filepath.Join(t.TempDir(), "out"))
		if !strings.Contains(strings.Join(args, " "), "-records") {
			args = append(args, "-records", "6")
		}
		if err := exampletest.Run(t, t.Context(), "customneuron", new(flags), args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error is %v, want one with %q", args, err, want)
		}
	}
}
