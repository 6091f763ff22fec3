package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/nodes/nodetest"

	"github.com/nlpodyssey/safetensors"
)

func TestTCLIF(t *testing.T) { nodetest.Cell(t, TCLIF{}) }

func program(t *testing.T, args ...string) *flags {
	t.Helper()
	return exampletest.Parse[flags](t, "customneuron", args...)
}

// small runs a tiny configuration, and returns its folder.
func small(t *testing.T, ctx context.Context, args ...string) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	args = append([]string{"-records", "12", "-epochs", "2", "-batch", "4", "-neurons", "5", "-out", dir}, args...)
	return dir, program(t, args...).run(ctx)
}

func readCheckpoint(t *testing.T, dir string) safetensors.SafeTensors {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, checkpointName))
	if err != nil {
		t.Fatal(err)
	}
	s, err := safetensors.Deserialize(content)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A short run leaves everything behind that it promises.
func TestRun(t *testing.T) {
	dir, err := small(t, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, dir)
	for _, key := range []string{"test_accuracy", "majority_accuracy", "val_accuracy", "train_accuracy", "loss", "firing_rate"} {
		if x, ok := m[key].(float64); !ok || !(x > 0 && x < 3) {
			t.Errorf("%s is %v", key, m[key])
		}
	}
	exampletest.Figures(t, dir, 500, "learning_curves.png", "record.png")
	s := readCheckpoint(t, dir)
	names := s.Names()
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "encoder.b encoder.w integrators.b_in integrators.tau_m integrators.w_in "+
		"neurons.b_in neurons.b_rec neurons.c1 neurons.c2 neurons.w_in neurons.w_rec readout.b readout.w" {
		t.Errorf("the checkpoint holds %s", got)
	}
	elements := 0
	for _, x := range s.Tensors() {
		elements += len(x.TensorView.Data()) / 4
	}
	if m["parameters"] != float64(elements) {
		t.Errorf("metrics.json counts %v parameters, the checkpoint holds %d", m["parameters"], elements)
	}
}

// The same seed gives the same run, another seed another one.
func TestSeed(t *testing.T) {
	var runs []map[string]any
	var weights []string
	for _, seed := range []string{"5", "5", "6"} {
		dir, err := small(t, t.Context(), "-seed", seed)
		if err != nil {
			t.Fatal(err)
		}
		m := exampletest.Metrics(t, dir)
		delete(m, "seconds")
		delete(m, "seconds_per_step")
		runs = append(runs, m)
		w, _ := readCheckpoint(t, dir).Tensor("neurons.w_rec")
		weights = append(weights, string(w.Data()))
	}
	for key, x := range runs[0] {
		if _, nested := x.(map[string]any); !nested && x != runs[1][key] {
			t.Errorf("%s is %v, and with the same seed %v", key, x, runs[1][key])
		}
	}
	if weights[0] != weights[1] || weights[0] == weights[2] {
		t.Error("the seed does not decide on the weights")
	}
	if runs[0]["loss"] == runs[2]["loss"] {
		t.Error("another seed gives the same loss")
	}
}

// A run learns: it gets better than naming the most frequent wave.
func TestLearns(t *testing.T) {
	dir, err := small(t, t.Context(), "-records", "24", "-epochs", "20", "-neurons", "12")
	if err != nil {
		t.Fatal(err)
	}
	m := exampletest.Metrics(t, dir)
	if got, majority := m["test_accuracy"].(float64), m["majority_accuracy"].(float64); got < majority+.2 {
		t.Errorf("accuracy is %.3f, the most frequent wave has %.3f", got, majority)
	}
}

// An interrupted run ends with the error of its context, and leaves the best epoch so far.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	go func() {
		for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
			if _, err := os.Stat(filepath.Join(dir, checkpointName)); err == nil {
				cancel()
			}
		}
	}()
	if _, err := small(t, ctx, "-epochs", "100000", "-out", dir); err != context.Canceled {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if readCheckpoint(t, dir).Len() == 0 {
		t.Error("the checkpoint is empty")
	}
}

func TestWrongCommands(t *testing.T) {
	for args, want := range map[string]string{
		"-epochs 0":             "-epochs 0",
		"-records 2":            "-records is 2",
		"-batch 0":              "-batch 0",
		"-lr NaN":               "-lr NaN",
		"-neurons 0":            "neurons",
		"-data /no/such/folder": "/no/such/folder",
	} {
		if _, err := small(t, t.Context(), strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", args, err, want)
		}
	}
}
