package main

import (
	"fmt"
	"go/types"
)

// jsonCheck finds out whether different values of a type have different JSON, and, with comeBack, whether they come back
// from it. Its rules and its words are the ones of internal/jsonkey, which funcvars.Replace uses when a program runs.
// There are two implementations since jsonkey needs types of reflect, and a generator has types of go/types. A test
// compares the two.
type jsonCheck struct {
	context  *types.Interface // context.Context
	comeBack bool             // results must come back
	seen     map[jsonCheckStep]bool
}

type jsonCheckStep struct {
	typ         types.Type
	addressable bool
}

// problem returns what is wrong with values of that type, or "" if nothing is. The methods of a pointer to the
// type count only for values that are addressable.
func (c *jsonCheck) problem(typ types.Type, addressable bool) string {
	typ = types.Unalias(typ)
	step := jsonCheckStep{typ, addressable}
	if c.seen[step] {
		return ""
	}
	if c.seen == nil {
		c.seen = map[jsonCheckStep]bool{}
	}
	c.seen[step] = true
	if parameter, is := typ.(*types.TypeParam); is {
		return c.typeParameter(parameter, addressable)
	}
	_, isInterface := typ.Underlying().(*types.Interface)
	if marshals(typ, addressable) && (c.comeBack || !isInterface) {
		return c.ownJSON(typ, addressable)
	}
	if types.Implements(typ, c.context) {
		return fmt.Sprintf("%s is a context, which belongs first, and into no key or result", nameOf(typ))
	}
	switch under := typ.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return fmt.Sprintf("%s has no JSON", nameOf(typ))
	case *types.Basic:
		if under.Info()&types.IsComplex != 0 || under.Kind() == types.UnsafePointer {
			return fmt.Sprintf("%s has no JSON", nameOf(typ))
		}
	case *types.Interface:
		if c.comeBack && under.NumMethods() > 0 {
			return fmt.Sprintf("JSON does not record which %s it was", nameOf(typ))
		}
		return fmt.Sprintf("%s is an interface, and JSON does not record the type of the value in it", nameOf(typ))
	case *types.Pointer:
		if !c.comeBack && anyType(under.Elem(), hasNil) {
			return fmt.Sprintf("JSON does not record whether a %s is nil or points to nil", nameOf(typ))
		}
		return c.problem(under.Elem(), true)
	case *types.Slice:
		return c.problem(under.Elem(), true)
	case *types.Array:
		return c.problem(under.Elem(), addressable)
	case *types.Map:
		if problem := c.objectKeys(typ, under.Key()); problem != "" {
			return problem
		}
		return c.problem(under.Elem(), false)
	case *types.Struct:
		return c.fields(typ, under, addressable, map[string]bool{})
	}
	return ""
}

// hasNil reports whether values of that type may be nil, whose JSON is null.
func hasNil(typ types.Type) bool {
	switch typ.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map:
		return !marshals(typ, true)
	}
	return false
}

// ownJSON returns what is wrong with a type whose values make their own JSON, or "". The methods are trusted to make
// different JSON of different values, but they may be the methods of an embedded field, which does not know the others.
func (c *jsonCheck) ownJSON(typ types.Type, addressable bool) string {
	if c.comeBack {
		return c.ownResult(typ, addressable)
	}
	switch under := typ.Underlying().(type) {
	case *types.Pointer:
		return c.problem(under.Elem(), true)
	case *types.Struct:
		for field := range under.Fields() {
			if !field.Embedded() || !marshals(field.Type(), addressable) {
				continue
			}
			if under.NumFields() > 1 {
				return fmt.Sprintf("the JSON of %s may be the JSON of its embedded %s alone", nameOf(typ), nameOf(field.Type()))
			}
			return c.problem(field.Type(), addressable)
		}
	}
	return ""
}

// ownResult is ownJSON for results.
func (c *jsonCheck) ownResult(typ types.Type, addressable bool) string {
	if !unmarshals(typ) {
		return fmt.Sprintf("%s marshals itself, but does not unmarshal", nameOf(typ))
	}
	if pointer, is := typ.Underlying().(*types.Pointer); is {
		return c.problem(pointer.Elem(), true)
	}
	structure, is := typ.Underlying().(*types.Struct)
	if !is {
		return ""
	}
	method := "MarshalText"
	if implements(typ, jsonMarshaler) || implements(types.NewPointer(typ), jsonMarshaler) {
		method = "MarshalJSON"
	}
	_, path, _ := types.LookupFieldOrMethod(typ, true, nil, method)
	if len(path) < 2 { // typ declares the method itself
		return ""
	}
	embedded := structure.Field(path[0])
	for field := range structure.Fields() {
		if field != embedded && field.Name() != "_" {
			return fmt.Sprintf("the JSON of %s may be the JSON of its embedded %s alone", nameOf(typ), nameOf(embedded.Type()))
		}
	}
	return c.problem(embedded.Type(), addressable)
}

// nameOf returns typ as a reader would write it.
func nameOf(typ types.Type) string { return types.TypeString(typ, (*types.Package).Name) }

// objectKeys returns what is wrong with the keys of a map, or "". Strings are keys as they are, even if their type has
// methods.
func (c *jsonCheck) objectKeys(typ, key types.Type) string {
	basic, _ := key.Underlying().(*types.Basic)
	switch {
	case isTypeParameter(key):
		if c.comeBack {
			return ""
		}
		return c.problem(key, false)
	case basic != nil && basic.Info()&types.IsString != 0:
	case implements(key, textMarshaler):
		if c.comeBack {
			if !implements(types.NewPointer(key), textUnmarshaler) {
				return fmt.Sprintf("the keys of %s marshal themselves, but do not unmarshal", nameOf(typ))
			}
			return ""
		}
		if _, isPointer := key.Underlying().(*types.Pointer); isPointer {
			return fmt.Sprintf("JSON does not record which pointers are the keys of %s", nameOf(typ))
		}
		return c.problem(key, false)
	case basic == nil || basic.Info()&types.IsInteger == 0:
		return fmt.Sprintf("%s has no JSON", nameOf(typ))
	}
	return ""
}
