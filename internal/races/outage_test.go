package races_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

var errSource = errors.New("the source is down")

// lockingFunction lets callers load one after the other, under a lock.
type lockingFunction struct {
	*naiveFunction
	loading chan struct{}
}

func (f lockingFunction) Get(ctx context.Context, key string) (string, error) {
	value, err := f.cache.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	if w, ok := ctx.(*waitingContext); ok {
		w.Done() // the caller is about to wait
	}
	f.loading <- struct{}{}
	defer func() { <-f.loading }()
	if value, err := f.cache.Get(ctx, key); err != ctxcache.ErrMiss {
		return value, err
	}
	return f.load(ctx, key)
}

// TestRace15_ErrorAmplification: many callers wait for a load that fails. It must fail once for all of them, and not
// once for each, one after the other.
func TestRace15_ErrorAmplification(t *testing.T) {
	locking := naive.but(func(d *design) {
		d.function = func(c cache, load loader, _ *cached.Options) function {
			return lockingFunction{newNaiveFunction(c, load), make(chan struct{}, 1)}
		}
	})
	const callers = 20
	race(func(ctx context.Context, s *stack) (string, error) {
		origin := newSource("")
		origin.change(reply{err: errSource})
		f := s.node().function(origin.load)
		var replies []<-chan reply
		var first *loading
		for range callers {
			calling, waits := waiting(ctx, "cache")
			replies = append(replies, async(func() (string, error) { return f.Get(calling, key) }))
			if _, err := await(ctx, "a caller", waits); err != nil {
				return "", err
			}
			if first == nil {
				var err error
				if first, err = await(ctx, "the load", origin.loads); err != nil {
					return "", err
				}
			}
		}
		origin.free()
		first.release()
		for _, replies := range replies {
			if r, err := await(ctx, "a caller's error", replies); err != nil || !errors.Is(r.err, errSource) {
				return "", fmt.Errorf("a caller got %v, %w", r, err)
			}
		}
		if n := origin.loaded(); n != 1 {
			return fmt.Sprintf("%d callers asked the source, which is down, %d times instead of once", callers, n), nil
		}
		return "", nil
	}).against(t, allStores, locking)
}

// TestRace15_GoodEntryStays: the load of a Refresh fails. The cached value must stay.
func TestRace15_GoodEntryStays(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		if err := n.cache.Set(ctx, key, "good", time.Hour); err != nil {
			return "", err
		}
		origin := newSource("")
		origin.change(reply{err: errSource})
		origin.free()
		f := n.function(origin.load)
		if _, err := f.Refresh(ctx, key); !errors.Is(err, errSource) {
			return "", fmt.Errorf("Refresh returned %w", err)
		}
		for _, n := range []*node{n, s.node()} {
			if value, err := n.cache.Get(ctx, key); err != nil || value != "good" {
				return fmt.Sprintf("a good value is gone because the source is down: %q, %v", value, err), nil
			}
		}
		return "", nil
	}).run(t, allStores)
}

// forgivingDouble is naive, and reports outages as misses.
var forgivingDouble = naive.but(func(d *design) {
	d.over = func(c cache) cache { return &forgiving{forward(c)} }
})

// TestRace16_OutageIsNoMiss: the cache, or its far level, is down. Every reader gets that error. A cached function asks
// the source only if it is not Strict.
func TestRace16_OutageIsNoMiss(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context, c cache) error{
		"Get": func(ctx context.Context, c cache) error { _, err := c.Get(ctx, key); return err },
		"GetMany": func(ctx context.Context, c cache) error {
			_, err := ctxcache.GetMany(ctx, c, []string{key, "other"})
			return ctxcache.KeyError(err, key)
		},
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				n.store.faults.Fail(errFar, cachetest.On())
				if err := read(ctx, n.cache); !errors.Is(err, errFar) {
					return fmt.Sprintf("while the cache is down, a read returns %v", err), nil
				}
				return "", nil
			}).against(t, allStores, forgivingDouble)
		})
	}
}

// TestRace16_OutageSparesTheSource: with Strict, no call asks the source because the cache is down.
func TestRace16_OutageSparesTheSource(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		origin := newSource("value")
		origin.free()
		f := n.functionWith(origin.load, &cached.Options{Strict: true})
		n.store.faults.Fail(errFar, cachetest.On())
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() { _, _ = f.Get(ctx, key) })
		}
		callers.Wait()
		if n := origin.loaded(); n > 0 {
			return fmt.Sprintf("%d loads ran because the cache is down", n), nil
		}
		n.store.faults.Heal()
		if value, err := f.Get(ctx, key); err != nil || value != "value" {
			return "", fmt.Errorf("Get after the outage returned %q, %w", value, err)
		}
		return "", nil
	}).against(t, allStores, forgivingDouble)
}

// TestRace16_ServerDown uses servers that are really down, and restart empty.
func TestRace16_ServerDown(t *testing.T) {
	type server interface {
		Stop()
		Restart()
	}
	for name, start := range map[string]func(t *testing.T) (server, cache){
		"Redis": func(t *testing.T) (server, cache) {
			s := redistest.Start(t)
			client := s.FailFast(t)
			return s, texts(newRedis(t, client, "down:"))
		},
		"Memcached": func(t *testing.T) (server, cache) {
			s := memcachedtest.Start(t)
			return s, texts(newMemcached(t, s.Addr, "down:"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, c := start(t)
			ctx := t.Context()
			if err := c.Set(ctx, key, "value", time.Hour); err != nil {
				t.Fatal(err)
			}
			server.Stop()
			if _, err := c.Get(ctx, key); err == nil || errors.Is(err, ctxcache.ErrMiss) || errors.Is(err, ctxcache.ErrNotFound) {
				t.Errorf("Get while the server is down: %v, want the server's failure", err)
			}
			if _, err := (&forgiving{forward(c)}).Get(ctx, key); err != ctxcache.ErrMiss {
				t.Errorf("Get of the naive double: %v, so this race proves nothing", err)
			}
			server.Restart()
			if _, err := c.Get(ctx, key); err != ctxcache.ErrMiss {
				t.Errorf("Get from the new, empty server: %v, want a miss", err)
			}
		})
	}
}
