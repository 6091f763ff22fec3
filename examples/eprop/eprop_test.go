package main

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlpodyssey/safetensors"
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/train"
)

// small runs a tiny configuration, and returns its folder.
func small(t *testing.T, ctx context.Context, task string, args ...string) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	args = append([]string{"-task", task, "-iterations", "10", "-units", "6", "-test-trials", "5", "-out", dir}, args...)
	if task != "pattern" {
		args = append([]string{"-batch", "2"}, args...)
	}
	return dir, exampletest.Run(t, ctx, "eprop", new(flags), args...)
}

// mustRun is small without an error, and gives the metrics, too.
func mustRun(t *testing.T, task string, args ...string) (dir string, m map[string]any) {
	t.Helper()
	dir, err := small(t, t.Context(), task, args...)
	if err != nil {
		t.Fatal(err)
	}
	return dir, exampletest.Metrics(t, dir)
}

// parameters are those in the checkpoint of a run, by their names.
func parameters(t *testing.T, dir string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, program.CheckpointName))
	if err != nil {
		t.Fatal(err)
	}
	s, err := safetensors.Deserialize(content)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, x := range s.Tensors() {
		if !strings.Contains(x.Name, "/") || strings.HasPrefix(x.Name, "last/") {
			list[x.Name] = string(x.TensorView.Data())
		}
	}
	return list
}

// A short run of each task leaves everything behind that it promises.
func TestRun(t *testing.T) {
	for _, task := range []string{"pattern", "evidence", "storerecall"} {
		t.Run(task, func(t *testing.T) {
			dir, m := mustRun(t, task)
			for key, want := range map[string][2]float64{
				"test_error": {0, 5}, "val_error": {0, 5}, "train_loss": {0, 5}, "iterations": {10, 10}, "firing_rate_hz": {1e-3, 900}, "seed": {1, 1},
				"seconds": {1e-6, 1e4}, "seconds_per_step": {1e-6, 1e4}, "criterion": {.05, .07}, "trained_parameters": {1, 1e5},
			} {
				if x, ok := m[key].(float64); !ok || !(x >= want[0] && x <= want[1]) {
					t.Errorf("%s is %v, want %v to %v", key, m[key], want[0], want[1])
				}
			}
			if m["task"] != task || !reflect.DeepEqual(m["estimator"], map[string]any{"kind": "eprop"}) || m["criterion_met"] != (m["test_error"].(float64) < m["criterion"].(float64)) {
				t.Errorf("metrics are %v", m)
			}
			cosines := m["cosine_to_bptt"].(map[string]any)
			of := cosines["parameters"].(map[string]any)
			// E-prop leaves out nothing of the gradient of the readout.
			if c := of["readout.w_in"].(float64); !(c > .99999) {
				t.Errorf("the readout's gradient by e-prop has a cosine of %v with the exact one", c)
			}
			for _, c := range []any{cosines["overall"], of["layer0.w_in"], of["layer0.w_rec"]} {
				if x, ok := c.(float64); !ok || !(x > -1 && x < 1) {
					t.Errorf("a cosine with the exact gradient is %v", c)
				}
			}
			if task != "pattern" {
				if sum := m["test_regular_rate_hz"].(float64) + m["test_adaptive_rate_hz"].(float64); math.Abs(sum/2-m["firing_rate_hz"].(float64)) > 1e-9 {
					t.Errorf("rates of both populations are %v in the sum, that of all %v", sum, m["firing_rate_hz"])
				}
			}
			exampletest.Figures(t, dir, 1000, "learning_curves.png", "trial.png")
		})
	}
}

// forget leaves out what differs from run to run.
func forget(m map[string]any) map[string]any {
	for _, key := range []string{"seconds", "seconds_per_step", "peak_memory_mb"} {
		delete(m, key)
	}
	return m
}

// The same seed gives the same run, bit for bit, also if it was stopped and resumed, and another seed another
// one.
func TestSeed(t *testing.T) {
	for _, task := range []string{"pattern", "evidence"} {
		args := func(more ...string) []string { return append([]string{"-iterations", "20"}, more...) }
		dir, whole := mustRun(t, task, args("-seed", "5")...)
		otherDir, other := mustRun(t, task, args("-seed", "6")...)
		stopped, err := small(t, &interruptedAfter{t.Context(), 13}, task, args("-seed", "5")...)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: an interrupted run ends with %v", task, err)
		}
		if err := exampletest.Run(t, t.Context(), "eprop", new(flags), "-resume", "-out", stopped); err != nil {
			t.Fatal(err)
		}
		if again := exampletest.Metrics(t, stopped); !reflect.DeepEqual(forget(whole), forget(again)) || !reflect.DeepEqual(parameters(t, dir), parameters(t, stopped)) {
			t.Errorf("%s: the same seed gives %v and, resumed, %v", task, whole, again)
		}
		if whole["train_loss"] == other["train_loss"] || parameters(t, dir)["layer0.w_rec"] == parameters(t, otherDir)["layer0.w_rec"] {
			t.Errorf("%s: another seed gives the same run", task)
		}
	}
}

