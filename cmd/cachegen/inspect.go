package main

import (
	"errors"
	"fmt"
	"go/build/constraint"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// inspection turns a loaded package into a wrapper, and collects the reasons to refuse it.
type inspection struct {
	pkg *packages.Package
	refusals
	names *names
}

// inspect returns the wrapper that req asks for.
func inspect(pkg *packages.Package, dir string, req *request) (*wrapper, error) {
	in := &inspection{pkg: pkg, refusals: refusals{files: pkg.Fset, dir: dir}}
	object, ok := pkg.Types.Scope().Lookup(req.typeName).(*types.TypeName)
	if !ok {
		return nil, errors.Join(in.noType(req.typeName), in.typeErrors())
	}
	iface, ok := object.Type().Underlying().(*types.Interface)
	switch {
	case !ok:
		in.add(object.Pos(), "%s is not an interface", req.typeName)
	case !iface.IsMethodSet():
		in.add(object.Pos(), "%s is a constraint, which has no values", req.typeName)
	case in.embedsUnknown(iface):
		return nil, in.typeErrors()
	}
	if err := in.err(); err != nil {
		return nil, err
	}
	parameters := typeParameters(object.Type())
	in.checkTypeParameters(parameters)
	in.names = newNames(pkg.Types, parameters)
	w := newWrapper(pkg.Name, req.typeName, in.names)
	w.place, w.Constraint = in.position(object.Pos()), in.buildConstraint(object)
	w.declareTypeParameters(parameters, in.names)
	for _, asked := range req.methods {
		if m := in.method(object, iface, asked, w); m != nil {
			w.Methods = append(w.Methods, m)
		}
	}
	in.checkCollisions(object, iface, w)
	w.Imports = in.names.imports()
	return w, in.err()
}

// noType returns an error which says that the package has no type of that name. The error lists the files that were left
// out, because the type may be in one of them.
func (in *inspection) noType(name string) error {
	ignored := make([]string, len(in.pkg.IgnoredFiles))
	for i, file := range in.pkg.IgnoredFiles {
		ignored[i] = filepath.Base(file)
	}
	if len(ignored) == 0 {
		return fmt.Errorf("package %s has no type %s, tests aside", in.pkg.Name, name)
	}
	return fmt.Errorf("package %s has no type %s, tests aside; build constraints leave out %s", in.pkg.Name, name, strings.Join(ignored, ", "))
}

// buildConstraint returns the line with the build constraint of the file that declares object, or "".
func (in *inspection) buildConstraint(object *types.TypeName) string {
	for _, file := range in.pkg.Syntax {
		if object.Pos() < file.FileStart || file.FileEnd <= object.Pos() {
			continue
		}
		for _, group := range file.Comments {
			for _, line := range group.List {
				if line.Pos() < file.Package && constraint.IsGoBuild(line.Text) {
					return line.Text
				}
			}
		}
	}
	return ""
}

// embedsUnknown reports whether iface embeds a type that does not exist. Then its methods are not known.
func (in *inspection) embedsUnknown(iface *types.Interface) bool {
	for embedded := range iface.EmbeddedTypes() {
		if embedded.Underlying() == types.Typ[types.Invalid] {
			return true
		}
	}
	return false
}

// typeErrors returns what the compiler would say about the package.
func (in *inspection) typeErrors() error {
	var problems []error
	for _, problem := range in.pkg.Errors {
		problems = append(problems, problem)
	}
	return errors.Join(problems...)
}

// typeParameters returns the type parameters of a type, or nil.
func typeParameters(typ types.Type) *types.TypeParamList {
	switch typ := typ.(type) {
	case *types.Named:
		return typ.TypeParams()
	case *types.Alias:
		return typ.TypeParams()
	}
	return nil
}

// checkTypeParameters refuses type parameters that cannot be written in the generated code.
func (in *inspection) checkTypeParameters(parameters *types.TypeParamList) {
	for parameter := range parameters.TypeParams() {
		switch object := parameter.Obj(); {
		case object.Name() == "_":
			in.add(object.Pos(), "the type parameter has no name to pass it on by")
		case slices.Contains(ours, object.Name()):
			in.add(object.Pos(), "the type parameter %s has the name of a variable in the generated code", object.Name())
		}
	}
}

// checkCollisions refuses an interface if the generated code would declare a name twice.
func (in *inspection) checkCollisions(object *types.TypeName, iface *types.Interface, w *wrapper) {
	for _, name := range w.declared() {
		if other := in.pkg.Types.Scope().Lookup(name); other != nil {
			in.add(other.Pos(), "%s is declared here, and would be declared in the generated code", name)
		}
	}
	members := map[string]string{w.Interface: "the embedded " + w.Interface}
	for _, m := range w.Methods {
		for _, name := range m.members() {
			if other := members[name]; other != "" {
				in.add(object.Pos(), "%s would be generated for %s and for %s", name, other, m.Name)
			}
			members[name] = m.Name
		}
	}
	for method := range iface.Methods() {
		if cause := members[method.Name()]; cause != "" {
			in.add(method.Pos(), "the method %s has the name of a member that would be generated for %s", method.Name(), cause)
		}
	}
}
