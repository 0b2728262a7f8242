package layers

import (
	"context"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/requestscope"
)

// RequestScoped returns a cache that remembers what inner has answered, within one request. The request's middleware
// calls [WithRequestScope] once, and in that context the first answer for a key counts until the scope ends: a value
// with its [ctxcache.Meta], or a negative entry. Get, GetEntry, GetEntries, GetMany and Contains then return it, and
// inner is not asked. A call for many keys asks inner for the others only. In a context without a scope the layer only
// passes calls on.
//
// Misses and failures are not remembered. A remembered TTL runs on, and an entry whose time is over is forgotten. If
// inner does not report TTLs, the scope cannot know: it remembers such values until it ends. GetLease and GetLeases
// always ask inner, and what they find counts from then on. A scope remembers at most 10,000 entries of each layer.
//
// If a key is being read, a Get or GetEntry of it in the same scope waits for that read, with its own context. If the
// read fails, it asks inner itself. Calls for many keys do not wait.
//
// # Writes
//
// A write through the layer, in whatever way, makes the scope in its context forget the key, even if the write fails.
// So after a write that has succeeded, the scope does not have the old value, and it does not get it from a read that
// was running meanwhile. A Fill that succeeds is remembered. A Clear makes the scope forget all that it has of the
// layer.
//
// The scope does not see any other write until it ends: one by another request, by another process, in a context
// without the scope, or directly to inner. A request gets the same answer each time because of that. It also means that
// a value which another request has deleted can be returned until the request ends. So open no scope for what lives
// long: streams, websockets, background jobs.
//
// # Where it belongs
//
// Put RequestScoped on top of a stack, where only cached functions and the program itself use it. Above it there must
// be no cache that other requests share, such as the near level of layers/twolevel: that would keep the answers of the
// scope for others. The loader of a cached function returns a value for others, too, so it does not read from a scope. A
// cached function uses the scope only if RequestScoped is the outermost layer of its stack: otherwise a Refresh that
// joins the load of another request leaves the old value in the scope of its own.
//
// If inner copies values ([ctxcache.CloneFunc]), each caller gets a value of its own. Otherwise all callers of a scope
// share a value, as those of inner do.
func RequestScoped[K comparable, V any](inner ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	need("RequestScoped", "an inner cache", inner != nil)
	c := &requestScoped[K, V]{
		Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "request_scoped"}),
		inner:   inner,
		clone:   ctxcache.CloneFunc(inner),
	}
	if ctxcache.Supports(inner).Has(ctxcache.CapMany) {
		c.values, _ = inner.(ctxcache.ValuesGetter[K, V])
	}
	return c
}

type requestScoped[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	inner  ctxcache.Cache[K, V]
	values ctxcache.ValuesGetter[K, V] // inner, or nil
	clone  func(V) V                   // copies values; nil if callers share them
}

// Check warns if the inner cache does not report how long its values live.
func (c *requestScoped[K, V]) Check(context.Context) ([]ctxcache.Warning, error) {
	if c.Supports().Has(ctxcache.CapEntry) {
		return nil, nil
	}
	return []ctxcache.Warning{{
		Code: "lives_unknown",
		Text: "the cache below does not report how long its values live, so a scope returns them until the request ends, even if " +
			"they expire before that. layers.Encoded reports lives, if it has an Envelope",
	}}, nil
}

// WithRequestScope returns a context with a new, empty scope, for all [RequestScoped] caches that are called with it or
// with a context derived from it. Each cache has a part of its own in the scope. Concurrent calls may use the scope.
// Middleware calls WithRequestScope once for each request.
//
// The scope ends when ctx is done. Calls whose contexts outlive it, such as those of a background refresh, then go to
// the inner caches. If ctx is never done, the scope lasts as long as somebody uses the context.
//
// If ctx has a scope already, the new one hides it: nothing that the outer scope remembers is returned in the inner
// one. A write in the inner scope makes both forget the key.
func WithRequestScope(ctx context.Context) context.Context {
	return requestscope.With(ctx, &requestScope{outer: requestScopeOf(ctx), done: ctx.Done()})
}

// requestScope is the scope of one request.
type requestScope struct {
	outer *requestScope   // the one that it hides, or nil
	done  <-chan struct{} // of the context that it was opened in
	parts sync.Map        // a *scopePart for each *requestScoped
}

// requestScopeOf returns the scope of ctx, even if that has ended, or nil. In the context of a loader it is one that has
// ended, so that the loader reads the inner cache, in front of the scope of the request, which forgets what the loader
// writes.
func requestScopeOf(ctx context.Context) *requestScope {
	switch s := requestscope.Of(ctx).(type) {
	case *requestScope:
		return s
	case requestscope.Hidden:
		return &requestScope{outer: s.Scope.(*requestScope), done: ended}
	default:
		return nil
	}
}

// ended is the channel of a context that has ended.
var ended = func() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

func (s *requestScope) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// part returns the part of s that belongs to c. It returns nil if calls have to pass through to the inner cache,
// because there is no scope, or because it has ended.
func (c *requestScoped[K, V]) part(s *requestScope) *scopePart[K, V] {
	if s == nil || s.ended() {
		return nil
	}
	part, ok := s.parts.Load(c)
	if !ok {
		part, _ = s.parts.LoadOrStore(c, newScopePart[K, V]())
	}
	return part.(*scopePart[K, V])
}
