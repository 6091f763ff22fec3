package cli

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteJSON(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results.json")
	type results struct {
		Accuracy float64 `json:"accuracy"`
	}
	const want = "{\n  \"accuracy\": 0.83\n}\n"
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteJSON(path, results{0.83}); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{results{math.NaN()}, []float64{math.Inf(-1)}, func() {}} {
		err := WriteJSON(path, v)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%v: error %v, want one with the path", v, err)
		}
	}
	if err := WriteJSON(path, results{math.NaN()}); err == nil || !strings.Contains(err.Error(), "NaN, only finite numbers") {
		t.Errorf("NaN: error %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the permissions changed: %v, %v", info.Mode(), err)
	}
	if err := WriteJSON(filepath.Join(dir, "missing", "a.json"), 1); err == nil {
		t.Error("folder missing: no error")
	}
	if err := WriteJSON(dir, 1); err == nil {
		t.Error("path of a folder: no error")
	}
	onlyFile(t, dir, "results.json")
}

func TestOutputDir(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	for range 2 {
		if err := OutputDir(deep); err != nil {
			t.Fatal(err)
		}
	}
	onlyFile(t, dir, "a")
	onlyFile(t, filepath.Join(dir, "a"), "b")
	onlyFile(t, deep, "")

	file := filepath.Join(deep, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", file, filepath.Join(file, "x")} {
		if err := OutputDir(bad); err == nil || !strings.Contains(err.Error(), "output folder") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

// In a folder whose path is as long as paths can be, nobody can write a file, whatever the
// permissions.
func TestOutputDirNotWritable(t *testing.T) {
	dir := t.TempDir()
	for length := 200; length > 0; {
		if next := filepath.Join(dir, strings.Repeat("d", length)); os.Mkdir(next, 0o700) == nil {
			dir = next
		} else {
			length /= 2
		}
	}
	if err := OutputDir(dir); err == nil || !strings.Contains(err.Error(), "not writable") {
		t.Errorf("error %v", err)
	}
}

// onlyFile checks that dir holds the one entry, or none where name is empty.
func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != name {
		t.Errorf("%s holds %q, want %q", dir, got, name)
	}
}
