package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// leaseless is a cache that refuses all leases, as two levels do whose far level is down.
type leaseless struct {
	ctxcache.Forward[string, string]
}

func newLeaseless() *leaseless {
	return &leaseless{ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{Kind: "leaseless"})}
}

func (c *leaseless) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	e, err := c.GetEntry(ctx, key)
	return e, ctxcache.NoLease(ctxcache.Unavailable), err
}

// All callers of a key share one load, even if its result is not stored: they come before the source has answered, and
// nothing is deleted meanwhile.
func TestFuncOneLoadForAllWhoWait(t *testing.T) {
	down := errors.New("cache down")
	bare := func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return struct{ ctxcache.Cache[string, string] }{c}
	}
	failing := func(get, lease error) *slow {
		c := newSlow(newMemory())
		c.get = func(context.Context) error { return get }
		c.lease = func(context.Context) error { return lease }
		c.fill = func(context.Context) error { return lease }
		return c
	}
	for _, test := range []struct {
		name   string
		cache  ctxcache.Cache[string, string]
		absent bool // the source has no such thing
		ttl    time.Duration
	}{
		{name: "stored", cache: newMemory(), ttl: time.Hour},
		{name: "not found", cache: newMemory(), absent: true},
		{name: "declined", cache: newMemory()},
		{name: "cache down", cache: failing(down, down), ttl: time.Hour},
		{name: "cache down, not found", cache: failing(down, down), absent: true},
		{name: "leases fail", cache: failing(nil, down), ttl: time.Hour},
		{name: "no leases to be had", cache: newLeaseless(), ttl: time.Hour},
		{name: "no leases to be had, not found", cache: newLeaseless(), absent: true},
		{name: "three methods, stored", cache: bare(newMemory()), ttl: time.Hour},
		{name: "three methods, not found", cache: bare(newMemory()), absent: true},
		{name: "three methods, declined", cache: bare(newMemory())},
		{name: "three methods, cache down", cache: bare(failing(down, nil)), ttl: time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, began := newOrigin("k", "v"), time.Now()
				want, wantErr := "v", error(nil)
				if test.absent {
					s, want, wantErr = newOrigin(), "", ctxcache.ErrNotFound
				}
				f := cached.Func(test.cache, func(ctx context.Context, key string) (string, error) {
					time.Sleep(time.Second)
					cached.LoadOf[string](ctx).SetTTL(test.ttl)
					return s.load(ctx, key)
				}, nil)
				var calls []<-chan result
				call := func() { calls = append(calls, async(func() (string, error) { return f.Get(t.Context(), "k") })) }
				for range 50 {
					call()
				}
				synctest.Wait() // the source has been asked
				time.Sleep(time.Second / 2)
				for range 50 {
					call()
				}
				for _, call := range calls {
					r := <-call
					expect(t, r.value, r.err, want, wantErr)
				}
				s.expect(t, 1)
				if spent := time.Since(began); spent != time.Second {
					t.Errorf("it took %v", spent)
				}
			})
		})
	}
}

// Whoever asks after a deletion by this Function gets no result from before it, even if the cache has no leases.
func TestFuncDeletionEndsASharedLoadWithoutLeases(t *testing.T) {
	for name, cache := range map[string]ctxcache.Cache[string, string]{
		"three methods": struct{ ctxcache.Cache[string, string] }{newMemory()}, "no leases to be had": newLeaseless(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, open := newOrigin("k", "old"), make(chan struct{})
				f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
					value, err := s.load(ctx, key)
					<-open
					return value, err
				}, nil)
				early := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				joiner := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				s.set("k", "new")
				if _, err := f.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				late := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				close(open)
				for _, call := range []<-chan result{early, joiner} {
					if r := <-call; r.err != nil { // they began before the deletion
						t.Error(r.err)
					}
				}
				r := <-late
				expect(t, r.value, r.err, "new", nil)
			})
		})
	}
}

// Over a cache without leases, a miss is one read of the cache, which Stats count once.
func TestFuncReadsACacheWithoutLeasesOnce(t *testing.T) {
	stats := layers.Stats[string, string](struct{ ctxcache.Cache[string, string] }{newMemory()}, "")
	f := cached.Func(stats, newOrigin("k", "v").load, nil)
	for range 2 {
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	}
	if s, err := ctxcache.GetStats(t.Context(), stats); s.Hits != 1 || s.Misses != 1 || s.Reads != 2 || err != nil {
		t.Errorf("%d hits, %d misses, %d reads, %v", s.Hits, s.Misses, s.Reads, err)
	}
}

// The second look at a cache without leases is left out only if no other load can have stored the key since the first.
func TestFuncLooksAgainIfALoadHasEndedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "v")
		missed, open := make(chan struct{}), make(chan struct{})
		c := newSlow(newMemory())
		f := cached.Func[string, string](struct{ ctxcache.Cache[string, string] }{stopAfter{c, missed, open}}, s.load, nil)
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		<-missed // it has missed, and is delayed
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		close(open)
		r := <-first
		expect(t, r.value, r.err, "v", nil)
		s.expect(t, 1)
	})
}

// stopAfter is a cache whose first Get has its answer, and then waits.
type stopAfter struct {
	*slow
	missed, open chan struct{}
}

func (c stopAfter) Get(ctx context.Context, key string) (string, error) {
	value, err := c.slow.Get(ctx, key)
	if c.gets.Load() == 1 {
		close(c.missed)
		<-c.open
	}
	return value, err
}
