package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A lease is granted on a key while Clear is under way, before Clear comes to the entry. Clear ends it.
func TestClearEndsALeaseThatWasGrantedMeanwhile(t *testing.T) {
	for name, spend := range map[string]func(ctx context.Context, c *memory.Cache[string, int], lease ctxcache.Lease) error{
		"Release": func(ctx context.Context, c *memory.Cache[string, int], lease ctxcache.Lease) error {
			return c.Release(ctx, "k", lease)
		},
		"Fill": func(ctx context.Context, c *memory.Cache[string, int], lease ctxcache.Lease) error {
			return c.Fill(ctx, "k", lease, ctxcache.NewEntry(1, 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c *memory.Cache[string, int]
				var lease ctxcache.Lease
				c = memory.New(&memory.Options[string, int]{MaxEntries: 10, Shards: 1, OnEvict: func(_ string, _ int, cause memory.Cause) {
					if cause == memory.Expired { // Clear removes what has expired first
						var err error
						if _, lease, err = c.GetLease(t.Context(), "k", ctxcache.NoExpiry); err != nil {
							t.Error(err)
						}
					}
				}})
				mustSet(t, c, "expires", 1, time.Millisecond)
				mustSet(t, c, "k", 1, 0)
				time.Sleep(time.Second)
				if err := c.Clear(t.Context(), ctxcache.Scope[string]{Prefix: "k"}); err != nil {
					t.Fatal(err)
				}
				if !lease.Granted() {
					t.Fatal("no lease was granted meanwhile")
				}
				if err := spend(t.Context(), c, lease); err != ctxcache.ErrLeaseLost {
					t.Errorf("%s: %v", name, err)
				}
				mustMiss(t, c, "k")
			})
		})
	}
}

// OnEvict panics for a value that had expired. It is called for the others all the same, and they are gone.
func TestOnEvictThatPanicsForAnExpiredValue(t *testing.T) {
	for name, test := range map[string]struct {
		expired, live int
		remove        func(t *testing.T, c *memory.Cache[int, int])
	}{ // Clear may leave values if it takes more than one portion
		"Clear": {1, 100, func(t *testing.T, c *memory.Cache[int, int]) { _ = ctxcache.Clear(t.Context(), c) }},
		"Close": {1000, 10, func(_ *testing.T, c *memory.Cache[int, int]) { _ = c.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				heard := make(map[int]memory.Cause)
				c := memory.New(&memory.Options[int, int]{
					MaxEntries: memory.Unbounded, Shards: 1,
					OnEvict: func(key, _ int, cause memory.Cause) {
						heard[key] = cause
						panic(errOops)
					},
				})
				for key := range test.live {
					mustSet(t, c, -1-key, 1, 0)
				}
				for key := range test.expired {
					mustSet(t, c, key, 1, time.Millisecond)
				}
				time.Sleep(time.Second)
				mustPanic(t, name, func() { test.remove(t, c) })
				if len(heard) != test.live+test.expired {
					t.Errorf("OnEvict heard of %d values", len(heard))
				}
				if nodes, _ := c.Kept(); nodes > 0 {
					t.Errorf("%d nodes are still there", nodes)
				}
			})
		})
	}
}

// Calls of Resize wait for each other only while they set the bounds, and not longer than their contexts allow. OnEvict may
// call Resize.
func TestResizeInOnEvict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *memory.Cache[int, int]
		inside, goOn := make(chan struct{}), make(chan struct{})
		first := true
		c = memory.New(&memory.Options[int, int]{MaxEntries: 100, Shards: 1, OnEvict: func(int, int, memory.Cause) {
			if !first {
				return
			}
			first = false
			if err := c.Resize(t.Context(), memory.Bounds{Entries: 20}); err != nil {
				t.Error(err)
			}
			close(inside)
			<-goOn
		}})
		for key := range 100 {
			mustSet(t, c, key, 1, 0)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Resize(t.Context(), memory.Bounds{Entries: 50}) }()
		<-inside
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Resize(done, memory.Bounds{Entries: 10}); err != context.Canceled {
			t.Errorf("under a done context: %v", err)
		}
		close(goOn)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n, err := c.Len(t.Context(), ctxcache.Scope[int]{}); n != 20 || err != nil {
			t.Errorf("%d entries, %v", n, err)
		}
	})
}

// A function of the options panics after the context has ended. The old value is gone all the same.
func TestPanicAfterTheEndOfTheContext(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, c *memory.Cache[string, int]){
		"Set": func(ctx context.Context, c *memory.Cache[string, int]) { _ = c.Set(ctx, "a", 13, 0) },
		"SetEntries": func(ctx context.Context, c *memory.Cache[string, int]) {
			_ = c.SetEntries(ctx, map[string]ctxcache.Entry[int]{"a": ctxcache.NewEntry(13, 0)})
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		c := memory.New(&memory.Options[string, int]{MaxCost: 100, Cost: func(_ string, value int) int64 {
			if value == 13 {
				cancel()
				panic(errOops)
			}
			return 1
		}})
		mustSet(t, c, "a", 1, 0)
		mustPanic(t, name, func() { write(ctx, c) })
		mustMiss(t, c, "a")
	}
}

// A stale window that is longer than the default TTL says nothing about how long the value has been stale.
func TestStaleWindowOverTheDefaultTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: 10, TTL: time.Minute})
		e := ctxcache.Entry[int]{Value: 1, Meta: ctxcache.Meta{StaleFor: 10 * time.Minute}}
		if err := c.SetEntry(t.Context(), "a", e); err != nil {
			t.Fatal(err)
		}
		e, err := c.GetEntry(t.Context(), "a")
		if err != nil || e.TTL != time.Minute || e.StaleFor != time.Minute || e.StaleAge != 0 {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}

// In a bubble of synctest, the clock of a cache that was made outside begins before its birth.
func TestCacheOfAnotherTimeForgetsLeases(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: 10, LeaseTTL: time.Second})
	synctest.Test(t, func(t *testing.T) {
		ctx := context.WithoutCancel(t.Context())
		mustGrant(ctx, t, c, "a")
		time.Sleep(time.Second)
		mustGrant(ctx, t, c, "a")
		mustSet(t, c, "expires", 1, time.Hour)
		e := ctxcache.Entry[int]{Value: 1, Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, Written: time.Now()}}
		if err := c.SetEntry(ctx, "b", e); err != nil {
			t.Fatal(err)
		}
		if e, err := c.GetEntry(ctx, "b"); err != nil || e.TTL != ctxcache.NoExpiry {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}
