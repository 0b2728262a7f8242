package rediscache_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// undoables are the calls that are undone if they have no answer.
var undoables = map[string]func(ctx context.Context, c *rediscache.Cache) error{
	"GetLease": func(ctx context.Context, c *rediscache.Cache) error {
		_, _, err := c.GetLease(ctx, "key", 0)
		return err
	},
	"GetLeases": func(ctx context.Context, c *rediscache.Cache) error {
		_, _, err := c.GetLeases(ctx, []string{"key", "other"}, 0)
		return err
	},
	"Set":                    stores["Set"],
	"SetEntry":               stores["SetEntry"],
	"SetEntry of a negative": stores["SetEntry of a negative"],
	"SetEntries":             stores["SetEntries"],
	"SetEntries of negatives": func(ctx context.Context, c *rediscache.Cache) error {
		return ctxcache.KeyError(c.SetEntries(ctx, map[string]entry{"key": negative(hour), "other": negative(hour)}), "key")
	},
}

// onceEach fails the test if calls have dialled about twice each. Go-redis makes a few dials of its own.
func onceEach(t *testing.T, calls int, dials *atomic.Int64) {
	t.Helper()
	if n := int(dials.Load()); n < calls || n > calls+calls/2 {
		t.Errorf("%d calls made %d dials", calls, n)
	}
}

// unreachable returns a client whose dials end with err when until is closed, and the number of dials.
func unreachable(t *testing.T, err error, until <-chan struct{}) (*redis.Client, *atomic.Int64) {
	t.Helper()
	var dials atomic.Int64
	client := redis.NewClient(&redis.Options{
		MaxRetries: -1, DialerRetries: 1, PoolSize: 1000, PipelinePoolSize: 1,
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			<-until
			return nil, err
		},
	})
	t.Cleanup(func() { must(t, client.Close()) })
	return client, &dials
}

func TestServerThatIsDownIsDialledOnceForACall(t *testing.T) {
	at := make(chan struct{})
	close(at)
	for reason, failure := range map[string]error{
		"refused": &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")},
		"unknown": errors.New("no such host in the tunnel"), // the error of a Dialer of the user
	} {
		for name, call := range undoables {
			t.Run(reason+"/"+name, func(t *testing.T) {
				client, dials := unreachable(t, failure, at)
				cache := rediscache.New(client, patient(nil))
				const calls = 100
				for range calls {
					if err := call(t.Context(), cache); !errors.Is(err, failure) {
						t.Fatalf("got %v", err)
					}
				}
				must(t, cache.Close()) // waits for everything that goes on behind
				onceEach(t, calls, dials)
			})
		}
	}
}

// The caller of a lease leaves while the dial goes on. There is nothing to give back, then or later.
func TestLeaseThatWasNotSentIsNotGivenBack(t *testing.T) {
	for _, name := range []string{"GetLease", "GetLeases"} {
		until := make(chan struct{})
		client, dials := unreachable(t, errors.New("refused"), until)
		options := patient(nil)
		options.ReadTimeout = 100 * time.Millisecond // so that all calls have begun before one ends
		cache := rediscache.New(client, options)
		const calls = 50
		var running sync.WaitGroup
		for range calls {
			running.Go(func() {
				if err := undoables[name](t.Context(), cache); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		running.Wait()
		await(t, "all dial", func() bool { return dials.Load() >= calls })
		close(until)
		must(t, cache.Close())
		onceEach(t, calls, dials)
	}
}

// The first try may have been carried out, although the last error says that the server could not be dialled.
func TestLeaseWhoseAnswerIsLostIsGivenBackAfterFailedDials(t *testing.T) {
	server := redistest.Start(t)
	direct := server.Client(t)
	other := newCache(t, direct, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
	must(t, other.Release(t.Context(), "warm", absentLease(t, t.Context(), other, "warm"))) // the server knows the scripts
	proxy := redistest.StartProxy(t, server.Addr)
	var dials atomic.Int64
	var dialer net.Dialer
	client := redis.NewClient(&redis.Options{
		MaxRetries: 1, DialerRetries: 1, ReadTimeout: 100 * time.Millisecond, MinRetryBackoff: -1, DisableIdentity: true,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if dials.Add(1) == 2 {
				return nil, errors.New("refused")
			}
			return dialer.DialContext(ctx, "tcp", proxy.Addr)
		},
	})
	t.Cleanup(func() { must(t, client.Close()) })
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
	must(t, direct.ConfigResetStat(t.Context()).Err())
	held := proxy.Hold("evalsha")
	err := undoables["GetLease"](t.Context(), cache)
	if fails(t, err, ctxcache.OpGetLease); dials.Load() < 2 {
		t.Fatalf("%d dials: %v", dials.Load(), err)
	}
	await(t, "the lease was given back", func() bool { return commandCalls(t, direct, "evalsha") > 0 })
	held.Deliver()
}
