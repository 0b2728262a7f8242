package main

import (
	"fmt"
	"go/types"
	"maps"
	"strings"
	"unicode"
)

// advice says which flags to type for parameter i of method fn, which makes no key. Options come with -ignore first:
// results seldom depend on them. All others come with -key first.
func (in *inspection) advice(object *types.TypeName, fn *types.Func, i int, ignored map[int]bool) string {
	signature := fn.Signature()
	ignore := fmt.Sprintf("add -ignore %s.%s", fn.Name(), nameOfParameter(signature, i))
	if isOption(elementOf(signature, i)) {
		return fmt.Sprintf("%s if no result depends on it, and otherwise %s", ignore, in.keyAdvice(object, fn, ignored))
	}
	others := maps.Clone(ignored) // and the options, for which the advice is to ignore them
	for j := range signature.Params().Len() {
		others[j] = ignored[j] || isOption(elementOf(signature, j))
	}
	return fmt.Sprintf("%s; or %s if no result depends on it", in.keyAdvice(object, fn, others), ignore)
}

// keyAdvice says how to set a function that makes the keys of method fn of the parameters that are not ignored.
func (in *inspection) keyAdvice(object *types.TypeName, fn *types.Func, ignored map[int]bool) string {
	name := lower(fn.Name()) + "Key"
	wanted := keySignature(fn.Signature(), ignored)
	return fmt.Sprintf("add -key %s=%s, and to the package: %s%s",
		fn.Name(), name, in.declaration(name, wanted, typeParameters(object.Type())), keyBody(wanted))
}

// keyBody returns the body of a key function whose only argument is a protobuf message, or "".
func keyBody(function *types.Signature) string {
	if function.Params().Len() != 2 || function.Variadic() {
		return ""
	}
	message := function.Params().At(1)
	if message.Name() == "" || message.Name() == "_" || !isMessage(message.Type()) {
		return ""
	}
	return fmt.Sprintf(" { b, err := proto.MarshalOptions{Deterministic: true}.Marshal(%s); return string(b), err }", message.Name())
}

// isMessage reports whether typ is a protobuf message. Generated messages have a method ProtoReflect, and fields that
// JSON leaves out.
func isMessage(typ types.Type) bool {
	method, _, _ := types.LookupFieldOrMethod(typ, false, nil, "ProtoReflect")
	_, is := method.(*types.Func)
	return is
}

// isOption reports whether parameters of type typ look like functional options: functions, as the clients of AWS take
// them, and interfaces that only their own package implements, such as grpc.CallOption.
func isOption(typ types.Type) bool {
	switch under := typ.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Interface:
		for method := range under.Methods() {
			if !method.Exported() {
				return true
			}
		}
	}
	return false
}

// elementOf returns the type of parameter i, and of a variadic parameter the type of its elements.
func elementOf(signature *types.Signature, i int) types.Type {
	typ := signature.Params().At(i).Type()
	if signature.Variadic() && i == signature.Params().Len()-1 {
		return typ.(*types.Slice).Elem()
	}
	return typ
}

// declaration returns how a function of this type is declared, with these type parameters.
func (in *inspection) declaration(name string, function *types.Signature, parameters *types.TypeParamList) string {
	qualifier := func(p *types.Package) string {
		if p == in.pkg.Types {
			return ""
		}
		return p.Name()
	}
	var declared []string
	for parameter := range parameters.TypeParams() {
		declared = append(declared, parameter.Obj().Name()+" "+types.TypeString(parameter.Constraint(), qualifier))
	}
	if len(declared) > 0 {
		name += "[" + strings.Join(declared, ", ") + "]"
	}
	return "func " + name + strings.TrimPrefix(types.TypeString(function, qualifier), "func")
}

// lower returns name with a lower-case beginning. An abbreviation at the beginning becomes lower-case as a whole: urlOf
// for URLOf.
func lower(name string) string {
	runes := []rune(name)
	for i := range runes {
		if i > 0 && (!unicode.IsUpper(runes[i]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			break
		}
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}
