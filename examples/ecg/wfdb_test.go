package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/exampletest"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/internal/wfdbtest"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

// writeRecordings writes synthetic electrocardiograms as one's own recordings, at 250 Hz, of two leads.
func writeRecordings(t *testing.T, dir string, records, steps int, annotator string) {
	t.Helper()
	r, err := data.ECGSyn{Records: records, Steps: steps}.Generate(3)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		rec := wfdbtest.Record{Name: fmt.Sprint("own", i), Frequency: "250", Together: true, Annotator: annotator}
		for _, s := range r.Signal[i] {
			x := wfdbtest.Signal{Format: 212, Gain: "200/mV"}
			for _, v := range s {
				x.Samples = append(x.Samples, int32(math.Round(float64(v)*200)))
			}
			rec.Signals = append(rec.Signals, x)
		}
		e := train.Example{X: make([]float32, 4*steps), Classes: make([]int, steps)}
		if err := r.Read(i, &e); err != nil {
			t.Fatal(err)
		}
		rec.Annotations = wfdbtest.Waves(e.Classes)
		rec.Write(t, dir)
	}
}

// One's own recordings are learnt from, evaluated, and a training on them goes on where it was stopped.
func TestRecordings(t *testing.T) {
	recordings, dir := t.TempDir(), t.TempDir()
	writeRecordings(t, recordings, 4, 1500, "q1c")
	at := func(out string, args ...string) error {
		return run(t, append([]string{"-data", recordings, "-wfdb", "-window", "300", "-out", filepath.Join(dir, out)}, args...)...)
	}
	training := []string{"-hidden", "5", "-batch", "4", "-epochs"}
	for out, epochs := range map[string]string{"whole": "2", "halves": "1"} {
		if err := at(out, append(training, epochs)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(t, "-resume", "-epochs", "2", "-out", filepath.Join(dir, "halves")); err != nil {
		t.Fatal(err)
	}
	if err := at("eval", "-eval", "-batch", "4", "-checkpoint", filepath.Join(dir, "whole", program.CheckpointName)); err != nil {
		t.Fatal(err)
	}
	whole, halves, eval := exampletest.Metrics(t, filepath.Join(dir, "whole")), exampletest.Metrics(t, filepath.Join(dir, "halves")), exampletest.Metrics(t, filepath.Join(dir, "eval"))
	for _, key := range []string{"test_accuracy", "test_loss", "train_accuracy"} {
		if a, ok := whole[key].(float64); !ok || a != halves[key] {
			t.Errorf("%s is %v, and %v after resuming", key, whole[key], halves[key])
		}
	}
	if whole["test_accuracy"] != eval["test_accuracy"] || whole["test_accuracy"] == nil {
		t.Errorf("the checkpoint evaluates to %v, the run to %v", eval["test_accuracy"], whole["test_accuracy"])
	}
	content, err := os.ReadFile(filepath.Join(dir, "halves", "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record struct{ Settings map[string]any }
	if err := json.Unmarshal(content, &record); err != nil || record.Settings["wfdb"] != true {
		t.Errorf("run.json has the settings %v, %v", record.Settings, err)
	}
	wavesIn(t, filepath.Join(dir, "eval"))
}

// A recording without annotations is named by a network that was trained on others.
func TestOwnRecording(t *testing.T) {
	recordings, dir := t.TempDir(), t.TempDir()
	writeRecordings(t, recordings, 1, 3000, "")
	if err := run(t, "-hidden", "5", "-records", "6", "-epochs", "1", "-out", filepath.Join(dir, "net")); err != nil {
		t.Fatal(err)
	}
	eval := []string{"-eval", "-checkpoint", filepath.Join(dir, "net", program.CheckpointName), "-data", filepath.Join(recordings, "own0.hea"), "-wfdb", "-out"}
	if err := run(t, append(eval, filepath.Join(dir, "eval"))...); err != nil {
		t.Fatal(err)
	}
	if end := wavesIn(t, filepath.Join(dir, "eval")); end != 12000 {
		t.Errorf("the waves end at %v ms, want 12000", end)
	}
	exampletest.Figures(t, filepath.Join(dir, "eval"), 500, "record.png")
	if err := run(t, append(eval, filepath.Join(dir, "other"), "-annotator", "atr")...); err == nil || !strings.Contains(err.Error(), "have no annotations .atr") {
		t.Errorf("annotations that are not there: %v", err)
	}
}

// wavesIn checks that the waves in a folder's waves.csv follow one another, and gives the last one's end.
func wavesIn(t *testing.T, dir string) (end float64) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, program.WaveFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	if lines[0] != "record,from_ms,to_ms,wave" || len(lines) < 3 {
		t.Fatalf("waves are %q", content)
	}
	last := ""
	for _, line := range lines[1:] {
		f := strings.Split(line, ",")
		var from, to float64
		if _, err := fmt.Sscan(f[1], &from); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(f[2], &to); err != nil {
			t.Fatal(err)
		}
		if to <= from || f[0] == last && from < end {
			t.Errorf("wave %s begins before %v ms", line, end)
		}
		last, end = f[0], to
	}
	return end
}

func TestWrongRecordings(t *testing.T) {
	recordings := t.TempDir()
	writeRecordings(t, recordings, 1, 1400, "q1c")
	for args, want := range map[string]string{
		"-wfdb":                                      "-wfdb needs -data DIR",
		"-data " + recordings:                        "has recordings of WFDB (.hea), which -wfdb reads",
		"-wfdb -data qtdb":                           "-wfdb needs -data DIR",
		"-window 4":                                  "-window is for -wfdb",
		"-leads I,II":                                "-leads is for -wfdb",
		"-wfdb -data /no/such":                       "/no/such",
		"-wfdb -records 3 -data " + recordings:       "-records is for synthetic",
		"-wfdb -delta 0 -data " + recordings:         "-delta is 0",
		"-wfdb -window 0 -data " + recordings:        "-window is 0",
		"-wfdb -normalise -data " + recordings:       "-normalise needs -delta",
		"-wfdb -leads V1 -data " + recordings:        `lead "V1" is not there`,
		"-wfdb -data " + recordings:                  "has one record that can be learnt from",
		"-wfdb -annotator atr -data " + recordings:   "have no annotations .atr",
		"-wfdb -window 99999999 -data " + recordings: "Window is 99999999",
	} {
		if err := run(t, append(strings.Fields(args), "-out", filepath.Join(t.TempDir(), "out"))...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", args, err, want)
		}
	}
}
