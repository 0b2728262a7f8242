package cachetoolsutils

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/jsonnull"
)

// errNull is the cause of an error about a None that V does not have.
var errNull = ctxcache.Discreet("null is not a value of this type", nil)

// unmarshal is json.Unmarshal, but it refuses text that Python cannot have written, and text that encoding/json would
// change silently. Numbers in interfaces become ints and floats as in Python. A panic in a method of V is an error.
func unmarshal[V any](data []byte, interfaces bool) (value V, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := inspect(data); err != nil {
		return value, err
	}
	defer recovered(&err)
	if !interfaces {
		err = json.Unmarshal(data, &value)
	} else {
		err = unmarshalExactly(data, &value)
	}
	switch {
	case err != nil: // it may quote the value
		err = ctxcache.Discreet(fmt.Sprintf("not the JSON of a %T", value), err)
	case jsonnull.Is(data) && !jsonnull.Encodes(&value):
		err = errNull
	}
	return value, err
}

// unmarshalExactly is json.Unmarshal for a value with interfaces.
func unmarshalExactly(data []byte, value any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(value); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errSyntax
	}
	return exactNumbers(reflect.ValueOf(value))
}

// exactNumbers replaces every json.Number in an interface in v by an int or a float, as Python reads it.
func exactNumbers(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if trusted(v.Type()) || trusted(v.Type().Elem()) {
			return nil
		}
		return exactNumbers(v.Elem())
	case reflect.Interface:
		if v.IsNil() || v.NumMethod() > 0 || !v.CanSet() {
			return nil
		}
		object, err := exact(v.Interface())
		if err == nil && object != nil {
			v.Set(reflect.ValueOf(object))
		}
		return err
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := exactNumbers(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		return exactMap(v)
	case reflect.Struct:
		if trusted(v.Type()) {
			return nil
		}
		for _, field := range v.Fields() {
			if err := exactNumbers(field); err != nil {
				return err
			}
		}
	}
	return nil
}

// exactMap is exactNumbers for a map, whose elements cannot be set in place.
func exactMap(v reflect.Value) error {
	for _, key := range v.MapKeys() {
		element := reflect.New(v.Type().Elem()).Elem()
		element.Set(v.MapIndex(key))
		if err := exactNumbers(element); err != nil {
			return err
		}
		v.SetMapIndex(key, element)
	}
	return nil
}

// exact is exactNumbers for the objects that encoding/json makes.
func exact(v any) (_ any, err error) {
	switch v := v.(type) {
	case json.Number:
		return exactNumber(string(v))
	case []any:
		for i := range v {
			if v[i], err = exact(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = exact(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// exactNumber returns the number of a text that encoding/json has accepted.
func exactNumber(text string) (Value, error) {
	d := jsonDecoder{data: []byte(text)}
	return d.number()
}

// wholeFloat returns an int as a float if it is exactly one, and otherwise v. Python writes an int where a function
// returns one, although its other results are floats.
func wholeFloat(v Value) Value {
	var i *big.Int
	switch v := v.(type) {
	case int64:
		i = big.NewInt(v)
	case *big.Int:
		i = v
	default:
		return v
	}
	if f, accuracy := new(big.Float).SetInt(i).Float64(); accuracy == big.Exact {
		return f
	}
	return v
}

// inspect returns an error for text that encoding/json accepts, and Python does not, or that encoding/json would change:
// an int of too many digits, deep nesting, a lone surrogate, bytes that are not UTF-8. It leaves the syntax to
// encoding/json, and takes linear time.
func inspect(data []byte) error {
	if err := checkText(string(data)); err != nil {
		return err
	}
	d := jsonDecoder{data: data}
	for depth := 0; d.at < len(d.data); {
		switch c := d.data[d.at]; {
		case c == '"':
			d.at++
			text, err := d.text()
			if err != nil {
				return err
			}
			if err := checkText(text); err != nil {
				return err
			}
		case c == '[' || c == '{':
			if depth++; depth > jsonLevels {
				return errDepth
			}
			d.at++
		case c == ']' || c == '}':
			depth--
			d.at++
		case c == '-' || '0' <= c && c <= '9':
			if _, err := d.skipNumber(); err != nil {
				return err
			}
		default:
			d.at++
		}
	}
	return nil
}
