package program_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/atomicfile"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/program"
)

// trial is a program of the kind that trains.
type trial struct {
	Dt       float64 `help:"Step." default:"20"`
	Hidden   []int   `help:"Neurons."`
	Clip     *float64
	Counts   bool
	Data     string
	Format   string `default:"png" change:"yes"`
	Hold     bool   `help:"Wait to be killed, while a file is being written." change:"-"`
	Complain bool   `help:"Fail before the run begins." change:"-"`
	List     bool   `change:"-"`
	program.Training
	program.Evaluation
}

func (f *trial) Vars() map[string]string {
	return map[string]string{"epochs": "2", "batch": "8", "batch_help": "Pieces in a step.", "patience_fixed": "it is written in stone"}
}

// Complete makes a default that depends on another flag.
func (f *trial) Complete() error {
	if f.List {
		return program.ErrDone
	}
	if !f.Given("lr") && f.Data != "" {
		f.LR = .5
	}
	if f.Dt < 0 {
		return errors.Errorf("-dt is %v", f.Dt)
	}
	return nil
}

// results are what the program leaves: the flags with which it ran.
type results struct {
	Dt, LR  float64
	Hidden  []int
	Epochs  int
	Seed    uint64
	Format  string
	Resumed bool
}

func (f *trial) Run(_ context.Context, r *program.Run) error {
	fmt.Println("started")
	if f.Complain {
		return errors.New("nothing is right")
	}
	if err := r.Begin(); err != nil {
		return err
	}
	if f.Hold {
		if _, err := atomicfile.Temp(filepath.Dir(r.Path("x"))); err != nil {
			return err
		}
		fmt.Println("holding")
		select {}
	}
	if !f.Eval {
		if err := os.WriteFile(r.Path(program.CheckpointName), []byte(fmt.Sprint(f.Seed)), 0o600); err != nil {
			return err
		}
	}
	if err := r.Write("figure."+f.Format, func(path string) error { return os.WriteFile(path, []byte(fmt.Sprint(f.Seed)), 0o600) }); err != nil {
		return err
	}
	return r.JSON(program.MetricsName, results{f.Dt, f.LR, f.Hidden, f.Epochs, f.Seed, f.Format, r.Resumed()})
}

const task = "PROGRAM_TEST"

// TestMain makes the test binary the program of its own where a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv(task) == "" {
		os.Exit(m.Run())
	}
	program.Main("trial", "Try.", new(trial))
}

// run runs the program within this process, and returns what it printed.
func run(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	return runAs(t, "trial", args...)
}

func runAs(t *testing.T, name string, args ...string) (stdout string, err error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = w
	err = program.Start(t.Context(), name, "Try.", new(trial), args, io.Discard)
	os.Stdout = before
	w.Close()
	text, failed := io.ReadAll(r)
	if failed != nil {
		t.Fatal(failed)
	}
	r.Close()
	return string(text), err
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := run(t, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

// child is the program as a process of its own.
func child(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), task+"=1")
	return c
}

// list are the names in a folder.
func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantError(t *testing.T, err error, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}

