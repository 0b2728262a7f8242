package twolevel_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestFollowWaitsForFar checks that near is not read while far fails to delete what has changed, and that no change is
// lost: not the one that far failed at, and not those behind it.
func TestFollowWaitsForFar(t *testing.T) {
	aRow := func(ctx context.Context, db intCache) error { return db.Set(ctx, "k", 2, 0) }
	all := func(ctx context.Context, db intCache) error { return ctxcache.Clear(ctx, db) }
	for name, test := range map[string]struct {
		opts   twolevel.Options
		err    error
		change func(ctx context.Context, db intCache) error
	}{
		"far is down":                      {twolevel.Options{}, errFar, aRow},
		"far is down, all of the data":     {twolevel.Options{}, errFar, all},
		"far refuses, although Resilient":  {twolevel.Options{Resilient: true}, ctxcache.ErrRefused, aRow},
		"far is down, and MaxStale is set": {twolevel.Options{MaxStale: time.Minute}, errFar, aRow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, store, near := newNear(), newNear(), newNear()
				far, faults := cachetest.Failing(store)
				var heard []error
				test.opts.Follow, test.opts.OnWatchError = changesOf(db), func(err error) { heard = append(heard, err) }
				c := following(t, near, far, test.opts)
				for _, key := range []string{"k", "l"} {
					layertest.MustSet[string, int](t, c, key, 1)
					layertest.WantValue(t, near, key, 1)
				}
				faults.Fail(test.err, cachetest.On(ctxcache.OpDelete, ctxcache.OpClear))
				if err := test.change(t.Context(), db); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				layertest.MustSet(t, store, "k", 3)            // another process
				layertest.WantValue[string, int](t, c, "k", 3) // near is not read from the beginning on
				layertest.MustSet(t, db, "l", 2)
				time.Sleep(2 * time.Minute)
				if len(heard) != 1 || !errors.Is(heard[0], test.err) {
					t.Errorf("OnWatchError got %v, want far's failure once", heard)
				}
				layertest.WantValue[string, int](t, c, "k", 3)
				faults.Heal()
				time.Sleep(10 * time.Second)
				for _, key := range []string{"k", "l"} {
					wantMiss(t, store, key)
					wantMiss[string, int](t, c, key)
				}
				layertest.MustSet[string, int](t, c, "k", 4)
				layertest.WantValue(t, near, "k", 4) // near is in use again
			})
		})
	}
}

// TestFollowIsResilient checks that an outage of far does not hold up the events, that near drops what has changed, and
// that the old value does not come back after the outage.
func TestFollowIsResilient(t *testing.T) {
	for _, strict := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			db, store, near := newNear(), newNear(), newNear()
			far, faults := cachetest.Failing(store)
			heard := 0
			c := following(t, near, far, twolevel.Options{
				Follow: changesOf(db), Resilient: true, Strict: strict, OnFarError: func(context.Context, error) { heard++ },
				OnWatchError: func(err error) { t.Errorf("OnWatchError got %v", err) },
			})
			for _, key := range []string{"k", "l"} {
				layertest.MustSet[string, int](t, c, key, 1)
			}
			faults.Fail(errFar, cachetest.On())
			for _, key := range []string{"k", "l"} {
				layertest.MustSet(t, db, key, 2)
			}
			synctest.Wait()
			for _, key := range []string{"k", "l"} {
				wantMiss(t, near, key)
				wantMiss[string, int](t, c, key)
			}
			if heard < 2 {
				t.Errorf("OnFarError was called %d times", heard)
			}
			wantMissed(t, c, 2)
			faults.Heal()
			wantMiss[string, int](t, c, "k")
			time.Sleep(10 * time.Second)
			wantMiss(t, store, "l")
		})
	}
}

// TestFollowKeysThatFarCannotHave checks that a key that far refuses does not hold up the events.
func TestFollowKeysThatFarCannotHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, store := newNear(), newNear()
		far, faults := cachetest.Failing(store)
		following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
		faults.Fail(ctxcache.ErrKey, cachetest.On(ctxcache.OpDelete).First(1))
		layertest.MustSet(t, store, "l", 1)
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		layertest.MustSet(t, db, "l", 2)
		synctest.Wait()
		wantMiss(t, store, "l")
	})
}

