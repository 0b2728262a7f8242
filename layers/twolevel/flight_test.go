package twolevel_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
)

// farRead matches the far read that callers share.
var farRead = cachetest.On(ctxcache.OpGetEntry)

func TestSharesFarReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "k", 1)
		stall := l.farStall.Stall(farRead)
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() { layertest.WantValue(t, l.cache, "k", 1) })
		}
		synctest.Wait()
		stall.Release()
		callers.Wait()
		if n := l.farLog.Count(); n != 1 {
			t.Errorf("far was asked %d times for %d callers", n, 100)
		}
	})
}

func TestCallerLeavesASharedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "k", 1)
		stall := l.farStall.Stall(farRead)
		first, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := l.cache.Get(first, "k")
			left <- err
		}()
		synctest.Wait()
		var callers sync.WaitGroup
		callers.Go(func() { layertest.WantValue(t, l.cache, "k", 1) })
		synctest.Wait()
		leave()
		if err := <-left; err != context.Canceled {
			t.Errorf("the caller that left got %v", err)
		}
		stall.Release()
		callers.Wait()
		if n := l.farLog.Count(); n != 1 {
			t.Errorf("far was asked %d times", n)
		}
		layertest.WantValue(t, l.near, "k", 1)
	})
}

// TestAllLeaveASharedRead checks that the far read ends when all its callers leave, and that near's lease is released.
func TestAllLeaveASharedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		l.farStall.Stall(farRead)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.cache.Get(ctx, "k"); err != context.DeadlineExceeded {
			t.Errorf("Get = %v", err)
		}
		synctest.Wait()
		if records := l.farLog.Records(); len(records) != 1 || !errors.Is(records[0].Err, context.Canceled) {
			t.Errorf("far's answers are %v, want one that was cancelled", records)
		}
		wantFree(t, l.near, "k")
	})
}

// TestReadAfterWriteJoinsNoEarlierRead checks reads after a write that begins and ends while a far read has read the
// old value and has not returned yet.
func TestReadAfterWriteJoinsNoEarlierRead(t *testing.T) {
	const old, updated = 1, 2
	value := ctxcache.NewEntry(updated, time.Hour)
	writes := map[string]func(ctx context.Context, c intCache) error{
		"Delete":     func(ctx context.Context, c intCache) error { return c.Delete(ctx, "k") },
		"DeleteMany": func(ctx context.Context, c intCache) error { return ctxcache.DeleteMany(ctx, c, []string{"k"}) },
		"Clear":      func(ctx context.Context, c intCache) error { return ctxcache.Clear(ctx, c) },
		"Remove": func(ctx context.Context, c intCache) error {
			_, err := ctxcache.Remove(ctx, c, "k")
			return err
		},
		"Fill": func(ctx context.Context, c intCache) error {
			_, lease, err := ctxcache.GetLease(ctx, c, "k", ctxcache.NoExpiry)
			if err != nil {
				return err
			}
			return ctxcache.Fill(ctx, c, "k", lease, value)
		},
	}
	for _, way := range layertest.SetWays[int]()[:2] { // the other ways need an absent key
		writes[way.Name] = func(ctx context.Context, c intCache) error { return way.Write(ctx, c, "k", value) }
	}
	writes["Set"] = func(ctx context.Context, c intCache) error { return c.Set(ctx, "k", updated, time.Hour) }
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(nil)
				layertest.MustSet(t, l.far, "k", old)
				stall := l.farStall.Stall(farRead.Answers().First(1))
				var early sync.WaitGroup
				early.Go(func() { layertest.WantValue(t, l.cache, "k", old) })
				<-stall.Arrived()
				if err := write(t.Context(), l.cache); err != nil {
					t.Fatal(err)
				}
				check := func() {
					t.Helper()
					if got, err := l.cache.Get(t.Context(), "k"); err != nil && err != ctxcache.ErrMiss || got == old {
						t.Errorf("a Get after %s = %v, %v", name, got, err)
					}
				}
				check()
				stall.Release()
				early.Wait()
				check()
			})
		})
	}
}
