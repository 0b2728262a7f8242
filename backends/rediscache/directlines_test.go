package rediscache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Callers leave at any moment: before the command is sent, while the answer comes, and after that. Nobody else must notice:
// each value belongs to its key, nobody else's read fails, and no connection is lost.
func TestCallersThatLeaveDoNotHarmTheNextUserOfTheConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
	const keys, callers, rounds = 40, 4, 1250
	valueOf := func(i int) string { return strings.Repeat(fmt.Sprintf("value %d,", i), 1+i*i*i) } // up to 500 KB
	keyOf := func(i int) string { return fmt.Sprint("key", i) }
	for i := range keys {
		must(t, cache.Set(t.Context(), keyOf(i), []byte(valueOf(i)), hour))
	}
	check := func(i int, value []byte) {
		if string(value) != valueOf(i) {
			t.Errorf("%s has a value of %d bytes that is not its own", keyOf(i), len(value))
		}
	}
	read := func(ctx context.Context, i int) error {
		switch i % 3 {
		case 0:
			value, err := cache.Get(ctx, keyOf(i))
			if err == nil {
				check(i, value)
			}
			return err
		case 1:
			e, err := cache.GetEntry(ctx, keyOf(i))
			if err == nil {
				check(i, e.Value)
			}
			return err
		}
		found, err := cache.GetMany(ctx, []string{keyOf(i), keyOf(i / 2), keyOf(i / 3)})
		if err == nil {
			check(i, found[keyOf(i)])
			check(i/2, found[keyOf(i/2)])
			check(i/3, found[keyOf(i/3)])
		}
		return err
	}
	received := cache.received(t)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range rounds {
				i := rand.IntN(keys)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(200))*time.Microsecond)
				if err := read(ctx, i); err != nil && err != context.DeadlineExceeded {
					t.Errorf("a caller that leaves: %v", err)
				}
				cancel()
				if err := read(t.Context(), rand.IntN(keys)); err != nil {
					t.Errorf("a caller that stays: %v", err)
				}
			}
		})
	}
	all.Wait()
	if n := cache.received(t) - received; n > 50 {
		t.Errorf("%d callers that leave cost %d connections", callers*rounds, n)
	}
}

func TestConnectionThatTheServerClosedCostsNoError(t *testing.T) {
	server := redistest.Start(t)
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
	for range 20 {
		for name, direct := range directReads {
			must(t, cache.admin.ClientKillByFilter(t.Context(), "type", "normal", "skipme", "yes").Err())
			for range 3 {
				if err := direct.read(t.Context(), cache.Cache); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

func TestDirectReadsAfterARestart(t *testing.T) {
	server := redistest.Start(t)
	cache := open(t, server.URL(), server.Client(t), rediscache.Options{})
	server.Stop()
	for name, direct := range directReads {
		if err := direct.read(t.Context(), cache.Cache); err == nil {
			t.Errorf("%s of a server that is down succeeds", name)
		} else {
			fails(t, err, direct.op)
		}
	}
	server.Restart()
	await(t, "the client noticed", func() bool {
		_, err := cache.Get(t.Context(), "held")
		return err == ctxcache.ErrMiss
	})
	for _, key := range []string{"held", "other"} {
		must(t, cache.Set(t.Context(), key, []byte("value of "+key), hour))
	}
	for range 10 {
		for name, direct := range directReads {
			if err := direct.read(t.Context(), cache.Cache); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNumberOfConnectionsIsBounded(t *testing.T) {
	server := redistest.Start(t)
	for query, most := range map[string]int{"?pool_size=20": 28, "?pool_size=2": 4, "?pool_size=5&max_active_conns=5": 5} {
		t.Run(query, func(t *testing.T) {
			cache, err := rediscache.Open(server.URL()+query, patient(nil))
			must(t, err)
			defer func() { must(t, cache.Close()) }()
			o := opened{cache, server.Client(t)}
			must(t, cache.Set(t.Context(), "held", []byte("value of held"), hour))
			must(t, cache.Set(t.Context(), "other", []byte("value of other"), hour))
			peak := 0
			for range 20 {
				var all sync.WaitGroup
				for range 64 {
					all.Go(func() {
						for _, direct := range directReads {
							if err := direct.read(t.Context(), cache); err != nil {
								t.Error(err)
							}
						}
					})
				}
				all.Wait()
				peak = max(peak, o.connections(t))
			}
			if peak > most {
				t.Errorf("there are %d connections, want at most %d", peak, most)
			}
		})
	}
}
