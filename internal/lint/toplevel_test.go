package lint

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The top level holds what was agreed on, and no more.
func TestTopLevel(t *testing.T) {
	allowed := []string{"go.mod", "go.sum", "README.md", "LICENSE", "graph", "ops", "nodes", "optim", "models", "examples", "internal", "out"}
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == ".test" || ext == ".prof" {
			continue // left by go test, and ignored by git
		}
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s is at the top level", e.Name())
		}
	}
}

// No file is large: a program that was built in its folder, or data, does not belong here.
func TestFilesAreSmall(t *testing.T) {
	const most = 1 << 20 // bytes
	base := root(t)
	err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && path != base || d.Name() == "out" || d.Name() == "rapid" {
				return filepath.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(path); ext == ".test" || ext == ".prof" {
			return nil // left by go test, and ignored by git
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > most {
			t.Errorf("%s has %d bytes, want at most %d", path, info.Size(), most)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
