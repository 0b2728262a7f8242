package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// stringCache is what most tests of Copy copy from and to.
type stringCache = ctxcache.Cache[string, string]

func newStrings() *memory.Cache[string, string] { return memory.New[string, string](nil) }

// base is what doubles of a store embed. Its methods are compiled again for each double, and it has fewer than the store.
type base = ctxcache.Forward[string, string]

// over returns a base that forwards all calls to store.
func over(store stringCache) base {
	return ctxcache.NewForward(store, ctxcache.Description{Kind: "double"})
}

// storeAll stores "old" under n keys, for an hour.
func storeAll(t *testing.T, c stringCache, n int) {
	t.Helper()
	values := make(map[string]string)
	for i := range n {
		values[fmt.Sprintf("key%03d", i)] = "old"
	}
	if err := ctxcache.SetMany(t.Context(), c, values, time.Hour); err != nil {
		t.Fatal(err)
	}
}

// copies copies and compares the counts.
func copies(t *testing.T, dst, src stringCache, options *ctxcache.CopyOptions, want ctxcache.CopyCounts) {
	t.Helper()
	if counts, err := ctxcache.Copy(t.Context(), dst, src, options); counts != want || err != nil {
		t.Errorf("Copy: %+v, %v, want %+v", counts, err, want)
	}
}

// has compares the value of key in c. An empty one stands for a miss.
func has(t *testing.T, c stringCache, key, want string) {
	t.Helper()
	value, err := c.Get(t.Context(), key)
	if value != want || (err == ctxcache.ErrMiss) != (want == "") || err != nil && err != ctxcache.ErrMiss {
		t.Errorf("%s: %q, %v, want %q", key, value, err, want)
	}
}

// no leases are left in c on n keys of storeAll: each of them can be had.
func noLeases(t *testing.T, c stringCache, n int) {
	t.Helper()
	for i := range n {
		key := fmt.Sprintf("key%03d", i)
		_, lease, err := ctxcache.GetLease(t.Context(), c, key, ctxcache.NoExpiry)
		if !lease.Granted() {
			t.Errorf("a lease is left on %s: %v, %v", key, lease, err)
			continue
		}
		if err := ctxcache.Release(t.Context(), c, key, lease); err != nil {
			t.Error(err)
		}
	}
}

func TestCopyKeepsAllOfAnEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dst, src := newStrings(), newStrings()
		written := time.Now().Add(-time.Minute)
		entries := map[string]ctxcache.Entry[string]{
			"":        {Value: "", Meta: ctxcache.Meta{TTL: time.Hour}},
			"forever": {Value: "v", Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, Written: written}},
			"stale":   {Value: "v", Meta: ctxcache.Meta{TTL: time.Hour, StaleFor: 55 * time.Minute, Written: written}},
			"copy":    {Value: "v", Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Hour}},
			"short":   {Value: "v", Meta: ctxcache.Meta{TTL: time.Minute}},
		}
		if err := ctxcache.SetEntries(t.Context(), src, entries); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute) // "short" expires, and "stale" is stale
		copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 4})
		for key := range entries {
			want, wantErr := ctxcache.GetEntry(t.Context(), src, key)
			if e, err := ctxcache.GetEntry(t.Context(), dst, key); e != want || err != wantErr {
				t.Errorf("%q: %+v, %v, want %+v, %v", key, e, err, want, wantErr)
			}
		}
		if e, _ := ctxcache.GetEntry(t.Context(), dst, "stale"); e.TTL != 50*time.Minute || e.StaleAge != 5*time.Minute {
			t.Errorf("the stale entry: %+v", e)
		}
		time.Sleep(51 * time.Minute)
		has(t, dst, "copy", "")
		has(t, dst, "forever", "v")
	})
}

func TestCopyLeavesAloneWhatDstHas(t *testing.T) {
	for name, dst := range map[string]stringCache{"leases": newStrings(), "no leases": &withoutLeases{over(newStrings())}} {
		t.Run(name, func(t *testing.T) {
			ctx, src := t.Context(), newStrings()
			storeAll(t, src, 3)
			if err := dst.Set(ctx, "key000", "new", time.Hour); err != nil {
				t.Fatal(err)
			}
			negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
			if err := ctxcache.SetEntry(ctx, dst, "key001", negative); err != nil {
				t.Fatal(err)
			}
			copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 1, Present: 2})
			has(t, dst, "key000", "new")
			has(t, dst, "key002", "old")
			if _, err := dst.Get(ctx, "key001"); err != ctxcache.ErrNotFound {
				t.Errorf("the negative entry: %v", err)
			}
			copies(t, dst, src, nil, ctxcache.CopyCounts{Present: 3})
			copies(t, dst, src, &ctxcache.CopyOptions{Overwrite: true}, ctxcache.CopyCounts{Copied: 3})
			has(t, dst, "key000", "old")
			has(t, dst, "key001", "old")
		})
	}
}

// withoutLeases is a memory cache with all but leases.
type withoutLeases struct{ base }

func (c *withoutLeases) Supports() ctxcache.Cap {
	return c.base.Supports() &^ (ctxcache.CapLease | ctxcache.CapLeaseShared)
}

