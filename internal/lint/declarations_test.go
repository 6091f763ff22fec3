package lint

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// sealed are interfaces that nobody outside can implement, and that wait to be opened.
var sealed []string

// An interface that is exported can be implemented by everybody: it has no unexported method, of its
// own or of an interface within it.
func TestInterfacesAreOpen(t *testing.T) {
	declared := map[string]*ast.InterfaceType{} // by folder and name
	files := sources(t)
	eachType(files, func(s source, spec *ast.TypeSpec) {
		if i, ok := spec.Type.(*ast.InterfaceType); ok {
			declared[s.dir+"."+spec.Name.Name] = i
		}
	})
	var closed func(dir string, i *ast.InterfaceType) bool
	closed = func(dir string, i *ast.InterfaceType) bool {
		for _, m := range i.Methods.List {
			for _, name := range m.Names {
				if !name.IsExported() {
					return true
				}
			}
			if within, ok := m.Type.(*ast.Ident); ok {
				if inner := declared[dir+"."+within.Name]; inner != nil && closed(dir, inner) {
					return true
				}
			}
		}
		return false
	}
	var breaches []string
	eachType(files, func(s source, spec *ast.TypeSpec) {
		name := s.dir + "." + spec.Name.Name
		if i := declared[name]; i != nil && spec.Name.IsExported() && !internal(s.dir) && closed(s.dir, i) {
			breaches = append(breaches, name)
		}
	})
	report(t, "an exported interface has an unexported method", breaches, sealed)
}

// uncommented are exported declarations that wait for a comment.
var uncommented []string

// Every package and every exported declaration has a comment. A method may leave it to an exported
// interface of the module that has the method, too.
func TestExportsHaveComments(t *testing.T) {
	files := sources(t)
	commented := map[string]bool{} // folders of packages
	for _, s := range files {
		commented[s.dir] = commented[s.dir] || s.Doc != nil
	}
	elsewhere := methods(files)
	var breaches []string
	for _, s := range files {
		if s.test {
			continue
		}
		if !commented[s.dir] {
			breaches = append(breaches, s.dir)
		}
		if s.Name.Name == "main" {
			continue
		}
		for _, d := range s.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				method := d.Recv != nil && (elsewhere[d.Name.Name] || !ast.IsExported(receiver(d)))
				if d.Name.IsExported() && !method && !says(d.Doc) {
					breaches = append(breaches, s.name(d))
				}
			case *ast.GenDecl:
				breaches = append(breaches, bare(s, d)...)
			}
		}
	}
	report(t, "has no comment", breaches, uncommented)
}

// methods are the names of the methods of exported interfaces.
func methods(files []source) map[string]bool {
	names := map[string]bool{}
	eachType(files, func(_ source, spec *ast.TypeSpec) {
		i, ok := spec.Type.(*ast.InterfaceType)
		if !ok || !spec.Name.IsExported() {
			return
		}
		for _, m := range i.Methods.List {
			for _, name := range m.Names {
				names[name.Name] = true
			}
		}
	})
	return names
}

// bare are the exported types, constants and variables of a declaration that have no comment. The
// constants and variables of a block may share one.
func bare(s source, d *ast.GenDecl) (names []string) {
	for _, spec := range d.Specs {
		var own []*ast.Ident
		said := says(d.Doc)
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			own, said = []*ast.Ident{spec.Name}, says(spec.Doc) || said && !d.Lparen.IsValid()
		case *ast.ValueSpec:
			own, said = spec.Names, says(spec.Doc) || says(spec.Comment) || said
		}
		for _, name := range own {
			if name.IsExported() && !said {
				names = append(names, s.dir+"."+name.Name)
			}
		}
	}
	return names
}

// says reports whether a comment says anything.
func says(c *ast.CommentGroup) bool { return strings.TrimSpace(c.Text()) != "" }

// long are functions that wait to be divided.
var long = []string{
	"graph.scanRunner.backward",
	"ops.shard.backward", "ops.shard.forward",
}

// No function has more than 80 lines, tests apart.
func TestFunctionsAreShort(t *testing.T) {
	const most = 80
	var breaches []string
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		line := func(p token.Pos) int { return s.positions.Position(p).Line }
		for _, d := range s.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && line(f.End())-line(f.Pos())+1 > most {
				breaches = append(breaches, s.name(f))
			}
		}
	}
	report(t, "is a function of more than 80 lines", breaches, long)
}

// eachType calls f for each type that is declared at the top of a file, tests apart.
func eachType(files []source, f func(source, *ast.TypeSpec)) {
	for _, s := range files {
		if s.test {
			continue
		}
		for _, d := range s.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					f(s, spec.(*ast.TypeSpec))
				}
			}
		}
	}
}

// internal reports whether a folder cannot be imported from outside.
func internal(dir string) bool { return dir == "internal" || strings.HasPrefix(dir, "internal/") }
