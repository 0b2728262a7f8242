package memory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Writes of the key itself kill a lease, whether the key is present or not; nothing else does.
func TestWhatKillsALease(t *testing.T) {
	type cache = *memory.Cache[string, int]
	clearIn := func(prefix string) func(context.Context, cache) error {
		return func(ctx context.Context, c cache) error {
			return c.Clear(ctx, ctxcache.Scope[string]{Prefix: prefix})
		}
	}
	for _, test := range []struct {
		name  string
		act   func(ctx context.Context, c cache) error
		kills bool
	}{
		{"Set", func(ctx context.Context, c cache) error { return c.Set(ctx, "k", 2, 0) }, true},
		{"SetEntry", func(ctx context.Context, c cache) error {
			return c.SetEntry(ctx, "k", ctxcache.Entry[int]{Absent: true})
		}, true},
		{"SetEntries", func(ctx context.Context, c cache) error {
			return ctxcache.SetMany(ctx, c, map[string]int{"k": 2}, 0)
		}, true},
		{"Delete", func(ctx context.Context, c cache) error { return c.Delete(ctx, "k") }, true},
		{"DeleteMany", func(ctx context.Context, c cache) error { return c.DeleteMany(ctx, []string{"k"}) }, true},
		{"Remove", func(ctx context.Context, c cache) error { _, err := c.Remove(ctx, "k"); return err }, true},
		{"Clear", clearIn(""), true},
		{"Clear in scope", clearIn("k"), true},

		{"nothing", func(context.Context, cache) error { return nil }, false},
		{"Clear out of scope", clearIn("x"), false},
		{"reading", func(ctx context.Context, c cache) error {
			_, err := c.GetEntries(ctx, []string{"k"})
			return err
		}, false},
		{"writing 100 other keys, which evicts", func(ctx context.Context, c cache) error {
			for key := range 100 {
				if err := c.Set(ctx, string(rune(key)), key, 0); err != nil {
					return err
				}
			}
			return c.Delete(ctx, "x")
		}, false},
		{"a Set that fails", func(ctx context.Context, c cache) error {
			if err := c.Set(ctx, "k", 2, -1); !errors.Is(err, ctxcache.ErrTTL) {
				return err
			}
			return nil
		}, false},
		{"expiry of the entry", func(context.Context, cache) error { time.Sleep(time.Second); return nil }, false},
	} {
		for _, present := range []bool{false, true} {
			name := test.name + ", absent key"
			if present {
				name = test.name + ", present key"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := memory.New(&memory.Options[string, int]{MaxEntries: 10})
					if present {
						mustSet(t, c, "k", 1, time.Second)
					}
					lease := mustLease(t, c, "k", ctxcache.NoExpiry)
					if err := test.act(t.Context(), c); err != nil {
						t.Fatal(err)
					}
					mustBeSound(t, c)
					err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 3})
					if test.kills && err != ctxcache.ErrLeaseLost {
						t.Errorf("Fill: %v, want ErrLeaseLost", err)
					} else if !test.kills && err != nil {
						t.Errorf("Fill: %v, want no error", err)
					} else if !test.kills {
						mustGet(t, c, "k", 3)
					}
				})
			})
		}
	}
}

func TestLeaseIsExclusive(t *testing.T) {
	c := memory.New[string, int](nil)
	ctx := t.Context()
	lease := mustLease(t, c, "k", 0)
	if _, second, err := c.GetLease(ctx, "k", ctxcache.NoExpiry); second != nil || err != ctxcache.ErrMiss {
		t.Fatalf("second GetLease: %v, %v; want no lease, ErrMiss", second, err)
	}
	if err := lease.Release(ctx); err != nil {
		t.Fatal(err)
	}
	second := mustLease(t, c, "k", 0)
	if err := lease.Release(ctx); err != nil { // must not release the second
		t.Fatal(err)
	}
	if err := lease.Fill(ctx, ctxcache.Entry[int]{Value: 1}); err != ctxcache.ErrLeaseLost {
		t.Fatalf("Fill after Release: %v, want ErrLeaseLost", err)
	}
	if err := second.Fill(ctx, ctxcache.Entry[int]{Value: 2}); err != nil {
		t.Fatal(err)
	}
	if err := second.Fill(ctx, ctxcache.Entry[int]{Value: 3}); err != ctxcache.ErrLeaseLost {
		t.Fatalf("second Fill: %v, want ErrLeaseLost", err)
	}
	mustGet(t, c, "k", 2)
}

// A lease that is neither used nor released ends by itself, exactly after LeaseTTL; another may be granted then.
func TestLeaseRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{LeaseTTL: time.Second})
		ctx := t.Context()
		first, other := mustLease(t, c, "k", 0), mustLease(t, c, "other", 0)
		time.Sleep(time.Second - 1)
		if _, second, _ := c.GetLease(ctx, "k", 0); second != nil { // the lease tells enough
			t.Fatal("another lease was granted while the first stands")
		}
		if err := other.Fill(ctx, ctxcache.Entry[int]{Value: 1}); err != nil {
			t.Errorf("Fill at the last moment: %v", err)
		}
		time.Sleep(time.Nanosecond)
		second := mustLease(t, c, "k", 0)
		if err := first.Fill(ctx, ctxcache.Entry[int]{Value: 1}); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill of the first: %v, want ErrLeaseLost", err)
		}
		if err := second.Fill(ctx, ctxcache.Entry[int]{Value: 2}); err != nil {
			t.Errorf("Fill of the second: %v", err)
		}
		mustGet(t, c, "k", 2)
	})
}

