package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// keyText is how a class stores its keys, as text. The way back may be lax: what it returns only counts if it is
// stored as the same text.
type keyText[K comparable] struct {
	store func(Value) (string, error)
	back  func(string) (K, bool)
}

// to returns a key as it is stored.
func (t keyText[K]) to(key K) (string, error) {
	object, ok := plain(key)
	if !ok { // a struct, in whose JSON fields may be left out
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, errObject)
	}
	text, err := t.store(object)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ctxcache.ErrKey, err)
	}
	return text, nil
}

// from returns the key that is stored as text.
func (t keyText[K]) from(text string) (K, bool) {
	key, ok := t.back(text)
	if !ok {
		return key, false
	}
	again, err := t.to(key)
	return key, err == nil && again == text
}

// jsonKeys are stored as JSON.
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

// strKeys are stored as Python's str().
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

// backFromStr returns a string, or else a number.
func backFromStr[K comparable](text string) (K, bool) {
	if key, ok := fromValue[K](text); ok {
		return key, true
	}
	return jsonKeys[K]().back(text)
}

// rawKeys are stored as they are: bytes, text in UTF-8, and the text of numbers.
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
