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

// KeyError returns what err, the error of a call for many keys, says about key. If err is a [*ManyError] that is the
// error of this key, or nil if key has not failed. Any other error is about all keys, and is returned as it is.
func KeyError[K comparable](err error, key K) error {
	if many, ok := errors.AsType[*ManyError[K]](err); ok {
		return many.Failed[key]
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

// manyError lets Fail recognise a ManyError whatever its key type.
type manyError interface{ failedMany() }

func (e *ManyError[K]) failedMany() {}
