package cases

import (
	"strings"
	"testing"
)

// A checkpoint of the ECG network that was trained under DataParallel, Lightning or torch.compile: all names have a
// prefix (pytorch/pytorch#3805, wolny/pytorch-3dunet#134, menzelab/implicit-shape-reconstruction#2).
func TestCase11ModulePrefix(t *testing.T) {
	r := begin(t, "11")
	ecg, dir := program(t, "ecg"), t.TempDir()
	plain := ""
	for _, f := range unpack(t, "torch.zip", r.number, ".pth") {
		out, err := start(t, dir, ecg, "-eval", "-checkpoint", f.path, "-records", "3", "-out", f.name)
		r.check(f.name, err == nil, "%s", last(out))
		if err != nil {
			continue
		}
		var m struct {
			Accuracy *float64 `json:"test_accuracy"`
			Loss     *float64 `json:"test_loss"`
		}
		readJSON(t, &m, dir, f.name, "metrics.json")
		got := strings.TrimSpace(line(out, "accuracy"))
		if f.name == "plain" {
			plain = got
		}
		r.check(f.name+": the results of the plain file", m.Accuracy != nil && m.Loss != nil && got == plain, "%q, want %q", got, plain)
	}
}

// line is the first line of an output that holds a text.
func line(output, text string) string {
	for l := range strings.Lines(output) {
		if strings.Contains(l, text) {
			return l
		}
	}
	return ""
}
