package ctxcache_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestNamespaceIsThePrefixesBelow(t *testing.T) {
	within := func(inner ctxcache.Cache[string, string], prefix string) ctxcache.Cache[string, string] {
		m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
			About: ctxcache.Description{Kind: "part"},
			Key:   func(key string) (string, error) { return prefix + key, nil },
			Scope: func(s ctxcache.Scope[string]) ctxcache.Scope[string] {
				return ctxcache.Scope[string]{Prefix: prefix + s.Prefix}
			},
			Encode: func(_, v string) (string, error) { return v, nil },
			Decode: func(_, v string) (string, error) { return v, nil },
		})
		return &m
	}
	store := memory.New[string, string](nil)
	if got := ctxcache.Namespace(plain{store}); got != "" {
		t.Errorf("of a store: %q", got)
	}
	part := within(within(plain{store}, "app:"), "user:")
	if got := ctxcache.Namespace(part); got != "app:user:" {
		t.Errorf("of a part of a part: %q", got)
	}
	layer := ctxcache.NewForward(part, ctxcache.Description{Kind: "layer"})
	if got := ctxcache.Namespace(ctxcache.Cache[string, string](&layer)); got != "app:user:" {
		t.Errorf("through a layer: %q", got)
	}
	if got := ctxcache.Namespace(ctxcache.Cache[string, int](newDecimal(part, nil))); got != "app:user:" {
		t.Errorf("through a layer without a scope: %q", got)
	}
}
