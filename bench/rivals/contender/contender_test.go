package contender_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

const capacity = 1000

// lives returns the TTLs that a contender can have, 0 for none.
func lives(c contender.Contender) []time.Duration {
	var all []time.Duration
	for _, ttl := range []time.Duration{0, time.Hour} {
		if c.Can(ttl) {
			all = append(all, ttl)
		}
	}
	return all
}

func TestContendersStoreValues(t *testing.T) {
	for _, c := range contender.All() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, ttl := range lives(c) {
				stores(t, c.Strings, ttl, contender.StringKey, func(n int) []byte { return []byte{byte(n), byte(n >> 8)} }, bytes.Equal)
				if c.Ints != nil {
					stores(t, c.Ints, ttl, contender.IntKey, func(n int) uint64 { return uint64(n) }, func(a, b uint64) bool { return a == b })
				}
			}
		})
	}
}

// stores checks that a cache returns the newest value of each key, and no value for other keys.
func stores[K comparable, V any](
	t *testing.T, newCache contender.Make[K, V], ttl time.Duration, key func(int) K, value func(int) V, equal func(a, b V) bool,
) {
	t.Helper()
	cache, err := newCache(capacity, ttl)
	if err != nil {
		t.Fatal(err)
	}
	const keys = 100
	for round := range 2 {
		for n := range keys {
			cache.Set(key(n), value(n+round))
		}
		cache.Settle()
	}
	for n := range keys {
		if got, ok := cache.Get(key(n)); !ok || !equal(got, value(n+1)) {
			t.Errorf("TTL %v, key %d: got %v, %v", ttl, n, got, ok)
		}
	}
	if got, ok := cache.Get(key(keys)); ok {
		t.Errorf("TTL %v: an absent key has the value %v", ttl, got)
	}
	if err := cache.Close(); err != nil {
		t.Error(err)
	}
}

func TestContendersEvict(t *testing.T) {
	for _, c := range contender.All() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, ttl := range lives(c) {
				cache, err := c.Strings(capacity, ttl)
				if err != nil {
					t.Fatal(err)
				}
				entries := max(capacity, c.MinBytes/(contender.KeySize+contender.ValueSize))
				written := 4 * entries
				kept := 0
				for n := range written {
					cache.Set(contender.StringKey(n), make([]byte, contender.ValueSize))
					cache.Settle()
				}
				for n := range written {
					if _, ok := cache.Get(contender.StringKey(n)); ok {
						kept++
					}
				}
				switch {
				case c.Unbounded && kept != written:
					t.Errorf("TTL %v: it kept %d of %d entries, want all of them", ttl, kept, written)
				case !c.Unbounded && (kept > entries || kept < capacity/2):
					t.Errorf("TTL %v: it kept %d entries, want at most %d, and at least half of %d", ttl, kept, entries, capacity)
				}
				if err := cache.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestContendersExpire uses the real clock, because some libraries have goroutines or clocks that do not work in a bubble
// of testing/synctest. Some count whole seconds.
func TestContendersExpire(t *testing.T) {
	for _, c := range contender.All() {
		if !c.Can(time.Second) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			cache, err := c.Strings(capacity, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			cache.Set(contender.StringKey(1), []byte("value"))
			cache.Settle()
			late := time.After(20 * time.Second)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for found := true; found; _, found = cache.Get(contender.StringKey(1)) {
				select {
				case <-late:
					t.Fatal("an entry with a TTL of a second is still there")
				case <-tick.C:
				}
			}
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestContendersRefuseTTLs(t *testing.T) {
	for _, c := range contender.All() {
		for _, ttl := range []time.Duration{0, time.Hour} {
			if c.Can(ttl) {
				continue
			}
			if _, err := c.Strings(capacity, ttl); !errors.Is(err, contender.ErrLives) {
				t.Errorf("%s, TTL %v: got %v, want ErrLives", c.Name, ttl, err)
			}
			if c.Ints == nil {
				continue
			}
			if _, err := c.Ints(capacity, ttl); !errors.Is(err, contender.ErrLives) {
				t.Errorf("%s with int keys, TTL %v: got %v, want ErrLives", c.Name, ttl, err)
			}
		}
	}
}

func TestStringKeysHaveTheirSize(t *testing.T) {
	for _, n := range []int{0, 999_999, 1_000_000, 10_000_000} {
		if key := contender.StringKey(n); len(key) != contender.KeySize {
			t.Errorf("%q has %d bytes", key, len(key))
		}
	}
}