// A lease that ran out is lost even if nobody asked for another.
func TestLeaseRunsOutUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		lease := mustLease(t, c, "k", 0)
		time.Sleep(time.Minute)
		if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 1}); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill: %v, want ErrLeaseLost", err)
		}
		mustMiss(t, c, "k")
	})
}

// A lease that ran out holds nobody off, even before a sweep has come to it.
func TestManyLeasesRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{Shards: 1})
		grant := func(key int) {
			t.Helper()
			if _, lease, err := c.GetLease(t.Context(), key, 0); lease == nil || err != ctxcache.ErrMiss {
				t.Fatalf("GetLease(%d): %v, %v; want a lease", key, lease, err)
			}
		}
		const last = 19
		for key := range last + 1 {
			grant(key)
		}
		time.Sleep(time.Minute)
		grant(last) // the sweep begins with the first
		mustBeSound(t, c)
	})
}

// Abandoned leases do not pile up: grants and writes take them back.
func TestAbandonedLeasesAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{Shards: 1, LeaseTTL: time.Second})
		ctx := t.Context()
		for key := range 1000 {
			if _, lease, err := c.GetLease(ctx, key, 0); lease == nil || err != ctxcache.ErrMiss {
				t.Fatalf("GetLease: %v, %v; want a lease", lease, err)
			}
			time.Sleep(10 * time.Millisecond)
			if _, leases := c.Kept(); leases > 101 {
				t.Fatalf("%d leases are kept, want at most those of the last second", leases)
			}
		}
		time.Sleep(time.Second)
		for range 100 {
			mustSet(t, c, 0, 0, 0)
		}
		if _, leases := c.Kept(); leases > 0 {
			t.Errorf("%d leases are kept after writes, want none", leases)
		}
		mustBeSound(t, c)
	})
}

// What is wrong with the call does not cost the lease.
func TestFillThatFailsLeavesTheLease(t *testing.T) {
	c := memory.New[string, int](nil)
	lease := mustLease(t, c, "k", 0)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	invalid := ctxcache.Entry[int]{TTL: time.Second, Stale: time.Minute}
	if err := lease.Fill(done, invalid); err != context.Canceled {
		t.Errorf("Fill with a done context: %v, want context.Canceled", err)
	}
	if err := lease.Fill(t.Context(), invalid); !errors.Is(err, ctxcache.ErrTTL) {
		t.Errorf("Fill with Stale above TTL: %v, want ErrTTL", err)
	}
	if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 1}); err != nil {
		t.Errorf("Fill: %v", err)
	}
	mustGet(t, c, "k", 1)
}

// A refresh lease is granted on what is due, and the reader gets the entry beside it.
func TestRefreshLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		ctx := t.Context()
		mustSet(t, c, "value", 1, time.Minute)
		if err := c.SetEntry(ctx, "negative", ctxcache.Entry[int]{Absent: true, TTL: time.Minute}); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			key          string
			refreshBelow time.Duration
			granted      bool
		}{
			{"value", 0, false},
			{"value", time.Minute - 1, false},
			{"value", time.Minute, true},
			{"negative", time.Minute - 1, false},
			{"negative", ctxcache.NoExpiry, true},
		} {
			e, lease, err := c.GetLease(ctx, test.key, test.refreshBelow)
			if e.TTL != time.Minute || e.Absent != (err == ctxcache.ErrNotFound) {
				t.Errorf("%s: entry %+v, %v", test.key, e, err)
			}
			if (lease != nil) != test.granted {
				t.Errorf("%s, refresh below %v: lease %v, want one: %v", test.key, test.refreshBelow, lease, test.granted)
			}
		}
	})
}

// GetLeases that is ended half-way leaves no lease behind.
func TestGetLeasesEndedHalfWay(t *testing.T) {
	c := memory.New[string, int](nil)
	ctx := &endingContext{Context: t.Context(), calls: 3}
	found, granted, err := c.GetLeases(ctx, []string{"a", "b", "c", "d"}, 0)
	if err != context.Canceled || found != nil || granted != nil {
		t.Fatalf("GetLeases = %v, %v, %v; want context.Canceled alone", found, granted, err)
	}
	if _, leases := c.Kept(); leases > 0 {
		t.Errorf("%d leases were left behind", leases)
	}
}

// endingContext is done once its error was asked for that many times.
type endingContext struct {
	context.Context
	calls int
}

func (c *endingContext) Err() error {
	if c.calls--; c.calls < 0 {
		return context.Canceled
	}
	return nil
}
