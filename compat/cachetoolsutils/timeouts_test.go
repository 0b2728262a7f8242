package cachetoolsutils_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestTimeoutsAreTheOptions(t *testing.T) {
	servers := serverList(t, "127.0.0.1:1")
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	const short, long = 2 * time.Second, 5 * time.Second
	for _, want := range []struct{ read, write, late time.Duration }{
		{short, short, 21 * time.Second},
		{long, short, 7 * long},
		{short, long, 7 * long},
		{ctxcache.NoExpiry, short, 21 * time.Second},
		{ctxcache.NoExpiry, long, 7 * long},
		{long, ctxcache.NoExpiry, 7 * long},
	} {
		redisCache := pyredis.PrefixedRedisCache[string, string](client, "p.", &pyredis.Options{
			ReadTimeout: want.read, WriteTimeout: want.write,
		})
		if got := ctxcache.TimeoutsOf(redisCache); got.Read != want.read || got.Write != want.write {
			t.Errorf("Redis: %+v, want %+v", got, want)
		}
		memcached := pymemcached.MemCached[string, string](servers, &pymemcached.Options{
			ReadTimeout: want.read, WriteTimeout: want.write,
		})
		defer memcached.Close()
		if got := ctxcache.TimeoutsOf(memcached); got != (ctxcache.Timeouts{Read: want.read, Write: want.write, Late: want.late}) {
			t.Errorf("Memcached: %+v, want %+v", got, want)
		}
	}
}

func TestNegativeTimeoutsAreRefused(t *testing.T) {
	servers, client := serverList(t, "127.0.0.1:1"), redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	store := newStore[string]()
	for _, bad := range []pymemcached.Options{{ReadTimeout: -1}, {WriteTimeout: -1}} {
		badRedis := &pyredis.Options{ReadTimeout: bad.ReadTimeout, WriteTimeout: bad.WriteTimeout}
		for _, err := range []error{bad.Validate(), badRedis.Validate()} {
			if !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("Validate: %v, want ErrOptions", err)
			}
		}
		memcached := pymemcached.MemCached[string, string](servers, &bad)
		defer memcached.Close()
		prefixed := pymemcached.PrefixedMemCached[string, string](servers, "p.", &bad)
		defer prefixed.Close()
		for i, cache := range []texts{
			memcached, prefixed,
			pyredis.RedisCache[string, string](client, badRedis),
			pyredis.RawRedisCache[string, string](client, badRedis),
			pyredis.PrefixedRedisCache[string, string](client, "p.", badRedis),
			pyredis.StatsRedisCache[string, string](client, "p.", badRedis),
			pyredis.NestedRedisCache[string, string](store, badRedis),
			pyredis.NestedPrefixedRedisCache[string, string](store, "p.", badRedis),
		} {
			if _, err := cache.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("Get of cache %d: %v, want ErrOptions", i, err)
			}
		}
	}
	var none *pymemcached.Options
	if err := none.Validate(); err != nil {
		t.Errorf("Validate of nil: %v", err)
	}
}

func TestCheckFindsATimeoutThatIsTooShort(t *testing.T) {
	const tooShort = 20 * time.Millisecond
	for name, start := range map[string]func(*testing.T) (hanging, texts){
		"Redis": overRedis(func(client *redis.Client) texts {
			return pyredis.RedisCache[string, string](client, &pyredis.Options{
				ReadTimeout: tooShort, WriteTimeout: redistest.Patience,
			})
		}),
		"Memcached": overMemcached(&pymemcached.Options{
			ReadTimeout: tooShort, WriteTimeout: redistest.Patience,
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, cache := start(t)
			mustSet(t, cache, "key", "value") // makes a connection
			server.Pause()
			if _, err := cache.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("Get: %v, want ErrTimeout", err)
			}
			server.Resume()
			awaitLateAnswer(t, cache)
			warnings, err := ctxcache.Check(t.Context(), ctxcache.NodeOf(cache))
			late := func(w ctxcache.Warning) bool { return w.Code == "answers_late" }
			if err != nil || !slices.ContainsFunc(warnings, late) {
				t.Errorf("Check: %v, %v, want answers_late", warnings, err)
			}
		})
	}
}

// awaitLateAnswer waits until an answer has come after its timeout.
func awaitLateAnswer(t *testing.T, cache texts) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	late := func(s ctxcache.Stats) uint64 { return s.Late }
	for deadline := time.Now().Add(redistest.Patience); sum(t, cache, late) == 0; <-again.C {
		if time.Now().After(deadline) {
			t.Fatal("no answer came after its timeout")
		}
	}
}
