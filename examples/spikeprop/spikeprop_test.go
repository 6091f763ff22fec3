package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
)

func run(t *testing.T, ctx context.Context, args ...string) error {
	t.Helper()
	return exampletest.Run(t, ctx, "spikeprop", new(flags), args...)
}

// mustRun runs the program, and returns its folder and metrics.
func mustRun(t *testing.T, args ...string) (dir string, m map[string]any) {
	t.Helper()
	dir = t.TempDir()
	if err := run(t, t.Context(), append([]string{"-out", dir}, args...)...); err != nil {
		t.Fatal(err)
	}
	return dir, exampletest.Metrics(t, dir)
}

// biopsies writes made-up rows of the Wisconsin data: the malignant ones have larger numbers, and some miss
// one.
func biopsies(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for i := range 24 {
		fmt.Fprintf(&b, "%d", 1000+i)
		for k := range 9 {
			switch v := 1 + (i*7+k*3)%4; {
			case k == 5 && i%8 == 1:
				b.WriteString(",?")
			case i%2 == 1:
				fmt.Fprintf(&b, ",%d", v+6)
			default:
				fmt.Fprintf(&b, ",%d", v)
			}
		}
		fmt.Fprintf(&b, ",%d\n", 2+2*(i%2))
	}
	path := filepath.Join(t.TempDir(), "breast-cancer-wisconsin.data")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A run of each task leaves everything behind that it promises.
func TestRun(t *testing.T) {
	for task, args := range map[string][]string{
		"xor": {"-iterations", "2"}, "iris": {"-iterations", "2", "-hidden", "4"}, "wisconsin": {"-iterations", "3", "-hidden", "4", "-data", biopsies(t)},
	} {
		t.Run(task, func(t *testing.T) {
			dir, m := mustRun(t, append([]string{"-task", task, "-seeds", "2"}, args...)...)
			for key, want := range map[string][2]float64{
				"converged": {0, 2}, "iterations": {0, 3}, "train_accuracy": {0, 1}, "seconds": {1e-6, 1e4}, "seed": {1, 1},
			} {
				if x, ok := m[key].(float64); !ok || !(x >= want[0] && x <= want[1]) {
					t.Errorf("%s is %v, want %v to %v", key, m[key], want[0], want[1])
				}
			}
			if _, tested := m["test_accuracy"]; tested == (task == "xor") || m["task"] != task || len(m["runs"].([]any)) != 2 {
				t.Errorf("metrics are %v", m)
			}
			exampletest.Figures(t, dir, 1000, "learning_curves.png", "spikes.png")
		})
	}
}

// Exclusive or is learned, and what is in the checkpoint is what was learned.
func TestXOR(t *testing.T) {
	dir, m := mustRun(t)
	if m["converged"] != 1. || m["train_accuracy"] != 1. || m["iterations"].(float64) > 500 {
		t.Errorf("XOR is not learned: %v", m)
	}
	run := m["runs"].([]any)[0].(map[string]any)
	for i, times := range run["times_ms"].([]any) {
		want := []float64{16, 10, 10, 16}[i]
		if got := times.([]any)[0].(float64); math.Abs(got-want) > 1 {
			t.Errorf("pattern %d has its output at %v ms, want %v", i, got, want)
		}
	}
	_, again := mustRun(t, "-iterations", "0", "-checkpoint", filepath.Join(dir, program.CheckpointName))
	if other := again["runs"].([]any)[0].(map[string]any); !reflect.DeepEqual(other["times_ms"], run["times_ms"]) || again["iterations"] != 0. {
		t.Errorf("the checkpoint gives %v, the run gave %v", other["times_ms"], run["times_ms"])
	}
}

// Some iterations on the irises tell the species apart.
func TestIris(t *testing.T) {
	_, m := mustRun(t, "-task", "iris", "-iterations", "6", "-lr", "0.0005", "-seed", "2")
	if a := m["test_accuracy"].(float64); a < .8 {
		t.Errorf("the accuracy on the irises is %v after 6 iterations", a)
	}
}

// The same seed gives the same run, bit for bit, and another seed another one. So do the runs of -seeds.
func TestSeed(t *testing.T) {
	runs := map[string]map[string]any{}
	weights := map[string]string{}
	for _, args := range []string{"-seed 5", "-seed 5 -tolerance 1", "-seed 6", "-seed 4 -seeds 2"} {
		dir, m := mustRun(t, strings.Fields("-task iris -hidden 4 -iterations 3 "+args)...)
		list := m["runs"].([]any)
		run := list[len(list)-1].(map[string]any)
		delete(run, "seconds")
		net, err := train.Load(filepath.Join(dir, program.CheckpointName))
		if err != nil {
			t.Fatal(err)
		}
		runs[args], weights[args] = run, fmt.Sprint(net.Params().All()[0].Values())
	}
	if !reflect.DeepEqual(runs["-seed 5"], runs["-seed 5 -tolerance 1"]) || weights["-seed 5"] != weights["-seed 5 -tolerance 1"] {
		t.Errorf("the same seed gives %v and %v", runs["-seed 5"], runs["-seed 5 -tolerance 1"])
	}
	if runs["-seed 5"]["train_error"] == runs["-seed 6"]["train_error"] || weights["-seed 5"] == weights["-seed 6"] {
		t.Error("another seed gives the same run")
	}
	if !reflect.DeepEqual(runs["-seed 5"], runs["-seed 4 -seeds 2"]) {
		t.Errorf("seed 5 alone gives %v, after seed 4 %v", runs["-seed 5"], runs["-seed 4 -seeds 2"])
	}
}

// The patterns are a share of each class and the rest, coded by times.
func TestPatterns(t *testing.T) {
	iris, err := taskOf("iris", "")
	if err != nil {
		t.Fatal(err)
	}
	s := settings{iris, learning{TrainShare: .3}}
	learned, test, err := s.patterns(3)
	if err != nil {
		t.Fatal(err)
	}
	if len(test) != 105 {
		t.Errorf("there are %d patterns to test on", len(test))
	}
	for species := range 3 {
		of := slices.DeleteFunc(slices.Clone(learned), func(p models.SpikePattern) bool { return models.FirstSpike(p.Targets, horizon) != species })
		if len(of) != 15 {
			t.Errorf("there are %d patterns of species %d to train on", len(of), species)
		}
	}
	for i, p := range slices.Concat(learned, test) {
		spikes := 0
		for _, at := range p.Times {
			if at < horizon {
				spikes++
			}
		}
		// Each value is near to some centre; the last two inputs are the bias.
		if len(p.Times) != 50 || p.Times[48] != 0 || p.Times[49] != 0 || spikes < 4+2 || spikes > 4*4+2 || slices.Min(p.Targets) != 12 || slices.Max(p.Targets) != 16 {
			t.Fatalf("pattern %d has %d spikes: %v", i, spikes, p)
		}
	}
	if other, _, err := s.patterns(4); err != nil || reflect.DeepEqual(other, learned) {
		t.Errorf("another seed gives the same patterns, or an error: %v", err)
	}
}

// The neurons of a value that is missing are silent, and only they.
func TestMissing(t *testing.T) {
	s, err := taskOf("wisconsin", biopsies(t))
	if err != nil {
		t.Fatal(err)
	}
	patterns, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range patterns {
		if len(p.Times) != 64 || p.Times[63] != 0 {
			t.Fatalf("row %d has %d inputs: %v", i, len(p.Times), p.Times)
		}
		for k := range 9 {
			silent := slices.Min(p.Times[k*7:][:7]) == horizon
			if missing := math.IsNaN(s.table.Values[i][k]); silent != missing {
				t.Errorf("row %d: feature %d is missing: %v, silent: %v", i, k, missing, silent)
			}
		}
		if class := models.FirstSpike(p.Targets, horizon); class != i%2 {
			t.Errorf("row %d has class %d", i, class)
		}
	}
}

// An interrupted run ends with the error of its context, and leaves its parameters.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	dir := t.TempDir()
	if err := run(t, ctx, "-task", "iris", "-iterations", "1000000", "-tolerance", "1e-9", "-out", dir); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, program.CheckpointName)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "metrics.json")); err == nil {
		t.Error("there are metrics of a run that was not finished")
	}
	// The checkpoint can be read.
	mustRun(t, "-task", "iris", "-iterations", "0", "-checkpoint", filepath.Join(dir, program.CheckpointName))
}

