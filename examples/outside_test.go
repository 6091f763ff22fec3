package examples_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The README promises that a stranger's neuron, surrogate, op, optimizer, loss, metric and dataset are tested as
// ours are. So
// there is a module of a stranger, which imports this one from outside: it must pass go vet and its
// tests, which must not be skipped, with the libraries that this module has, and nothing downloaded.
func TestFromOutside(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "outside"))); err != nil {
		t.Fatal(err)
	}
	own, ours := read(t, filepath.Join(dir, "go.mod")), read(t, filepath.Join(root, "go.mod"))
	at := "replace github.com/srnn-go/srnn => " + strconv.Quote(filepath.ToSlash(root))
	mod := strings.Replace(own, "replace github.com/srnn-go/srnn => ../../..", at, 1)
	if mod == own {
		t.Fatalf("go.mod does not replace this module by its folder:\n%s", own)
	}
	mod += strings.Join(regexp.MustCompile(`(?ms)^require \(.*?^\)`).FindAllString(ours, -1), "\n")
	write(t, filepath.Join(dir, "go.mod"), mod)
	write(t, filepath.Join(dir, "go.sum"), read(t, filepath.Join(root, "go.sum")))

	run(t, dir, "vet", "./...")
	out := run(t, dir, "test", "-count=1", "-v", "./...")
	for _, test := range tests(t, dir) {
		if !strings.Contains(out, "--- PASS: "+test+" ") {
			t.Errorf("%s has not run:\n%s", test, out)
		}
	}
}

// tests are the names of the tests in the Go files of a folder.
func tests(t *testing.T, dir string) (names []string) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllStringSubmatch(read(t, file), -1) {
			names = append(names, m[1])
		}
	}
	if len(names) == 0 {
		t.Fatal("the module has no tests")
	}
	return names
}

// run runs the go command in a folder, without the network and outside of any workspace.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "PWD="+dir)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		started := regexp.MustCompile(`(?m)^ *=== RUN .*\n`)
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, started.ReplaceAllString(out.String(), ""))
	}
	return out.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
