package lint

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/srnn-go/srnn/"

// imports are the packages of this module that each package's code may import, tests apart.
// Imports run one way: graph ← ops ← nodes ← models ← examples. The training loop knows nothing of
// spikes, as graph does not: models/train imports none of ops, nodes and models.
var imports = map[string][]string{
	"graph":                    {"internal/kernel", "internal/room"},
	"ops":                      {"graph", "internal/kernel", "internal/registry"},
	"nodes":                    {"graph", "ops", "internal/kernel", "internal/registry", "internal/room", "internal/strictjson"},
	"optim":                    {"graph", "internal/kernel"},
	"models":                   {"graph", "ops", "nodes", "models/train", "internal/strictjson", "internal/tensorfile"},
	"models/train":             {"graph", "internal/differ", "internal/registry", "internal/room", "internal/strictjson", "internal/tensorfile"},
	"models/data":              {"models/train", "internal/hdf5", "internal/matfile", "internal/tensorfile"},
	"models/coding":            {"graph", "ops", "nodes", "models/train"},
	"models/plot":              {"models/train", "internal/atomicfile"},
	"internal/kernel":          {},
	"internal/kernel/roofline": {},
	"internal/differ":          {},
	"internal/room":            {},
	"internal/strictjson":      {},
	"internal/hdf5":            {},
	"internal/shared":          {},
	"internal/memlimit":        {},
	"internal/atomicfile":      {},
	"internal/matfile":         {},
	"internal/tensorfile":      {"internal/atomicfile"},
	"internal/golden":          {"graph", "ops", "nodes", "models", "models/train"},
	"internal/registry":        {},
	"internal/wfdbtest":        {},
	"internal/exampletest":     {"graph", "nodes", "models", "models/train", "internal/cli", "internal/program"},
	"internal/program":         {"graph", "models", "models/train", "models/data", "models/plot", "internal/atomicfile", "internal/cli", "internal/differ", "internal/strictjson"},
	"internal/cases":           {},
	"internal/lint":            {},
	"internal/cli":             {"internal/atomicfile"},
}

// suites are the packages that test what others implement, and what they may import: nothing that is
// internal, as a module outside uses them, too. Only tests and other suites import them.
var suites = map[string][]string{
	"graph/graphtest":        {"graph"},
	"ops/optest":             {"graph", "graph/graphtest", "ops"},
	"nodes/nodetest":         {"graph", "graph/graphtest", "ops", "nodes"},
	"optim/optimtest":        {"graph", "optim"},
	"models/train/traintest": {"graph", "graph/graphtest", "models/train"},
}

// outer are the packages that import libraries for figures, flags and files of data: who does not
// import them does not pay for those.
var outer = []string{"models/data", "models/plot", "internal/cli"}

// onlyOuter are those libraries.
var onlyOuter = []string{
	"gonum.org/v1/plot", "github.com/alecthomas/kong", "github.com/schollz/progressbar", "golang.org/x/term",
}

// onlyTests are libraries for tests and for the suites, which are imported by tests.
var onlyTests = []string{"testing", "testing/", "github.com/google/go-cmp/", "pgregory.net/rapid"}

// forTests are the internal packages that only tests import.
var forTests = []string{"internal/exampletest", "internal/shared", "internal/memlimit", "internal/wfdbtest"}

// waiting are imports against the rules that wait to be undone.
var waiting []string

func TestImports(t *testing.T) {
	var breaches []string
	for _, s := range sources(t) {
		for _, i := range s.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(name, module); ok {
				if !s.test && !allowed(s.dir, own) {
					breaches = append(breaches, s.dir+" imports "+own)
				}
			} else {
				checkLibrary(t, s, name)
			}
		}
	}
	report(t, "is not among the imports that its rule allows", breaches, waiting)
}

// checkLibrary checks the import of what is not of this module.
func checkLibrary(t *testing.T, s source, name string) {
	t.Helper()
	among := func(list []string) bool {
		return slices.ContainsFunc(list, func(l string) bool {
			return name == l || strings.HasPrefix(name, strings.TrimSuffix(l, "/")+"/")
		})
	}
	if !strings.HasPrefix(s.dir, "examples/") && !slices.Contains(outer, s.dir) && among(onlyOuter) {
		t.Errorf("%s imports %s, which only examples and %v do", s.path, name, outer)
	}
	if among(onlyTests) && !s.test && suites[s.dir] == nil && !slices.Contains(forTests, s.dir) {
		t.Errorf("%s imports %s, which only tests and suites do", s.path, name)
	}
}

// allowed reports whether the code of a folder may import a package of this module.
func allowed(dir, own string) bool {
	forTest := func(p string) bool { return suites[p] != nil || slices.Contains(forTests, p) }
	switch {
	case forTest(own) && !forTest(dir):
		return false
	case strings.HasPrefix(dir, "examples/"):
		return true // a program may import everything else
	case suites[dir] != nil:
		return slices.Contains(suites[dir], own)
	}
	return slices.Contains(imports[dir], own)
}

// Every package has a rule for its imports.
func TestPackagesHaveRules(t *testing.T) {
	for _, s := range sources(t) {
		_, ruled := imports[s.dir]
		if !s.test && !ruled && suites[s.dir] == nil && !strings.HasPrefix(s.dir, "examples/") {
			t.Errorf("%s: the package %s has no rule for its imports", s.path, s.dir)
		}
	}
}

// A package that is called a test of another is a suite, and has the rules of one.
func TestSuitesAreKnown(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasSuffix(s.dir, "test") && !internal(s.dir) && suites[s.dir] == nil {
			t.Errorf("%s is not among the suites", s.dir)
		}
	}
	for suite, allowed := range suites {
		for _, own := range allowed {
			if internal(own) {
				t.Errorf("%s may import %s, which no module outside can", suite, own)
			}
		}
	}
}
