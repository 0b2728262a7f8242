package cachetest_test

import (
	"context"
	"errors"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// wholeOnly can list, count and clear only everything at once.
type wholeOnly struct {
	*reference
	scopes ctxcache.Scopes // what it reports
}

func (c wholeOnly) Supports() ctxcache.Cap { return c.reference.Supports().In(c.scopes) }

func (c wholeOnly) Len(ctx context.Context, s scope) (int, error) {
	if !s.All() {
		return 0, errors.ErrUnsupported
	}
	return c.reference.Len(ctx, s)
}

func (c wholeOnly) Clear(ctx context.Context, s scope) error {
	if !s.All() {
		return errors.ErrUnsupported
	}
	return c.reference.Clear(ctx, s)
}

func (c wholeOnly) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if !s.All() {
			yield("", errors.ErrUnsupported)
			return
		}
		c.reference.Keys(ctx, s)(yield)
	}
}

// prefixedOnly is a part of a store that others share.
type prefixedOnly struct{ *reference }

func (c prefixedOnly) Supports() ctxcache.Cap {
	return c.reference.Supports().In(ctxcache.ScopesPrefixed)
}

func (c prefixedOnly) Len(ctx context.Context, s scope) (int, error) {
	if s.Prefix == "" {
		return 0, errors.ErrUnsupported
	}
	return c.reference.Len(ctx, s)
}

func (c prefixedOnly) Clear(ctx context.Context, s scope) error {
	if s.Prefix == "" {
		return errors.ErrUnsupported
	}
	return c.reference.Clear(ctx, s)
}

func (c prefixedOnly) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	if s.Prefix == "" {
		return func(yield func(string, error) bool) { yield("", errors.ErrUnsupported) }
	}
	return c.reference.Keys(ctx, s)
}

// noScopes is a cache that can neither list, count nor clear.
type noScopes struct{ *reference }

func (c noScopes) Supports() ctxcache.Cap {
	return c.reference.Supports().In(ctxcache.ScopesNone) &^ (ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys)
}
