package rediscache_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

// Redis 5 and 6 have no PEXPIRETIME.
func TestConformanceWithoutPEXPIRETIME(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--rename-command", "PEXPIRETIME", "")
	client := server.Client(t)
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
		return newCache(t, client, leasing(nextPrefix()))
	}, cachetest.LeaseTTL(renewed), sharing(client, server.Client(t), leasing))
}

func TestRefreshLeaseWithoutPEXPIRETIME(t *testing.T) {
	client := redistest.Start(t, "--rename-command", "PEXPIRETIME", "").Client(t)
	set := func(value string, ttl time.Duration) func(c *rediscache.Cache) error {
		return func(c *rediscache.Cache) error { return c.Set(t.Context(), "key", []byte(value), ttl) }
	}
	wait := func(*rediscache.Cache) error { return pass(t, client) }
	for name, c := range map[string]struct {
		ttl  time.Duration
		do   func(c *rediscache.Cache) error
		want error
	}{
		"time passes":           {hour, wait, nil},
		"time passes, for ever": {ctxcache.NoExpiry, wait, nil},
		"another value":         {hour, set("other", hour), ctxcache.ErrLeaseLost},
		"longer":                {hour, set("old", 2*hour), ctxcache.ErrLeaseLost},
		"shorter":               {hour, set("old", hour/2), ctxcache.ErrLeaseLost},
		"for ever": {hour, func(*rediscache.Cache) error {
			return client.Persist(t.Context(), "p:key").Err()
		}, ctxcache.ErrLeaseLost},
		"no longer for ever": {ctxcache.NoExpiry, func(*rediscache.Cache) error {
			return client.Expire(t.Context(), "p:key", hour).Err()
		}, ctxcache.ErrLeaseLost},
		"Delete": {hour, func(c *rediscache.Cache) error { return c.Delete(t.Context(), "key") }, ctxcache.ErrLeaseLost},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
			ctx := t.Context()
			must(t, cache.Set(ctx, "key", []byte("old"), c.ttl))
			l := refreshLease(t, cache, "key")
			must(t, c.do(cache))
			if err := cache.Fill(ctx, "key", l, entry{Value: []byte("new")}); err != c.want {
				t.Errorf("Fill: %v, want %v", err, c.want)
			}
		})
	}
}

// pass returns when some milliseconds have passed on the server's clock.
func pass(t *testing.T, client *redis.Client) error {
	const key = "clock"
	err := client.Set(t.Context(), key, "", 20*time.Millisecond).Err()
	await(t, "the time passed", func() bool {
		n, err := client.Exists(t.Context(), key).Result()
		must(t, err)
		return n == 0
	})
	return err
}

// scriptless are clients of servers that run no scripts for them.
func scriptless(t *testing.T) map[string]*redis.Client {
	t.Helper()
	restricted := redistest.Start(t)
	must(t, restricted.Client(t).Do(t.Context(), "ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-@scripting").Err())
	options := restricted.Options()
	options.Username, options.Password = "app", "pw"
	user := redis.NewClient(options)
	t.Cleanup(func() { must(t, user.Close()) })
	return map[string]*redis.Client{
		"ACL":              user,
		"EVAL and EVALSHA": redistest.Start(t, "--rename-command", "EVAL", "", "--rename-command", "EVALSHA", "").Client(t),
		"EVAL":             redistest.Start(t, "--rename-command", "EVAL", "").Client(t),
	}
}

