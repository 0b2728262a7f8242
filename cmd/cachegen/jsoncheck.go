package main

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"
)

// jsonCheck finds out whether different values of a type have different JSON, and, for results, whether they come
// back from it. It is what cached.Funcs does when a program runs.
type jsonCheck struct {
	comeBack bool
	seen     map[jsonCheckStep]bool
}

type jsonCheckStep struct {
	typ         types.Type
	addressable bool
}

// problem says what is wrong with values of that type, or "" if nothing is. The methods of a pointer to the
// type count only for values that are addressable. A type parameter is left to the time when it is known.
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
	if _, open := typ.(*types.TypeParam); open {
		return ""
	}
	if marshals(typ, addressable) {
		if c.comeBack && !hasMethod(typ, true, "UnmarshalJSON", "UnmarshalText") {
			return fmt.Sprintf("%s marshals itself, but does not unmarshal", nameOf(typ))
		}
		return ""
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
			return fmt.Sprintf("JSON does not tell which %s it was", nameOf(typ))
		}
	case *types.Pointer:
		return c.problem(under.Elem(), true)
	case *types.Slice:
		return c.problem(under.Elem(), true)
	case *types.Array:
		return c.problem(under.Elem(), addressable)
	case *types.Map:
		if !c.isObjectKey(under.Key()) {
			return fmt.Sprintf("%s has no JSON", nameOf(typ))
		}
		return c.problem(under.Elem(), false)
	case *types.Struct:
		return c.fields(typ, under, addressable, map[string]bool{})
	}
	return ""
}

// nameOf returns typ as a reader would write it.
func nameOf(typ types.Type) string { return types.TypeString(typ, (*types.Package).Name) }

// marshals reports whether values of that type make their own JSON.
func marshals(typ types.Type, addressable bool) bool {
	return hasMethod(typ, addressable, "MarshalJSON", "MarshalText")
}

// hasMethod reports whether values of that type have a method of one of these names.
func hasMethod(typ types.Type, addressable bool, names ...string) bool {
	if addressable && !types.IsInterface(typ) {
		if _, isPointer := typ.Underlying().(*types.Pointer); !isPointer {
			typ = types.NewPointer(typ)
		}
	}
	methods := types.NewMethodSet(typ)
	for _, name := range names {
		if methods.Lookup(nil, name) != nil {
			return true
		}
	}
	return false
}

func (c *jsonCheck) isObjectKey(typ types.Type) bool {
	if _, open := types.Unalias(typ).(*types.TypeParam); open {
		return true
	}
	if basic, ok := typ.Underlying().(*types.Basic); ok && basic.Info()&(types.IsString|types.IsInteger) != 0 {
		return true
	}
	return hasMethod(typ, false, "MarshalText") && (!c.comeBack || hasMethod(typ, true, "UnmarshalText"))
}

// fields checks the fields of a struct: encoding/json leaves some out, without a word.
func (c *jsonCheck) fields(typ types.Type, structure *types.Struct, addressable bool, names map[string]bool) string {
	for i := range structure.NumFields() {
		field := structure.Field(i)
		if field.Name() == "_" {
			continue
		}
		tag := reflect.StructTag(structure.Tag(i)).Get("json")
		name, _, _ := strings.Cut(tag, ",")
		embedded := field.Embedded() && name == ""
		inner, isStruct := field.Type().Underlying().(*types.Struct)
		if embedded && isStruct && !marshals(field.Type(), addressable) {
			if problem := c.fields(field.Type(), inner, addressable, names); problem != "" {
				return problem
			}
			continue
		}
		_, isPointer := field.Type().Underlying().(*types.Pointer)
		switch {
		case tag == "-":
			return fmt.Sprintf("its JSON leaves out field %s of %s", field.Name(), nameOf(typ))
		case !field.Exported():
			return fmt.Sprintf("its JSON leaves out field %s of %s, which is not exported", field.Name(), nameOf(typ))
		case embedded && isPointer:
			return fmt.Sprintf("its JSON does not tell whether the embedded %s of %s is nil", nameOf(field.Type()), nameOf(typ))
		case name == "":
			name = field.Name()
		}
		if names[name] {
			return fmt.Sprintf("its JSON leaves out a field of %s: two are called %q", nameOf(typ), name)
		}
		names[name] = true
		if problem := c.problem(field.Type(), addressable); problem != "" {
			return problem
		}
	}
	return ""
}
