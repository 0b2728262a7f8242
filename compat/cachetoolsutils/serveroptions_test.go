package cachetoolsutils_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
)

// unusedClient returns a client of a server that is not there.
func unusedClient(t *testing.T) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// An option that would have no effect is refused.
func TestOptionsWithoutEffectAreRefused(t *testing.T) {
	for option, opts := range map[string]*pyredis.Options{
		"WholeDatabase": {WholeDatabase: true},
		"ReadTimeout":   {ReadTimeout: time.Second},
		"WriteTimeout":  {WriteTimeout: ctxcache.NoExpiry},
		"TTL":           {TTL: -1},
	} {
		for class, c := range map[string]ctxcache.Cache[string, string]{
			"NestedRedisCache":         pyredis.NestedRedisCache[string, string](newStore[string](), opts),
			"NestedPrefixedRedisCache": pyredis.NestedPrefixedRedisCache[string, string](newStore[string](), "p.", opts),
		} {
			if _, err := c.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s with %s: %v, want ErrOptions", class, option, err)
			}
		}
	}
	ok := pyredis.NestedRedisCache[string, string](newStore[string](), &pyredis.Options{TTL: time.Hour})
	mustSet(t, ok, "k", "value")
}

// A prefix that is not text is refused, because Python could not use it.
func TestPrefixesAreUTF8(t *testing.T) {
	client := unusedClient(t)
	const prefix = "caf\xe9."
	memcached := pymemcached.PrefixedMemCached[string, string](serverList(t, "127.0.0.1:1"), prefix, nil)
	defer memcached.Close()
	for name, c := range map[string]ctxcache.Cache[string, string]{
		"PrefixedRedisCache":       pyredis.PrefixedRedisCache[string, string](client, prefix, nil),
		"StatsRedisCache":          pyredis.StatsRedisCache[string, string](client, prefix, nil),
		"NestedPrefixedRedisCache": pyredis.NestedPrefixedRedisCache[string, string](newStore[string](), prefix, nil),
		"PrefixedCache":            cachetoolsutils.PrefixedCache[string](newStore[string](), prefix),
		"AutoPrefixedCache":        cachetoolsutils.AutoPrefixedCache[string](newStore[string](), &cachetoolsutils.AutoPrefixedOptions{Separator: "\xff"}),
		"PrefixedMemCached":        memcached,
	} {
		_, err := c.Get(t.Context(), "k")
		if !errors.Is(err, ctxcache.ErrOptions) && (name != "PrefixedMemCached" || !errors.Is(err, ctxcache.ErrKey)) {
			t.Errorf("%s: %v, want ErrOptions", name, err)
		}
	}
}