func TestWithoutScripts(t *testing.T) {
	for name, client := range scriptless(t) {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
			ctx := t.Context()
			// What needs scripts says so, and when it is asked for: a lease at the grant, not at Fill.
			_, l, single := cache.GetLease(ctx, "free", 0)
			_, leases, many := cache.GetLeases(ctx, []string{"free"}, 0)
			if l.Granted() || len(leases) != 0 {
				t.Errorf("granted %v and %v", l, leases)
			}
			must(t, cache.Set(ctx, "denied", []byte("old"), hour))
			for what, err := range map[string]error{
				"GetLease": single, "GetLeases": ctxcache.KeyError(many, "free"),
				"SetEntry":   cache.SetEntry(ctx, "denied", negative(hour)),
				"SetEntries": ctxcache.KeyError(cache.SetEntries(ctx, map[string]entry{"denied": negative(hour), "b": negative(hour)}), "b"),
			} {
				if err == nil || !strings.Contains(err.Error(), "need scripts") || !strings.Contains(strings.ToLower(err.Error()), "eval") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if got, err := cache.Get(ctx, "denied"); err != ctxcache.ErrMiss {
				t.Errorf("a failed SetEntry leaves %q, %v", got, err)
			}
			if n, err := client.Exists(ctx, "p:free").Result(); n != 0 || err != nil {
				t.Errorf("a refused lease leaves something: %d, %v", n, err)
			}

			// Everything else works.
			must(t, cache.Set(ctx, "key", []byte("value"), hour))
			e, err := cache.GetEntry(ctx, "key")
			if string(e.Value) != "value" || e.TTL <= hour-time.Minute || e.TTL > hour || err != nil {
				t.Errorf("GetEntry: %+v, %v", e, err)
			}
			if _, err := cache.GetEntry(ctx, "absent"); err != ctxcache.ErrMiss {
				t.Errorf("GetEntry of nothing: %v", err)
			}
			must(t, cache.SetEntries(ctx, map[string]entry{"ever": ctxcache.NewEntry([]byte("x"), ctxcache.NoExpiry)}))
			found, err := cache.GetEntries(ctx, []string{"key", "ever", "absent"})
			if len(found) != 2 || string(found["key"].Value) != "value" || found["ever"].TTL != ctxcache.NoExpiry || err != nil {
				t.Errorf("GetEntries: %v, %v", found, err)
			}
			if has, err := cache.Contains(ctx, "key"); !has || err != nil {
				t.Errorf("Contains: %v, %v", has, err)
			}
			if was, err := cache.Remove(ctx, "key"); !was || err != nil {
				t.Errorf("Remove: %v, %v", was, err)
			}
			if was, err := cache.Remove(ctx, "key"); was || err != nil {
				t.Errorf("Remove of nothing: %v, %v", was, err)
			}
			// So does what caches with scripts have left.
			must(t, client.HSet(ctx, "p:denied", "\x00N", "").Err())
			must(t, client.HSet(ctx, "p:leased", "\x00L", "token", "\x00S", "1", "\x00D", "1", "\x00T", "1").Err())
			must(t, client.RPush(ctx, "p:list", "a").Err())
			must(t, client.HSet(ctx, "p:hash", "a", "b").Err())
			for key, want := range map[string]error{"denied": ctxcache.ErrNotFound, "leased": ctxcache.ErrMiss} {
				if _, err := cache.Get(ctx, key); err != want {
					t.Errorf("Get of %s: %v", key, err)
				}
				if has, err := cache.Contains(ctx, key); has || err != nil {
					t.Errorf("Contains of %s: %v, %v", key, has, err)
				}
			}
			for _, key := range []string{"list", "hash"} {
				_, err := cache.GetEntry(ctx, key)
				corrupt(t, err, ctxcache.OpGetEntry)
			}
			found, err = cache.GetEntries(ctx, []string{"denied", "leased", "hash", "ever"})
			corrupt(t, ctxcache.KeyError(err, "hash"), ctxcache.OpGetEntries)
			if keys := slices.Sorted(maps.Keys(found)); !slices.Equal(keys, []string{"denied", "ever"}) {
				t.Errorf("GetEntries finds %q", keys)
			}
			must(t, cache.Clear(ctx, scope{}))
			if n, err := cache.Len(ctx, scope{}); n != 0 || err != nil {
				t.Errorf("Len: %d, %v", n, err)
			}
		})
	}
}
