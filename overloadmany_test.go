package cached_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A batch takes one slot. The batches of a call share a place in the queue, so a call does not overload the source by
// itself. If others have filled the queue, its batches fail.
func TestBulkMaxQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.delay = time.Second
		var heard hearing
		f := cached.Bulk(newInts(), s.load, &cached.Options{
			MaxBatch: 10, MaxLoads: 2, MaxQueued: 1, ErrorCooldown: time.Hour, OnLoadError: heard.hear,
		})
		busy := make(chan error, 3)
		for n := range cap(busy) { // two load, and one waits
			go func() {
				_, err := f.Get(t.Context(), 100+n)
				busy <- err
			}()
			synctest.Wait()
		}
		got, err := f.GetMany(t.Context(), upTo(50))
		many, some := errors.AsType[*ctxcache.ManyError[int]](err)
		if !some || len(many.Failed) != 50 || len(got) != 0 {
			t.Fatalf("%d values, %v", len(got), err)
		}
		for key, err := range many.Failed {
			if err != cached.ErrOverloaded {
				t.Errorf("%d: %v", key, err)
			}
		}
		for range cap(busy) {
			if err := <-busy; err != nil {
				t.Error(err)
			}
		}
		began := time.Now()
		got, err = f.GetMany(t.Context(), upTo(50)) // no key cools down, and no lease is left
		if err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		wantValues(t, got, upTo(50)...)
		stats, err := f.Stats(t.Context())
		if stats.Loads != 3+5 || stats.LoadErrors != 0 || len(heard.all()) != 0 || err != nil {
			t.Errorf("counted %d loads and %d failures, heard %v, %v", stats.Loads, stats.LoadErrors, heard.all(), err)
		}
		if stats, err := f.Cache().(ctxcache.StatsCache).Stats(t.Context()); stats.Entries != 53 || err != nil {
			t.Errorf("%d values are stored, %v", stats.Entries, err)
		}
	})
}
