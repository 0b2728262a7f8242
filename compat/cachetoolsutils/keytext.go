package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// keyText converts the keys of a class to text and back. Back need not be strict: from only accepts a key if its text
// is the stored text again.
type keyText[K comparable] struct {
	store func(Value) (string, error)
	back  func(string) (K, bool)
}

// to returns the text of a key.
func (t keyText[K]) to(key K) (string, error) {
	object, ok := plain(key)
	if !ok { // such as a struct, whose JSON may leave out fields
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, errObject)
	}
	text, err := t.store(object)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, err)
	}
	return text, nil
}

// from returns the key whose text is text. It reports false if no key has that text.
func (t keyText[K]) from(text string) (K, bool) {
	key, ok := t.back(text)
	if !ok {
		return key, false
	}
	again, err := t.to(key)
	return key, err == nil && again == text
}

// jsonKeys returns the keyText that stores keys as JSON.
func jsonKeys[K comparable]() keyText[K] {
	return keyText[K]{
		store: func(v Value) (string, error) {
			text, err := EncodeJSON(v)
			return string(text), err
		},
		back: func(text string) (key K, ok bool) {
			v, err := DecodeJSON([]byte(text))
			if err != nil {
				return key, false
			}
			return fromValue[K](v)
		},
	}
}

// strKeys returns the keyText that stores keys as Python's str().
func strKeys[K comparable]() keyText[K] {
	return keyText[K]{store: storedStr, back: backFromStr[K]}
}

func storedStr(v Value) (string, error) {
	text, err := Str(v)
	if err != nil {
		return "", err
	}
	return text, checkText(text)
}

// backFromStr returns text as a string key if K is one, and otherwise as a number.
func backFromStr[K comparable](text string) (K, bool) {
	if key, ok := fromValue[K](text); ok {
		return key, true
	}
	return jsonKeys[K]().back(text)
}

// rawKeys returns the keyText that stores bytes unchanged, text as UTF-8, and numbers as their digits.
func rawKeys[K comparable]() keyText[K] {
	return keyText[K]{
		store: func(v Value) (string, error) {
			data, err := rawBytes(v)
			return string(data), err
		},
		back: func(text string) (K, bool) {
			if key, ok := fromValue[K]([]byte(text)); ok {
				return key, true
			}
			return backFromStr[K](text)
		},
	}
}
