package store

import (
	"testing"
	"testing/synctest"
	"time"

	lib "github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A method may have a TTL and options of its own.
func TestOptionsOfMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		inner := &fake{calls: map[string]int{}}
		c := NewCachedStore(inner, memory.New[string, []byte](nil), &CachedStoreOptions{
			Options:        lib.Options{TTL: time.Hour, NotFoundTTL: time.Hour},
			OpenCodec:      readerCodec{},
			GetUserTTL:     time.Minute,
			GetTeamOptions: &lib.Options{TTL: time.Second},
			FindOptions:    &lib.Options{},
			FindTTL:        10 * time.Second,
		})
		ask := func() {
			t.Helper()
			if _, err := c.GetUser(ctx, "ada"); err != nil {
				t.Error(err)
			}
			if _, err := c.GetUser(ctx, "nobody"); err != ctxcache.ErrNotFound {
				t.Error(err)
			}
			if _, err := c.GetTeam(ctx, "a", 1, 3); err != nil {
				t.Error(err)
			}
			if _, err := c.Find(ctx, struct{ Name, Field string }{}); err != nil {
				t.Error(err)
			}
			if _, err := c.Now(ctx); err != nil {
				t.Error(err)
			}
		}
		for _, step := range []struct {
			wait  time.Duration
			calls map[string]int
		}{
			{0, map[string]int{"GetUser": 2, "GetTeam": 1, "Find": 1, "Now": 1}},
			{2 * time.Second, map[string]int{"GetUser": 2, "GetTeam": 2, "Find": 1, "Now": 1}},
			{10 * time.Second, map[string]int{"GetUser": 2, "GetTeam": 3, "Find": 2, "Now": 1}},
			{2 * time.Minute, map[string]int{"GetUser": 3, "GetTeam": 4, "Find": 3, "Now": 1}}, // the negative entry lives on
		} {
			time.Sleep(step.wait)
			ask()
			for method, calls := range step.calls {
				inner.expect(t, method, calls)
			}
		}
	})
}

// Each function has a name of its own in Stats, spans and metrics.
func TestNamesOfMethods(t *testing.T) {
	options := &CachedStoreOptions{OpenCodec: readerCodec{}, NowOptions: &lib.Options{Name: "clock"}, FindOptions: &lib.Options{}}
	for shared, want := range map[string][]string{
		"":      {"Store.GetUser", "Store.GetTeam", "Store.Find", "clock", "Store.Open", "Store.rank"},
		"users": {"users.GetUser", "users.GetTeam", "users.Find", "clock", "users.Open", "users.rank"},
	} {
		options.Name = shared
		c := NewCachedStore(&fake{}, memory.New[string, []byte](nil), options)
		for i, node := range c.CachedFunctions() {
			if got := node.Describe().Name; got != want[i] {
				t.Errorf("%q: %q, want %q", shared, got, want[i])
			}
		}
	}
}

// The inner Store has a method Close, so the wrapper is not a node, and CloseAll must not close the inner Store.
func TestCachedFunctions(t *testing.T) {
	inner := &fake{calls: map[string]int{}}
	cache := memory.New[string, []byte](nil)
	c := NewCachedStore(inner, cache, &CachedStoreOptions{OpenCodec: readerCodec{}})
	if _, is := any(c).(ctxcache.Node); is {
		t.Error("the wrapper is a node")
	}
	if err := ctxcache.CloseAll(t.Context(), c.CachedFunctions()...); err != nil {
		t.Fatal(err)
	}
	inner.expect(t, "Close", 0)
	if _, err := c.GetUser(t.Context(), "ada"); err == nil {
		t.Error("GetUser after CloseAll: no error")
	}
	if _, err := cache.Get(t.Context(), "k"); err == nil {
		t.Error("the cache is not closed")
	}
}
