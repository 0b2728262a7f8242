package texts

import (
	"fmt"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// Keys converts keys to text and back.
type Keys[K comparable] interface {
	// Text returns the text of a key, or an error that wraps ErrKey.
	Text(key K) (string, error)
	// Key returns the key whose text is text. It reports false if no key has that text.
	Key(text string) (K, bool)
}

// checked is a codec that can report that it cannot store its type of values.
type checked interface{ Validate() error }

// New returns a cache that stores keys in inner as keys converts them, and values as codec encodes them. Class is its
// name in descriptions and errors. If the codec's Validate method returns an error, every call returns it. Errors wrap
// the codec's error, but do not print it, because it may quote the value.
func New[K comparable, V any, T string | []byte](
	class string, inner ctxcache.Cache[string, T], keys Keys[K], codec layers.Codec[V],
) ctxcache.Cache[K, V] {
	about := ctxcache.Description{Kind: class}
	if codec, ok := codec.(checked); ok {
		if err := codec.Validate(); err != nil {
			return ctxcache.Invalid[K, V](about, err, ctxcache.NodeOf(inner))
		}
	}
	hooks := ctxcache.Hooks[K, V, string, T]{
		About: about,
		Key: func(key K) (string, error) {
			if err := ctxcache.CheckKey(key); err != nil { // such as NaN, which has a text, but is not equal to itself
				return "", err
			}
			return keys.Text(key)
		},
		Unkey: Back(keys.Key),
		Encode: func(_ K, value V) (T, error) {
			data, err := codec.Encode(value)
			if err != nil {
				err = ctxcache.Discreet(fmt.Sprintf("%T cannot encode the value", codec), err)
			}
			return T(data), err
		},
		Decode: func(_ K, stored T) (V, error) {
			value, err := codec.Decode([]byte(stored))
			if err != nil {
				err = ctxcache.Discreet(fmt.Sprintf("%T cannot decode the value", codec), err)
			}
			return value, err
		},
	}
	if ctxcache.Supports(inner).Scopes() == ctxcache.ScopesWhole {
		hooks.Scope = Whole[K, string](keys.Key)
	}
	return &layer[K, V, T]{ctxcache.NewMapped(inner, hooks)}
}

// Back returns unkey for Hooks.Unkey. It reports false for a key that no cache can hold, such as NaN.
//
// If K is an interface with methods, Back returns nil. Unkey cannot know which of the types that implement it a key had.
// With an unkey that does not find its keys, Clear would succeed without an effect. With nil it is unsupported.
func Back[K, K2 comparable](unkey func(K2) (K, bool)) func(K2) (K, bool) {
	if t := reflect.TypeFor[K](); t.Kind() == reflect.Interface && t.NumMethod() > 0 {
		return nil
	}
	return func(stored K2) (K, bool) {
		key, ok := unkey(stored)
		return key, ok && ctxcache.CheckKey(key) == nil
	}
}

type layer[K comparable, V any, T any] struct {
	ctxcache.Mapped[K, V, string, T]
}

// Whole returns a function for Hooks.Scope of a layer that has the inner cache to itself. It maps the scope of all keys
// to the scope of all inner keys, and any other scope to a Match by unkey. Without it, a layer over a cache that only
// supports the scope of all keys would have neither Len nor Clear.
func Whole[K, K2 comparable](unkey func(K2) (K, bool)) func(ctxcache.Scope[K]) ctxcache.Scope[K2] {
	return func(s ctxcache.Scope[K]) ctxcache.Scope[K2] {
		if s.All() {
			return ctxcache.Scope[K2]{}
		}
		return ctxcache.Scope[K2]{Match: func(inner K2) bool {
			key, ours := unkey(inner)
			return ours && s.Covers(key)
		}}
	}
}
