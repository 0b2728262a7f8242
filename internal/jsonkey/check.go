package jsonkey

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Problem returns why the JSON of values of that type makes no key, or "" if it makes one: different values of the type
// have different JSON then, so far as the type shows.
func Problem(typ reflect.Type) string {
	if problem, known := problems.Load(typ); known {
		return problem.(string)
	}
	problem := (&check{}).problem(typ, true)
	problems.Store(typ, problem)
	return problem
}

// problems remembers what Problem returned; a program has few types.
var problems sync.Map // reflect.Type to string

// ResultProblem returns why values of that type do not come back from their JSON as they were, or "" if they do.
func ResultProblem(typ reflect.Type) string { return (&check{comeBack: true}).problem(typ, true) }

// check finds out whether different values of a type have different JSON, and, with comeBack, whether they come back
// from it.
type check struct {
	comeBack bool
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

// problem returns what is wrong with values of that type, or "" if nothing is. The methods of a pointer to the
// type count only for values that are addressable.
func (c *check) problem(typ reflect.Type, addressable bool) string {
	step := checkStep{typ, addressable}
	if c.seen[step] {
		return ""
	}
	if c.seen == nil {
		c.seen = map[checkStep]bool{}
	}
	c.seen[step] = true
	if marshals(typ, addressable) {
		if c.comeBack && !unmarshals(typ) {
			return fmt.Sprintf("%v marshals itself, but does not unmarshal", typ)
		}
		return ""
	}
	if typ.Implements(contextType) {
		return fmt.Sprintf("%v is a context, which belongs first, and into no key or result", typ)
	}
	switch typ.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Sprintf("%v has no JSON", typ)
	case reflect.Interface:
		if c.comeBack && typ.NumMethod() > 0 {
			return fmt.Sprintf("JSON does not tell which %v it was", typ)
		}
	case reflect.Pointer, reflect.Slice:
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

// marshals reports whether values of that type make their own JSON.
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

// objectKeys returns what is wrong with the keys of a map, or "". Strings are keys as they are, whatever methods they have.
func (c *check) objectKeys(typ reflect.Type) string {
	key := typ.Key()
	switch {
	case key.Kind() == reflect.String:
	case key.Implements(textMarshaler):
		if c.comeBack && !reflect.PointerTo(key).Implements(textUnmarshaler) {
			return fmt.Sprintf("the keys of %v marshal themselves, but do not unmarshal", typ)
		}
	case !isInteger(key):
		return fmt.Sprintf("%v has no JSON", typ)
	}
	return ""
}

func isInteger(typ reflect.Type) bool {
	zero := reflect.Zero(typ)
	return zero.CanInt() || zero.CanUint()
}

// fields checks the fields of a struct: encoding/json leaves some out, without a word.
func (c *check) fields(typ reflect.Type, addressable bool, names map[string]bool) string {
	for field := range typ.Fields() {
		if field.Name == "_" {
			continue
		}
		tag := field.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		embedded := field.Anonymous && name == ""
		if embedded && field.Type.Kind() == reflect.Struct && !marshals(field.Type, addressable) {
			if problem := c.fields(field.Type, addressable, names); problem != "" {
				return problem
			}
			continue
		}
		switch {
		case tag == "-":
			return fmt.Sprintf("its JSON leaves out field %s of %v", field.Name, typ)
		case !field.IsExported():
			return fmt.Sprintf("its JSON leaves out field %s of %v, which is not exported", field.Name, typ)
		case embedded && field.Type.Kind() == reflect.Pointer:
			return fmt.Sprintf("its JSON does not tell whether the embedded %v of %v is nil", field.Type, typ)
		case name == "":
			name = field.Name
		}
		if names[name] {
			return fmt.Sprintf("its JSON leaves out a field of %v: two are called %q", typ, name)
		}
		names[name] = true
		if problem := c.problem(field.Type, addressable); problem != "" {
			return problem
		}
	}
	return ""
}
