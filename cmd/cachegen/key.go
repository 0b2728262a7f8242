package main

import (
	"go/token"
	"go/types"
	"slices"
)

// checkParameters refuses parameters whose JSON cannot be part of a key. The error says which flag to set.
func (in *inspection) checkParameters(object *types.TypeName, fn *types.Func, ignored map[int]bool) {
	signature := fn.Signature()
	for i := 1; i < signature.Params().Len(); i++ {
		if ignored[i] {
			continue
		}
		check := jsonCheck{context: contextOf(signature)}
		if problem := check.problem(elementOf(signature, i), true); problem != "" {
			in.add(place(signature.Params().At(i), fn), "%s: parameter %d makes no key: %s; %s",
				fn.Name(), i, problem, in.advice(object, fn, i, ignored))
		}
	}
}

// checkKeyFunction returns the function with this name as it is called in the generated code, or refuses it if it cannot
// make the keys of method fn of the interface. It gets the parameters that are not ignored.
func (in *inspection) checkKeyFunction(object *types.TypeName, fn *types.Func, name string, ignored map[int]bool) string {
	parameters := typeParameters(object.Type())
	want := keySignature(fn.Signature(), ignored)
	declaration := in.declaration(name, want, parameters)
	function, ok := in.pkg.Types.Scope().Lookup(name).(*types.Func)
	if !ok {
		in.add(fn.Pos(), "%s: -key: the package has no function %s, tests aside; add: %s", fn.Name(), name, declaration)
		return ""
	}
	if slices.Contains(keyShadowing, name) || in.names.parameters[name] {
		in.add(function.Pos(), "-key: the function %s has the name of a variable or type parameter in the generated code", name)
		return ""
	}
	call, got, problem := name, function.Signature(), ""
	if function.Signature().TypeParams().Len() > 0 {
		if got, problem = instance(function, parameters); problem == "" {
			call += typeArgs(parameters)
		}
	}
	if problem == "" && !takesAll(got, want) {
		problem = "its parameters or results are others"
	}
	if problem != "" {
		in.add(function.Pos(), "-key: %s cannot make the keys of %s: %s; want: %s", name, fn.Name(), problem, declaration)
	}
	return call
}

// keyShadowing are the names that mean something else where the generated code calls a key function.
var keyShadowing = []string{"args", "ctx"}

// keySignature returns the type of a function that makes the keys of a method of the parameters that are not ignored.
func keySignature(method *types.Signature, ignored map[int]bool) *types.Signature {
	var kept []*types.Var
	for i := range method.Params().Len() {
		if !ignored[i] {
			kept = append(kept, method.Params().At(i))
		}
	}
	results := types.NewTuple(
		types.NewParam(token.NoPos, nil, "", types.Typ[types.String]), types.NewParam(token.NoPos, nil, "", errorType),
	)
	variadic := method.Variadic() && !ignored[method.Params().Len()-1]
	return types.NewSignatureType(nil, nil, nil, types.NewTuple(kept...), results, variadic)
}

// takesAll reports whether a function of type got can be called with the parameters of want, and has its results. So one
// function can make the keys of many methods, for example of all that have a proto.Message.
func takesAll(got, want *types.Signature) bool {
	if got.Params().Len() != want.Params().Len() || got.Variadic() != want.Variadic() || !types.Identical(got.Results(), want.Results()) {
		return false
	}
	for i := range want.Params().Len() {
		if !types.AssignableTo(want.Params().At(i).Type(), got.Params().At(i).Type()) {
			return false
		}
	}
	return true
}

// instance returns the type of a generic function that makes keys. The function must have the type parameters of the
// interface, which are its type arguments in the generated code.
func instance(function *types.Func, parameters *types.TypeParamList) (_ *types.Signature, problem string) {
	if function.Signature().TypeParams().Len() != parameters.Len() {
		return function.Signature(), "its type parameters are not the interface's"
	}
	var args []types.Type
	for parameter := range parameters.TypeParams() {
		args = append(args, parameter)
	}
	got, err := types.Instantiate(nil, function.Signature(), args, true)
	if err != nil {
		return function.Signature(), err.Error()
	}
	return got.(*types.Signature), ""
}