// A folder belongs to one process, and to nobody once that is killed.
func TestFolderOfARunningProgram(t *testing.T) {
	dir := t.TempDir()
	c := child("-hold", "-out", dir)
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for !strings.Contains(lines.String(), "holding") {
		if _, err := io.CopyN(&lines, stdout, 1); err != nil {
			t.Fatal(err, lines.String())
		}
	}
	before := list(t, dir)
	if !strings.Contains(before, ".lock .srnn-") {
		t.Errorf("the running program has %s", before)
	}
	holder := fmt.Sprintf("%s belongs to a running program: trial, process %d, since ", dir, c.Process.Pid)
	for _, args := range [][]string{{}, {"-resume"}, {"-eval", "-checkpoint", "x"}} {
		_, err := run(t, append(args, "-out", dir)...)
		wantError(t, err, holder)
	}
	if after := list(t, dir); after != before {
		t.Errorf("the folder holds %s, and before %s", after, before)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// It was killed, which is an error that is meant.
	if err := c.Wait(); err == nil {
		t.Fatal("the process was not killed")
	}
	out := mustRun(t, "-out", dir)
	if want := "of an earlier run, now with .1 behind their names: run.json\n"; !strings.Contains(out, want) {
		t.Errorf("it prints %q, want %q", out, want)
	}
	if after := list(t, dir); after != "checkpoint.safetensors figure.png metrics.json run.json run.json.1" {
		t.Errorf("the folder holds %s", after)
	}
}

func TestFolderTwiceInOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	l, err := program.Open(dir, "one")
	if err != nil {
		t.Fatal(err)
	}
	_, err = program.Open(dir, "two")
	wantError(t, err, fmt.Sprintf("one, process %d, since ", os.Getpid()))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = program.Open(dir, "two"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("the folders that were made for nothing are still there: %v", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", file, filepath.Join(file, "x")} {
		_, err := program.Open(bad, "one")
		wantError(t, err, "output folder")
	}
}

// A run goes on with what it began with.
func TestResumeSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	begin := []string{"-dt", "4", "-hidden", "3,2", "-data", "x", "-seed", "18446744073709551615", "-out", dir}
	mustRun(t, begin...)
	for _, c := range []struct {
		args    string
		printed string
		err     []string
		want    string // of metrics.json
	}{
		{args: "", want: `"Dt": 4, "LR": 0.5, "Hidden": [ 3, 2 ], "Epochs": 2, "Seed": 18446744073709551615, "Format": "png", "Resumed": true`},
		{args: "-dt 4.0 -hidden 3,2 -lr .5 -epochs 2", want: `"Dt": 4, "LR": 0.5,`},
		{args: "-epochs 4", printed: "-epochs: 2, now 4\n", want: `"Epochs": 4,`},
		{args: "-format svg", printed: "-format: \"png\", now \"svg\"\n", want: `"Epochs": 4, "Seed": 18446744073709551615, "Format": "svg"`},
		{args: "", want: `"Epochs": 4, "Seed": 18446744073709551615, "Format": "svg"`},
		{args: "-dt 20", err: []string{"-dt: the run has 4, 20 asked for"}},
		{args: "-dt -1", err: []string{"-dt is -1"}},
		{args: "-hidden 3", err: []string{"-hidden: the run has 3,2, 3 asked for"}},
		{args: "-clip 1", err: []string{"-clip: the run has none, 1 asked for"}},
		{args: "-counts -seed 2 -epochs 5", err: []string{"-counts: the run has false, true asked for; -seed: the run has 18446744073709551615, 2 asked for"}},
		{args: "-data y", err: []string{`-data: the run has "x", "y" asked for`}},
		{args: "-lr .01", err: []string{"-lr: the run has 0.5, 0.01 asked for"}},
		{args: "-patience 3", err: []string{"-patience: the run has none, 3 asked for, but it is written in stone"}},
		{args: "-eval -checkpoint x", err: []string{"-eval", "-resume"}},
		{args: "-epochs 0", err: []string{"-epochs is 0"}},
	} {
		before := read(t, dir, "run.json") + read(t, dir, "metrics.json")
		out, err := run(t, append(strings.Fields(c.args), "-resume", "-out", dir)...)
		if c.err != nil {
			wantError(t, err, c.err...)
			if after := read(t, dir, "run.json") + read(t, dir, "metrics.json"); after != before {
				t.Errorf("%s: what fails has changed the run to %s", c.args, after)
			}
			continue
		}
		if want := "started\n" + "metrics, checkpoint and figures are in " + dir + "\n"; err != nil || out != c.printed+want {
			t.Errorf("%s: %v; it prints %q, want %q", c.args, err, out, c.printed+want)
		}
		if got := strings.Join(strings.Fields(read(t, dir, "metrics.json")), " "); !strings.Contains(got, c.want) {
			t.Errorf("%s: metrics.json is %s, want %s", c.args, got, c.want)
		}
	}
	if got := list(t, dir); got != "checkpoint.safetensors figure.png figure.svg metrics.json run.json" {
		t.Errorf("the folder holds %s", got)
	}
}

