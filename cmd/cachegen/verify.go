package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// verify returns an error unless all generated files compile as part of the package in dir. They are given by path. Errors
// in other files do not count.
func verify(ctx context.Context, dir string, generated map[string][]byte) error {
	pkg, err := loadWith(ctx, dir, generated)
	if err != nil {
		return err
	}
	if err := checkChosen(pkg, generated); err != nil {
		return err
	}
	if err := checkLibrary(pkg); err != nil {
		return err
	}
	isGenerated := func(path string) bool { _, is := generated[path]; return is }
	files := slices.DeleteFunc(slices.Clone(pkg.Syntax), func(file *ast.File) bool {
		return isGenerated(pkg.Fset.Position(file.Package).Filename)
	})
	for _, path := range slices.Sorted(maps.Keys(generated)) {
		file, err := parser.ParseFile(pkg.Fset, path, generated[path], parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	var problems []error
	compiler := types.Config{Importer: importsOf{pkg}, Sizes: pkg.TypesSizes, Error: func(err error) {
		if problem, ok := errors.AsType[types.Error](err); !ok || isGenerated(problem.Fset.Position(problem.Pos).Filename) {
			problems = append(problems, err)
		}
	}}
	if pkg.Module != nil && pkg.Module.GoVersion != "" {
		compiler.GoVersion = "go" + pkg.Module.GoVersion
	}
	_, _ = compiler.Check(pkg.PkgPath, pkg.Fset, files, nil) // Error got all errors
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("it does not compile:\n%w", errors.Join(problems...))
}

// checkChosen returns an error if the go command leaves one of the generated files out. Then it has not loaded its imports.
func checkChosen(pkg *packages.Package, generated map[string][]byte) error {
	for _, path := range slices.Sorted(maps.Keys(generated)) {
		if !slices.Contains(pkg.CompiledGoFiles, path) && !slices.Contains(pkg.GoFiles, path) {
			return fmt.Errorf("the go command does not compile a file named %s here; choose another name by -o", filepath.Base(path))
		}
	}
	return nil
}

// importsOf is an importer for a loaded package. It finds the packages that this one imports.
type importsOf struct{ pkg *packages.Package }

func (i importsOf) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	imported := i.pkg.Imports[path]
	if imported == nil || !imported.Types.Complete() {
		return nil, fmt.Errorf("package %s was not loaded", path)
	}
	return imported.Types, nil
}
