package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// changesOf returns a source of data. The data is in db, and the source reports each change of it.
func changesOf(db intCache) ctxcache.Source { return struct{ ctxcache.Source }{ctxcache.SourceOf(db)} }

// following returns two levels that follow a source, after they have begun. It must be called in a bubble.
func following(t *testing.T, near, far intCache, opts twolevel.Options) *twolevel.Cache[string, int] {
	t.Helper()
	c := twolevel.New(near, far, &opts)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	synctest.Wait()
	return c
}

// loading returns a function that loads from db through c.
func loading(c intCache, db intCache) *cached.Function[string, int] {
	return cached.Func(c, db.Get, &cached.Options{TTL: time.Hour})
}

// TestFollowForgetsInBothLevels checks that a change of the data takes the old value away from far and from the near
// caches of all processes, also from those that have no copy of their own.
func TestFollowForgetsInBothLevels(t *testing.T) {
	for how, change := range map[string]func(ctx context.Context, db intCache) error{
		"a row": func(ctx context.Context, db intCache) error { return db.Set(ctx, "k", 2, 0) },
		"all rows": func(ctx context.Context, db intCache) error {
			return errors.Join(ctxcache.Clear(ctx, db), db.Set(ctx, "k", 2, 0))
		},
		"many rows": func(ctx context.Context, db intCache) error {
			return ctxcache.SetMany(ctx, db, map[string]int{"l": 2, "k": 2}, 0)
		},
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, far := newNear(), newNear()
				a := following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
				b := following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
				idle := following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)}) // never asked before the change
				layertest.MustSet(t, db, "k", 1)
				synctest.Wait()
				users := loading(a, db)
				if got, err := users.Get(t.Context(), "k"); got != 1 || err != nil {
					t.Fatalf("Get = %v, %v", got, err)
				}
				layertest.WantValue[string, int](t, b, "k", 1)
				if err := change(t.Context(), db); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				for name, c := range map[string]intCache{"far": far, "a": a, "b": b, "idle": idle} {
					if got, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
						t.Errorf("%s still has %v, %v", name, got, err)
					}
				}
				if got, err := users.Get(t.Context(), "k"); got != 2 || err != nil {
					t.Errorf("Get = %v, %v, want the new row", got, err)
				}
				synctest.Wait()
				layertest.WantValue[string, int](t, idle, "k", 2)
			})
		})
	}
}

// TestFollowOfOneProcessIsEnough checks that a process whose near has no copy deletes the key in far.
func TestFollowOfOneProcessIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, far := newNear(), newNear()
		following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
		layertest.MustSet(t, far, "k", 1)
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		wantMiss(t, far, "k")
	})
}

// TestFollowKeepsOwnWrites checks that a value that this process writes or loads stays in near: no event takes it away.
func TestFollowKeepsOwnWrites(t *testing.T) {
	for _, way := range layertest.WriteWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near := newNear()
				c := following(t, near, newNear(), twolevel.Options{Follow: changesOf(newNear())})
				if err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(1, time.Hour)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				layertest.WantValue(t, near, "k", 1)
			})
		})
	}
}

// TestFollowEndsLoads checks that a load that has read the old row stores nothing, in the process that follows, and in one
// that does not.
func TestFollowEndsLoads(t *testing.T) {
	for name, opts := range map[string]func(db intCache) twolevel.Options{
		"in a process that follows": func(db intCache) twolevel.Options { return twolevel.Options{Follow: changesOf(db)} },
		"in another process":        func(intCache) twolevel.Options { return twolevel.Options{} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, far, near := newNear(), newNear(), newNear()
				following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
				c := following(t, near, far, opts(db))
				layertest.MustSet(t, db, "k", 1)
				synctest.Wait()
				slow, stalls := cachetest.Stalling(db)
				read := stalls.Stall(cachetest.On(ctxcache.OpGet).Answers().First(1))
				loaded := make(chan int)
				go func() {
					got, _ := loading(c, slow).Get(t.Context(), "k")
					loaded <- got
				}()
				<-read.Arrived()
				layertest.MustSet(t, db, "k", 2)
				synctest.Wait()
				read.Release()
				if got := <-loaded; got != 1 {
					t.Errorf("the early caller got %d", got)
				}
				wantMiss(t, far, "k")
				wantMiss(t, near, "k")
			})
		})
	}
}

// TestFollowEndsCopies checks that a copy of far's old value that is on its way to near does not arrive there.
func TestFollowEndsCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, near := newNear(), newNear()
		far, stalls := cachetest.Stalling(newNear())
		c := following(t, near, far, twolevel.Options{Follow: changesOf(db)})
		layertest.MustSet(t, far, "k", 1)
		answer := stalls.Stall(farRead.Answers().First(1))
		early := make(chan int)
		go func() {
			got, _ := c.Get(t.Context(), "k")
			early <- got
		}()
		<-answer.Arrived()
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		wantMiss[string, int](t, c, "k") // it does not join the early read
		answer.Release()
		<-early
		wantMiss(t, near, "k")
	})
}

// TestFollowGapLeavesFar checks that the start of a process does not empty what all processes share, and that a loss of
// the stream empties near.
func TestFollowGapLeavesFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, far, near := &watchFaults{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{})}, newNear(), newNear()
		layertest.MustSet(t, far, "k", 1)
		c := following(t, near, far, twolevel.Options{Follow: changesOf(db)})
		layertest.WantValue[string, int](t, c, "k", 1)
		layertest.WantValue(t, near, "k", 1)
		db.set(errWatch)
		synctest.Wait()
		db.set(nil)
		time.Sleep(10 * time.Second)
		wantMiss(t, near, "k")
		layertest.WantValue(t, far, "k", 1)
	})
}

// TestFollowDoesNotReportFar checks that two levels that follow a source of data cannot be watched: what others write to
// far is not reported.
func TestFollowDoesNotReportFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := following(t, newNear(), newNear(), twolevel.Options{Follow: changesOf(newNear())})
		if ctxcache.Supports(c).Has(ctxcache.CapWatch) {
			t.Error("it supports Watch")
		}
		if err := c.Watch(t.Context(), func(ctxcache.Event) {}); err != errors.ErrUnsupported {
			t.Errorf("Watch = %v", err)
		}
	})
}

// TestFollowOfStacks checks that near caches in front of each other follow one source.
func TestFollowOfStacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, far := newNear(), newNear()
		inner := following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
		outer := following(t, newNear(), inner, twolevel.Options{Follow: changesOf(db)})
		layertest.MustSet[string, int](t, outer, "k", 1)
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		wantMiss[string, int](t, outer, "k")
		wantMiss(t, far, "k")
	})
}

func TestFollowNeeds(t *testing.T) {
	source := changesOf(newNear())
	for name, opts := range map[string]*twolevel.Options{
		"Coherent, too":             {Coherent: true, Follow: source},
		"a negative MaxStale":       {Follow: source, MaxStale: -1},
		"MaxStale without a stream": {MaxStale: time.Second},
	} {
		if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%s: Validate = %v", name, err)
		}
	}
	c := twolevel.New(intCache(bare{newNear()}), newNear(), &twolevel.Options{Follow: source})
	if _, err := c.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("a near without leases: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestFollowNeedsNoWatchOfFar checks that far need not be watched.
func TestFollowNeedsNoWatchOfFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, far := newNear(), intCache(newRemote(0))
		c := following(t, newNear(), far, twolevel.Options{Follow: changesOf(db)})
		layertest.MustSet[string, int](t, c, "k", 1)
		layertest.MustSet(t, db, "k", 2)
		synctest.Wait()
		wantMiss[string, int](t, c, "k")
	})
}
