package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// changes are the ways to change the key k so that its value 1 must not be read again.
var changes = map[string]func(ctx context.Context, c intCache) error{
	"Set":    func(ctx context.Context, c intCache) error { return c.Set(ctx, "k", 2, time.Hour) },
	"Delete": func(ctx context.Context, c intCache) error { return c.Delete(ctx, "k") },
	"Remove": func(ctx context.Context, c intCache) error { _, err := ctxcache.Remove(ctx, c, "k"); return err },
	"SetMany": func(ctx context.Context, c intCache) error {
		return ctxcache.SetMany(ctx, c, map[string]int{"k": 2, "l": 2}, time.Hour)
	},
	"DeleteMany": func(ctx context.Context, c intCache) error { return ctxcache.DeleteMany(ctx, c, []string{"k", "l"}) },
	"Clear":      func(ctx context.Context, c intCache) error { return ctxcache.Clear(ctx, c) },
	"ClearIn a prefix": func(ctx context.Context, c intCache) error {
		return ctxcache.ClearIn(ctx, c, ctxcache.Scope[string]{Prefix: "k"})
	},
	"ClearIn a match": func(ctx context.Context, c intCache) error {
		return ctxcache.ClearIn(ctx, c, ctxcache.Scope[string]{Match: func(key string) bool { return key == "k" }})
	},
}

func wantMissed(t *testing.T, c intCache, want int64) {
	t.Helper()
	if stats, _ := ctxcache.GetStats(t.Context(), c); stats.Missed != want { // the error is far's, which is down
		t.Errorf("far has missed %d keys, want %d", stats.Missed, want)
	}
}

// TestMissedChangeStays checks that the old value does not come back after an outage in which the key was changed: not
// for the first reader, in whatever way it reads, and not later. Far has it no more then.
func TestMissedChangeStays(t *testing.T) {
	for name, change := range changes {
		for _, read := range layertest.ReadWays[int]() {
			t.Run(name+"/"+read.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l, _ := newResilient()
					defer func() { _ = ctxcache.Close(l.cache) }()
					layertest.MustSet(t, l.far, "k", 1)
					l.farFault.Fail(errFar, cachetest.On())
					if err := change(t.Context(), l.cache); err != nil {
						t.Fatal(err)
					}
					if err := l.near.Delete(t.Context(), "k"); err != nil { // as if it were evicted
						t.Fatal(err)
					}
					l.farFault.Heal()
					if got, err := read.Read(t.Context(), l.cache, "k"); err != ctxcache.ErrMiss {
						t.Errorf("right after the outage: %v, %v", got, err)
					}
					time.Sleep(time.Minute)
					wantMissed(t, l.cache, 0)
					wantMiss(t, l.far, "k")
					wantMiss(t, l.cache, "k")
					layertest.MustSet(t, l.far, "k", 3) // by another process, after the replay
					layertest.WantValue(t, l.cache, "k", 3)
				})
			})
		}
	}
}

// TestContainsAndRemoveOfAMissedKey checks that neither reports an old value after an outage.
func TestContainsAndRemoveOfAMissedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newResilient()
		defer func() { _ = ctxcache.Close(l.cache) }()
		for _, key := range []string{"a", "b"} {
			layertest.MustSet(t, l.far, key, 1)
		}
		l.farFault.Fail(errFar, cachetest.On())
		if err := ctxcache.DeleteMany(t.Context(), l.cache, []string{"a", "b"}); err != nil {
			t.Fatal(err)
		}
		l.farFault.Heal()
		if has, err := ctxcache.Contains(t.Context(), l.cache, "a"); has || err != nil {
			t.Errorf("before far has taken a change: Contains = %v, %v", has, err)
		}
		layertest.MustSet(t, l.cache, "other", 1) // ends the outage of writes
		if has, err := ctxcache.Contains(t.Context(), l.cache, "a"); has || err != nil {
			t.Errorf("Contains = %v, %v", has, err)
		}
		if was, err := ctxcache.Remove(t.Context(), l.cache, "b"); was || err != nil {
			t.Errorf("Remove = %v, %v", was, err)
		}
		wantMissed(t, l.cache, 0) // both were struck off by these calls
	})
}

// TestWriteStrikesOff checks that a write that far confirms makes far believed again, and that the replay leaves its
// value alone. A write that far has missed since is not struck off.
func TestWriteStrikesOff(t *testing.T) {
	for _, way := range writesOver[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := newResilient()
				defer func() { _ = ctxcache.Close(l.cache) }()
				l.farFault.Fail(errFar, cachetest.On())
				if err := l.cache.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				l.farFault.Heal()
				if err := way.Write(t.Context(), l.cache, "k", ctxcache.NewEntry(2, time.Hour)); err != nil {
					t.Fatal(err)
				}
				wantMissed(t, l.cache, 0)
				time.Sleep(time.Minute)
				layertest.WantValue(t, l.far, "k", 2)
			})
		})
	}
}

// TestWriteStrikesOffItsOwnOnly checks that a write that far confirms late does not strike off a newer entry of its key.
func TestWriteStrikesOffItsOwnOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newResilient()
		defer func() { _ = ctxcache.Close(l.cache) }()
		slow := l.farStall.Stall(cachetest.On(ctxcache.OpSet).Answers().First(1))
		done := make(chan error, 1)
		go func() { done <- l.cache.Set(t.Context(), "k", 1, time.Hour) }()
		<-slow.Arrived() // far has the value, and its answer is on its way
		l.farFault.Fail(errFar, cachetest.On())
		if err := l.cache.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		l.farFault.Heal()
		slow.Release()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got, err := l.cache.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("after the Delete: %v, %v", got, err)
		}
	})
}

// TestLateWriteIsNotBelieved checks that nobody reads a Set that far has not answered and that takes effect after a
// deletion.
func TestLateWriteIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, far := t.Context(), newLateFar()
		c := twolevel.New[string, int](newMemory[int](), far, &twolevel.Options{Resilient: true})
		defer c.Close()
		far.hangs = true
		if err := c.Set(ctx, "key", lateValue, time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Get(ctx, "key"); got != lateValue || err != nil {
			t.Errorf("Get = %d, %v, want what was set", got, err)
		}
		if err := c.Delete(ctx, "key"); err != nil {
			t.Fatal(err)
		}
		for range 50 { // the Set takes effect after two seconds
			time.Sleep(100 * time.Millisecond)
			if got, err := c.Get(ctx, "key"); err != ctxcache.ErrMiss {
				t.Errorf("Get = %d, %v", got, err)
			}
			if e, lease, err := c.GetLease(ctx, "key", 0); err != ctxcache.ErrMiss {
				t.Errorf("GetLease = %d, %v", e.Value, err)
			} else if lease.Granted() {
				if err := c.Release(ctx, "key", lease); err != nil && err != ctxcache.ErrLeaseLost {
					t.Error(err)
				}
			}
			if found, err := c.GetEntries(ctx, []string{"key"}); len(found) > 0 || err != nil {
				t.Errorf("GetEntries = %v, %v", found, err)
			}
		}
		time.Sleep(10 * time.Second)
		if stats, err := c.Stats(ctx); stats.Missed != 0 || err != nil {
			t.Errorf("%d keys are listed, %v", stats.Missed, err)
		}
	})
}
