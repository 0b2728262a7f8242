package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// unnameable returns why typ cannot be written in the file, or "" if it can.
func (n *names) unnameable(typ types.Type) string {
	switch typ := typ.(type) {
	case *types.Basic:
		if typ.Kind() == types.Invalid {
			return "its type is not known: the package does not compile without the generated code" + n.because
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
	case *types.Interface:
		for method := range typ.ExplicitMethods() {
			if !method.Exported() && method.Pkg() != n.home {
				return fmt.Sprintf("its type has a method %s, which package %s does not export", method.Name(), method.Pkg().Path())
			}
			if problem := n.unnameable(method.Signature()); problem != "" {
				return problem
			}
		}
		return n.firstUnnameable(slices.Collect(typ.EmbeddedTypes())...)
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

// shadowing are the variables of the constructor. It names the types of results where these variables are in scope.
var shadowing = []string{"c", "cache", "inner", "opts"}

// shadowed returns the first name in text, a type as the file has it, that is a variable in the constructor, or "".
func shadowed(text string) (name string) {
	typ, err := parser.ParseExpr(text)
	if err != nil {
		return "" // verify reports it
	}
	ast.Inspect(typ, func(node ast.Node) bool {
		if identifier, ok := node.(*ast.Ident); ok && name == "" && slices.Contains(shadowing, identifier.Name) {
			name = identifier.Name
		}
		return name == ""
	})
	return name
}
