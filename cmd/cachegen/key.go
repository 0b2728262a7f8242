package main

import (
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkParameters refuses parameters whose JSON cannot be part of a key. The error says which flag to set.
func (in *inspection) checkParameters(object *types.TypeName, fn *types.Func) {
	signature := fn.Signature()
	for i := 1; i < signature.Params().Len(); i++ {
		v := signature.Params().At(i)
		typ := v.Type()
		if signature.Variadic() && i == signature.Params().Len()-1 {
			typ = typ.(*types.Slice).Elem()
		}
		check := jsonCheck{context: contextOf(signature)}
		if problem := check.problem(typ, true); problem != "" {
			name := lower(fn.Name()) + "Key"
			in.add(place(v, fn), "parameter %d makes no key: %s; add -key %s=%s, and to the package: %s",
				i, problem, fn.Name(), name, in.declaration(name, signature, typeParameters(object.Type())))
		}
	}
}

// checkKeyFunction returns the function with this name as it is called in the generated code, or refuses it if it cannot
// make the keys of method fn of the interface.
func (in *inspection) checkKeyFunction(object *types.TypeName, fn *types.Func, name string) string {
	parameters := typeParameters(object.Type())
	declaration := in.declaration(name, fn.Signature(), parameters)
	function, ok := in.pkg.Types.Scope().Lookup(name).(*types.Func)
	if !ok {
		in.add(fn.Pos(), "%s: -key: the package has no function %s, tests aside; add: %s", fn.Name(), name, declaration)
		return ""
	}
	if slices.Contains(keyShadowing, name) || in.names.parameters[name] {
		in.add(function.Pos(), "-key: the function %s has the name of a variable or type parameter in the generated code", name)
		return ""
	}
	call, got, problem := name, types.Type(function.Signature()), ""
	if function.Signature().TypeParams().Len() > 0 {
		if got, problem = instance(function, parameters); problem == "" {
			call += typeArgs(parameters)
		}
	}
	if problem == "" && !types.Identical(got, keySignature(fn.Signature())) {
		problem = "its parameters or results are others"
	}
	if problem != "" {
		in.add(function.Pos(), "-key: %s cannot make the keys of %s: %s; want: %s", name, fn.Name(), problem, declaration)
	}
	return call
}

// declaration returns how a function is declared that makes the keys of a method.
func (in *inspection) declaration(name string, method *types.Signature, parameters *types.TypeParamList) string {
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
	return "func " + name + strings.TrimPrefix(types.TypeString(keySignature(method), qualifier), "func")
}

// keyShadowing are the names that mean something else where the generated code calls a key function.
var keyShadowing = []string{"args", "ctx"}

// keySignature returns the type of a function that makes the keys of a method.
func keySignature(method *types.Signature) *types.Signature {
	results := types.NewTuple(
		types.NewParam(token.NoPos, nil, "", types.Typ[types.String]), types.NewParam(token.NoPos, nil, "", errorType),
	)
	return types.NewSignatureType(nil, nil, nil, method.Params(), results, method.Variadic())
}

// instance returns the type of a generic function that makes keys. The function must have the type parameters of the
// interface, which are its type arguments in the generated code.
func instance(function *types.Func, parameters *types.TypeParamList) (_ types.Type, problem string) {
	if function.Signature().TypeParams().Len() != parameters.Len() {
		return nil, "its type parameters are not the interface's"
	}
	var args []types.Type
	for parameter := range parameters.TypeParams() {
		args = append(args, parameter)
	}
	got, err := types.Instantiate(nil, function.Signature(), args, true)
	if err != nil {
		return nil, err.Error()
	}
	return got, ""
}

// lower is the opposite of upper.
func lower(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first)) + name[size:]
}
