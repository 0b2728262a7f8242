package main

import (
	"fmt"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

const module = "github.com/ctxcache/cached"

// ours are the names of variables in the template. Imported packages must not have these names in the file.
var ours = []string{
	"arg", "args", "c", "cache", "cacheKey", "ctx", "each", "err", "function", "inner", "keyed", "name", "opts", "own", "ttl", "was",
}

// names chooses the names of packages, types and variables in the generated file, so that each has one meaning there.
type names struct {
	home       *types.Package
	elsewhere  *elsewhere        // names that other builds of home declare
	parameters map[string]bool   // the names of the type parameters
	packages   map[string]string // names by import path
	used       map[string]bool   // the names of imported packages
	because    string            // the first type error of the package, to be added to a message
}

// newNames returns the names for a file in package home, which declares others elsewhere. The wrapper in the file has
// these type parameters.
func newNames(home *types.Package, elsewhere *elsewhere, parameters *types.TypeParamList) *names {
	n := &names{home: home, elsewhere: elsewhere, parameters: map[string]bool{}, packages: map[string]string{}, used: map[string]bool{}}
	for parameter := range parameters.TypeParams() {
		n.parameters[parameter.Obj().Name()] = true
	}
	return n
}

// pkg returns the name in the file of an imported package that calls itself name.
func (n *names) pkg(importPath, name string) string {
	if known := n.packages[importPath]; known != "" {
		return known
	}
	unique := name
	for i := 2; n.means(unique); i++ {
		unique = fmt.Sprint(name, i)
	}
	n.packages[importPath], n.used[unique] = unique, true
	return unique
}

// means reports whether name means something already.
func (n *names) means(name string) bool {
	return n.used[name] || n.parameters[name] || slices.Contains(ours, name) || n.home.Scope().Lookup(name) != nil || n.elsewhere.has(name)
}

// text returns typ as it is written in the file.
func (n *names) text(typ types.Type) string {
	return types.TypeString(typ, func(p *types.Package) string {
		if p == n.home {
			return ""
		}
		return n.pkg(p.Path(), p.Name())
	})
}

// locals returns the names that parameters of method m of w must not have, since they mean something else in its body.
func (n *names) locals(w *wrapper, m *method) map[string]bool {
	taken := map[string]bool{"c": true, "cacheKey": true, "ctx": true, "err": true, "nil": true, "was": true}
	maps.Copy(taken, n.parameters)
	for _, name := range append(w.declared(), m.ArgsType()) {
		taken[name] = true
	}
	return taken
}

// imports returns the import declarations, first the ones from the standard library.
func (n *names) imports() []string {
	standard, others := []string{}, []string{}
	for _, importPath := range slices.Sorted(maps.Keys(n.packages)) {
		declaration := fmt.Sprintf("%q", importPath)
		if name := n.packages[importPath]; name != path.Base(importPath) {
			declaration = name + " " + declaration
		}
		if first, _, _ := strings.Cut(importPath, "/"); strings.Contains(first, ".") {
			others = append(others, declaration)
		} else {
			standard = append(standard, declaration)
		}
	}
	return slices.Concat(standard, []string{""}, others)
}
