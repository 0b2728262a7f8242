package encrypted_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/encrypted"
)

// bytesCache is the type of the layer and of the cache that it wraps.
type bytesCache = ctxcache.Cache[string, []byte]

type entry = ctxcache.Entry[[]byte]

// inTest are the options of a layer that needs no others.
var inTest = &encrypted.Options{Namespace: "test"}

// negative is a negative entry.
var negative = entry{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}

// newStore returns an empty memory cache.
func newStore() bytesCache { return memory.New[string, []byte](nil) }

// wantValue fails the test unless key has value.
func wantValue(t testing.TB, c bytesCache, key, value string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || string(got) != value {
		t.Errorf("Get = %q, %v, want %q", got, err, value)
	}
}

// reversed is a key mapping that keeps no prefix.
func reversed(key string) (string, error) {
	b := []byte(key)
	slices.Reverse(b)
	return string(b), nil
}
