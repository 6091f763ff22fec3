// Package lint holds the rules of the house as tests.
package lint

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/srnn-go/srnn/"

// imports are the packages of this module that each package's code may import, tests apart.
// Imports run one way: graph ← ops ← nodes ← models ← examples.
var imports = map[string][]string{
	"graph":                {"internal/kernel"},
	"ops":                  {"graph", "internal/kernel"},
	"nodes":                {"graph", "ops", "internal/kernel"},
	"optim":                {"graph", "internal/kernel"},
	"models":               {"graph", "ops", "nodes", "internal/tensorfile"},
	"internal/kernel":      {},
	"internal/atomicfile":  {},
	"internal/tensorfile":  {"internal/atomicfile"},
	"internal/gradcheck":   {"graph"},
	"internal/golden":      {"graph", "ops", "nodes", "models"},
	"internal/conform":     {"graph", "ops", "nodes", "models", "optim", "internal/gradcheck"},
	"internal/exampletest": {"internal/cli", "internal/program"},
	"internal/program":     {"internal/atomicfile", "internal/cli"},
	"internal/lint":        {},
	"internal/cli":         {"internal/atomicfile"},
	"models/plot":          {"internal/atomicfile"},
	"models/data":          {"models"},
}

// outer are the packages that import libraries for figures, flags and files of data: who does not
// import them does not pay for those.
var outer = []string{"models/data", "models/plot", "internal/cli"}

// onlyOuter are those libraries.
var onlyOuter = []string{
	"gonum.org/v1/plot", "github.com/alecthomas/kong", "github.com/schollz/progressbar", "golang.org/x/term",
	"github.com/scigolib/matlab", "github.com/scigolib/hdf5", "github.com/sbinet/npyio",
}

func TestImports(t *testing.T) {
	walk(t, func(dir, file string, test bool, imported string) {
		inner := !strings.HasPrefix(dir, "examples/") && !slices.Contains(outer, dir)
		for _, l := range onlyOuter {
			if inner && strings.HasPrefix(imported, l) {
				t.Errorf("%s imports %s, which only examples and %v do", file, imported, outer)
			}
		}
		own, ok := strings.CutPrefix(imported, module)
		if !ok || test {
			return
		}
		if own == "internal/conform" || own == "internal/gradcheck" && dir != "internal/conform" {
			t.Errorf("%s imports %s, which is for tests only", file, own)
		}
		allowed, ok := imports[dir]
		if !ok && strings.HasPrefix(dir, "examples/") {
			return // a program may import everything
		}
		if !ok {
			t.Errorf("%s: the package %s has no rule for its imports", file, dir)
		} else if !slices.Contains(allowed, own) {
			t.Errorf("%s imports %s, but %s may only import %v", file, own, dir, allowed)
		}
	})
}

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

// walk calls f for every import of every Go file.
func walk(t *testing.T, f func(dir, file string, test bool, imported string)) {
	base := root(t)
	files := 0
	err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != base || d.Name() == "out") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		files++
		ast, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(base, path)
		if err != nil {
			return err
		}
		for _, i := range ast.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f(filepath.ToSlash(filepath.Dir(rel)), rel, strings.HasSuffix(rel, "_test.go"), name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d Go files were found", files)
	}
}

func root(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(filepath.Dir(dir))
}
