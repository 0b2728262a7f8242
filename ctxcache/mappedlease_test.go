package ctxcache_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// shout stores in upper case, so to speak: with a mark. Decode panics at "panic".
func shout(inner ctxcache.Cache[string, string], own bool) *ctxcache.Mapped[string, string, string, string] {
	m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "shout"},
		Key:    func(key string) (string, error) { return "s:" + key, nil },
		Encode: func(_, v string) (string, error) { return v + "!", nil },
		Decode: func(_, v string) (string, error) {
			if v == "panic" {
				panic("broken")
			}
			return v[:len(v)-1], nil
		},
		Meta: func(m ctxcache.Meta) (ctxcache.Meta, error) {
			if m.Absent {
				return m, errors.ErrUnsupported
			}
			m.TTL = min(m.TTL, time.Minute)
			return m, nil
		},
		OwnLeases: own,
	})
	return &m
}

func TestOwnLeasesAreNoGoodBelow(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	c := shout(inner, true)
	_, lease, err := c.GetLease(ctx, "k", 0)
	if !lease.Granted() || err != ctxcache.ErrMiss {
		t.Fatal(lease, err)
	}
	if err := inner.Fill(ctx, "s:k", lease, ctxcache.NewEntry("in clear", 0)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill below: %v", err)
	}
	if err := shout(inner, true).Fill(ctx, "k", lease, ctxcache.NewEntry("v", 0)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill by another layer: %v", err)
	}
	if err := c.Fill(ctx, "k", lease, ctxcache.NewEntry("v", time.Hour)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	if v, err := inner.Get(ctx, "s:k"); v != "v!" || err != nil {
		t.Errorf("stored %q, %v", v, err)
	}
}

// A lease that nobody ends must not keep the cache in memory.
func TestOwnLeasesDoNotKeepTheirCache(t *testing.T) {
	collected := make(chan struct{})
	lease := func() ctxcache.Lease {
		c := shout(memory.New[string, string](nil), true)
		runtime.AddCleanup(c, func(done chan struct{}) { close(done) }, collected)
		_, lease, _ := c.GetLease(t.Context(), "k", 0)
		return lease
	}()
	if !lease.Granted() {
		t.Fatal("no lease")
	}
	for range 10 {
		runtime.GC()
		select {
		case <-collected:
			runtime.KeepAlive(lease)
			return
		case <-time.After(time.Second):
		}
	}
	t.Error("a lease keeps the cache in memory")
	runtime.KeepAlive(lease)
}

// sparse is a cache that returns no map of leases where nothing was due.
type sparse struct{ base }

func (c *sparse) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	found, leases, err := c.base.GetLeases(ctx, keys, refreshBelow)
	if len(leases) == 0 {
		leases = nil
	}
	return found, leases, err
}

func TestMappedHealsOverACacheWithoutAMapOfLeases(t *testing.T) {
	ctx := t.Context()
	inner := &sparse{over(newStrings())}
	if err := inner.Set(ctx, "n:k", "damaged", time.Hour); err != nil {
		t.Fatal(err)
	}
	c := newDecimal(inner, nil)
	_, leases, err := c.GetLeases(ctx, []string{"k"}, 0)
	if !leases["k"].Granted() || !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrCorrupt) {
		t.Fatalf("GetLeases: %v, %v", leases, err)
	}
	if err := c.Fill(ctx, "k", leases["k"], ctxcache.NewEntry(7, 0)); err != nil {
		t.Error(err)
	}
}

func TestMappedHookMetaActsOnEveryWrite(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	c := shout(inner, false)
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	entry := ctxcache.NewEntry("v", time.Hour)
	_, leases, err := c.GetLeases(ctx, []string{"c", "d", "e"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	writes := map[string]error{
		"a": c.Set(ctx, "a", "v", time.Hour),
		"b": c.SetEntry(ctx, "b", entry),
		"c": c.Fill(ctx, "c", leases["c"], entry),
		"d": c.FillMany(ctx, map[string]ctxcache.Entry[string]{"d": entry}, leases),
		"f": c.SetEntries(ctx, map[string]ctxcache.Entry[string]{"f": entry}),
	}
	for key, err := range writes {
		if e, getErr := c.GetEntry(ctx, key); err != nil || getErr != nil || e.Value != "v" || e.TTL > time.Minute {
			t.Errorf("%s: %v; then %+v, %v", key, err, e, getErr)
		}
	}
	for name, err := range map[string]error{
		"SetEntry":   c.SetEntry(ctx, "n", negative),
		"SetEntries": c.SetEntries(ctx, map[string]ctxcache.Entry[string]{"n": negative, "m": entry}),
		"Fill":       c.Fill(ctx, "e", leases["e"], negative),
		"FillMany":   c.FillMany(ctx, map[string]ctxcache.Entry[string]{"e": negative}, leases),
	} {
		if err != errors.ErrUnsupported {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Get(ctx, "m"); err != ctxcache.ErrMiss {
		t.Errorf("a refused SetEntries has stored a part: %v", err)
	}
}

func TestMappedGivesLeasesBackWhenDecodePanics(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	if err := inner.Set(ctx, "s:k", "panic", time.Hour); err != nil {
		t.Fatal(err)
	}
	c := shout(inner, false)
	for name, call := range map[string]func(){
		"GetLease":  func() { _, _, _ = c.GetLease(ctx, "k", ctxcache.NoExpiry) },
		"GetLeases": func() { _, _, _ = c.GetLeases(ctx, []string{"absent", "k"}, ctxcache.NoExpiry) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the panic was swallowed", name)
				}
			}()
			call()
		}()
		for _, key := range []string{"s:k", "s:absent"} {
			_, lease, err := inner.GetLease(ctx, key, ctxcache.NoExpiry)
			if !lease.Granted() {
				t.Fatalf("%s left a lease on %s behind: %v", name, key, err)
			}
			if err := inner.Release(ctx, key, lease); err != nil {
				t.Fatal(err)
			}
		}
	}
}
