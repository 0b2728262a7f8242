package ctxcache

import (
	"context"
	"sync/atomic"
	"time"
)

// Directives are what a request asks of the cached functions that it calls, in its context. They are about reads: Get,
// GetResult, GetMany and GetSlice of a cached function. A Set, Delete, Clear or Refresh does what it always does. The
// directives of HTTP (RFC 9111) that mean the same are in parentheses.
//
// A cached function runs its loader without them, because they are about its own values, and other callers may wait for
// the load. A cache alone does not know them either: it has no source to ask instead.
type Directives struct {
	// Bypass makes the call ask the source by itself. It does not read the cache, does not store the result there, and
	// shares no load with other calls. ("no-store")
	Bypass bool

	// Refresh makes the call load the value anew, and store it. ("no-cache")
	Refresh bool

	// OnlyCached makes the call return ErrMiss rather than load. ("only-if-cached")
	OnlyCached bool

	// MaxAge is the age up to which the call accepts a value, or NoExpiry for any age. ("max-age")
	MaxAge time.Duration
}

type directivesKey struct{}

// directivesUsed says that this process has made a context with directives. Before that, no context can have any, and
// calls do not search their contexts. The search takes longer the more values a context has.
var directivesUsed atomic.Bool

// DirectivesOf returns the directives of ctx, or nil if it has none. The caller must not change them.
func DirectivesOf(ctx context.Context) *Directives {
	if directivesUsed.Load() {
		return searchDirectives(ctx)
	}
	return nil
}

// searchDirectives is a function of its own so that DirectivesOf is inlined.
func searchDirectives(ctx context.Context) *Directives {
	d, _ := ctx.Value(directivesKey{}).(*Directives)
	return d
}

// WithBypass returns a context whose calls neither read the cache nor write to it: see [Directives]. It replaces what
// WithRefresh and WithOnlyCached have set.
//
// The load is for this call alone, and ends when the call's context does. The limits of the function still hold, such as
// its number of loads at a time.
func WithBypass(ctx context.Context) context.Context {
	return withMode(ctx, Directives{Bypass: true})
}

// WithRefresh returns a context whose calls load anew, as Refresh of a cached function does. It replaces what WithBypass
// and WithOnlyCached have set.
func WithRefresh(ctx context.Context) context.Context {
	return withMode(ctx, Directives{Refresh: true})
}

// WithOnlyCached returns a context whose calls do not load. If the cache does not have a value that the call can use, the
// error is ErrMiss, bare. If the cache fails, it is that failure. A stale value is returned as long as a call without this
// directive would return it at once, but it is not refreshed. Of two levels, far is asked only if near has nothing: a copy
// in near that the call cannot use hides a newer value in far. WithOnlyCached replaces what WithBypass and WithRefresh
// have set.
func WithOnlyCached(ctx context.Context) context.Context {
	return withMode(ctx, Directives{OnlyCached: true})
}

// WithMaxAge returns a context whose calls accept only values that were loaded or set at most maxAge before the call: see
// Meta.Written. A value of unknown age counts as too old, and so does "not found" of unknown age. What is too old is
// loaded anew. It is not returned if the load fails either. A later WithMaxAge replaces this one. It may be combined with
// the other directives.
func WithMaxAge(ctx context.Context, maxAge time.Duration) context.Context {
	d := Directives{}
	if outer := DirectivesOf(ctx); outer != nil {
		d = *outer
	}
	d.MaxAge = maxAge
	return withDirectives(ctx, &d)
}

// WithoutDirectives returns a context whose calls have no directives.
func WithoutDirectives(ctx context.Context) context.Context {
	if DirectivesOf(ctx) == nil {
		return ctx
	}
	return withDirectives(ctx, nil)
}

// withMode returns a context with d, and the MaxAge that ctx has.
func withMode(ctx context.Context, d Directives) context.Context {
	d.MaxAge = NoExpiry
	if outer := DirectivesOf(ctx); outer != nil {
		d.MaxAge = outer.MaxAge
	}
	return withDirectives(ctx, &d)
}

func withDirectives(ctx context.Context, d *Directives) context.Context {
	directivesUsed.Store(true)
	return context.WithValue(ctx, directivesKey{}, d)
}
