package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/srnn-go/srnn/internal/exampletest"

	"github.com/nlpodyssey/safetensors"
)

func program(t *testing.T, args ...string) *flags {
	t.Helper()
	return exampletest.Parse[flags](t, "eprop", args...)
}

// small runs a tiny configuration, and returns its folder.
func small(t *testing.T, ctx context.Context, task string, args ...string) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	args = append([]string{"-task", task, "-iterations", "3", "-units", "6", "-test-trials", "5", "-out", dir}, args...)
	if task != "pattern" {
		args = append([]string{"-batch", "2"}, args...)
	}
	return dir, program(t, args...).run(ctx)
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
	content, err := os.ReadFile(filepath.Join(dir, checkpointName))
	if err != nil {
		t.Fatal(err)
	}
	s, err := safetensors.Deserialize(content)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, x := range s.Tensors() {
		list[x.Name] = string(x.TensorView.Data())
	}
	return list
}

// A short run of each task leaves everything behind that it promises.
func TestRun(t *testing.T) {
	for _, task := range []string{"pattern", "evidence", "storerecall"} {
		t.Run(task, func(t *testing.T) {
			dir, m := mustRun(t, task)
			for key, want := range map[string][2]float64{
				"error": {0, 5}, "loss": {0, 5}, "iterations": {3, 3}, "firing_rate_hz": {1e-3, 900}, "seed": {1, 1},
				"seconds": {1e-6, 1e4}, "seconds_per_iteration": {1e-6, 1e4}, "criterion": {.05, .07}, "trained_parameters": {1, 1e5},
			} {
				if x, ok := m[key].(float64); !ok || !(x >= want[0] && x <= want[1]) {
					t.Errorf("%s is %v, want %v to %v", key, m[key], want[0], want[1])
				}
			}
			if m["task"] != task || !reflect.DeepEqual(m["estimator"], map[string]any{"kind": "eprop"}) || m["criterion_met"] != (m["error"].(float64) < m["criterion"].(float64)) {
				t.Errorf("metrics are %v", m)
			}
			cosines := m["cosine_to_bptt"].(map[string]any)
			of := cosines["parameters"].(map[string]any)
			// E-prop leaves out nothing of the gradient of the readout.
			if c := of["readout.w_in"].(float64); !(c > .99999) {
				t.Errorf("the readout's gradient by e-prop has a cosine of %v with the exact one", c)
			}
			for _, c := range []any{cosines["overall"], of["neurons.w_in"], of["neurons.w_rec"]} {
				if x, ok := c.(float64); !ok || !(x > -1 && x < 1) {
					t.Errorf("a cosine with the exact gradient is %v", c)
				}
			}
			exampletest.Figures(t, dir, 1000, "learning_curves.png", "trial.png")
		})
	}
}

// The same seed gives the same run, bit for bit, and another seed another one.
func TestSeed(t *testing.T) {
	for _, task := range []string{"pattern", "evidence"} {
		var runs []map[string]any
		var weights []map[string]string
		for _, seed := range []string{"5", "5", "6"} {
			dir, m := mustRun(t, task, "-seed", seed)
			for _, key := range []string{"seconds", "seconds_per_iteration", "peak_memory_mb"} {
				delete(m, key)
			}
			runs, weights = append(runs, m), append(weights, parameters(t, dir))
		}
		if !reflect.DeepEqual(runs[0], runs[1]) || !reflect.DeepEqual(weights[0], weights[1]) {
			t.Errorf("%s: the same seed gives %v and %v", task, runs[0], runs[1])
		}
		if runs[0]["loss"] == runs[2]["loss"] || weights[0]["neurons.w_rec"] == weights[2]["neurons.w_rec"] {
			t.Errorf("%s: another seed gives the same run", task)
		}
	}
}

