package rediscache_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Other clients, in whatever language, see and write this.

func TestValuesArePlainStrings(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()

	must(t, cache.Set(ctx, "set", []byte("value\x00\xff"), 0))
	must(t, cache.SetEntries(ctx, map[string]entry{"many": ctxcache.NewEntry([]byte("value\x00\xff"), ctxcache.NoExpiry)}))
	must(t, cache.Fill(ctx, "filled", absentLease(t, ctx, cache, "filled"), ctxcache.NewEntry([]byte("value\x00\xff"), hour)))
	for key, wantTTL := range map[string]time.Duration{"set": 10 * time.Minute, "many": -1, "filled": hour} {
		if got, err := client.Get(ctx, prefix+key).Result(); err != nil || got != "value\x00\xff" {
			t.Errorf("%s is stored as %q, %v", key, got, err)
		}
		ttl, err := client.PTTL(ctx, prefix+key).Result()
		if err != nil || ttl > wantTTL || ttl < wantTTL-time.Minute {
			t.Errorf("%s expires in %v, %v, want %v", key, ttl, err, wantTTL)
		}
	}

	must(t, client.Set(ctx, prefix+"theirs", "other", hour).Err())
	if e, err := cache.GetEntry(ctx, "theirs"); err != nil || string(e.Value) != "other" || e.TTL > hour || e.TTL < hour-time.Minute {
		t.Errorf("a value of another client: %+v, %v", e, err)
	}
}

func TestTTLIsRoundedUpToMilliseconds(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()
	// Far enough away to be compared by its expiry, which moves with the clock but for the nanosecond.
	for name, ttl := range map[string]time.Duration{"whole": hour, "over": hour + 1} {
		before, err := client.Time(ctx).Result()
		must(t, err)
		must(t, cache.Set(ctx, name, nil, ttl))
		expiry, err := client.PExpireTime(ctx, prefix+name).Result()
		must(t, err)
		if life := expiry - time.Duration(before.UnixMilli())*time.Millisecond; life < ttl {
			t.Errorf("a TTL of %v was shortened to %v", ttl, life)
		}
	}
	must(t, cache.Set(ctx, "shortest", []byte("value"), 1)) // Redis refuses a PX of 0, and go-redis takes it for none
	must(t, cache.SetEntry(ctx, "denied", negative(1)))
	await(t, "both expired", func() bool {
		n, err := client.Exists(ctx, prefix+"shortest", prefix+"denied").Result()
		must(t, err)
		return n == 0
	})
}

func TestTTLsThatNoDurationHolds(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()
	must(t, client.Set(ctx, prefix+"key", "value", 0).Err())
	must(t, client.Do(ctx, "PEXPIREAT", prefix+"key", "99999999999999999").Err())
	e, err := cache.GetEntry(ctx, "key")
	if err != nil || e.TTL == ctxcache.NoExpiry || e.TTL < 290*365*24*hour {
		t.Errorf("what expires in a million years has a TTL of %v, %v", e.TTL, err)
	}
	if _, l, err := cache.GetLease(ctx, "key", hour); err != nil || l.Granted() {
		t.Errorf("it is due to a refresh: %v, %v", l, err)
	}
	_, l, err := cache.GetLease(ctx, "key", ctxcache.NoExpiry)
	must(t, err)
	must(t, cache.Fill(ctx, "key", l, ctxcache.NewEntry([]byte("new"), ctxcache.NoExpiry-1)))
	if e, err := cache.GetEntry(ctx, "key"); err != nil || e.TTL < 290*365*24*hour || e.TTL == ctxcache.NoExpiry {
		t.Errorf("a TTL of 292 years comes back as %v, %v", e.TTL, err)
	}
}

func TestPlainStoresNoHashes(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	plain := newCache(t, client, &rediscache.Options{Prefix: prefix, Plain: true})
	other := newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()
	if caps := plain.Supports(); caps&(ctxcache.CapLease|ctxcache.CapLeaseShared|ctxcache.CapNegative) != 0 {
		t.Errorf("a plain cache has %v", caps)
	}
	// It still understands what a cache that is not plain has left there.
	must(t, other.SetEntry(ctx, "denied", negative(hour)))
	absentLease(t, ctx, other, "leased")
	if _, err := plain.Get(ctx, "denied"); err != ctxcache.ErrNotFound {
		t.Errorf("a negative entry: %v", err)
	}
	if _, err := plain.Get(ctx, "leased"); err != ctxcache.ErrMiss {
		t.Errorf("the marker of a lease: %v", err)
	}
}

func TestStrangeTypesAreCorrupt(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	ctx := t.Context()
	for name, create := range map[string]func(stored string) error{
		"list": func(stored string) error { return client.RPush(ctx, stored, "a").Err() },
		"hash": func(stored string) error { return client.HSet(ctx, stored, "field", "a").Err() },
		"set":  func(stored string) error { return client.SAdd(ctx, stored, "a").Err() },
	} {
		t.Run(name, func(t *testing.T) {
			prefix := nextPrefix()
			cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
			must(t, create(prefix+"key"))

			_, err := cache.Get(ctx, "key")
			corrupt(t, err, ctxcache.OpGet)
			if !strings.Contains(err.Error(), "key holds a value this cache did not write") {
				t.Errorf("Get: %v", err)
			}
			_, err = cache.GetEntry(ctx, "key")
			corrupt(t, err, ctxcache.OpGetEntry)
			_, err = cache.Contains(ctx, "key")
			corrupt(t, err, ctxcache.OpContains)
			must(t, cache.Set(ctx, "good", []byte("value"), hour))
			found, err := cache.GetEntries(ctx, []string{"key", "good", "absent"})
			corrupt(t, ctxcache.KeyError(err, "key"), ctxcache.OpGetEntries)
			if len(found) != 1 || string(found["good"].Value) != "value" {
				t.Errorf("beside a corrupt key: %v", found)
			}
			if n, err := cache.Len(ctx, scope{}); err != nil || n != 1 {
				t.Errorf("Len counts %d values, %v, want 1", n, err)
			}

			_, l, err := cache.GetLease(ctx, "key", 0)
			corrupt(t, err, ctxcache.OpGetLease)
			if !l.Granted() {
				t.Fatal("a corrupt key comes without a lease")
			}
			must(t, cache.Fill(ctx, "key", l, entry{Value: []byte("healed")}))
			if got, err := cache.Get(ctx, "key"); err != nil || string(got) != "healed" {
				t.Errorf("a corrupt key that was filled: %q, %v", got, err)
			}

			must(t, cache.Delete(ctx, "key"))
			must(t, create(prefix+"key"))
			if was, err := cache.Remove(ctx, "key"); err != nil || was {
				t.Errorf("Remove of a corrupt key: %v, %v", was, err)
			}
			must(t, create(prefix+"key"))
			must(t, cache.Set(ctx, "key", []byte("new"), hour))
			if got, err := cache.Get(ctx, "key"); err != nil || string(got) != "new" {
				t.Errorf("a corrupt key that was set: %q, %v", got, err)
			}
		})
	}
}