// What is no run of this program does not go on.
func TestResumeOfNoRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	_, err := run(t, "-resume", "-out", dir)
	wantError(t, err, "-resume: "+dir+" has no run that could go on")
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
	mustRun(t, "-out", dir)
	_, err = runAs(t, "other", "-resume", "-out", dir)
	wantError(t, err, dir+" has a run of trial, not of other")

	path := filepath.Join(dir, "run.json")
	good := read(t, path)
	for old, change := range map[string]struct{ to, want string }{
		`"version": 1`:           {`"version": 2`, "has version 2, want 1"},
		`"dt": 20`:               {`"dt": "long"`, "-dt"},
		`"dt": `:                 {`"step": `, "the run has no -dt"},
		`"counts": false,`:       {`"counts": false, "dot": 1,`, "the run has a -dot"},
		`"figure.png"`:           {`"../figure.png"`, "of another folder"},
		`"trial"`:                {`"trial`, "is not the record of a run"},
		`"program"`:              {`"evaluation": true, "program"`, "has an evaluation"},
		`"version": 1,`:          {`"version": 1, "settings": [1],`, "is not the record of a run"},
		"\n  \"version\": 1,\n ": {"", "has version 0"},
	} {
		text := strings.Replace(good, old, change.to, 1)
		if text == good {
			t.Fatalf("%s is not in %s", old, good)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := run(t, "-resume", "-out", dir)
		wantError(t, err, change.want)
	}
}

// A new run sets the files of an old one aside, together, and not before it begins.
func TestSetAside(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "-seed", "1", "-out", dir)
	if err := os.WriteFile(filepath.Join(dir, "metrics.json.3"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := list(t, dir)
	if _, err := run(t, "-seed", "2", "-complain", "-out", dir); err == nil {
		t.Fatal("no error")
	}
	if got := list(t, dir); got != before {
		t.Errorf("a run that did not begin leaves %s of %s", got, before)
	}
	out := mustRun(t, "-seed", "2", "-out", dir)
	if want := "now with .4 behind their names: run.json, checkpoint.safetensors, metrics.json, figure.png\n"; !strings.Contains(out, want) {
		t.Errorf("it prints %q, want %q", out, want)
	}
	mustRun(t, "-seed", "3", "-out", dir)
	for _, name := range []string{"checkpoint.safetensors", "figure.png"} {
		for suffix, want := range map[string]string{".4": "1", ".5": "2", "": "3"} {
			if got := read(t, dir, name+suffix); got != want {
				t.Errorf("%s is of the run with seed %s, want %s", name+suffix, got, want)
			}
		}
	}
	if read(t, mine) != "mine" {
		t.Error("a file of somebody else's has changed")
	}
}

// Files of a program that wrote no records, and of others, are not lost.
func TestSetAsideWithoutRecord(t *testing.T) {
	dir := t.TempDir()
	names := []string{"checkpoint.safetensors", "figure.png"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, "-out", dir)
	for _, name := range names {
		if read(t, dir, name) != "1" || read(t, dir, name+".1") != "old" {
			t.Errorf("the old %s is lost", name)
		}
	}
}

// A program that is killed while it sets files aside is followed by one that goes on with that.
func TestSetAsideInterrupted(t *testing.T) {
	names := []string{"run.json", "checkpoint.safetensors", "metrics.json", "figure.png"}
	for done := range len(names) + 1 {
		dir := t.TempDir()
		mustRun(t, "-seed", "1", "-out", dir)
		for _, name := range names[:done] {
			if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".1")); err != nil {
				t.Fatal(err)
			}
		}
		mustRun(t, "-seed", "2", "-out", dir)
		if got := read(t, dir, "checkpoint.safetensors.1") + read(t, dir, "figure.png.1"); got != "11" {
			t.Errorf("after %d files: the old ones hold %s", done, got)
		}
		if got := read(t, dir, "checkpoint.safetensors") + read(t, dir, "figure.png"); got != "22" {
			t.Errorf("after %d files: the new ones hold %s", done, got)
		}
		if got := strings.Count(list(t, dir), "."); got != len(names)*3 {
			t.Errorf("after %d files: the folder holds %s", done, list(t, dir))
		}
	}
}

