package main

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/types"
	"io"
	"path/filepath"
	"strings"
)

// buildConstraint returns the line with the build constraint of the file that declares object, or "". The constraint in
// the name of that file, as in store_linux.go, becomes a part of the line, because the generated file has another name.
func (in *inspection) buildConstraint(object types.Object) string {
	var all []string
	for _, file := range in.pkg.Syntax {
		if object.Pos() < file.FileStart || file.FileEnd <= object.Pos() {
			continue
		}
		all = constraintInName(filepath.Base(in.pkg.Fset.Position(file.Package).Filename))
		if line := constraintInText(file); line != nil {
			if len(all) == 0 {
				return constraintPrefix + line.String()
			}
			all = append(all, "("+line.String()+")")
		}
	}
	if len(all) == 0 {
		return ""
	}
	expr, err := constraint.Parse(constraintPrefix + strings.Join(all, " && "))
	if err != nil { // the parts were parsed before
		panic(err)
	}
	return constraintPrefix + expr.String()
}

const constraintPrefix = "//go:build "

// constraintInText returns the build constraint in the text of the file, or nil.
func constraintInText(file *ast.File) constraint.Expr {
	for _, group := range file.Comments {
		for _, line := range group.List {
			if line.Pos() >= file.Package || !constraint.IsGoBuild(line.Text) {
				continue
			}
			if expr, err := constraint.Parse(line.Text); err == nil {
				return expr
			}
		}
	}
	return nil
}

// constraintInName returns the operating system and the architecture in the name of a file, as in a_linux_amd64.go.
func constraintInName(name string) []string {
	name, _, _ = strings.Cut(name, ".")
	parts := strings.Split(name, "_")[1:] // linux.go is for all systems
	n := len(parts)
	switch {
	case n == 0 || !isSystemOrArchitecture(parts[n-1]):
		return nil
	case n > 1 && isSystem(parts[n-2]) && !isSystem(parts[n-1]):
		return parts[n-2:]
	}
	return parts[n-1:]
}

// Package build has lists of all systems and architectures, but does not export them. So these two ask whether it would
// choose a file with such a name for another system.

func isSystemOrArchitecture(part string) bool { return !chosen("a_"+part+".go", "none") }

func isSystem(part string) bool { return !chosen("a_"+part+"_amd64.go", "amd64") }

// chosen reports whether a file of this name would be compiled for a system that does not exist.
func chosen(name, architecture string) bool {
	system := build.Context{GOOS: "none", GOARCH: architecture, OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	match, err := system.MatchFile("", name)
	return match && err == nil
}
