package ctxcache_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// Time that src takes to answer is not added to the lives of the copies.
func TestCopyDoesNotProlongLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dst, store := newStrings(), newStrings()
		ttls := map[string]time.Duration{
			"short": 2 * time.Second, "long": time.Hour, "stale": time.Minute, "forever": ctxcache.NoExpiry,
		}
		for key, ttl := range ttls {
			e := ctxcache.NewEntry("v", ttl)
			switch key {
			case "long":
				e.StaleFor, e.CopyTTL = 10*time.Minute, time.Minute
			case "stale":
				e.StaleFor = time.Minute
			}
			if err := store.SetEntry(t.Context(), key, e); err != nil {
				t.Fatal(err)
			}
		}
		src := cachetest.Hooked(stringCache(store), cachetest.Hook[string]{
			After: func(_ context.Context, call cachetest.Call[string], err error) error {
				if call.Operation == ctxcache.OpGetEntries {
					time.Sleep(3 * time.Second)
				}
				return err
			},
		})
		copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 3, Skipped: 1})
		has(t, dst, "short", "")
		if e, err := ctxcache.GetEntry(t.Context(), dst, "stale"); e.StaleFor != 57*time.Second || e.StaleAge != 3*time.Second || err != nil {
			t.Errorf("the stale entry: %+v, %v", e.Meta, err)
		}
		e, err := ctxcache.GetEntry(t.Context(), dst, "long")
		want := ctxcache.Meta{
			TTL: time.Hour - 3*time.Second, StaleFor: 10 * time.Minute, CopyTTL: time.Minute - 3*time.Second, Written: e.Written,
		}
		if e.Meta != want || err != nil {
			t.Errorf("%+v, %v, want %+v", e.Meta, err, want)
		}
		if e, err := ctxcache.GetEntry(t.Context(), dst, "forever"); e.TTL != ctxcache.NoExpiry || err != nil {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestCopyOfUnknownLives(t *testing.T) {
	src, dst := &timeless{over(newStrings())}, newStrings()
	storeAll(t, src, 150)
	counts, err := ctxcache.Copy(t.Context(), dst, src, nil)
	if counts != (ctxcache.CopyCounts{Failed: 150}) || ctxcache.KeyError(err, "key149") != ctxcache.ErrTTL {
		t.Errorf("%+v, %v", counts, err)
	}
	copies(t, dst, src, &ctxcache.CopyOptions{UnknownTTL: time.Minute}, ctxcache.CopyCounts{Copied: 150})
	if e, err := ctxcache.GetEntry(t.Context(), dst, "key000"); e.TTL > time.Minute || e.TTL < 30*time.Second || err != nil {
		t.Errorf("%+v, %v", e, err)
	}
}

// timeless is a memory cache that cannot tell how long values live.
type timeless struct{ base }

func (c *timeless) Supports() ctxcache.Cap {
	return c.base.Supports() &^ (ctxcache.CapEntry | ctxcache.CapMany | ctxcache.CapLease | ctxcache.CapLeaseShared)
}

// A copy of a copy lives no longer than the copy. In a dst with one life, the copy has the shorter one.
func TestCopyCapsLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStrings()
		entries := map[string]ctxcache.Entry[string]{
			"value": {Value: "v", Meta: ctxcache.Meta{TTL: time.Hour, StaleFor: 40 * time.Minute}},
			"copy":  {Value: "v", Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Minute}},
			"brief": {Value: "v", Meta: ctxcache.Meta{TTL: time.Second}},
		}
		if err := src.SetEntries(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name  string
			dst   stringCache
			value ctxcache.Meta
		}{
			{"two lives", newStrings(), ctxcache.Meta{TTL: time.Hour, StaleFor: 40 * time.Minute, CopyTTL: 30 * time.Minute}},
			{"one life", &oneLife{over(newStrings())}, ctxcache.Meta{TTL: 30 * time.Minute, StaleFor: 10 * time.Minute}},
			{"one life, one by one", &oneLifeEach{over(newStrings())}, ctxcache.Meta{TTL: 30 * time.Minute, StaleFor: 10 * time.Minute}},
		} {
			copies(t, test.dst, src, &ctxcache.CopyOptions{CopyTTL: 30 * time.Minute}, ctxcache.CopyCounts{Copied: 3})
			if e, err := ctxcache.GetEntry(t.Context(), test.dst, "value"); e.Meta != test.value || err != nil {
				t.Errorf("%s: %+v, %v, want %+v", test.name, e.Meta, err, test.value)
			}
			if e, err := ctxcache.GetEntry(t.Context(), test.dst, "copy"); e.Life(e.TTL) != time.Minute || err != nil {
				t.Errorf("%s: the copy of a copy: %+v, %v", test.name, e.Meta, err)
			}
			if e, err := ctxcache.GetEntry(t.Context(), test.dst, "brief"); e.TTL != time.Second || err != nil {
				t.Errorf("%s: the brief one: %+v, %v", test.name, e.Meta, err)
			}
		}
	})
}

// oneLife is a memory cache that refuses entries with two lives, as a store with one expiry a key does.
type oneLife struct{ base }

func (c *oneLife) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease,
) error {
	for _, e := range entries {
		if e.CopyTTL > 0 && e.CopyTTL < e.TTL {
			return errors.ErrUnsupported
		}
	}
	return c.base.FillMany(ctx, entries, leases)
}

// oneLifeEach does so for each key, because it has no calls for many keys.
type oneLifeEach struct{ base }

func (c *oneLifeEach) Supports() ctxcache.Cap { return (*oneByOne)(c).Supports() }

func (c *oneLifeEach) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	if e.CopyTTL > 0 && e.CopyTTL < e.TTL {
		return errors.ErrUnsupported
	}
	return c.base.SetEntry(ctx, key, e)
}
