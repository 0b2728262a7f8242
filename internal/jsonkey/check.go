package jsonkey

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
)

// Problem returns "" if the JSON of values of type typ can be a key: different values then have different JSON, as far
// as the type shows. Otherwise it returns the reason. It may be called concurrently.
func Problem(typ reflect.Type) string { return resultOf(typ, false).problem }

// ResultProblem returns "" if values of type typ come back from their JSON, as far as the type shows, and otherwise the
// reason. MarshalResult looks at the values. It may be called concurrently.
func ResultProblem(typ reflect.Type) string { return resultOf(typ, true).problem }

// checked is the result of a check of a type.
type checked struct {
	problem string
	inspect bool // some values of the type may have the JSON of others, or not come back, so each value is inspected
}

// use is what the values of a type are for.
type use struct {
	typ      reflect.Type
	comeBack bool
}

// resultOf returns the result of the check whether values of type typ make keys, or come back from their JSON.
func resultOf(typ reflect.Type, comeBack bool) checked {
	if result, known := results.Load(use{typ, comeBack}); known {
		return result.(checked)
	}
	c := check{comeBack: comeBack}
	result := checked{problem: c.problem(typ, true)}
	result.inspect = c.inspect
	results.Store(use{typ, comeBack}, result)
	return result
}

// results has a result for each type that was checked. Nothing is removed.
var results sync.Map // use to checked

// check finds out whether different values of a type have different JSON. With comeBack, it finds out whether values
// come back from their JSON.
type check struct {
	comeBack bool
	inspect  bool // see checked
	seen     map[checkStep]bool
}

type checkStep struct {
	typ         reflect.Type
	addressable bool
}

var (
	contextType     = reflect.TypeFor[context.Context]()
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// problem returns the problem with values of type typ, or "". If values are addressable, encoding/json also uses the
// methods of pointers to them.
func (c *check) problem(typ reflect.Type, addressable bool) string {
	step := checkStep{typ, addressable}
	if c.seen[step] {
		return ""
	}
	if c.seen == nil {
		c.seen = map[checkStep]bool{}
	}
	c.seen[step] = true
	c.inspect = c.inspect || typ == numberType || typ == rawType
	isInterface := typ.Kind() == reflect.Interface
	if marshals(typ, addressable) && (c.comeBack || !isInterface) {
		return c.ownJSON(typ, addressable)
	}
	switch {
	case typ.Implements(contextType):
		return fmt.Sprintf("%v is a context, which belongs first, and into no key or result", typ)
	case isInterface && c.comeBack && typ.NumMethod() > 0:
		return fmt.Sprintf("JSON does not record which %v it was", typ)
	case isInterface:
		return fmt.Sprintf("%v is an interface, and JSON does not record the type of the value in it", typ)
	}
	switch typ.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Sprintf("%v has no JSON", typ)
	case reflect.Pointer:
		if !c.comeBack && hasNil(typ.Elem()) {
			return fmt.Sprintf("JSON does not record whether a %v is nil or points to nil", typ)
		}
		c.inspect = c.inspect || hasNil(typ.Elem()) || marshals(typ.Elem(), true) // it may make null of itself
		return c.problem(typ.Elem(), true)
	case reflect.Slice:
		return c.problem(typ.Elem(), true)
	case reflect.Array:
		return c.problem(typ.Elem(), addressable)
	case reflect.Map:
		if problem := c.objectKeys(typ); problem != "" {
			return problem
		}
		return c.problem(typ.Elem(), false)
	case reflect.Struct:
		return c.fields(typ, addressable, map[string]bool{})
	}
	return ""
}

// hasNil reports whether values of type typ may be nil, whose JSON is null.
func hasNil(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return !marshals(typ, true)
	}
	return false
}

// marshals reports whether values of type typ make their own JSON.
func marshals(typ reflect.Type, addressable bool) bool {
	return typ.Implements(jsonMarshaler) || typ.Implements(textMarshaler) ||
		addressable && (reflect.PointerTo(typ).Implements(jsonMarshaler) || reflect.PointerTo(typ).Implements(textMarshaler))
}

func unmarshals(typ reflect.Type) bool {
	if typ.Kind() != reflect.Pointer {
		typ = reflect.PointerTo(typ)
	}
	return typ.Implements(jsonUnmarshaler) || typ.Implements(textUnmarshaler)
}

// ownJSON returns the problem with a type whose values make their own JSON, or "". The methods are trusted to make
// different JSON of different values, but they may be the methods of an embedded field, which does not know the others.
func (c *check) ownJSON(typ reflect.Type, addressable bool) string {
	if c.comeBack {
		return c.ownResult(typ, addressable)
	}
	if typ.Kind() == reflect.Pointer {
		c.inspect = true // the value may make null of itself, which is the JSON of nil, too
		return c.problem(typ.Elem(), true)
	}
	if typ.Kind() != reflect.Struct {
		return ""
	}
	for field := range typ.Fields() {
		if !field.Anonymous || !marshals(field.Type, addressable) {
			continue
		}
		if typ.NumField() > 1 {
			return fmt.Sprintf("the JSON of %v may be the JSON of its embedded %v alone", typ, field.Type)
		}
		return c.problem(field.Type, addressable)
	}
	return ""
}
