package layers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// farRead is how one caller's read is shared.
var farRead = cachetest.On(cachetest.GetEntry)

func TestTwoLevelSharesFarReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		mustSet(t, l.far, "k", 1)
		stall := l.farStall.Stall(farRead)
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() { wantValue(t, l.cache, "k", 1) })
		}
		synctest.Wait()
		stall.Release()
		callers.Wait()
		if n := l.farLog.Count(); n != 1 {
			t.Errorf("far was asked %d times for %d callers", n, 100)
		}
	})
}

func TestTwoLevelCallerLeavesASharedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		mustSet(t, l.far, "k", 1)
		stall := l.farStall.Stall(farRead)
		first, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := l.cache.Get(first, "k")
			left <- err
		}()
		synctest.Wait()
		var callers sync.WaitGroup
		callers.Go(func() { wantValue(t, l.cache, "k", 1) })
		synctest.Wait()
		leave()
		if err := <-left; err != context.Canceled {
			t.Errorf("who left got %v", err)
		}
		stall.Release()
		callers.Wait()
		if n := l.farLog.Count(); n != 1 {
			t.Errorf("far was asked %d times", n)
		}
		wantValue(t, l.near, "k", 1)
	})
}

// TestTwoLevelAllLeaveASharedRead: the far read ends, and leaves no lease in near.
func TestTwoLevelAllLeaveASharedRead(t *testing.T) {
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
			t.Errorf("far's answer is %v, want that it was cancelled", records)
		}
		wantFree(t, l.near, "k")
	})
}

// TestTwoLevelReadAfterWriteJoinsNoEarlierRead: a far read has read the old value and is not back yet, when a write begins and ends.
func TestTwoLevelReadAfterWriteJoinsNoEarlierRead(t *testing.T) {
	const old, updated = 1, 2
	value := ctxcache.Entry[int]{Value: updated, TTL: time.Hour}
	writes := map[string]func(c intCache) error{
		"Delete":     func(c intCache) error { return c.Delete(t.Context(), "k") },
		"DeleteMany": func(c intCache) error { return ctxcache.DeleteMany(t.Context(), c, []string{"k"}) },
		"Clear":      func(c intCache) error { return ctxcache.Clear(t.Context(), c) },
		"Remove": func(c intCache) error {
			_, err := ctxcache.Remove(t.Context(), c, "k")
			return err
		},
		"Fill": func(c intCache) error {
			_, lease, err := ctxcache.GetLease(t.Context(), c, "k", ctxcache.NoExpiry)
			if err != nil {
				return err
			}
			return errors.Join(lease.Fill(t.Context(), value), lease.Release(t.Context()))
		},
	}
	for _, way := range setWays[int]()[:2] { // the others take leases of absent keys
		writes[way.name] = func(c intCache) error { return way.write(t.Context(), c, "k", value) }
	}
	writes["Set"] = func(c intCache) error { return c.Set(t.Context(), "k", updated, time.Hour) }
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(nil)
				mustSet(t, l.far, "k", old)
				stall := l.farStall.Stall(farRead.Answers().First(1))
				var early sync.WaitGroup
				early.Go(func() { wantValue(t, l.cache, "k", old) })
				<-stall.Arrived()
				if err := write(l.cache); err != nil {
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
