package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// unloaded returns why the go command, with these flags, has found no package in dir. Package packages drops the reason.
func unloaded(ctx context.Context, dir string, flags []string, found error) error {
	if file, err := goCommand(ctx, dir, "env", "GOMOD"); err == nil && (file == "" || file == os.DevNull) {
		return fmt.Errorf("%s is not in a module; type: go mod init example.com/name && go get %s", dir, module)
	}
	if _, err := goCommand(ctx, dir, slices.Concat([]string{"list", "-deps"}, flags, []string{"."})...); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if found != nil {
		return fmt.Errorf("%s: %s", dir, oneLine(found.Error()))
	}
	return fmt.Errorf("%s: the go command has not loaded the package; type: go vet", dir)
}

// goCommand runs the go command in dir and returns what it prints. The error is what it prints to standard error.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = dir
	out, err := command.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
		return "", errors.New(oneLine(string(failed.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

// oneLine returns text with its lines joined. Messages of the go command have the command to type on a line of its own.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// unreadable returns why the package cannot be read, or nil. A type error does not count, since other files may use the
// declarations that are about to be generated, nor does an import that cannot be found.
func unreadable(pkg *packages.Package) error {
	var problems []error
	for _, problem := range pkg.Errors {
		listed := problem.Kind == packages.ListError && problem.Pos == "" && !isOutput(problem)
		if listed || problem.Kind == packages.ParseError {
			problems = append(problems, onOneLine(problem))
		}
	}
	return errors.Join(problems...)
}

// isOutput reports whether problem is what the compiler has printed. Package packages has the same errors with their
// places.
func isOutput(problem packages.Error) bool { return strings.HasPrefix(problem.Msg, "# ") }

// onOneLine returns problem with its place, if it has one.
func onOneLine(problem packages.Error) error {
	problem.Msg = oneLine(problem.Msg)
	if problem.Pos == "" {
		return errors.New(problem.Msg)
	}
	return problem
}

// typeErrors returns what the go command and the compiler say about the package: first about its imports.
func typeErrors(pkg *packages.Package) []error {
	var imports, types []error
	for _, path := range slices.Sorted(maps.Keys(pkg.Imports)) {
		imported := pkg.Imports[path]
		if len(imported.Errors) > 0 && imported.Name == "" { // it was not found
			imports = append(imports, onOneLine(imported.Errors[0]))
		}
	}
	for _, problem := range pkg.Errors {
		if !isOutput(problem) && (len(imports) == 0 || !strings.HasPrefix(problem.Msg, "could not import ")) {
			types = append(types, onOneLine(problem))
		}
	}
	return slices.Concat(imports, types)
}

// checkLibrary returns an error if the generated code cannot import the library.
func checkLibrary(pkg *packages.Package) error {
	for _, path := range []string{module, module + "/ctxcache", module + "/layers"} {
		imported := pkg.Imports[path]
		if imported == nil || len(imported.Errors) == 0 {
			continue
		}
		reason := oneLine(imported.Errors[0].Msg)
		return fmt.Errorf("%s is needed by the generated code, and cannot be imported (%s)%s", path, reason, importAdvice(reason))
	}
	return nil
}

// importAdvice says what to type if the library cannot be imported for this reason, or nothing. A module with a vendor
// directory has only the packages that its files import, and no file does yet.
func importAdvice(reason string) string {
	switch {
	case strings.HasPrefix(reason, "# "): // the compiler's output
		return ""
	case strings.Contains(reason, "-mod=vendor"):
		return "; type: GOFLAGS=-mod=mod go generate, and then: go mod vendor"
	}
	return "; type: go get " + module
}
