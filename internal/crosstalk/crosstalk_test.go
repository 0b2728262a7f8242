package crosstalk_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// These are environment variables. Full asks for everything that make crosstalk does. Seed repeats the choices of an
// earlier run.
const (
	full = "CACHED_CROSSTALK"
	seed = "CACHED_CROSSTALK_SEED"
)

// A reply that stalls takes longer than the client waits for it. Both times are longer than the delays of a busy
// machine.
const (
	timeout = 5 * longestDelay
	stall   = 2 * timeout
)

func gets() int {
	if os.Getenv(full) == "full" {
		return 100_000
	}
	return 1_500
}

func newSeed(t *testing.T) uint64 {
	t.Helper()
	if text := os.Getenv(seed); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		must(t, err)
		return n
	}
	return rand.Uint64()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// passes fails the test if an answer was wrong, if nobody left, or if a caller left late. On a machine so busy that hardly
// any call is answered in time, or that callers wait for a processor, fewer callers try again.
func (r *trial) passes(t *testing.T) {
	t.Helper()
	for callers := manyCallers; ; callers /= 2 {
		r.run(t.Context(), callers)
		t.Log(r)
		if r.proves() && r.late.Load() == 0 || r.foreign.Load()+r.wrong.Load() > 0 || callers < fewCallers {
			break
		}
	}
	for problem := range r.problems {
		t.Error(problem)
	}
	if r.foreign.Load()+r.wrong.Load() > 0 {
		t.Errorf("%s=%d repeats this run", seed, r.seed)
	}
	if late := r.late.Load(); late > 0 {
		t.Errorf("%d callers left more than %v too late", late, promptly)
	}
	if !r.proves() {
		t.Error("too few calls were answered, left or given up to prove anything")
	}
}

// proves reports whether enough calls were answered, left and given up.
func (r *trial) proves() bool {
	few := int64(r.gets / 100)
	return r.answered.Load() >= few && r.left.Load() >= few && (!r.lossy || r.gaveUp.Load() >= few)
}

// bites fails the test if no caller got a value of another key.
func (r *trial) bites(t *testing.T) {
	t.Helper()
	r.run(t.Context(), manyCallers)
	t.Log(r)
	if r.foreign.Load() == 0 {
		t.Error("no value of another key was found, although the client keeps the connections of cancelled commands")
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	server, s := redistest.Start(t), newSeed(t)
	fill(t, overRedis(t, &redis.Options{Addr: server.Addr}), gets())
	addr := startProxy(t, server.Addr, 0, s)
	t.Run("CallersLeave", func(t *testing.T) {
		c := overRedis(t, &redis.Options{Addr: addr, PoolSize: conns})
		(&trial{cache: c, gets: gets(), seed: s}).passes(t)
	})
	t.Run("AndTheClientTimesOut", func(t *testing.T) {
		c := overRedis(t, &redis.Options{
			Addr: startProxy(t, server.Addr, stall, s), PoolSize: conns,
			ReadTimeout: timeout, ContextTimeoutEnabled: true, MaxRetries: 1,
		})
		(&trial{cache: c, gets: gets(), seed: s, lossy: true}).passes(t)
	})
	t.Run("NaiveClientIsCaught", func(t *testing.T) {
		c := naiveRedis(addr, conns)
		defer c.Close()
		(&trial{cache: c, gets: 500, seed: s}).bites(t)
	})
}

func overRedis(t *testing.T, options *redis.Options) *rediscache.Cache {
	t.Helper()
	client := redis.NewClient(options)
	c := rediscache.New(client, &rediscache.Options{
		WholeDatabase: true, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
	})
	t.Cleanup(func() {
		must(t, c.Close())
		must(t, client.Close())
	})
	return c
}

func TestMemcached(t *testing.T) {
	t.Parallel()
	server, s := memcachedtest.Start(t, "-c", strconv.Itoa(4*conns)), newSeed(t)
	fill(t, overMemcached(t, server.Addr, 0), gets())
	addr := startProxy(t, server.Addr, 0, s)
	t.Run("CallersLeave", func(t *testing.T) {
		(&trial{cache: overMemcached(t, addr, 0), gets: gets(), seed: s}).passes(t)
	})
	t.Run("AndTheClientTimesOut", func(t *testing.T) {
		c := overMemcached(t, startProxy(t, server.Addr, stall, s), timeout)
		(&trial{cache: c, gets: gets(), seed: s, lossy: true}).passes(t)
	})
	t.Run("NaiveClientIsCaught", func(t *testing.T) {
		c := naiveMemcached(addr, conns)
		defer c.Close()
		(&trial{cache: c, gets: 500, seed: s}).bites(t)
	})
}

func overMemcached(t *testing.T, addr string, timeout time.Duration) *memcached.Cache[[]byte] {
	t.Helper()
	var servers memcache.ServerList
	must(t, servers.SetServers(addr))
	c := memcached.New(&servers, &memcached.Options{
		WholeServers: true, MaxIdleConns: conns, Timeout: timeout,
		ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
	})
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}
