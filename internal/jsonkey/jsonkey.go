package jsonkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/ctxcache/cached/ctxcache"
)

// Of returns args as a compact JSON array, such as [1,"a"]. The keys of a map are sorted. The fields of a struct keep
// their order. A pointer counts as the value that it points to. The types of args are not in the key. It may be called
// concurrently.
//
// Of returns a [ctxcache.ErrKey] for arguments that could have the same JSON as others of their type (see [Problem]), for
// arguments that have no JSON, such as NaN, and for strings that are not valid UTF-8. It also returns one for a few
// values of other types: an empty json.Number, whose JSON is 0, a json.RawMessage that is null or not compact, a pointer
// to a value that makes null of itself, a map with two keys of the same text, and a -0 or another value than the zero
// value that omitempty or omitzero leaves out. The error does not quote the arguments.
func Of(args ...any) (string, error) {
	key := append(make([]byte, 0, 64), '[')
	for i, arg := range args {
		if i > 0 {
			key = append(key, ',')
		}
		var err error
		if key, err = appendJSON(key, arg); err != nil {
			return "", fmt.Errorf("%w: argument %d: %w", ctxcache.ErrKey, i+1, err)
		}
	}
	return string(append(key, ']')), nil
}

// OfOne is [Of] of one argument. It also returns a ctxcache.ErrKey if A itself cannot be part of a key, for example if A
// is an interface: Of only sees the value in it.
func OfOne[A any](arg A) (string, error) {
	if problem := Problem(reflect.TypeFor[A]()); problem != "" {
		return "", fmt.Errorf("%w: argument 1: %s", ctxcache.ErrKey, problem)
	}
	return Of(arg)
}

// Text returns the JSON of one argument, or why it cannot be part of a key: see [Of].
func Text(arg any) ([]byte, error) { return appendJSON(nil, arg) }

// appendJSON appends the JSON of one argument. For the common types it needs no reflection.
func appendJSON(key []byte, arg any) ([]byte, error) {
	switch arg := arg.(type) {
	case nil:
		return append(key, "null"...), nil
	case bool:
		return strconv.AppendBool(key, arg), nil
	case int:
		return strconv.AppendInt(key, int64(arg), 10), nil
	case int32:
		return strconv.AppendInt(key, int64(arg), 10), nil
	case int64:
		return strconv.AppendInt(key, arg, 10), nil
	case uint64:
		return strconv.AppendUint(key, arg, 10), nil
	case string:
		if plain(arg) {
			return append(append(append(key, '"'), arg...), '"'), nil
		}
	}
	return appendMarshaled(key, arg)
}

// plain reports whether the JSON of text is text itself in quotes.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func appendMarshaled(key []byte, arg any) ([]byte, error) {
	typ := reflect.TypeOf(arg)
	check := resultOf(typ, false)
	if check.problem != "" {
		return nil, errors.New(check.problem)
	}
	// Behind a pointer, the value is also marshaled by the pointer's methods, as Problem assumes.
	pointer := reflect.New(typ)
	pointer.Elem().Set(reflect.ValueOf(arg))
	text, err := Marshal(pointer.Interface())
	if err != nil {
		return nil, ctxcache.Discreet("it has no JSON", err)
	}
	if mangled(pointer.Elem(), text) {
		return nil, errNotUTF8
	}
	if check.inspect {
		if err := shared(pointer.Elem()); err != nil {
			return nil, err
		}
	}
	return append(key, text...), nil
}

var errNotUTF8 = errors.New("it has a string that is not valid UTF-8")

// Marshal is json.Marshal, but does not escape <, > and & for HTML.
func Marshal(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
