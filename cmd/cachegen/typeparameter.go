package main

import (
	"fmt"
	"go/types"
	"slices"
)

func isTypeParameter(typ types.Type) bool {
	_, is := types.Unalias(typ).(*types.TypeParam)
	return is
}

// typeParameter returns what is wrong with values of a type parameter in a key, or "". Its type arguments may be
// interfaces, unless its constraint lists types. For results it returns "": their type is not known here.
func (c *jsonCheck) typeParameter(parameter *types.TypeParam, addressable bool) string {
	if c.comeBack {
		return ""
	}
	listed, ok := typesOf(parameter.Constraint())
	if !ok {
		return fmt.Sprintf("%s may be an interface, and JSON does not record the type of the value in it", nameOf(parameter))
	}
	for _, typ := range listed {
		if problem := c.problem(typ, addressable); problem != "" {
			return problem
		}
	}
	return ""
}

// typesOf returns the types that a constraint lists, and false if it allows all types, or all with some methods. If it
// embeds several constraints, the first list includes all types that satisfy it.
func typesOf(constraint types.Type) (listed []types.Type, ok bool) {
	switch under := constraint.Underlying().(type) {
	case *types.Interface:
		for embedded := range under.EmbeddedTypes() {
			if listed, ok := typesOf(embedded); ok {
				return listed, true
			}
		}
		return nil, false
	case *types.Union:
		for term := range under.Terms() {
			more, ok := typesOf(term.Type())
			if !ok {
				return nil, false
			}
			listed = append(listed, more...)
		}
		return listed, true
	}
	return []types.Type{constraint}, true
}

// anyType reports whether is is true for typ, or for a type that the constraint of a type parameter lists.
func anyType(typ types.Type, is func(types.Type) bool) bool {
	parameter, isParameter := types.Unalias(typ).(*types.TypeParam)
	if !isParameter {
		return is(typ)
	}
	listed, _ := typesOf(parameter.Constraint())
	return slices.ContainsFunc(listed, is)
}
