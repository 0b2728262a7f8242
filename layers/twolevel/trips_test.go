package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// looks are the ways to get the key k, and to load it as 1 if neither level has it.
var looks = map[string]func(ctx context.Context, c *twolevel.Cache[string, int]) (int, error){
	"one": func(ctx context.Context, c *twolevel.Cache[string, int]) (int, error) {
		if got, err := c.GetNear(ctx, "k"); err != ctxcache.ErrMiss {
			return got, err
		}
		e, lease, err := c.GetLease(ctx, "k", 0)
		if err != ctxcache.ErrMiss || !lease.Granted() {
			return e.Value, err
		}
		return 1, c.Fill(ctx, "k", lease, ctxcache.NewEntry(1, time.Hour))
	},
	"many": func(ctx context.Context, c *twolevel.Cache[string, int]) (int, error) {
		found, leases, err := c.GetLeases(ctx, []string{"k"}, 0)
		if e, has := found["k"]; has && err == nil {
			return e.Value, absence(e)
		}
		if err != nil || !leases["k"].Granted() {
			return 0, errors.Join(err, ctxcache.ErrMiss)
		}
		return 1, c.FillMany(ctx, map[string]ctxcache.Entry[int]{"k": ctxcache.NewEntry(1, time.Hour)}, leases)
	},
}

// absence returns ErrNotFound for a negative entry.
func absence(e ctxcache.Entry[int]) error {
	if e.Absent {
		return ctxcache.ErrNotFound
	}
	return nil
}

// TestRoundTripsOfALoad checks how often far is asked by a caller that loads what neither level has: never if near has
// the key, once if far has it, and twice if it must be loaded.
func TestRoundTripsOfALoad(t *testing.T) {
	negative := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	for name, opts := range map[string]twolevel.Options{
		"plain": {}, "resilient": {Resilient: true}, "coherent": {Coherent: true}, "capped": {NearTTL: time.Minute},
	} {
		for how, look := range looks {
			for _, test := range []struct {
				name    string
				stored  *ctxcache.Entry[int]
				want    error
				trips   int // of the first caller
				further int // of the next one, which asks near
			}{
				{"miss", nil, nil, 2, 0},
				{"far hit", new(ctxcache.NewEntry(1, time.Hour)), nil, 1, 0},
				{"negative", &negative, ctxcache.ErrNotFound, 1, 0},
			} {
				t.Run(name+"/"+how+"/"+test.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						store := newNear()
						far, log := cachetest.Recording(store)
						c := twolevel.New(newNear(), far, &opts)
						t.Cleanup(func() { _ = c.Close() })
						synctest.Wait()
						if test.stored != nil {
							if err := ctxcache.SetEntry(t.Context(), store, "k", *test.stored); err != nil {
								t.Fatal(err)
							}
							synctest.Wait()
						}
						if opts.Coherent { // the event of the fill drops the copy, and the next read makes it again
							test.further = min(1, test.trips-1)
						}
						for _, trips := range []int{test.trips, test.further, 0} {
							before := log.Count(farTrips...)
							got, err := look(t.Context(), c)
							if err != test.want || err == nil && got != 1 {
								t.Errorf("%d, %v, want %v", got, err, test.want)
							}
							if n := log.Count(farTrips...) - before; n != trips {
								t.Errorf("far was asked %d times, want %d: %v", n, trips, log.Records())
							}
							synctest.Wait()
						}
					})
				})
			}
		}
	}
}

// farTrips are the operations of a look in far.
var farTrips = []ctxcache.Operation{
	ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases,
	ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpRelease, ctxcache.OpReleaseMany, ctxcache.OpDelete,
}

// TestRoundTripsInAnOutage checks that a caller that looks in near first waits for a far that is down only once, and that
// the next caller does not.
func TestRoundTripsInAnOutage(t *testing.T) {
	for how, look := range looks {
		t.Run(how, func(t *testing.T) {
			told := 0
			l := newTwoLevels(&twolevel.Options{Resilient: true, OnFarError: func(context.Context, error) { told++ }})
			l.farFault.Fail(errFar, cachetest.On())
			c := l.cache.(*twolevel.Cache[string, int])
			for range 2 { // near works alone
				if got, err := look(t.Context(), c); got != 1 || err != nil {
					t.Errorf("%d, %v, want the value that was loaded", got, err)
				}
			}
			if n := l.farLog.Count(); n != 1 || told != 1 {
				t.Errorf("far was asked %d times, and OnFarError called %d times", n, told)
			}
			wantFree(t, l.near, "k")
		})
	}
}

// TestGetNear checks that GetNear asks near alone, and refuses what Get refuses.
func TestGetNear(t *testing.T) {
	l := newTwoLevels(nil)
	c := l.cache.(*twolevel.Cache[string, int])
	layertest.MustSet(t, l.far, "k", 1)
	if got, err := c.GetNear(t.Context(), "k"); err != ctxcache.ErrMiss {
		t.Errorf("GetNear of a key that only far has = %d, %v", got, err)
	}
	if n := l.farLog.Count(); n != 0 {
		t.Errorf("far was asked %d times", n)
	}
	layertest.WantValue(t, l.cache, "k", 1)
	if got, err := c.GetNear(t.Context(), "k"); got != 1 || err != nil {
		t.Errorf("GetNear of a near copy = %d, %v", got, err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.GetNear(done, "k"); err != context.Canceled {
		t.Errorf("GetNear with a context that is done: %v", err)
	}
	l.nearFault.Fail(errFar, cachetest.On())
	if _, err := c.GetNear(t.Context(), "k"); !errors.Is(err, errFar) {
		t.Errorf("GetNear of a near that fails: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetNear(t.Context(), "k"); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("GetNear after Close: %v", err)
	}
	invalid := twolevel.New(newNear(), newNear(), &twolevel.Options{NearTTL: -1})
	if _, err := invalid.GetNear(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("GetNear with bad options: %v", err)
	}
}

// TestDeleteBetweenTheAnswerAndTheCopy checks that near does not keep far's answer to a GetLease if the key is deleted
// before the copy is made: near's lease is older than the question to far.
func TestDeleteBetweenTheAnswerAndTheCopy(t *testing.T) {
	for how, look := range looks {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(nil)
				c := l.cache.(*twolevel.Cache[string, int])
				layertest.MustSet(t, l.far, "k", 1)
				answer := l.farStall.Stall(cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases).Answers().First(1))
				early := make(chan int, 1)
				go func() {
					got, _ := look(t.Context(), c)
					early <- got
				}()
				<-answer.Arrived()
				if err := c.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				answer.Release()
				if got := <-early; got != 1 {
					t.Errorf("the early call got %d", got)
				}
				wantMiss(t, l.near, "k")
				wantMiss(t, l.cache, "k")
			})
		})
	}
}