// interruptedAfter is a context that is done when it was asked some times.
type interruptedAfter struct {
	context.Context
	left int
}

func (c *interruptedAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// made are the flags of a small network, with some of them changed.
func made(t *testing.T, task string, change func(f *flags)) *flags {
	t.Helper()
	f := &flags{Task: task, Estimator: "eprop", Truncate: 100, Feedback: "symmetric", Units: 6, TestTrials: 5}
	f.Seed = 1
	if err := f.Complete(); err != nil {
		t.Fatal(err)
	}
	f.Batch = min(f.Batch, 2)
	if change != nil {
		change(f)
	}
	return f
}

// learned are the parameters of a network before and after an epoch.
func learned(t *testing.T, f *flags) (before, after map[string][]float64) {
	t.Helper()
	d, err := f.datasets()
	if err != nil {
		t.Fatal(err)
	}
	task, err := f.task(d)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.params()
	if err != nil {
		t.Fatal(err)
	}
	tr, err := train.New(task, d.training, train.Settings{Epochs: 1, Batch: f.Batch, Ordered: true, Params: p, Solver: f.solver(), Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	values := func() map[string][]float64 {
		v := map[string][]float64{}
		for _, q := range p.All() {
			v[q.Name] = q.Values()
		}
		return v
	}
	before = values()
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return before, values()
}

// What a flag says makes a difference, and it is only that of learning: the networks start alike.
func TestWaysOfLearning(t *testing.T) {
	usualBefore, usual := learned(t, made(t, "pattern", nil))
	weights := map[string][]float64{"": usual["layer0.w_rec"]}
	for name, change := range map[string]func(f *flags){
		"bptt":     func(f *flags) { f.Estimator = "bptt" },
		"tbptt":    func(f *flags) { f.Estimator = "tbptt" },
		"truncate": func(f *flags) { f.Estimator, f.Truncate = "tbptt", 5 },
		"random":   func(f *flags) { f.Feedback = "random" },
		"adaptive": func(f *flags) { f.Feedback = "adaptive" },
		"reset":    func(f *flags) { f.DetachReset = new(false) },
		"tau":      func(f *flags) { f.TrainTau = true },
		"clip":     func(f *flags) { f.Clip = new(1e-5) },
		"rate":     func(f *flags) { f.RateWeight = new(0.) },
		"lr":       func(f *flags) { f.LR = .001 },
	} {
		before, after := learned(t, made(t, "pattern", change))
		if !slices.Equal(before["layer0.w_rec"], usualBefore["layer0.w_rec"]) {
			t.Errorf("%q: the network starts from other weights", name)
		}
		for other, w := range weights {
			if slices.Equal(w, after["layer0.w_rec"]) {
				t.Errorf("%q gives the same weights as %q", name, other)
			}
		}
		weights[name] = after["layer0.w_rec"]
		for parameter, learns := range map[string]bool{"layer0.tau_m": name == "tau", "readout.tau_m": name == "tau",
			"readout.feedback": name == "adaptive", "layer0.w_in": true, "readout.w_in": true} {
			if got := !slices.Equal(before[parameter], after[parameter]); got != learns {
				t.Errorf("%q: whether %s learns is %v", name, parameter, got)
			}
		}
	}
}

// Learning online is e-prop, too: an iteration gives the same gradient, up to rounding, whatever the task and the
// feedback, and so an epoch nearly the same weights.
func TestOnline(t *testing.T) {
	for _, task := range []string{"pattern", "evidence", "storerecall"} {
		for _, feedback := range []string{"symmetric", "random", "adaptive"} {
			set := func(online bool) *flags {
				return made(t, task, func(f *flags) { f.Online, f.Feedback, f.TrainTau = online, feedback, true })
			}
			before, want := learned(t, set(false))
			_, got := learned(t, set(true))
			for name, w := range want {
				var a, b []float64
				for i := range w {
					a, b = append(a, w[i]-before[name][i]), append(b, got[name][i]-before[name][i])
				}
				if c := train.Cosine(a, b); slices.Equal(w, before[name]) != slices.Equal(got[name], before[name]) || c != 0 && c < .999 {
					t.Errorf("%s, %s: online, %s goes elsewhere: the cosine is %v", task, feedback, name, c)
				}
			}
		}
	}
	_, m := mustRun(t, "pattern", "-online", "-units", "100", "-iterations", "400")
	if m["criterion_met"] != true {
		t.Errorf("the pattern is not learned online: %v", m)
	}
}

// Random feedback is as strong as in the authors' programs: N(0, 1) in evidence, and as the readout's own
// weights elsewhere.
func TestRandomFeedback(t *testing.T) {
	for task, want := range map[string]float64{"evidence": 1, "storerecall": .1, "pattern": .1} {
		before, _ := learned(t, made(t, task, func(f *flags) { f.Units, f.Batch, f.Feedback = 100, 1, "random" }))
		squares := 0.
		for _, w := range before["readout.feedback"] {
			squares += w * w / float64(len(before["readout.feedback"]))
		}
		if got := math.Sqrt(squares); !(math.Abs(got/want-1) < .25) {
			t.Errorf("%s: weights for feedback are %v in the mean square, want %v", task, got, want)
		}
	}
}

// Neurons have no synapses on themselves, before and after learning; all others learn.
func TestAutapses(t *testing.T) {
	before, after := learned(t, made(t, "evidence", func(f *flags) { f.Units = 7 }))
	changed := 0
	for i, w := range after["layer0.w_rec"] {
		if i%8 == 0 && (w != 0 || before["layer0.w_rec"][i] != 0) {
			t.Errorf("the weight of neuron %d to itself was %v and is %v", i/8, before["layer0.w_rec"][i], w)
		}
		if w != before["layer0.w_rec"][i] {
			changed++
		}
	}
	if changed < 30 {
		t.Errorf("%d of 42 recurrent weights have learned", changed)
	}
}

// A run learns.
func TestLearns(t *testing.T) {
	dir, m := mustRun(t, "pattern", "-units", "100", "-iterations", "400")
	if m["criterion_met"] != true || m["reached_at"] != m["iterations"] || m["iterations"].(float64) >= 400 {
		t.Errorf("the pattern is not learned: %v", m)
	}
	// What is in the checkpoint is what was tested.
	_, again := mustRun(t, "pattern", "-units", "100", "-iterations", "0", "-checkpoint", filepath.Join(dir, program.CheckpointName))
	if again["test_error"] != m["test_error"] || again["iterations"] != 0. {
		t.Errorf("the checkpoint has an error of %v, the run had one of %v", again["test_error"], m["test_error"])
	}
}

// With -keep-going, all iterations are made.
func TestKeepGoing(t *testing.T) {
	_, m := mustRun(t, "pattern", "-units", "100", "-iterations", "150", "-keep-going")
	if at := m["reached_at"].(float64); m["iterations"] != 150. || at == 0 || at == 150 {
		t.Errorf("%v iterations, the criterion was met after %v", m["iterations"], m["reached_at"])
	}
}

// The exact gradient is that of BPTT: a network that learned by it says the same of e-prop.
func TestCosine(t *testing.T) {
	_, one := mustRun(t, "evidence", "-iterations", "0")
	_, other := mustRun(t, "evidence", "-iterations", "0", "-estimator", "bptt")
	if !reflect.DeepEqual(one["cosine_to_bptt"], other["cosine_to_bptt"]) {
		t.Errorf("cosines are %v with e-prop and %v with BPTT", one["cosine_to_bptt"], other["cosine_to_bptt"])
	}
}

// An interrupted run ends with the error of its context, and leaves its parameters.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	dir, err := small(t, ctx, "pattern", "-iterations", "1000000", "-keep-going")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if len(parameters(t, dir)) == 0 {
		t.Error("the checkpoint is empty")
	}
	if _, err := os.Stat(filepath.Join(dir, "metrics.json")); err == nil {
		t.Error("there are metrics of a run that was not finished")
	}
}

func TestWrongCommands(t *testing.T) {
	pattern, _ := mustRun(t, "pattern")
	evidence, _ := mustRun(t, "evidence")
	other := filepath.Join(t.TempDir(), "other.safetensors")
	exampletest.OtherNetwork(t, other)
	of := func(dir string) string { return filepath.Join(dir, program.CheckpointName) }
	for args, want := range map[string]string{
		"-seed 18446744073709551614":          "-seed is",
		"-iterations -10":                     "-iterations is -10",
		"-iterations 25":                      "-iterations is 25",
		"-batch 2":                            "the pattern is one trial",
		"-units 1":                            "-units is 1",
		"-test-trials 0":                      "-test-trials is 0",
		"-online -estimator bptt":             "-estimator is bptt",
		"-truncate 0":                         "-truncate is 0",
		"-lr NaN":                             "-lr is NaN",
		"-clip -1":                            "-clip is -1",
		"-clip 0":                             "-clip is 0",
		"-units 1 -test-trials 0":             "-units is 1, want at least 2; -test-trials is 0, want at least 1",
		"-rate-weight Inf":                    "-rate-weight is +Inf",
		"-checkpoint /no/file":                "/no/file",
		"-units 7 -checkpoint " + of(pattern): "shape",
		"-checkpoint " + of(evidence):         "shape",
		"-checkpoint " + other:                "layer0",
		"-task storerecall -batch 2 -checkpoint " + of(evidence): "shape",
		"-task evidence -batch 0":                                "-batch is 0",
		"-task evidence -batch 2000000000000":                    "-batch is 2000000000000",
	} {
		if _, err := small(t, t.Context(), "pattern", strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", args, err, want)
		}
	}
}
