package jsonkey

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Problem returns "" if the JSON of values of type typ can be a key: different values then have different JSON, as far
// as the type shows. Otherwise it returns the reason. It may be called concurrently.
func Problem(typ reflect.Type) string { return resultOf(typ).problem }

// checked is the result of a check of a type.
type checked struct {
	problem string
	numbers bool // values of the type may have a json.Number
}

// resultOf returns the result of the check whether values of type typ make keys.
func resultOf(typ reflect.Type) checked {
	if result, known := results.Load(typ); known {
		return result.(checked)
	}
	c := check{}
	result := checked{problem: c.problem(typ, true)}
	result.numbers = c.numbers
	results.Store(typ, result)
	return result
}

// results has a result for each type that was checked. Nothing is removed.
var results sync.Map // reflect.Type to checked

// ResultProblem returns "" if values of type typ come back from their JSON, and otherwise the reason. A value in an empty
// interface comes back as a float64, string, bool, slice or map. An empty slice or map may come back as nil. It may be
// called concurrently.
func ResultProblem(typ reflect.Type) string { return (&check{comeBack: true}).problem(typ, true) }

// check finds out whether different values of a type have different JSON. With comeBack, it also finds out whether
// values come back from their JSON.
type check struct {
	comeBack bool
	numbers  bool // it has found a json.Number
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
	c.numbers = c.numbers || typ == numberType
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
			return fmt.Sprintf("JSON does not record which %v it was", typ)
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

// objectKeys returns the problem with the keys of a map type, or "". Strings are used as they are, even if their type
// has methods.
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

// has reports whether option is one of the options of a field's tag.
func has(options, option string) bool { return slices.Contains(strings.Split(options, ","), option) }

// fields returns the problem with the fields of a struct type, or "". It is necessary because encoding/json leaves some
// fields out without an error.
func (c *check) fields(typ reflect.Type, addressable bool, names map[string]bool) string {
	for field := range typ.Fields() {
		if field.Name == "_" {
			continue
		}
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
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
			return fmt.Sprintf("its JSON does not record whether the embedded %v of %v is nil", field.Type, typ)
		case name == "":
			name = field.Name
		}
		if kind := field.Type.Kind(); (kind == reflect.Slice || kind == reflect.Map) && !c.comeBack && has(options, "omitempty") {
			return fmt.Sprintf("its JSON does not record whether field %s of %v is nil or empty", field.Name, typ)
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
