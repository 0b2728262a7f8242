package cachetoolsutils

import (
	"cmp"
	"crypto/sha3"
	"math/big"
	"slices"

	"github.com/ctxcache/cached/internal/base85"
)

// Arguments are the arguments of a call in Python. [Args] makes them. A key function makes a key of them.
type Arguments struct {
	args  []Value
	named Dict // the arguments given by name, in the order of the call
}

// Args returns the positional arguments args: Args(1, "a") is f(1, "a") in Python.
func Args(args ...Value) Arguments { return Arguments{args: args} }

// With returns a copy of the arguments with one more argument, which is given by name: Args(1).With("debug", true) is
// f(1, debug=True) in Python.
func (a Arguments) With(name string, value Value) Arguments {
	a.named = append(slices.Clip(a.named), Item{name, value})
	return a
}

// JSONKey is json_key in Python. It returns the arguments as JSON: an array, or an object if there are arguments with
// names. It returns an error if an argument has no JSON, or is a Go value whose JSON may be another value's, such as a
// struct with unexported fields. These are the values that cached.JSONKey refuses. As in Python, a high
// surrogate and a low one have the JSON of one character.
func JSONKey(a Arguments) (string, error) {
	var call Value = a.args
	switch {
	case len(a.named) > 0 && len(a.args) > 0:
		call = Dict{{"*", a.args}, {"**", a.named}}
	case len(a.named) > 0:
		call = Dict{{"**", a.named}}
	}
	text, err := jsonEncoder{key: true}.value(nil, call, 0)
	return string(text), err
}

// HashJSONKey is hash_json_key in Python. It returns the same text as [JSONKey], because servers only get the text of
// Python's object.
func HashJSONKey(a Arguments) (string, error) { return JSONKey(a) }

// FullHashKey is full_hash_key in Python. It returns 128 bits of the SHA3-256 of [JSONKey], as 20 characters, or the
// error of JSONKey.
func FullHashKey(a Arguments) (string, error) {
	text, err := JSONKey(a)
	if err != nil {
		return "", err
	}
	sum := sha3.Sum256([]byte(text))
	return base85.Encode(sum[:16]), nil
}

// keywordMark separates the positional arguments from the others in keys of cachetools.
const keywordMark class = "<class 'cachetools.keys._HashedTuple'>"

// HashKey is hashkey of cachetools up to 6.2.2, which Python uses if no key function is given. It returns a tuple of the
// positional arguments, a mark, and the arguments with names, sorted by name. If there are arguments with names, the
// tuple has no JSON, and newer releases of cachetools have another key: see [HashKeyPairs].
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

// MethodKey is methodkey of cachetools. It returns the same key as [HashKey], because the object of the method is not
// part of the key.
func MethodKey(a Arguments) Tuple { return HashKey(a) }

// HashKeyPairs is hashkey of cachetools from 6.2.3 on. Each argument with a name is a pair of its name and its value.
// Without such arguments it returns the same key as [HashKey].
func HashKeyPairs(a Arguments) Tuple {
	key := append(Tuple{}, a.args...)
	if len(a.named) == 0 {
		return key
	}
	key = append(key, keywordMark)
	for _, item := range a.sorted() {
		key = append(key, Tuple{item.Key, item.Value})
	}
	return key
}

// TypedKeyPairs is typedkey of cachetools from 6.2.6 on. It returns the key of [HashKeyPairs], followed by the types of
// the arguments with names, and then of the positional ones. Without arguments with names it returns the same key as
// [TypedKey]. The key of such a call in cachetools 6.2.3 to 6.2.5 has no counterpart here.
func TypedKeyPairs(a Arguments) Tuple {
	key := HashKeyPairs(a)
	for _, item := range a.sorted() {
		key = append(key, classOf(item.Value))
	}
	for _, arg := range a.args {
		key = append(key, classOf(arg))
	}
	return key
}

// TypedKey is typedkey of cachetools up to 6.2.2. It returns the key of [HashKey], followed by the types of the
// arguments. The tuple has no JSON. For newer releases see [TypedKeyPairs].
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

// sorted returns the arguments with names, sorted by name.
func (a Arguments) sorted() Dict {
	return slices.SortedStableFunc(slices.Values(a.named), func(x, y Item) int {
		return cmp.Compare(x.Key.(string), y.Key.(string))
	})
}

// classOf returns Python's type(v). For a Go value that is not a Python object it returns object; such a value has no
// text, so the key has none.
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
