package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// elsewhere has the names that the package declares in files that are not loaded. Other builds compile these files with
// the generated one. Go forbids two declarations of a name in a package, also if one of them is an import of a file.
type elsewhere struct {
	tests   declarations // in the tests of this build
	ignored declarations // in files that build constraints leave out of this build, as x_windows.go may be
}

// declarations are the places of declarations by name.
type declarations map[string]token.Pos

// declaredElsewhere returns the names that pkg declares in files that are not loaded.
func declaredElsewhere(pkg *packages.Package) (*elsewhere, error) {
	e := &elsewhere{declarations{}, declarations{}}
	files, err := os.ReadDir(pkg.Dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		path := filepath.Join(pkg.Dir, file.Name())
		if file.IsDir() || !isTest(file.Name()) || slices.Contains(pkg.IgnoredFiles, path) {
			continue
		}
		if err := e.tests.add(pkg, path); err != nil {
			return nil, err
		}
	}
	for _, path := range pkg.IgnoredFiles {
		if filepath.Ext(path) != ".go" {
			continue
		}
		if err := e.ignored.add(pkg, path); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// isTest reports whether the go command takes a file of this name for a test.
func isTest(name string) bool {
	return strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".")
}

// has reports whether name is declared in one of the files.
func (e *elsewhere) has(name string) bool {
	return e.tests[name].IsValid() || e.ignored[name].IsValid()
}

// declarationOf returns the place where a build with the generated file declares name, or token.NoPos. If the generated
// file has a build constraint, the files that this build leaves out do not count: they may be for the systems that lack
// the generated file, and have a wrapper of their own.
func (in *inspection) declarationOf(name string) token.Pos {
	if object := in.pkg.Types.Scope().Lookup(name); object != nil {
		return object.Pos()
	}
	elsewhere := in.names.elsewhere
	if test := elsewhere.tests[name]; test.IsValid() || in.constrained {
		return test
	}
	return elsewhere.ignored[name]
}

// add adds the names that the file at path declares in pkg. A file that does not parse has the names that the parser
// finds all the same: a test that is half written does not keep go build from running, and should not keep cachegen.
func (d declarations) add(pkg *packages.Package, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, _ := parser.ParseFile(pkg.Fset, path, text, parser.AllErrors|parser.ParseComments|parser.SkipObjectResolution)
	if file.Name.Name != pkg.Name || isApart(file) { // package shop_test has names of its own
		return nil
	}
	for _, name := range declaredIn(file) {
		d[name.Name] = name.Pos()
	}
	return nil
}

// isApart reports whether no build of the package has the file. By convention such a file, often a program for go run,
// has the constraint ignore.
func isApart(file *ast.File) bool {
	line := constraintInText(file)
	return line != nil && line.String() == "ignore"
}

// declaredIn returns the names that file declares in its package. The names of methods are not among them.
func declaredIn(file *ast.File) []*ast.Ident {
	var all []*ast.Ident
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			if declaration.Recv == nil {
				all = append(all, declaration.Name)
			}
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					all = append(all, spec.Name)
				case *ast.ValueSpec:
					all = append(all, spec.Names...)
				}
			}
		}
	}
	return all
}
