package twolevel_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestMaxStale checks that near is read for exactly MaxStale after the loss of the stream, whatever way it is asked, and
// is empty when the stream is back.
func TestMaxStale(t *testing.T) {
	const maxStale = time.Minute
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, near := newNear(), newNear()
				far := &watchFaults{Forward: ctxcache.NewForward(store, ctxcache.Description{})}
				c := following(t, near, far, twolevel.Options{Coherent: true, MaxStale: maxStale})
				layertest.MustSet(t, store, "k", 1)
				synctest.Wait()
				layertest.WantValue[string, int](t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)
				time.Sleep(10 * time.Minute) // the life of the stream does not count

				far.set(errWatch)
				synctest.Wait()
				lost := time.Now()
				layertest.MustSet(t, store, "k", 2) // near gets no event
				read := func(want int, when string) {
					t.Helper()
					if got, err := way.Read(t.Context(), c, "k"); got != want || err != nil {
						t.Errorf("%s: %v, %v, want %d", when, got, err, want)
					}
				}
				read(1, "at the loss")
				time.Sleep(time.Until(lost.Add(maxStale - 1))) // tries to watch have failed meanwhile
				read(1, "just before MaxStale")
				time.Sleep(time.Nanosecond)
				read(2, "at MaxStale")
				time.Sleep(10 * time.Minute)
				read(2, "later")
				layertest.WantValue(t, near, "k", 1) // it was not asked

				far.set(nil)
				time.Sleep(10 * time.Second)
				read(2, "when the stream is back")
				layertest.WantValue(t, near, "k", 2)
			})
		})
	}
}

// TestMaxStaleIsOneLoss checks that a stream that is back within MaxStale empties near, and that the next loss begins a
// time of its own.
func TestMaxStaleIsOneLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, near := newNear(), newNear()
		far := &watchFaults{Forward: ctxcache.NewForward(store, ctxcache.Description{})}
		c := following(t, near, far, twolevel.Options{Coherent: true, MaxStale: time.Minute})
		for i := 1; i < 5; i++ {
			layertest.MustSet(t, store, "k", i)
			synctest.Wait()
			layertest.WantValue[string, int](t, c, "k", i)
			far.set(errWatch)
			synctest.Wait()
			layertest.MustSet(t, store, "k", -i)
			time.Sleep(50 * time.Second)
			layertest.WantValue[string, int](t, c, "k", i)
			far.set(nil)
			time.Sleep(6 * time.Second) // longer than the longest pause
			wantMiss(t, near, "k")
			layertest.WantValue[string, int](t, c, "k", -i)
		}
	})
}

// TestMaxStaleFills checks that near also gets copies while the stream is interrupted, and loses them, and the leases of
// loads, when it is back.
func TestMaxStaleFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, near := newNear(), newNear()
		far := &watchFaults{Forward: ctxcache.NewForward(store, ctxcache.Description{})}
		c := following(t, near, far, twolevel.Options{Coherent: true, MaxStale: time.Minute})
		far.set(errWatch)
		synctest.Wait()
		layertest.MustSet(t, store, "k", 1)
		layertest.WantValue[string, int](t, c, "k", 1)
		layertest.WantValue(t, near, "k", 1)
		lease := mustLease(t, c, "l", 0)
		far.set(nil)
		time.Sleep(10 * time.Second)
		if err := c.Fill(t.Context(), "l", lease, ctxcache.NewEntry(1, time.Hour)); err != nil {
			t.Errorf("Fill = %v", err)
		}
		wantMiss(t, near, "k")
		wantMiss(t, near, "l")
	})
}

// TestMaxStaleNeedsAStream checks that near is not read before the first Gap, although MaxStale is set: nobody knows how
// old its values are.
func TestMaxStaleNeedsAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, near := newNear(), newNear()
		layertest.MustSet(t, near, "k", 1)
		layertest.MustSet(t, store, "k", 2)
		far := newBroken(store)
		c := following(t, near, far, twolevel.Options{Coherent: true, MaxStale: time.Hour})
		time.Sleep(time.Minute)
		layertest.WantValue[string, int](t, c, "k", 2)
	})
}

// TestMaxStaleIsNotForFailures checks that a near that failed to drop a key is not read, whatever MaxStale is.
func TestMaxStaleIsNotForFailures(t *testing.T) {
	errNear := errors.New("near is broken")
	for _, operation := range []ctxcache.Operation{ctxcache.OpDelete, ctxcache.OpClear} {
		synctest.Test(t, func(t *testing.T) {
			far := newNear()
			near, faults := cachetest.Failing(newNear())
			c := following(t, near, far, twolevel.Options{Coherent: true, MaxStale: time.Hour})
			layertest.MustSet(t, far, "k", 1)
			synctest.Wait()
			layertest.WantValue[string, int](t, c, "k", 1)
			faults.Fail(errNear, cachetest.On(ctxcache.OpDelete, ctxcache.OpClear))
			if operation == ctxcache.OpClear {
				if err := ctxcache.Clear(t.Context(), far); err != nil {
					t.Fatal(err)
				}
			}
			layertest.MustSet(t, far, "k", 2)
			synctest.Wait()
			layertest.WantValue[string, int](t, c, "k", 2)
		})
	}
}

// newBroken returns a far that cannot be watched at the moment.
func newBroken(store intCache) *watchFaults {
	return &watchFaults{Forward: ctxcache.NewForward(store, ctxcache.Description{}), down: errWatch}
}
