package layers

import (
	"context"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// LossyCodec is a [Codec] that knows what its values lose. A cached function then returns one value when it loads, and
// another one when it hits.
type LossyCodec interface {
	// Lossy says what is lost when a value is encoded and decoded, or returns "". It is constant.
	Lossy() string
}

// Check warns of a codec that loses a part of its values: see [ctxcache.Check].
func (e *encoded[K, V]) Check(context.Context) ([]ctxcache.Warning, error) {
	lossy, ok := e.codec.(LossyCodec)
	if !ok || lossy.Lossy() == "" {
		return nil, nil
	}
	return []ctxcache.Warning{{
		Code: "lossy_codec",
		Text: fmt.Sprintf("a value that was stored comes back without a part: %s. Change the type, or use another codec", lossy.Lossy()),
	}}, nil
}

// Lossy implements [LossyCodec]. It finds unexported fields, fields with the tag json:"-", and interfaces.
func (JSON[V]) Lossy() string {
	return losses(reflect.TypeFor[V](), map[reflect.Type]bool{}, keeper{
		itself: []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()},
		field: func(f reflect.StructField) string {
			if f.Tag.Get("json") == "-" {
				return fmt.Sprintf("the field %s has the tag json:\"-\"", f.Name)
			}
			return ""
		},
		value: func(t reflect.Type) string {
			if t.Kind() == reflect.Interface {
				return fmt.Sprintf("%v does not keep the type of its value", t)
			}
			return ""
		},
	})
}

// Lossy implements [LossyCodec]. It finds unexported fields.
func (Gob[V]) Lossy() string {
	return losses(reflect.TypeFor[V](), map[reflect.Type]bool{}, keeper{
		itself: []reflect.Type{
			reflect.TypeFor[gob.GobEncoder](), reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.TextMarshaler](),
		},
	})
}

// keeper describes what a codec keeps.
type keeper struct {
	itself []reflect.Type                        // a type with one of these interfaces encodes itself
	field  func(f reflect.StructField) string    // what is lost with an exported field; nil: nothing
	value  func(t reflect.Type) (problem string) // what is lost of a value of type t; nil: nothing
}

// losses returns what is lost of a value of type t, or "". It does not look again at types in seen.
func losses(t reflect.Type, seen map[reflect.Type]bool, k keeper) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	for _, itself := range k.itself {
		if t.Implements(itself) || reflect.PointerTo(t).Implements(itself) {
			return ""
		}
	}
	if k.value != nil {
		if problem := k.value(t); problem != "" {
			return problem
		}
	}
	switch t.Kind() {
	case reflect.Map:
		if problem := losses(t.Key(), seen, k); problem != "" {
			return problem
		}
		return losses(t.Elem(), seen, k)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return losses(t.Elem(), seen, k)
	case reflect.Struct:
		for field := range t.Fields() {
			if problem := fieldLosses(t, field, seen, k); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// fieldLosses is losses for a field of the struct t. An embedded struct may have exported fields even if its own name is not
// exported.
func fieldLosses(t reflect.Type, field reflect.StructField, seen map[reflect.Type]bool, k keeper) string {
	if !field.IsExported() && (!field.Anonymous || field.Type.Kind() != reflect.Struct) {
		return fmt.Sprintf("%v has the unexported field %s", t, field.Name)
	}
	if k.field != nil {
		if problem := k.field(field); problem != "" {
			return problem
		}
	}
	return losses(field.Type, seen, k)
}
