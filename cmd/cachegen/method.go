package main

import (
	"fmt"
	"go/token"
	"go/types"
)

// method returns the data that the template needs for a method to cache, or nil if the method is refused.
func (in *inspection) method(
	object *types.TypeName, iface *types.Interface, asked methodRequest, ignores *ignores, w *wrapper,
) *method {
	before := len(in.all)
	fn := findMethod(iface, asked.name)
	if fn == nil {
		in.add(object.Pos(), "%s has no method %s%s", object.Name(), asked.name, methodNames(iface))
		return nil
	}
	if !fn.Exported() && fn.Pkg() != in.pkg.Types {
		in.add(fn.Pos(), "the method %s is not exported by package %s", fn.Name(), fn.Pkg().Path())
		return nil
	}
	signature := fn.Signature()
	in.checkShape(fn, signature)
	m := &method{
		Name:    asked.name,
		Prefix:  asked.prefix,
		Codec:   asked.codec,
		Wrapper: w,
	}
	if len(in.all) > before {
		return nil
	}
	ignored := in.ignoredOf(fn, ignores)
	if asked.key != "" {
		m.KeyFunction = in.checkKeyFunction(object, fn, asked.key, ignored)
	} else {
		in.checkParameters(object, fn, ignored)
	}
	taken := in.names.locals(w, m)
	for i := 1; i < signature.Params().Len(); i++ {
		p := in.param(signature, i, taken)
		p.Ignored = ignored[i]
		m.Params = append(m.Params, p)
	}
	for m.Value = "value"; taken[m.Value]; {
		m.Value += "_"
	}
	result := signature.Results().At(0)
	m.Result = in.typeText(result.Type(), result.Pos(), fn.Pos())
	if name := shadowed(m.Result); name != "" {
		in.add(place(result, fn), "%s: the type %s of its result has the name of a variable in the generated code", fn.Name(), name)
	}
	if !asked.codec {
		in.checkResult(fn, result, m)
	}
	return m
}

// checkResult refuses a result that does not come back from JSON.
func (in *inspection) checkResult(fn *types.Func, result *types.Var, m *method) {
	check := jsonCheck{context: contextOf(fn.Signature()), comeBack: true}
	problem := check.problem(result.Type(), true)
	if problem == "" {
		return
	}
	if isStream(result.Type()) {
		in.add(place(result, fn), "%s: the result cannot be stored: %s; leave %s out of -methods", fn.Name(), problem, fn.Name())
		return
	}
	in.add(place(result, fn), "%s: the result does not come back from JSON, so it needs a codec (-codec): %s; add -codec %s, and set %s in the %s",
		fn.Name(), problem, fn.Name(), m.CodecField(), m.Wrapper.Options())
}

// isStream reports whether values of the type are channels or functions, such as iter.Seq. What they yield comes later,
// so no codec can store them.
func isStream(typ types.Type) bool {
	switch typ.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return true
	}
	return false
}

// checkShape refuses a signature other than func(ctx context.Context, args...) (T, error).
func (in *inspection) checkShape(fn *types.Func, signature *types.Signature) {
	params, results := signature.Params(), signature.Results()
	if params.Len() == 0 || !isContext(params.At(0).Type()) {
		in.add(fn.Pos(), "%s: its first parameter is not a context.Context", fn.Name())
	}
	if results.Len() != 2 || !types.Identical(results.At(1).Type(), errorType) {
		in.add(fn.Pos(), "%s: its results are not (T, error)", fn.Name())
	}
}

// param returns parameter i. Its name is one that is not taken, and is taken from then on.
func (in *inspection) param(signature *types.Signature, i int, taken map[string]bool) param {
	v := signature.Params().At(i)
	last := signature.Variadic() && i == signature.Params().Len()-1
	name := v.Name()
	if name == "" || name == "_" || taken[name] {
		name = fmt.Sprintf("arg%d", i)
	}
	for taken[name] {
		name += "_"
	}
	taken[name] = true
	text := in.typeText(elementOf(signature, i), v.Pos(), v.Pos())
	p := param{Name: name, Type: text, Field: text, Variadic: last}
	if last {
		p.Type, p.Field = "..."+text, "[]"+text
	}
	return p
}

// typeText returns typ as it is written in the generated file, or refuses it.
func (in *inspection) typeText(typ types.Type, pos, otherwise token.Pos) string {
	if !pos.IsValid() {
		pos = otherwise
	}
	if problem := in.names.unnameable(typ); problem != "" {
		in.add(pos, "%s", problem)
		return ""
	}
	return in.names.text(typ)
}

// place returns where v is, or where fn is if v has no name.
func place(v *types.Var, fn *types.Func) token.Pos {
	if v.Pos().IsValid() {
		return v.Pos()
	}
	return fn.Pos()
}

// methodNames lists the methods of iface, in words, to be added to a message.
func methodNames(iface *types.Interface) string {
	var all []string
	for fn := range iface.Methods() {
		all = append(all, fn.Name())
	}
	if len(all) == 0 {
		return ""
	}
	return "; it has " + inWords(all)
}

func findMethod(iface *types.Interface, name string) *types.Func {
	for fn := range iface.Methods() {
		if fn.Name() == name {
			return fn
		}
	}
	return nil
}

// contextOf returns context.Context, the type of the first parameter.
func contextOf(signature *types.Signature) *types.Interface {
	return signature.Params().At(0).Type().Underlying().(*types.Interface)
}

func isContext(typ types.Type) bool {
	named, ok := types.Unalias(typ).(*types.Named)
	return ok && named.Obj().Name() == "Context" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context"
}