// An evaluation has a folder of its own, and takes nothing away from a training.
func TestEvaluation(t *testing.T) {
	t.Chdir(t.TempDir())
	mustRun(t)
	_, err := run(t, "-eval", "-checkpoint", "x", "-out", "out/trial")
	wantError(t, err, "out/trial has a run of trial, whose results -eval would replace")
	for range 2 {
		if out := mustRun(t, "-eval", "-checkpoint", "x"); !strings.HasSuffix(out, "metrics and figures are in out/trial-eval\n") {
			t.Errorf("it prints %q", out)
		}
	}
	if got := list(t, "out/trial"); got != "checkpoint.safetensors figure.png metrics.json run.json" {
		t.Errorf("the folder of the training holds %s", got)
	}
	if got := list(t, "out/trial-eval"); got != "figure.png figure.png.1 metrics.json metrics.json.1 run.json run.json.1" {
		t.Errorf("the folder of the evaluation holds %s", got)
	}
	_, err = run(t, "-resume", "-out", "out/trial-eval")
	wantError(t, err, "has an evaluation")
	_, err = run(t, "-complain", "-out", "new/folder/within")
	wantError(t, err, "nothing is right")
	if got := list(t, "."); got != "out" {
		t.Errorf("a run that failed before it began left %s", got)
	}
}

func TestWrongFlags(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct{ args, want string }{
		{"-eval", "-eval needs a -checkpoint FILE"},
		{"-checkpoint x", "-checkpoint is for -eval"},
		{"-epochs 0", "-epochs is 0"},
		{"-batch 0 -lr -1", "-batch is 0, want at least 1; -lr is -1, want a rate that is positive"},
		{"-batch 9223372036854775807", "-batch is 9223372036854775807, want at most 2147483647"},
		{"-patience 0", "-patience is 0, want at least 1"},
		{"-patience -1", "-patience is -1"},
		{"-lr 0", "-lr is 0"},
		{"-lr NaN", "-lr is NaN"},
		{"-lr Inf", "-lr is +Inf"},
		{"-dt -2", "-dt is -2"},
		{"-dt NaN", "-dt"},
		{"-foo", "unknown flag --foo"},
	} {
		_, err := run(t, append(strings.Fields(c.args), "-out", dir)...)
		wantError(t, err, c.want)
	}
	if out := mustRun(t, "-list", "-out", dir); out != "" {
		t.Errorf("a list prints %q", out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}

// Defaults and helps are those of the embedded flags, but for what the tags around them say.
func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := program.Start(t.Context(), "trial", "Try.", new(trial), []string{"-help"}, &out); !errors.Is(err, cli.ErrHelp) {
		t.Errorf("the error is %v", err)
	}
	for _, want := range []string{"--epochs=2 ", "--batch=8 ", "--lr=0.01 ", "Epochs to train.", "Pieces in a step."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in the help:\n%s", want, out.String())
		}
	}
}

// A run ends with its results written also where nobody reads its standard output.
func TestClosedOutput(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c := child("-out", dir)
	c.Stdout, c.Stderr = w, &stderr
	r.Close()
	err = c.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, stderr %q; want status 0", err, stderr.String())
	}
	if got := list(t, dir); got != "checkpoint.safetensors figure.png metrics.json run.json" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestMoment(t *testing.T) {
	validation := .7894
	for _, c := range []struct {
		moment program.Moment
		want   string
	}{
		{program.Moment{Epoch: 1, Epochs: 60, Loss: .5}, "epoch 1/60  loss 0.500"},
		{program.Moment{Epoch: 3, Epochs: 60, Loss: math.NaN(), Figures: []program.Figure{{"accuracy", .5}, {"rate", 1}}, Validation: &validation},
			"epoch 3/60  loss NaN  accuracy 0.500  rate 1.000  validation 0.789"},
	} {
		if got := c.moment.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