// learned are the parameters of a small network before and after it learned.
func learned(t *testing.T, task string, args ...string) (before, after map[string][]float64) {
	t.Helper()
	f := program(t, append([]string{"-task", task, "-iterations", "3", "-units", "6"}, args...)...)
	s, err := f.settings()
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.newNetwork(f.Seed)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.newRunner(n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.forward.Close()
	values := func() map[string][]float64 {
		v := map[string][]float64{}
		for _, q := range n.params.All() {
			v[q.Name] = q.Values()
		}
		return v
	}
	before = values()
	if _, err := r.learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return before, values()
}

// What a flag says makes a difference, and it is only that of learning: the networks start alike.
func TestWaysOfLearning(t *testing.T) {
	usualBefore, usual := learned(t, "pattern")
	weights := map[string][]float64{"": usual["neurons.w_rec"]}
	for _, args := range []string{"-estimator bptt", "-estimator tbptt", "-estimator tbptt -truncate 5", "-feedback random", "-feedback adaptive",
		"-no-detach-reset", "-train-tau", "-clip 1e-5", "-rate-weight 0", "-lr 0.001"} {
		before, after := learned(t, "pattern", strings.Fields(args)...)
		if !slices.Equal(before["neurons.w_rec"], usualBefore["neurons.w_rec"]) {
			t.Errorf("%q: the network starts from other weights", args)
		}
		for other, w := range weights {
			if slices.Equal(w, after["neurons.w_rec"]) {
				t.Errorf("%q gives the same weights as %q", args, other)
			}
		}
		weights[args] = after["neurons.w_rec"]
		for name, learns := range map[string]bool{"neurons.tau_m": args == "-train-tau", "readout.tau_m": args == "-train-tau",
			"readout.feedback": args == "-feedback adaptive", "neurons.w_in": true, "readout.w_in": true} {
			if got := !slices.Equal(before[name], after[name]); got != learns {
				t.Errorf("%q: whether %s learns is %v", args, name, got)
			}
		}
	}
}

// Random feedback is as strong as in the authors' programs: N(0, 1) in evidence, and as the readout's own
// weights elsewhere.
func TestRandomFeedback(t *testing.T) {
	for task, want := range map[string]float64{"evidence": 1, "storerecall": .1, "pattern": .1} {
		before, _ := learned(t, task, "-units", "100", "-batch", "1", "-iterations", "0", "-feedback", "random")
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
	before, after := learned(t, "evidence", "-units", "7", "-batch", "2", "-iterations", "4")
	changed := 0
	for i, w := range after["neurons.w_rec"] {
		if i%8 == 0 && (w != 0 || before["neurons.w_rec"][i] != 0) {
			t.Errorf("the weight of neuron %d to itself was %v and is %v", i/8, before["neurons.w_rec"][i], w)
		}
		if w != before["neurons.w_rec"][i] {
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
	_, again := mustRun(t, "pattern", "-units", "100", "-iterations", "0", "-checkpoint", filepath.Join(dir, checkpointName))
	if again["error"] != m["error"] || again["iterations"] != 0. {
		t.Errorf("the checkpoint has an error of %v, the run had one of %v", again["error"], m["error"])
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
	for _, c := range []struct {
		a, b []float64
		want float64
	}{{[]float64{1, 0}, []float64{2, 0}, 1}, {[]float64{1, 1}, []float64{1, -1}, 0}, {[]float64{1, 0}, []float64{-1, -1}, -math.Sqrt(.5)}, {[]float64{0, 0}, []float64{1, 0}, 0}} {
		if got := cosine(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("the cosine of %v and %v is %v, want %v", c.a, c.b, got, c.want)
		}
	}
	_, one := mustRun(t, "evidence", "-iterations", "0")
	_, other := mustRun(t, "evidence", "-iterations", "0", "-estimator", "bptt")
	if !reflect.DeepEqual(one["cosine_to_bptt"], other["cosine_to_bptt"]) {
		t.Errorf("cosines are %v with e-prop and %v with BPTT", one["cosine_to_bptt"], other["cosine_to_bptt"])
	}
}

// An interrupted run ends with the error of its context, and leaves its parameters.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	dir, err := small(t, ctx, "pattern", "-iterations", "1000000", "-keep-going")
	if err != context.Canceled {
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
	dir, _ := mustRun(t, "pattern", "-iterations", "0")
	for args, want := range map[string]string{
		"-seed 18446744073709551614": "-seed is",
		"-iterations -1":             "-iterations is -1",
		"-batch 2":                   "the pattern is one trial",
		"-units 1":                   "-units is 1",
		"-test-trials 0":             "-test-trials 0",
		"-truncate 0":                "-truncate 0",
		"-lr NaN":                    "-lr is NaN",
		"-clip -1":                   "-clip is -1",
		"-rate-weight Inf":           "-rate-weight is +Inf",
		"-checkpoint /no/file":       "/no/file",
		"-units 7 -checkpoint ":      "shape",
	} {
		if strings.HasSuffix(args, "-checkpoint ") {
			args += filepath.Join(dir, checkpointName)
		}
		if _, err := small(t, t.Context(), "pattern", strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", args, err, want)
		}
	}
	if _, err := small(t, t.Context(), "evidence", "-batch", "0"); err == nil || !strings.Contains(err.Error(), "-batch 0") {
		t.Errorf("-batch 0: error is %v", err)
	}
	evidence, _ := mustRun(t, "evidence", "-iterations", "0")
	s, err := program(t, "-task", "storerecall", "-units", "6", "-batch", "2").settings()
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.newNetwork(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.restore(n, filepath.Join(evidence, checkpointName)); err == nil {
		t.Error("parameters of another task give no error")
	}
}
