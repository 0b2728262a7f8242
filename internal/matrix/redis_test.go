package matrix_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

// leaseTTL is short, because the suite waits for the ends of leases, but a busy machine still renews in time.
const leaseTTL = 3 * time.Second

func TestRedis(t *testing.T) {
	kinds := []kind{
		{name: "installed", start: func(t *testing.T) store { return leased(redistest.Start(t).Client(t)) }},
		{name: "without PEXPIRETIME", start: func(t *testing.T) store {
			return leased(redistest.Start(t, without("PEXPIRETIME")...).Client(t))
		}},
		{name: "without scripts", short: true, start: func(t *testing.T) store {
			return plain(redistest.Start(t, without(scripts...)...).Client(t))
		}},
		{name: "miniredis", start: func(t *testing.T) store { return fake(t).without(ctxcache.CapWatch) }}, // it does not report changes
		{name: "nutcracker", start: func(t *testing.T) store { return plain(nutcracker(t)).without(serverWide) }},
		{name: "nutcracker with leases", start: func(t *testing.T) store { return leased(nutcracker(t)).without(serverWide) }},
	}
	for _, path := range binaries(t, "redis-server", "valkey-server") {
		kinds = append(kinds, kind{name: filepath.Base(path), start: func(t *testing.T) store {
			return leased(redistest.StartBinary(t, path).Client(t))
		}})
	}
	run(t, kinds)
}

// serverWide needs commands about a whole server.
const serverWide = ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapStats

// scripts are the commands for scripts and functions.
var scripts = []string{"EVAL", "EVALSHA", "SCRIPT", "FUNCTION", "FCALL"}

// without returns the arguments that take commands away from redis-server.
func without(commands ...string) (args []string) {
	for _, command := range commands {
		args = append(args, "--rename-command", command, "")
	}
	return args
}

// leased returns a store with leases.
func leased(client *redis.Client) store {
	return store{
		open: opener(client, rediscache.Options{LeaseTTL: leaseTTL}),
		options: []cachetest.Option{
			cachetest.Concurrent(8), // the cases mostly wait
			cachetest.LeaseTTL(leaseTTL),
		},
	}
}

// plain returns a store that needs neither scripts nor transactions.
func plain(client *redis.Client) store {
	return store{
		open:    opener(client, rediscache.Options{Plain: true}),
		options: []cachetest.Option{cachetest.Concurrent(8)},
	}
}

// fake returns a store in miniredis, whose clock the suite moves.
func fake(t *testing.T) store {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { must(t, client.Close()) })
	return store{
		open:    opener(client, rediscache.Options{}),
		options: []cachetest.Option{cachetest.Advance(server.FastForward)},
	}
}

// opener returns a function that opens the part of the server that has a prefix.
func opener(client *redis.Client, options rediscache.Options) func(t *testing.T, prefix string) bytesCache {
	options.ReadTimeout, options.WriteTimeout = redistest.Patience, redistest.Patience
	return func(t *testing.T, prefix string) bytesCache {
		part := options
		part.Prefix = prefix
		c := rediscache.New(client, &part)
		t.Cleanup(func() { must(t, c.Close()) })
		return c
	}
}
