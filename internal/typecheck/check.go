package main

import (
	"errors"
	"os"

	"golang.org/x/tools/go/packages"
)

// check returns all type errors of the module in folder dir for the system that the variables name, such as GOARCH=386.
func check(dir string, variables []string) []error {
	// Cgo would need a C compiler for the system, and flags such as -race do not work on each.
	env := append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="), variables...)
	roots, err := packages.Load(&packages.Config{
		Dir:   dir,
		Env:   env,
		Tests: true,
		// Without export data, which only a compiler writes, the syntax of the dependencies is needed, too.
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
			packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesSizes,
	}, "./...")
	if err != nil {
		return []error{err}
	}
	if len(roots) == 0 {
		return []error{errors.New("typecheck: no packages")}
	}
	var errs []error
	seen := map[string]bool{} // a package with tests is checked twice, without them and with them
	packages.Visit(roots, nil, func(p *packages.Package) {
		for _, err := range p.Errors {
			if !seen[err.Error()] {
				seen[err.Error()] = true
				errs = append(errs, err)
			}
		}
	})
	return errs
}
