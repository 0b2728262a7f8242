package twolevel_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// While far is down, an entry that no cache can store is refused all the same, and its key is left as it is.
func TestUnfitEntriesDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, faults := cachetest.Failing(newNear())
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		if err := ctxcache.SetMany(t.Context(), c, map[string]int{"k": 1, "other": 1}, time.Hour); err != nil {
			t.Fatal(err)
		}
		faults.Fail(errFar, cachetest.On())
		entries := map[string]ctxcache.Entry[int]{"k": ctxcache.NewEntry(2, -1), "other": ctxcache.NewEntry(2, time.Hour)}
		err := c.SetEntries(t.Context(), entries)
		if !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrTTL) || ctxcache.KeyError(err, "other") != nil {
			t.Errorf("SetEntries: %v", err)
		}
		faults.Heal()
		time.Sleep(time.Minute)
		synctest.Wait()
		if value, err := far.Get(t.Context(), "k"); value != 1 || err != nil {
			t.Errorf("far has %v, %v; want the value that nobody could replace", value, err)
		}
		if value, err := far.Get(t.Context(), "other"); err != ctxcache.ErrMiss {
			t.Errorf("far has %v, %v; it has missed a change", value, err)
		}
	})
}

// Far refuses a value without asking its server, which is down, so the old value cannot be deleted. It does not come back
// when the server does.
func TestRefusedValueDuringAnOutage(t *testing.T) {
	for name, many := range map[string]bool{"Set": false, "SetEntries": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, faults := cachetest.Failing(newMemory[[]byte]())
				far := layers.Encoded(store, positive{}, nil)
				c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
				defer wantClose(t, c)
				if err := c.Set(t.Context(), "k", 1, time.Hour); err != nil {
					t.Fatal(err)
				}
				faults.Fail(errFar, cachetest.On())
				var err error
				if many {
					err = c.SetEntries(t.Context(), map[string]ctxcache.Entry[int]{"k": ctxcache.NewEntry(-1, time.Hour)})
				} else {
					err = c.Set(t.Context(), "k", -1, time.Hour)
				}
				if !errors.Is(err, ctxcache.ErrValue) {
					t.Errorf("the write: %v", err)
				}
				faults.Heal()
				time.Sleep(time.Minute)
				synctest.Wait()
				if value, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
					t.Errorf("Get: %v, %v", value, err)
				}
			})
		})
	}
}

// A value that cannot be encoded is refused without asking far's server, so it does not end the outage: the next read of
// a changed key does not wait for far once more.
func TestRefusedValueDoesNotEndAnOutage(t *testing.T) {
	for name, many := range map[string]bool{"Set": false, "SetEntries": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failing, faults := cachetest.Failing(newMemory[[]byte]())
				store, log := cachetest.Recording(failing)
				far := layers.Encoded(store, positive{}, nil)
				c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
				defer wantClose(t, c)
				faults.Fail(errFar, cachetest.On())
				if err := c.Delete(t.Context(), "changed"); err != nil {
					t.Fatal(err)
				}
				var err error
				if many {
					err = c.SetEntries(t.Context(), map[string]ctxcache.Entry[int]{"k": ctxcache.NewEntry(-1, time.Hour)})
				} else {
					err = c.Set(t.Context(), "k", -1, time.Hour)
				}
				if !errors.Is(err, ctxcache.ErrValue) {
					t.Errorf("the write: %v", err)
				}
				log.Reset()
				if value, err := c.Get(t.Context(), "changed"); err != ctxcache.ErrMiss {
					t.Errorf("Get: %v, %v", value, err)
				}
				if calls := log.Records(); len(calls) != 0 {
					t.Errorf("Get called far: %v", calls)
				}
				faults.Heal()
				time.Sleep(time.Minute)
			})
		})
	}
}
