package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// StrKeys stores keys as Python's str(), as the classes with a prefix do. Its methods are functions for [layers.Keyed].
// They may be called concurrently.
//
//	users := layers.Keyed(texts, cachetoolsutils.StrKeys[int]{}.Text, cachetoolsutils.StrKeys[int]{}.Key)
type StrKeys[K comparable] struct{}

// Text returns str(key). If key is not a [Value], or its text is not UTF-8, it returns [ctxcache.ErrKey].
func (StrKeys[K]) Text(key K) (string, error) { return keyText(key, storedStr) }

// Key returns the key whose text is text: a string if K can be one, and otherwise a number, a bool, bytes or None. It
// reports false if no key of K has that text. It does not know the types of an interface with methods, so it cannot be
// the way back for such a K.
func (s StrKeys[K]) Key(text string) (K, bool) {
	key, ok := fromStr[K](text)
	return key, ok && isTextOf(s.Text, key, text)
}

// JSONKeys stores keys as JSON, as RedisCache and [ToBytesCache] do. Its methods may be called concurrently.
type JSONKeys[K comparable] struct{}

// Text returns the JSON of key. If key is not a [Value], has no JSON in Python, or shares it with another key, as a
// surrogate pair does with a character, it returns [ctxcache.ErrKey].
func (JSONKeys[K]) Text(key K) (string, error) {
	return keyText(key, func(v Value) (string, error) {
		text, err := jsonEncoder{lossless: true}.value(nil, v, 0)
		return string(text), err
	})
}

// Key returns the key whose JSON is text. It reports false if no key of K has that JSON.
func (j JSONKeys[K]) Key(text string) (K, bool) {
	key, ok := fromJSON[K](text)
	return key, ok && isTextOf(j.Text, key, text)
}

// RawKeys stores bytes unchanged, text as UTF-8, and numbers as their digits, as a client for Redis does. Its methods
// may be called concurrently.
type RawKeys[K comparable] struct{}

// Text returns the bytes of key. If key is not bytes, text or a number, it returns [ctxcache.ErrKey].
func (RawKeys[K]) Text(key K) (string, error) {
	return keyText(key, func(v Value) (string, error) {
		data, err := rawBytes(v)
		return string(data), err
	})
}

// Key returns the key that is stored as text: bytes if K can have them, and otherwise text or a number. It reports false
// if no key of K is stored so.
func (r RawKeys[K]) Key(text string) (K, bool) {
	if key, ok := fromBytes[K](text); ok {
		return key, isTextOf(r.Text, key, text)
	}
	key, ok := StrKeys[K]{}.Key(text)
	return key, ok && isTextOf(r.Text, key, text)
}

// keyText returns the text that store makes of a key. Every error is an ErrKey.
func keyText[K comparable](key K, store func(Value) (string, error)) (string, error) {
	object, ok := plain(key)
	if !ok { // such as a struct, whose JSON may leave out fields
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, errObject)
	}
	text, err := store(object)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, err)
	}
	return text, nil
}

// isTextOf reports whether key is stored as text. A text that is only similar, such as JSON with spaces, is another key.
func isTextOf[K comparable](store func(K) (string, error), key K, text string) bool {
	again, err := store(key)
	return err == nil && again == text
}

// fromJSON returns the object that the JSON text is, as a K.
func fromJSON[K comparable](text string) (key K, ok bool) {
	v, err := DecodeJSON([]byte(text))
	if err != nil {
		return key, false
	}
	return keyOfValue[K](v)
}

func storedStr(v Value) (string, error) {
	text, err := Str(v)
	if err != nil {
		return "", err
	}
	return text, checkText(text)
}
