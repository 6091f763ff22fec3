package cases

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// -resume with flags that are not those of the first run: mapbox/robosat#169, nodefluxio/vortex#70,
// bmaltais/kohya_ss#1924. Right: the run goes on with what it began with, or says what differs.
func TestCase19ResumeWithOtherFlags(t *testing.T) {
	t.Run("smnist", func(t *testing.T) { begin(t, "19").permuted(program(t, "smnist")) })
	t.Run("shd", func(t *testing.T) {
		r, shd := begin(t, "19"), program(t, "shd")
		r.stepLength(shd)
		r.counts(shd)
		r.moreEpochs(shd)
	})
}

// setting is the value of a flag in the record of a run.
func setting(t *testing.T, dir, name string) string {
	t.Helper()
	var run struct{ Settings map[string]json.RawMessage }
	readJSON(t, &run, dir, "run.json")
	return string(run.Settings[name])
}

// permuted are pixels that are resumed without -permute.
func (r *reproduction) permuted(smnist string) {
	dir := r.TempDir()
	out := mustStart(r.T, dir, smnist, "-permute", "-images", "40", "-epochs", "1", "-out", "a")
	if !strings.Contains(out, "PS-MNIST") || setting(r.T, filepath.Join(dir, "a"), "permute") != "true" {
		r.Fatalf("the run is not of PS-MNIST:\n%s", out)
	}
	out, err := start(r.T, dir, smnist, "-epochs", "2", "-resume", "-out", "a")
	r.check("smnist -permute, then -resume alone: goes on with PS-MNIST, or is refused",
		err != nil || strings.Contains(out, "PS-MNIST") && setting(r.T, filepath.Join(dir, "a"), "permute") == "true",
		"%s", line(out, "MNIST"))
	out, err = start(r.T, dir, smnist, "-images", "60", "-epochs", "2", "-resume", "-out", "a")
	r.check("smnist -images 40, then -images 60 -resume: refused with both numbers", refused(out, err, "images", "40", "60"), "%s", last(out))
}

// stepLength is another length of a step.
func (r *reproduction) stepLength(shd string) {
	dir := r.TempDir()
	mustStart(r.T, dir, shd, "-examples", "60", "-hidden", "8,8", "-dt", "20", "-epochs", "1", "-out", "b")
	goesOn := func(args ...string) (bool, string) {
		out, err := start(r.T, dir, shd, append(args, "-resume", "-out", "b")...)
		if err != nil {
			return false, last(out)
		}
		var m struct{ Dt float64 }
		readJSON(r.T, &m, dir, "b", "metrics.json")
		return strings.Contains(out, "steps of 20 ms") && m.Dt == 20, line(out, "steps of")
	}
	good, what := goesOn()
	r.check("shd -dt 20, then -resume alone: goes on at 20 ms", good, "%s", what)
	out, err := start(r.T, dir, shd, "-epochs", "2", "-resume", "-out", "b")
	r.check("shd -dt 20, then -epochs 2 -resume: goes on at 20 ms, or is refused", err != nil || strings.Contains(out, "steps of 20 ms"), "%s", last(out))
	out, err = start(r.T, dir, shd, "-dt", "10", "-resume", "-out", "b")
	r.check("shd -dt 20, then -dt 10 -resume: refused with both numbers", refused(out, err, "dt", "20", "10"), "%s", last(out))
}

// counts are inputs that are numbers of spikes, and not only whether there is one.
func (r *reproduction) counts(shd string) {
	dir := r.TempDir()
	common := []string{"-examples", "60", "-hidden", "8,8", "-epochs", "1"}
	mustStart(r.T, dir, shd, append(common, "-counts", "-out", "c")...)
	out, err := start(r.T, dir, shd, "-resume", "-out", "c")
	r.check("shd -counts, then -resume alone: goes on with counts, or is refused", err != nil || setting(r.T, filepath.Join(dir, "c"), "counts") == "true", "%s", last(out))
	mustStart(r.T, dir, shd, append(common, "-out", "d")...)
	counted, once := testLoss(r.T, dir, "c"), testLoss(r.T, dir, "d")
	r.check("the resumed run was tested on counts", counted != once, "test loss %v, and %v without counts", counted, once)
	out, err = start(r.T, dir, shd, "-counts=false", "-resume", "-out", "c")
	r.check("shd -counts, then -counts=false -resume: refused with both values", refused(out, err, "counts", "true", "false"), "%s", last(out))
}

// moreEpochs are more than were asked for: the cosine of the learning rate is another one.
func (r *reproduction) moreEpochs(shd string) {
	dir := r.TempDir()
	common := []string{"-examples", "60", "-batch", "8", "-hidden", "8,8"}
	mustStart(r.T, dir, shd, append(common, "-epochs", "4", "-out", "whole")...)
	mustStart(r.T, dir, shd, append(common, "-epochs", "2", "-out", "parts")...)
	out, err := start(r.T, dir, shd, append(common, "-epochs", "4", "-resume", "-out", "parts")...)
	whole, parts := losses(r.T, dir, "whole"), losses(r.T, dir, "parts")
	r.check("shd, 2 epochs and 2 more: as 4 at once, or refused", err != nil || whole == parts, "%s: %s, and at once %s", last(out), parts, whole)
	r.check("the refusal has its reason", err == nil || refused(out, err, "epochs", "2", "4"), "%s", last(out))
}

// refused says whether a program has ended with an error that names a flag and both values.
func refused(out string, err error, flag string, values ...string) bool {
	message := last(out)
	if err == nil || !strings.Contains(message, "-"+flag) {
		return false
	}
	for _, v := range values {
		if !strings.Contains(message, v) {
			return false
		}
	}
	return true
}

// losses are those of a history, and what is worked out from them.
func losses(t *testing.T, elem ...string) string {
	t.Helper()
	var history []map[string]any
	readJSON(t, &history, append(elem, "history.json")...)
	var kept []map[string]any
	for _, e := range history {
		kept = append(kept, map[string]any{"loss": e["loss"], "val_loss": e["val_loss"], "accuracy": e["accuracy"]})
	}
	text, err := json.Marshal(kept)
	if err != nil || len(kept) == 0 {
		t.Fatalf("a history of %d epochs: %v", len(kept), err)
	}
	return string(text)
}

// testLoss is what metrics.json says of the test.
func testLoss(t *testing.T, elem ...string) float64 {
	t.Helper()
	var m struct {
		Loss *float64 `json:"test_loss"`
	}
	readJSON(t, &m, append(elem, "metrics.json")...)
	if m.Loss == nil {
		t.Fatalf("%s has no test_loss", filepath.Join(elem...))
	}
	return *m.Loss
}