// TestFollowClosesWhileFarIsDown checks that Close does not wait for far.
func TestFollowClosesWhileFarIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newNear()
		far, faults := cachetest.Failing(newNear())
		c := following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
		faults.Fail(errFar, cachetest.On(ctxcache.OpDelete))
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestFollowOnWatchErrorPanics checks that far is asked again even if OnWatchError panics, and that its next call gets the
// panic.
func TestFollowOnWatchErrorPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, store := newNear(), newNear()
		far, faults := cachetest.Failing(store)
		var heard []error
		following(t, newNear(), far, twolevel.Options{Follow: changesOf(db), OnWatchError: func(err error) {
			if heard = append(heard, err); len(heard) == 1 {
				panic("oops")
			}
		}})
		layertest.MustSet(t, store, "k", 1)
		for range 2 {
			faults.Fail(errFar, cachetest.On(ctxcache.OpDelete).First(2))
			layertest.MustSet(t, db, "k", 2)
			time.Sleep(time.Minute)
		}
		wantMiss(t, store, "k")
		if len(heard) != 2 || !errors.Is(heard[1], errFar) || !strings.Contains(heard[1].Error(), "oops") {
			t.Errorf("OnWatchError got %v", heard)
		}
	})
}

// TestFollowCannotClearFar checks that OnWatchError hears of a far that cannot be cleared when all of the data may have
// changed, and that near is cleared.
func TestFollowCannotClearFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, store, near := newNear(), newNear(), newNear()
		var heard []error
		c := following(t, near, intCache(bare{store}), twolevel.Options{
			Follow: changesOf(db), OnWatchError: func(err error) { heard = append(heard, err) },
		})
		layertest.MustSet(t, store, "k", 1)
		layertest.WantValue[string, int](t, c, "k", 1)
		layertest.MustSet(t, db, "a row", 1)
		if err := ctxcache.Clear(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		wantMiss(t, near, "k")
		if len(heard) != 1 || !strings.Contains(heard[0].Error(), "cannot be cleared") {
			t.Errorf("OnWatchError got %v", heard)
		}
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		wantMiss(t, store, "k") // events still arrive
	})
}

// hashes is a source of data whose events have hashes of keys.
type hashes struct{ ctxcache.Source }

func (h hashes) StoredKey(key any) any { return "hash of " + key.(string) }

func (h hashes) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return h.Source.Watch(ctx, func(e ctxcache.Event) {
		if e.Key != nil {
			e.Key = h.StoredKey(e.Key)
		}
		fn(e)
	})
}

// numbers is a source of data whose events have keys of another type.
type numbers struct{ ctxcache.Source }

func (numbers) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	fn(ctxcache.Event{Gap: true})
	for i := range 3 {
		fn(ctxcache.Event{Key: i})
	}
	<-ctx.Done()
	return ctx.Err()
}

// others is a source of data that also reports keys that it says it never reports.
type others struct{ ctxcache.Source }

func (o others) StoredKey(key any) any {
	if strings.HasPrefix(key.(string), "other:") {
		return nil
	}
	return key
}

// TestFollowUnknownKeys checks that OnWatchError hears, once, of events with keys that cannot be deleted in far. Events
// about the keys of others are left alone.
func TestFollowUnknownKeys(t *testing.T) {
	for name, test := range map[string]struct {
		source func(db intCache) ctxcache.Source
		want   int
	}{
		"hashes":         {func(db intCache) ctxcache.Source { return hashes{changesOf(db)} }, 1},
		"another type":   {func(db intCache) ctxcache.Source { return numbers{changesOf(db)} }, 1},
		"keys of others": {func(db intCache) ctxcache.Source { return others{changesOf(db)} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, far := newNear(), newNear()
				var heard []error
				c := following(t, newNear(), far, twolevel.Options{
					Follow: test.source(db), OnWatchError: func(err error) { heard = append(heard, err) },
				})
				for _, key := range []string{"other:1", "other:2"} {
					layertest.MustSet(t, far, key, 1)
					layertest.MustSet(t, db, key, 2)
				}
				synctest.Wait()
				if len(heard) != test.want {
					t.Errorf("OnWatchError got %v, want %d calls", heard, test.want)
				}
				layertest.WantValue[string, int](t, c, "other:1", 1) // it keeps working
			})
		})
	}
}

// TestFollowHashesOfCopies checks that far's value of a key that near has a copy of is deleted, whatever form the key has
// in events.
func TestFollowHashesOfCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, far := newNear(), newNear()
		c := following(t, newNear(), far, twolevel.Options{Follow: hashes{changesOf(db)}})
		layertest.MustSet[string, int](t, c, "k", 1)
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		wantMiss(t, far, "k")
		wantMiss[string, int](t, c, "k")
	})
}
