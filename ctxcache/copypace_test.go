package ctxcache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func TestCopyKeepsItsPace(t *testing.T) {
	for _, test := range []struct {
		options ctxcache.CopyOptions
		keys    int
		took    time.Duration // until the last batch begins
		batches int
	}{
		{ctxcache.CopyOptions{}, 1000, 0, 10},
		{ctxcache.CopyOptions{PerSecond: 5000}, 1000, 180 * time.Millisecond, 10},
		{ctxcache.CopyOptions{PerSecond: 5000, Batch: 10}, 1000, 198 * time.Millisecond, 100},
		{ctxcache.CopyOptions{PerSecond: 100}, 500, 4900 * time.Millisecond, 50}, // a tenth of a second's keys
		{ctxcache.CopyOptions{PerSecond: 3}, 7, 1999999998, 7},
		{ctxcache.CopyOptions{PerSecond: 1}, 3, 2 * time.Second, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			dst, src := newStrings(), newStrings()
			storeAll(t, src, test.keys)
			began, batches := time.Now(), 0
			test.options.Progress = func(ctxcache.CopyCounts) { batches++ }
			copies(t, dst, src, &test.options, ctxcache.CopyCounts{Copied: test.keys})
			if took := time.Since(began); took != test.took || batches != test.batches {
				t.Errorf("%+v: %d keys took %v in %d batches, want %v in %d", test.options, test.keys, took, batches, test.took, test.batches)
			}
		})
	}
}

// A slow batch is not followed by a burst.
func TestCopyDoesNotCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dst, store := newStrings(), newStrings()
		storeAll(t, store, 40)
		began, first := time.Now(), true
		src := during(store, nil, func(context.Context) error {
			if first {
				time.Sleep(time.Minute)
			}
			first = false
			return nil
		})
		copies(t, dst, src, &ctxcache.CopyOptions{PerSecond: 100}, ctxcache.CopyCounts{Copied: 40})
		if took := time.Since(began); took != time.Minute+200*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// Copy ends with its context wherever it is, counts what it has done, and gives its leases back.
func TestCopyEndsWithItsContext(t *testing.T) {
	for name, test := range map[string]struct {
		options ctxcache.CopyOptions
		when    func(cancel context.CancelFunc) (src, dst cachetest.Hook[string])
		copied  int
	}{
		"before it begins": {when: func(cancel context.CancelFunc) (src, dst cachetest.Hook[string]) {
			cancel()
			return hook("", nil), hook("", nil)
		}},
		"while src is read": {when: func(cancel context.CancelFunc) (src, dst cachetest.Hook[string]) {
			return hook(ctxcache.OpGetEntries, cancel), hook("", nil)
		}},
		"before the fill": {when: func(cancel context.CancelFunc) (src, dst cachetest.Hook[string]) {
			return hook("", nil), hook(ctxcache.OpFillMany, cancel)
		}},
		"while it waits": {
			options: ctxcache.CopyOptions{PerSecond: 10}, copied: 3,
			when: func(cancel context.CancelFunc) (src, dst cachetest.Hook[string]) {
				time.AfterFunc(250*time.Millisecond, cancel)
				return hook("", nil), hook("", nil)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				src, dst := newStrings(), newStrings()
				storeAll(t, src, 10)
				ofSrc, ofDst := test.when(cancel)
				counts, err := ctxcache.Copy(ctx, cachetest.Hooked(stringCache(dst), ofDst), cachetest.Hooked(stringCache(src), ofSrc),
					&test.options)
				if counts != (ctxcache.CopyCounts{Copied: test.copied}) || err != context.Canceled {
					t.Errorf("%+v, %v", counts, err)
				}
				noLeases(t, dst, 10)
			})
		})
	}
}

// hook calls fn before each call of op.
func hook(op ctxcache.Operation, fn func()) cachetest.Hook[string] {
	return cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
		if call.Operation == op {
			fn()
		}
		return nil
	}}
}
