package layers_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// limited is a store that supports Len, Clear and Keys in some scopes only. It panics if it is asked for another scope.
type limited struct {
	ctxcache.Forward[string, []byte]
	scopes ctxcache.Scopes
}

func newLimited(scopes ctxcache.Scopes) *limited {
	return &limited{ctxcache.NewForward(newMemory[[]byte](), ctxcache.Description{Kind: "limited"}), scopes}
}

func (l *limited) Supports() ctxcache.Cap { return l.Forward.Supports().In(l.scopes) }

func (l *limited) check(scope ctxcache.Scope[string]) {
	if !scope.In(l.scopes) {
		panic("asked for a scope that was not promised")
	}
}

func (l *limited) Len(ctx context.Context, scope ctxcache.Scope[string]) (int, error) {
	l.check(scope)
	return l.Forward.Len(ctx, scope)
}

func (l *limited) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	l.check(scope)
	return l.Forward.Clear(ctx, scope)
}

func (l *limited) Keys(ctx context.Context, scope ctxcache.Scope[string]) iter.Seq2[string, error] {
	l.check(scope)
	return l.Forward.Keys(ctx, scope)
}

// TestScopesOverALimitedStore checks that a layer supports exactly the scopes that it can map to scopes of its store.
func TestScopesOverALimitedStore(t *testing.T) {
	const (
		all      = ctxcache.ScopesAny
		prefixed = ctxcache.ScopesPrefixed
		whole    = ctxcache.ScopesWhole
		none     = ctxcache.ScopesNone
	)
	over := map[string]func(bytesCache) bytesCache{
		"Base85 over Prefixed": func(c bytesCache) bytesCache {
			return layers.Base85(layers.Encoded(layers.Prefixed(c, "part:"), plainText{}, nil))
		},
		"Prefixed over Base85": func(c bytesCache) bytesCache {
			return layers.Prefixed(layers.Base85(layers.Encoded(c, plainText{}, nil)), "part:")
		},
		"Locked over stores as they are": func(c bytesCache) bytesCache {
			return layers.Locked(1, func() bytesCache { return c })
		},
	}
	for _, layer := range conformanceLayers {
		over[layer.name] = layer.over
	}
	want := map[string]struct{ overPrefixed, overWhole ctxcache.Scopes }{
		"Keyed":                          {none, none},
		"Keyed-one-way":                  {none, none},
		"Prefixed":                       {all, none},
		"Encoded-JSON":                   {prefixed, whole},
		"Encoded-Gob":                    {prefixed, whole},
		"Encoded-Envelope":               {prefixed, whole},
		"Base85":                         {none, none},
		"Base85 over Prefixed":           {all, none},
		"Prefixed over Base85":           {none, none},
		"Stats":                          {prefixed, whole},
		"Expiring":                       {prefixed, whole},
		"Cloned":                         {prefixed, whole},
		"Debug":                          {prefixed, whole},
		"Recorded":                       {prefixed, whole},
		"Locked":                         {all, none}, // there each shard is Prefixed
		"Locked over stores as they are": {prefixed, whole},
	}
	for name, build := range over {
		for _, test := range []struct{ store, want ctxcache.Scopes }{
			{prefixed, want[name].overPrefixed},
			{whole, want[name].overWhole},
			{none, none},
		} {
			cache := build(newLimited(test.store))
			if got := ctxcache.Supports(cache).Scopes(); got != test.want {
				t.Errorf("%s over a store of scopes %v: scopes %v, want %v", name, test.store, got, test.want)
			}
			wantScopes(t, name, cache)
		}
	}
}

// wantScopes fails the test unless Len, Clear and Keys of cache agree with its Supports.
func wantScopes(t *testing.T, name string, cache bytesCache) {
	t.Helper()
	ctx, caps := t.Context(), ctxcache.Supports(cache)
	layertest.MustSet(t, cache, "user:1", nil)
	for _, scope := range []ctxcache.Scope[string]{
		{},
		{Prefix: "user:"},
		{Prefix: "u"},
		{Match: func(string) bool { return true }},
		{Prefix: "user:", Match: func(string) bool { return true }},
	} {
		want, wantLen := errors.ErrUnsupported, 0
		if caps.Has(ctxcache.CapLen) && scope.In(caps.Scopes()) {
			want, wantLen = nil, 1
		}
		if n, err := ctxcache.LenIn(ctx, cache, scope); n != wantLen || !errors.Is(err, want) {
			t.Errorf("%s: Len in %+v = %d, %v, want %d, %v", name, scope, n, err, wantLen, want)
		}
		if err := lastError(ctxcache.KeysIn(ctx, cache, scope)); !errors.Is(err, want) {
			t.Errorf("%s: Keys in %+v: %v, want %v", name, scope, err, want)
		}
		if err := ctxcache.ClearIn(ctx, cache, scope); !errors.Is(err, want) {
			t.Errorf("%s: Clear in %+v: %v, want %v", name, scope, err, want)
		}
		_, err := cache.Get(ctx, "user:1")
		if cleared := err == ctxcache.ErrMiss; cleared != (want == nil) {
			t.Errorf("%s: after Clear in %+v: %v", name, scope, err)
		}
		layertest.MustSet(t, cache, "user:1", nil)
	}
}
