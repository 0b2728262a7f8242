package cached

import (
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// manyErrors are the errors of a call for many keys: for each key, the error that ctxcache.KeyError returns.
type manyErrors[K comparable] struct {
	each map[K]error // of the keys that a ManyError names; nil without a ManyError
	rest error       // of all other keys
}

func errorsOf[K comparable](err error) (m manyErrors[K]) {
	m.rest = m.split(err)
	for key := range m.each {
		m.each[key] = ctxcache.KeyError(err, key)
	}
	return m
}

// split adds the keys that err names to m.each, and returns what err says about all other keys.
func (m *manyErrors[K]) split(err error) (rest error) {
	if many, ok := err.(*ctxcache.ManyError[K]); ok {
		if m.each == nil {
			m.each = make(map[K]error, len(many.Failed))
		}
		for key, failed := range many.Failed {
			if failed != nil {
				m.each[key] = failed
			}
		}
		return nil
	}
	if _, some := errors.AsType[*ctxcache.ManyError[K]](err); !some {
		return err
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return m.split(err.Unwrap())
	case interface{ Unwrap() []error }:
		var others []error
		for _, part := range err.Unwrap() {
			if part = m.split(part); part != nil {
				others = append(others, part)
			}
		}
		if len(others) == 1 { // bare
			return others[0]
		}
		return errors.Join(others...)
	}
	return err
}

// of returns the error of key, or nil.
func (m manyErrors[K]) of(key K) error {
	if err, named := m.each[key]; named {
		return err
	}
	return m.rest
}

// whole reports whether the call has failed for all keys alike.
func (m manyErrors[K]) whole() bool { return m.each == nil && m.rest != nil }
