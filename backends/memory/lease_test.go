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
			return c.SetEntry(ctx, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}})
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
					err := c.Fill(t.Context(), "k", lease, ctxcache.Entry[int]{Value: 3})
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
	_, refused, err := c.GetLease(ctx, "k", ctxcache.NoExpiry)
	if refused != ctxcache.NoLease(ctxcache.Loading) || err != ctxcache.ErrMiss {
		t.Fatalf("second GetLease: %+v, %v; want another load, ErrMiss", refused, err)
	}
	if err := c.Release(ctx, "k", lease); err != nil {
		t.Fatal(err)
	}
	second := mustLease(t, c, "k", 0)
	if second == lease {
		t.Fatal("the same lease was granted twice")
	}
	for way, err := range everySpending(ctx, c, "k", lease) {
		if err != ctxcache.ErrLeaseLost { // and must not end the second
			t.Errorf("%s after Release: %v, want ErrLeaseLost", way, err)
		}
	}
	if err := c.Fill(ctx, "k", second, ctxcache.Entry[int]{Value: 2}); err != nil {
		t.Fatal(err)
	}
	for way, err := range everySpending(ctx, c, "k", second) {
		if err != ctxcache.ErrLeaseLost {
			t.Errorf("%s after Fill: %v, want ErrLeaseLost", way, err)
		}
	}
	mustGet(t, c, "k", 2)
}

// What is wrong with the call does not cost the lease.
func TestFillThatFailsLeavesTheLease(t *testing.T) {
	c := memory.New[string, int](nil)
	lease := mustLease(t, c, "k", 0)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	invalid := ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: time.Second, StaleFor: time.Minute}}
	if err := c.Fill(done, "k", lease, invalid); err != context.Canceled {
		t.Errorf("Fill with a done context: %v, want context.Canceled", err)
	}
	if err := c.Fill(t.Context(), "k", lease, invalid); !errors.Is(err, ctxcache.ErrTTL) {
		t.Errorf("Fill with StaleFor above TTL: %v, want ErrTTL", err)
	}
	if err := c.Fill(t.Context(), "k", lease, ctxcache.Entry[int]{Value: 1}); err != nil {
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
		if err := c.SetEntry(ctx, "negative", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}); err != nil {
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
			if lease.Granted() != test.granted || !test.granted && lease != (ctxcache.Lease{}) {
				t.Errorf("%s, refresh below %v: lease %+v, want one: %v", test.key, test.refreshBelow, lease, test.granted)
			}
		}
	})
}

// everySpending tries to spend lease in every way, and returns what came of it.
func everySpending(ctx context.Context, c *memory.Cache[string, int], key string, lease ctxcache.Lease) map[string]error {
	one := map[string]ctxcache.Lease{key: lease}
	return map[string]error{
		"Fill":        c.Fill(ctx, key, lease, ctxcache.Entry[int]{Value: -1}),
		"FillMany":    ctxcache.KeyError(c.FillMany(ctx, map[string]ctxcache.Entry[int]{key: {Value: -1}}, one), key),
		"Release":     c.Release(ctx, key, lease),
		"ReleaseMany": ctxcache.KeyError(c.ReleaseMany(ctx, one), key),
		"Drop":        c.Drop(ctx, key, lease),
	}
}
