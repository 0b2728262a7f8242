package cached

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/ctxcache/cached/ctxcache"
)

// JSONKey returns args as a compact JSON array, such as [1,"a"], for use as a key. Objects have their keys
// sorted where they are maps, and in the order of their fields where they are structs.
//
// Arguments whose JSON would not tell them apart are [ctxcache.ErrKey]: channels, functions, contexts, NaN, strings
// that are no UTF-8, and structs with fields that JSON leaves out, unexported ones above all, unless the type
// marshals itself. What hides in an interface inside of an argument is not looked at. Pointers count as what
// they point to, and numbers of different types as the same if they print the same.
func JSONKey(args ...any) (string, error) {
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

// appendJSON appends the JSON of one argument. The common types need no reflection.
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

// plain reports whether text is its own JSON, but for the quotes.
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
	if problem := keyProblem(typ); problem != "" {
		return nil, errors.New(problem)
	}
	// What is behind a pointer is marshaled by the methods of the pointer as well, and keyProblem has relied on it.
	pointer := reflect.New(typ)
	pointer.Elem().Set(reflect.ValueOf(arg))
	text, err := marshal(pointer.Interface())
	if err != nil {
		return nil, &unquotedError{"it has no JSON", err}
	}
	if hasInvalidUTF8(text) {
		return nil, errors.New("it has a string that is no UTF-8")
	}
	return append(key, text...), nil
}

// marshal is json.Marshal without escapes for the sake of HTML.
func marshal(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// hasInvalidUTF8 reports whether json.Marshal has replaced a byte in a string. It does so by an escape, whereas it
// leaves a genuine U+FFFD as it is.
func hasInvalidUTF8(text []byte) bool {
	for {
		before, after, found := bytes.Cut(text, []byte(`\`))
		if !found {
			return false
		}
		if bytes.HasPrefix(after, []byte("ufffd")) {
			return true
		}
		text = text[len(before)+2:] // a backslash, and what it escapes
	}
}

// keyProblems remembers what keyProblem said; a program has few types.
var keyProblems sync.Map // reflect.Type to string

// keyProblem says why the JSON of a value of that type is no key, or "" if it is one.
func keyProblem(typ reflect.Type) string {
	if problem, known := keyProblems.Load(typ); known {
		return problem.(string)
	}
	problem := (&jsonCheck{}).problem(typ, true)
	keyProblems.Store(typ, problem)
	return problem
}