func TestCopyIn(t *testing.T) {
	dst, src := newStrings(), newStrings()
	storeAll(t, src, 20)
	scope := ctxcache.Scope[string]{Prefix: "key01", Match: func(key string) bool { return key != "key011" }}
	if counts, err := ctxcache.CopyIn(t.Context(), dst, src, scope, nil); counts != (ctxcache.CopyCounts{Copied: 9}) || err != nil {
		t.Errorf("CopyIn: %+v, %v", counts, err)
	}
	has(t, dst, "key001", "")
	has(t, dst, "key011", "")
	has(t, dst, "key012", "old")
}

// Every stack can be copied to every other one.
func TestCopyBetweenStacks(t *testing.T) {
	stacks := map[string]func(t *testing.T) stringCache{
		"memory":   func(*testing.T) stringCache { return newStrings() },
		"prefixed": func(*testing.T) stringCache { return layers.Prefixed(stringCache(newStrings()), "p:") },
		"encoded": func(*testing.T) stringCache {
			return layers.Encoded(memory.New[string, []byte](nil), layers.JSON[string]{}, nil)
		},
		"observed": func(*testing.T) stringCache { return layers.Stats(stringCache(newStrings()), "copy") },
		"two levels": func(t *testing.T) stringCache {
			stack := twolevel.New(newStrings(), newStrings(), &twolevel.Options{NearTTL: time.Minute, Resilient: true})
			t.Cleanup(func() {
				if err := stack.Close(); err != nil {
					t.Error(err)
				}
			})
			return stack
		},
		"no leases":  func(*testing.T) stringCache { return &withoutLeases{over(newStrings())} },
		"one by one": func(*testing.T) stringCache { return &oneByOne{over(newStrings())} },
	}
	for from, newSrc := range stacks {
		for to, newDst := range stacks {
			t.Run(from+" to "+to, func(t *testing.T) {
				src, dst := newSrc(t), newDst(t)
				if !ctxcache.Supports(src).Has(ctxcache.CapKeys) {
					t.Fatal("it cannot list its keys")
				}
				storeAll(t, src, 250)
				copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 250})
				if n, err := ctxcache.Len(t.Context(), dst); n != 250 || err != nil {
					t.Errorf("dst has %d, %v", n, err)
				}
				has(t, dst, "key249", "old")
				if e, err := ctxcache.GetEntry(t.Context(), dst, "key000"); e.TTL > time.Hour || e.TTL < 50*time.Minute || err != nil {
					t.Errorf("the entry: %+v, %v", e, err)
				}
			})
		}
	}
}

// oneByOne is a memory cache without calls for many keys.
type oneByOne struct{ base }

func (c *oneByOne) Supports() ctxcache.Cap {
	return c.base.Supports() &^ (ctxcache.CapMany | ctxcache.CapLease | ctxcache.CapLeaseShared)
}

func TestCopyMakesARoundTripForEachBatch(t *testing.T) {
	src, dst := newStrings(), newStrings()
	storeAll(t, src, 250)
	trips := make(map[ctxcache.Operation]int)
	count := cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
		trips[call.Operation]++
		return nil
	}}
	var seen []ctxcache.CopyCounts
	options := &ctxcache.CopyOptions{Progress: func(counts ctxcache.CopyCounts) { seen = append(seen, counts) }}
	copies(t, cachetest.Hooked(stringCache(dst), count), cachetest.Hooked(stringCache(src), count), options,
		ctxcache.CopyCounts{Copied: 250})
	want := map[ctxcache.Operation]int{
		ctxcache.OpKeys: 1, ctxcache.OpGetLeases: 3, ctxcache.OpGetEntries: 3, ctxcache.OpFillMany: 3,
	}
	if !maps.Equal(trips, want) {
		t.Errorf("%v, want %v", trips, want)
	}
	if fmt.Sprint(seen) != "[{100 0 0 0} {200 0 0 0} {250 0 0 0}]" {
		t.Errorf("the progress is %v", seen)
	}
}

// A batch takes memory for the keys that it has, whatever Batch allows.
func TestCopyInOneBatch(t *testing.T) {
	src, dst := newStrings(), newStrings()
	storeAll(t, src, 250)
	copies(t, dst, src, &ctxcache.CopyOptions{Batch: math.MaxInt}, ctxcache.CopyCounts{Copied: 250})
}

func TestCopyOptionsValidate(t *testing.T) {
	src, dst := newStrings(), newStrings()
	storeAll(t, src, 1)
	for name, options := range map[string]*ctxcache.CopyOptions{
		"PerSecond": {PerSecond: -1}, "Batch": {Batch: -1}, "CopyTTL": {CopyTTL: -1}, "UnknownTTL": {UnknownTTL: -1},
	} {
		counts, err := ctxcache.Copy(t.Context(), dst, src, options)
		if counts != (ctxcache.CopyCounts{}) || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %+v, %v", name, counts, err)
		}
	}
	has(t, dst, "key000", "")
	if err := (*ctxcache.CopyOptions)(nil).Validate(); err != nil {
		t.Error(err)
	}
}
