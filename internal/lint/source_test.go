// Package lint holds the rules of the house as tests.
package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is a Go file of the module.
type source struct {
	*ast.File
	dir, path string // from the top level, with slashes
	test      bool   // it is only compiled for tests
	positions *token.FileSet
}

// sources are all Go files of the module, but not those of modules within it.
func sources(t *testing.T) []source {
	t.Helper()
	base, positions := root(t), token.NewFileSet()
	var files []source
	err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != base && (strings.HasPrefix(d.Name(), ".") || d.Name() == "out" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(positions, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(base, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, source{file, filepath.ToSlash(filepath.Dir(rel)), rel, strings.HasSuffix(rel, "_test.go"), positions})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files were found", len(files))
	}
	return files
}

func root(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(filepath.Dir(dir))
}

// name is how a declaration in the file is called: the folder of its package, its receiver's type if it
// is a method, and its own name, as in "nodes.Layer.Declare".
func (s source) name(d ast.Decl) string {
	f, ok := d.(*ast.FuncDecl)
	if !ok {
		return s.dir
	}
	if f.Recv == nil {
		return s.dir + "." + f.Name.Name
	}
	return s.dir + "." + receiver(f) + "." + f.Name.Name
}

// receiver is the name of the type that a method is of.
func receiver(f *ast.FuncDecl) string {
	for t := f.Recv.List[0].Type; ; {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// report fails for each breach of a rule that is not among the exceptions, and for each exception that
// is no breach any more. Both are names.
func report(t *testing.T, rule string, breaches, exceptions []string) {
	t.Helper()
	slices.Sort(breaches)
	for _, name := range slices.Compact(breaches) {
		if !slices.Contains(exceptions, name) {
			t.Errorf("%s: %s", name, rule)
		}
	}
	for i, name := range exceptions {
		if !slices.Contains(breaches, name) {
			t.Errorf("%s keeps the rule now: take it off the exceptions (%s)", name, rule)
		}
		if slices.Contains(exceptions[:i], name) {
			t.Errorf("%s is among the exceptions twice (%s)", name, rule)
		}
	}
}
