package main

import (
	"errors"
	"fmt"
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
	names       *names
	constrained bool // the generated file has a build constraint, in a line or in its name
}

// inspect returns the wrapper that req asks for.
func inspect(pkg *packages.Package, dir string, req *request) (*wrapper, error) {
	in := &inspection{pkg: pkg, refusals: refusals{files: pkg.Fset, dir: dir}}
	object, ok := pkg.Types.Scope().Lookup(req.typeName).(*types.TypeName)
	if !ok {
		return nil, errors.Join(slices.Concat([]error{in.noType(req.typeName)}, typeErrors(pkg))...)
	}
	iface, ok := object.Type().Underlying().(*types.Interface)
	switch {
	case !ok:
		in.add(object.Pos(), "%s is not an interface", req.typeName)
	case !iface.IsMethodSet():
		in.add(object.Pos(), "%s is a constraint, which has no values", req.typeName)
	case in.embedsUnknown(iface):
		return nil, errors.Join(typeErrors(pkg)...)
	}
	if err := in.err(); err != nil {
		return nil, err
	}
	parameters := typeParameters(object.Type())
	in.checkTypeParameters(parameters)
	elsewhere, err := declaredElsewhere(pkg)
	if err != nil {
		return nil, err
	}
	in.names = newNames(pkg.Types, elsewhere, parameters)
	if problems := typeErrors(pkg); len(problems) > 0 {
		in.names.because = fmt.Sprintf(" (%v)", problems[0])
	}
	w := newWrapper(pkg.Name, req.typeName, iface, in.names)
	w.place, w.Constraint = in.position(object.Pos()), in.buildConstraint(object)
	in.constrained = w.Constraint != "" || constraintInName(req.output) != nil
	w.declareTypeParameters(parameters, in.names)
	ignores := &ignores{req.ignored, map[ignored]bool{}}
	for _, asked := range req.methods {
		if m := in.method(object, iface, asked, ignores, w); m != nil {
			w.Methods = append(w.Methods, m)
		}
	}
	if len(in.all) == 0 { // otherwise a method may be missing that has the parameter
		in.checkFound(ignores, object)
	}
	in.checkCollisions(object, iface, w)
	w.Imports = in.names.imports()
	return w, in.err()
}

// noType returns an error which says that the package has no type of that name. The error lists the files that were left
// out, because the type may be in one of them, and the interfaces that there are.
func (in *inspection) noType(name string) error {
	text := fmt.Sprintf("package %s has no type %s, tests aside", in.pkg.Name, name)
	var ignored []string
	for _, file := range in.pkg.IgnoredFiles {
		ignored = append(ignored, filepath.Base(file))
	}
	if len(ignored) > 0 {
		text += "; build constraints leave out " + strings.Join(ignored, ", ")
	}
	if there := in.interfaces(); len(there) > 0 {
		text += "; its interfaces are " + inWords(there)
	}
	return errors.New(text)
}

// interfaces returns the names of the interfaces that could be meant: not those that are constraints.
func (in *inspection) interfaces() []string {
	var all []string
	for _, name := range in.pkg.Types.Scope().Names() {
		object, ok := in.pkg.Types.Scope().Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		if iface, ok := object.Type().Underlying().(*types.Interface); ok && iface.IsMethodSet() && iface.NumMethods() > 0 {
			all = append(all, name)
		}
	}
	return all
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
	leftover := false
	for _, name := range w.declared() {
		other := in.declarationOf(name)
		if !other.IsValid() || leftover { // one error for a leftover file is enough
			continue
		}
		var advice string
		advice, leftover = in.leftover(other)
		in.add(other, "%s is declared here, and would be declared in the generated code%s", name, advice)
	}
	members := map[string]string{w.Interface: "the embedded " + w.Interface}
	for _, name := range w.members() {
		members[name] = "the wrapper as a whole"
	}
	for _, m := range w.Methods {
		if slices.Contains(optionFields, m.TTLField()) {
			in.add(object.Pos(), "the field %s for %s would hide the field of cached.Options", m.TTLField(), m.Name)
		}
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
