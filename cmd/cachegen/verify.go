package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// verify returns an error unless all generated files compile as part of the package in dir. They are given by path. Errors
// in other files do not count.
func verify(ctx context.Context, dir string, generated map[string][]byte) error {
	imports, err := importsOnly(generated)
	if err != nil {
		return err
	}
	pkg, err := loadWith(ctx, dir, imports)
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

// importsOnly returns the generated files without what follows their imports. The go command then loads what they import,
// but does not compile the declarations. That takes many seconds, since each method instantiates much generic code.
func importsOnly(generated map[string][]byte) (map[string][]byte, error) {
	imports := make(map[string][]byte, len(generated))
	for path, text := range generated {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, text, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		end := file.Name.End()
		if len(file.Decls) > 0 {
			end = file.Decls[len(file.Decls)-1].End()
		}
		imports[path] = text[:files.Position(end).Offset]
	}
	return imports, nil
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