func TestWrongCommands(t *testing.T) {
	dir, _ := mustRun(t, "-iterations", "0")
	checkpoint := filepath.Join(dir, program.CheckpointName)
	empty := filepath.Join(dir, "empty.data")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-iterations -1":                         "-iterations is -1",
		"-batch 0":                               "-batch is 0",
		"-hidden 0":                              "-hidden is 0",
		"-inhibitory 6":                          "-inhibitory is 6",
		"-lr NaN":                                "-lr is NaN",
		"-lr -1":                                 "-lr is -1",
		"-tolerance 0":                           "-tolerance is 0",
		"-seeds 0":                               "-seeds is 0",
		"-task iris -train-share 0":              "-train-share is 0",
		"-task iris -train-share 2":              "-train-share is 2",
		"-task iris -train-share 0.001":          "leaves none",
		"-train-share 0.3":                       "-task is xor",
		"-task wisconsin":                        "needs -data FILE",
		"-task wisconsin -data /no/file":         "/no/file",
		"-task wisconsin -data " + empty:         "has no lines",
		"-data /no/file":                         "-data is for -task wisconsin",
		"-checkpoint /no/file":                   "/no/file",
		"-hidden 4 -checkpoint " + checkpoint:    "another network",
		"-task iris -checkpoint " + checkpoint:   "another network",
		"-iterations 5 -out /dev/null/no/folder": "/dev/null",
	} {
		if err := run(t, t.Context(), append([]string{"-out", filepath.Join(t.TempDir(), "out")}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", args, err, want)
		}
	}
}
