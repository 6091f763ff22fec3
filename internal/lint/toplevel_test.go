package lint

import (
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
