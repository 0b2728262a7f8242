package ctxcache_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// during returns src with a function that runs while Copy reads from it.
func during(src stringCache, before, after func(ctx context.Context) error) stringCache {
	only := func(fn func(context.Context) error) func(context.Context, cachetest.Call[string]) error {
		return func(ctx context.Context, call cachetest.Call[string]) error {
			if fn == nil || call.Operation != ctxcache.OpGetEntries {
				return nil
			}
			return fn(ctx)
		}
	}
	hook := cachetest.Hook[string]{Before: only(before)}
	hook.After = func(ctx context.Context, call cachetest.Call[string], err error) error {
		if changed := only(after)(ctx, call); changed != nil {
			return changed
		}
		return err
	}
	return cachetest.Hooked(src, hook)
}

// A change in dst wins over a copy, wherever the copy is.
func TestCopyNeverUndoesAChange(t *testing.T) {
	type change struct {
		name  string
		first string // what dst has before; nothing if it is empty
		make  func(ctx context.Context, dst stringCache) error
		want  string
	}
	changes := []change{
		{"Set", "", func(ctx context.Context, dst stringCache) error { return dst.Set(ctx, "key000", "new", time.Hour) }, "new"},
		{"Delete", "", func(ctx context.Context, dst stringCache) error { return dst.Delete(ctx, "key000") }, ""},
		{"DeleteMany", "", func(ctx context.Context, dst stringCache) error {
			return ctxcache.DeleteMany(ctx, dst, []string{"key000"})
		}, ""},
		{"Clear", "", func(ctx context.Context, dst stringCache) error {
			return ctxcache.ClearIn(ctx, dst, ctxcache.Scope[string]{Prefix: "key000"})
		}, ""},
		{"Set and Delete", "", func(ctx context.Context, dst stringCache) error {
			if err := dst.Set(ctx, "key000", "new", time.Hour); err != nil {
				return err
			}
			return dst.Delete(ctx, "key000")
		}, ""},
		{"Set of a present key", "before", func(ctx context.Context, dst stringCache) error {
			return dst.Set(ctx, "key000", "new", time.Hour)
		}, "new"},
		{"Delete of a present key", "before", func(ctx context.Context, dst stringCache) error {
			return dst.Delete(ctx, "key000")
		}, ""},
	}
	for _, change := range changes {
		for _, when := range []string{"before the read", "after the read"} {
			// Each runs with leases, and on a naive dst without them, where it must fail.
			run := func(t *testing.T, dst stringCache) ctxcache.CopyCounts {
				t.Helper()
				store := newStrings()
				storeAll(t, store, 2)
				options := &ctxcache.CopyOptions{}
				if change.first != "" {
					options.Overwrite = true
					if err := dst.Set(t.Context(), "key000", change.first, time.Hour); err != nil {
						t.Fatal(err)
					}
				}
				act := func(ctx context.Context) error { return change.make(ctx, dst) }
				src := during(store, act, nil)
				if when == "after the read" {
					src = during(store, nil, act)
				}
				counts, err := ctxcache.Copy(t.Context(), dst, src, options)
				if err != nil {
					t.Error(err)
				}
				return counts
			}
			t.Run(change.name+" "+when, func(t *testing.T) {
				dst := newStrings()
				if counts := run(t, dst); counts != (ctxcache.CopyCounts{Copied: 1, Skipped: 1}) {
					t.Errorf("the counts are %+v", counts)
				}
				has(t, dst, "key000", change.want)
				has(t, dst, "key001", "old")
				if change.want == "" {
					noLeases(t, dst, 1)
				}
			})
			overwrites := change.want == "" || change.first != "" // otherwise it looks right before it stores
			if overwrites {
				t.Run("naive: "+change.name+" "+when, func(t *testing.T) {
					dst := &withoutLeases{over(newStrings())}
					run(t, dst)
					has(t, dst, "key000", "old")
				})
			}
		}
	}
}

// A value that another caller loads in dst is that caller's.
func TestCopyLeavesALoadAlone(t *testing.T) {
	ctx, dst, src := t.Context(), newStrings(), newStrings()
	storeAll(t, src, 2)
	_, lease, err := dst.GetLease(ctx, "key000", 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatal(lease, err)
	}
	copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 1, Skipped: 1})
	if err := dst.Fill(ctx, "key000", lease, ctxcache.NewEntry("loaded", time.Hour)); err != nil {
		t.Errorf("the load is lost: %v", err)
	}
	has(t, dst, "key000", "loaded")
}

// A key that leaves src between the list and the read is skipped, and its lease is given back.
func TestCopySkipsWhatSrcLoses(t *testing.T) {
	dst, store := newStrings(), newStrings()
	storeAll(t, store, 2)
	src := during(store, func(ctx context.Context) error { return store.Delete(ctx, "key000") }, nil)
	copies(t, dst, src, nil, ctxcache.CopyCounts{Copied: 1, Skipped: 1})
	has(t, dst, "key000", "")
	noLeases(t, dst, 1)
}

// A value that becomes a negative entry meanwhile is copied as one, if dst can store one.
func TestCopyOfANegativeEntry(t *testing.T) {
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	for name, test := range map[string]struct {
		dst  stringCache
		want ctxcache.CopyCounts
		err  error
	}{
		"dst stores it":        {newStrings(), ctxcache.CopyCounts{Copied: 2}, ctxcache.ErrNotFound},
		"dst cannot":           {&positive{over(newStrings())}, ctxcache.CopyCounts{Copied: 1, Skipped: 1}, ctxcache.ErrMiss},
		"dst without a lease":  {&withoutLeases{over(newStrings())}, ctxcache.CopyCounts{Copied: 2}, ctxcache.ErrNotFound},
		"dst of three methods": {newThree(), ctxcache.CopyCounts{Copied: 1, Skipped: 1}, ctxcache.ErrMiss},
	} {
		t.Run(name, func(t *testing.T) {
			store := newStrings()
			storeAll(t, store, 2)
			src := during(store, func(ctx context.Context) error { return store.SetEntry(ctx, "key000", negative) }, nil)
			copies(t, test.dst, src, nil, test.want)
			if _, err := test.dst.Get(t.Context(), "key000"); err != test.err {
				t.Errorf("Get: %v, want %v", err, test.err)
			}
		})
	}
}

// positive is a memory cache without negative entries.
type positive struct{ base }

func (c *positive) Supports() ctxcache.Cap { return c.base.Supports() &^ ctxcache.CapNegative }
