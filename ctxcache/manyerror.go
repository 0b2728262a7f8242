package ctxcache

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ManyError is the error of a call for many keys that failed for some of them. An absent key has not failed.
// It unwraps to every cause, so errors.Is and errors.As see each of them.
type ManyError[K comparable] struct {
	Failed map[K]error // the keys that failed, and why; never empty
}

// NewManyError returns a [*ManyError] of the keys in failed, or nil if there are none.
func NewManyError[K comparable](failed map[K]error) error {
	if len(failed) == 0 {
		return nil
	}
	return &ManyError[K]{Failed: failed}
}

// FailEach returns a [*ManyError] in which every key failed for the same reason, or nil if err is nil or there
// are no keys.
func FailEach[K comparable](keys []K, err error) error {
	if err == nil || len(keys) == 0 {
		return nil
	}
	failed := make(map[K]error, len(keys))
	for _, key := range keys {
		failed[key] = err
	}
	return &ManyError[K]{Failed: failed}
}

// KeyError returns the part of err, the error of a call for many keys, that is about key. A [*ManyError] is about the keys
// that it names, even if it is wrapped or joined with other errors. Any other error is about all keys. So if a ManyError
// and another error are joined, KeyError returns the other error for a key that the ManyError does not name. It returns nil
// if key has not failed.
func KeyError[K comparable](err error, key K) error {
	if many, ok := err.(*ManyError[K]); ok {
		return many.Failed[key]
	}
	if _, some := errors.AsType[*ManyError[K]](err); !some {
		return err
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return KeyError(err.Unwrap(), key)
	case interface{ Unwrap() []error }:
		var about []error
		for _, part := range err.Unwrap() {
			if part = KeyError(part, key); part != nil {
				about = append(about, part)
			}
		}
		if len(about) == 1 { // bare
			return about[0]
		}
		return errors.Join(about...)
	}
	return err
}

// Error returns how many keys failed, and the first of the causes. It names no key.
func (e *ManyError[K]) Error() string {
	causes := make(map[string]int)
	for _, err := range e.Failed {
		causes[err.Error()]++
	}
	first := slices.Min(slices.Collect(maps.Keys(causes)))
	switch {
	case len(e.Failed) == 1:
		return "1 key failed: " + first
	case len(causes) == 1:
		return fmt.Sprintf("%d keys failed: %s", len(e.Failed), first)
	default:
		return fmt.Sprintf("%d keys failed for %d reasons: %s; ...", len(e.Failed), len(causes), first)
	}
}

// Unwrap returns the causes, in no order.
func (e *ManyError[K]) Unwrap() []error { return slices.Collect(maps.Values(e.Failed)) }

// manyError lets Fail recognize a ManyError whatever its key type.
type manyError interface{ failedMany() }

func (e *ManyError[K]) failedMany() {}
