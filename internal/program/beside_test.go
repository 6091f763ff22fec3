package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBeside(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"task.json": `{"of":1}`, "task.json.2": `{"of":2}`, "task.json.3": `{`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for checkpoint, want := range map[string]int{CheckpointName: 1, CheckpointName + ".2": 2, "other.safetensors": 1, CheckpointName + ".4": 0} {
		var v struct{ Of int }
		path, found, err := Beside(filepath.Join(dir, checkpoint), "task.json", &v)
		if err != nil || found != (want > 0) || v.Of != want || filepath.Dir(path) != dir {
			t.Errorf("%s: found %v in %s: %v, %v, want %d", checkpoint, v, path, found, err, want)
		}
	}
	var v any
	if path, _, err := Beside(filepath.Join(dir, CheckpointName+".3"), "task.json", &v); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error of a broken file is %v", err)
	}
}

func TestSettle(t *testing.T) {
	f := &Folder{given: map[string]bool{"lr": true}}
	rate, batch := .5, 0
	Settle(f, "lr", &rate, .1)
	Settle(f, "batch", &batch, 20)
	if rate != .5 || batch != 20 {
		t.Errorf("the rate is %v and the batch %d", rate, batch)
	}
}
