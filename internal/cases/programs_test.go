package cases

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// programs are the binaries of the examples, each built once.
var programs struct {
	dir   string
	mu    sync.Mutex
	built map[string]error
}

// program builds an example and returns its binary.
func program(t *testing.T, name string) string {
	t.Helper()
	programs.mu.Lock()
	defer programs.mu.Unlock()
	path := filepath.Join(programs.dir, name+".exe")
	err, ok := programs.built[name]
	if !ok {
		if programs.built == nil {
			programs.built = map[string]error{}
		}
		build := exec.Command("go", "build", "-o", path, "github.com/srnn-go/srnn/examples/"+name)
		out, failed := build.CombinedOutput()
		if err = failed; err != nil {
			t.Logf("%s", out)
		}
		programs.built[name] = err
	}
	if err != nil {
		t.Fatalf("examples/%s: %v", name, err)
	}
	return path
}

// start runs a program in a folder, and returns all that it prints.
func start(t *testing.T, dir, path string, args ...string) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, path, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// mustStart is start for what has to work.
func mustStart(t *testing.T, dir, path string, args ...string) string {
	t.Helper()
	out, err := start(t, dir, path, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(path), strings.Join(args, " "), err, out)
	}
	return out
}

// last is the last line of what a program printed: its error, if it has one.
func last(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}

// readJSON reads a file that a run has left.
func readJSON(t *testing.T, into any, elem ...string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}
