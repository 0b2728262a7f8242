package memcached_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// codes returns the codes of warnings.
func codes(warnings []ctxcache.Warning) string {
	var all []string
	for _, w := range warnings {
		all = append(all, w.Code)
	}
	return strings.Join(all, " ")
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		args    []string
		options *memcached.Options
		want    string
	}{
		"default":          {},
		"without CAS":      {args: []string{"-C"}, want: "no_cas"},
		"plain, no CAS":    {args: []string{"-C"}, options: &memcached.Options{Plain: true}},
		"small items":      {args: []string{"-I", "512k"}, want: "item_size"},
		"small items, fit": {args: []string{"-I", "512k"}, options: &memcached.Options{MaxItemSize: 1 << 19}},
		"no evictions":     {args: []string{"-M"}, want: "eviction_policy"},
		"no limit":         {options: &memcached.Options{ReadTimeout: ctxcache.NoExpiry}, want: "no_timeout"},
	} {
		cache := newCache(t, memcachedtest.Start(t, c.args...), c.options)
		warnings, err := ctxcache.Check(t.Context(), cache)
		if got := codes(warnings); got != c.want || err != nil {
			t.Errorf("%s: %v, %v, want %q", name, warnings, err, c.want)
		}
	}
}

func TestCheckOfInvalidOptions(t *testing.T) {
	cache := memcached.New(list(t, memcachedtest.Shared(t)), &memcached.Options{TTL: -1})
	t.Cleanup(func() { must(t, cache.Close()) })
	if warnings, err := ctxcache.Check(t.Context(), cache); codes(warnings) != "invalid_options" || err != nil {
		t.Errorf("%v, %v", warnings, err)
	}
}

// Each server is asked. The warnings about those that answer come with the error of the others.
func TestCheckOfSeveralServers(t *testing.T) {
	up, down := memcachedtest.Start(t, "-C"), memcachedtest.Start(t)
	cache := newCacheOver(t, list(t, up, down), nil)
	down.Stop()
	if warnings, err := ctxcache.Check(t.Context(), cache); codes(warnings) != "no_cas" || err == nil {
		t.Errorf("%v, %v", warnings, err)
	}
}

func TestCheckFindsATimeoutThatIsTooShort(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{ReadTimeout: 20 * time.Millisecond})
	must(t, cache.Set(t.Context(), "key", nil, 0)) // makes a connection
	server.Pause()
	if _, err := cache.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Get: %v", err)
	}
	server.Resume()
	await(t, "the answer has come", func() bool {
		stats, err := cache.Stats(t.Context())
		must(t, err)
		return stats.Late > 0
	})
	warnings, err := ctxcache.Check(t.Context(), cache)
	if codes(warnings) != "answers_late" || err != nil || !strings.Contains(warnings[0].Text, "20ms") {
		t.Errorf("%v, %v", warnings, err)
	}
}
