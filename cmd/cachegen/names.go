package main

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

const module = "github.com/ctxcache/cached"

// ours are the names that the template uses for variables: packages may not be called like them.
var ours = []string{"arg", "args", "c", "cache", "cacheKey", "ctx", "err", "inner", "keyed", "opts", "was"}

// names gives packages, types and variables names in the generated file that mean nothing else there.
type names struct {
	home       *types.Package
	parameters map[string]bool // the names of the type parameters
	packages   map[string]string
	used       map[string]bool // the names of packages
}

// newNames returns the names of a file in package home, whose wrapper has these type parameters.
func newNames(home *types.Package, parameters *types.TypeParamList) *names {
	n := &names{home: home, parameters: map[string]bool{}, packages: map[string]string{}, used: map[string]bool{}}
	for parameter := range parameters.TypeParams() {
		n.parameters[parameter.Obj().Name()] = true
	}
	return n
}

// pkg returns the name of an imported package whose own name is given.
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
	return n.used[name] || n.parameters[name] || slices.Contains(ours, name) || n.home.Scope().Lookup(name) != nil
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

// locals returns the names that parameters of a method of w may not have, since its body means something else
// by them.
func (n *names) locals(w *wrapper) map[string]bool {
	taken := map[string]bool{"c": true, "cacheKey": true, "ctx": true, "err": true, "was": true}
	maps.Copy(taken, n.parameters)
	for _, name := range w.declared() {
		taken[name] = true
	}
	return taken
}

// imports returns the import declarations, those of the standard library first.
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

// unnameable says why typ cannot be written in the file, or "" if it can.
func (n *names) unnameable(typ types.Type) string {
	switch typ := typ.(type) {
	case *types.Basic:
		if typ.Kind() == types.Invalid {
			return "its type is not known: the package does not compile without the generated code"
		}
	case *types.Named:
		return n.unnameableObject(typ.Obj(), typ.TypeArgs())
	case *types.Alias:
		return n.unnameableObject(typ.Obj(), typ.TypeArgs())
	case *types.Map:
		return n.firstUnnameable(typ.Key(), typ.Elem())
	case *types.Struct:
		for field := range typ.Fields() {
			if !field.Exported() && field.Pkg() != n.home {
				return fmt.Sprintf("its type has a field %s, which package %s does not export", field.Name(), field.Pkg().Path())
			}
			if problem := n.unnameable(field.Type()); problem != "" {
				return problem
			}
		}
	case *types.Signature:
		for _, tuple := range []*types.Tuple{typ.Params(), typ.Results()} {
			for v := range tuple.Variables() {
				if problem := n.unnameable(v.Type()); problem != "" {
					return problem
				}
			}
		}
	case interface{ Elem() types.Type }:
		return n.unnameable(typ.Elem())
	}
	return ""
}

func (n *names) firstUnnameable(all ...types.Type) string {
	for _, typ := range all {
		if problem := n.unnameable(typ); problem != "" {
			return problem
		}
	}
	return ""
}

func (n *names) unnameableObject(object *types.TypeName, args *types.TypeList) string {
	if from := object.Pkg(); from != nil && from != n.home {
		switch {
		case !token.IsExported(object.Name()):
			return fmt.Sprintf("its type %s is not exported by package %s", object.Name(), from.Path())
		case !mayImport(n.home.Path(), from.Path()):
			return fmt.Sprintf("its type %s is in %s, which is internal to others", object.Name(), from.Path())
		}
	}
	return n.firstUnnameable(slices.Collect(args.Types())...)
}

// mayImport reports whether the rule of internal packages lets importer import imported.
func mayImport(importer, imported string) bool {
	i := strings.LastIndex("/"+imported+"/", "/internal/")
	if i < 0 {
		return true
	}
	parent := strings.TrimSuffix(imported[:i], "/")
	return parent == "" || importer == parent || strings.HasPrefix(importer, parent+"/")
}
