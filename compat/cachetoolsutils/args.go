package cachetoolsutils

import (
	"cmp"
	"crypto/sha3"
	"math/big"
	"slices"

	"github.com/ctxcache/cached/internal/base85"
)

// Arguments are those of a Python call, which a key function makes a key of.
type Arguments struct {
	args  []Value
	named Dict // by name, in the order of the call
}

// Args returns positional arguments: Args(1, "a") is f(1, "a").
func Args(args ...Value) Arguments { return Arguments{args: args} }

// With returns the arguments with one more, given by name: Args(1).With("debug", true) is f(1, debug=True).
func (a Arguments) With(name string, value Value) Arguments {
	a.named = append(slices.Clip(a.named), Item{name, value})
	return a
}

// JSONKey is json_key: the arguments as JSON, an array or an object.
func JSONKey(a Arguments) (string, error) {
	var call Value = a.args
	switch {
	case len(a.named) > 0 && len(a.args) > 0:
		call = Dict{{"*", a.args}, {"**", a.named}}
	case len(a.named) > 0:
		call = Dict{{"**", a.named}}
	}
	text, err := EncodeJSON(call)
	return string(text), err
}

// HashJSONKey is hash_json_key, of which only the text ever reaches a server: it is that of [JSONKey].
func HashJSONKey(a Arguments) (string, error) { return JSONKey(a) }

// FullHashKey is full_hash_key: 128 bits of the SHA3-256 of [JSONKey], as 20 characters.
func FullHashKey(a Arguments) (string, error) {
	text, err := JSONKey(a)
	if err != nil {
		return "", err
	}
	sum := sha3.Sum256([]byte(text))
	return base85.Encode(sum[:16]), nil
}

// keywordMark stands between positional arguments and the others, in keys of cachetools.
const keywordMark class = "<class 'cachetools.keys._HashedTuple'>"

// HashKey is hashkey of cachetools, the key function where Python names none: a tuple of the arguments, those
// with names after a mark, sorted by name. With names among them it has no JSON.
func HashKey(a Arguments) Tuple {
	key := append(Tuple{}, a.args...)
	if len(a.named) == 0 {
		return key
	}
	key = append(key, keywordMark)
	for _, item := range a.sorted() {
		key = append(key, item.Key, item.Value)
	}
	return key
}

// MethodKey is methodkey of cachetools, of which the object is not a part: that of [HashKey].
func MethodKey(a Arguments) Tuple { return HashKey(a) }

// TypedKey is typedkey of cachetools: [HashKey], followed by the types of the arguments. It has no JSON.
func TypedKey(a Arguments) Tuple {
	key := HashKey(a)
	for _, arg := range a.args {
		key = append(key, classOf(arg))
	}
	for _, item := range a.sorted() {
		key = append(key, classOf(item.Value))
	}
	return key
}

// sorted returns the arguments that have names, by name.
func (a Arguments) sorted() Dict {
	return slices.SortedStableFunc(slices.Values(a.named), func(x, y Item) int {
		return cmp.Compare(x.Key.(string), y.Key.(string))
	})
}

// classOf returns Python's type(v). Of a Go value that is no object it is "object", whose key has no text then
// either.
func classOf(v Value) class {
	name := "object"
	p, ok := plain(v)
	if !ok {
		return "<class 'object'>"
	}
	switch p.(type) {
	case nil:
		name = "NoneType"
	case bool:
		name = "bool"
	case int64, *big.Int:
		name = "int"
	case float64:
		name = "float"
	case string:
		name = "str"
	case []byte:
		name = "bytes"
	case []Value:
		name = "list"
	case Tuple:
		name = "tuple"
	case Dict:
		name = "dict"
	case class:
		name = "type"
	}
	return class("<class '" + name + "'>")
}
