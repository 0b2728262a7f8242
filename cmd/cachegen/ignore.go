package main

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// ignored names a parameter that is not part of the keys.
type ignored struct {
	method    string // its method, or "" for every method that has such a parameter
	parameter string
}

// String returns i as the flag -ignore has it.
func (i ignored) String() string {
	if i.method == "" {
		return i.parameter
	}
	return i.method + "." + i.parameter
}

// addIgnored parses the list of parameters that are not part of the keys.
func (r *request) addIgnored(items list) error {
	for _, item := range items {
		method, parameter, found := strings.Cut(item, ".")
		if !found {
			method, parameter = "", item
		}
		added := ignored{method, parameter}
		switch {
		case found && !token.IsIdentifier(method), !token.IsIdentifier(parameter):
			return fmt.Errorf("-ignore: %q is not of the form method.parameter or parameter", item)
		case found && r.method(method) == nil:
			return fmt.Errorf("-ignore: %q is not among -methods", method)
		case slices.Contains(r.ignored, added):
			return fmt.Errorf("-ignore: %s is in the list twice", item)
		}
		r.ignored = append(r.ignored, added)
	}
	return nil
}

// ignores are the parameters that are not part of the keys, and which of them were found so far.
type ignores struct {
	asked []ignored
	found map[ignored]bool
}

// ignoredOf returns the positions of the parameters of fn that are not part of its keys. It refuses a parameter that fn
// should have and does not have.
func (in *inspection) ignoredOf(fn *types.Func, all *ignores) map[int]bool {
	positions := map[int]bool{}
	for _, i := range all.asked {
		if i.method != "" && i.method != fn.Name() {
			continue
		}
		switch position := positionOf(fn.Signature(), i.parameter); {
		case position > 0:
			positions[position], all.found[i] = true, true
		case i.method != "":
			all.found[i] = true // one error is enough
			in.add(fn.Pos(), "-ignore %v: %s has no such parameter; it has %s", i, fn.Name(), parameterNames(fn.Signature()))
		}
	}
	return positions
}

// checkFound refuses parameters that no method has.
func (in *inspection) checkFound(all *ignores, object *types.TypeName) {
	for _, i := range all.asked {
		if i.method == "" && !all.found[i] {
			in.add(object.Pos(), "-ignore %v: none of the -methods has such a parameter", i)
		}
	}
}

// positionOf returns the position of the parameter with this name, or 0. The context, which is first, does not count. A
// parameter without a name has the name that the generated code gives it.
func positionOf(signature *types.Signature, name string) int {
	for i := 1; i < signature.Params().Len(); i++ {
		if nameOfParameter(signature, i) == name {
			return i
		}
	}
	return 0
}

// nameOfParameter returns the name of parameter i, or the name that the generated code gives to one without a name.
func nameOfParameter(signature *types.Signature, i int) string {
	if name := signature.Params().At(i).Name(); name != "" && name != "_" {
		return name
	}
	return fmt.Sprintf("arg%d", i)
}

// parameterNames lists the parameters other than the context, in words.
func parameterNames(signature *types.Signature) string {
	var all []string
	for i := 1; i < signature.Params().Len(); i++ {
		all = append(all, nameOfParameter(signature, i))
	}
	if len(all) == 0 {
		return "the context only"
	}
	return inWords(all)
}

// inWords joins names as in a sentence.
func inWords(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
