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

// TestStrict checks that callers hear of the outage in writes, deletions and fills, and in nothing else, and that near
// works alone all the same.
func TestStrict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, faults := cachetest.Failing(newNear())
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true, Strict: true})
		defer c.Close()
		filled := mustLease(t, c, "filled", 0)
		dropped := mustLease(t, c, "dropped", 0)
		faults.Fail(errFar, cachetest.On())
		for name, change := range changes {
			if err := change(t.Context(), c); !errors.Is(ctxcache.KeyError(err, "k"), errFar) {
				t.Errorf("%s = %v, want far's error", name, err)
			}
		}
		if err := c.Fill(t.Context(), "filled", filled, ctxcache.NewEntry(1, time.Hour)); !errors.Is(err, errFar) {
			t.Errorf("Fill = %v, want far's error", err)
		}
		if err := c.Drop(t.Context(), "dropped", dropped); !errors.Is(err, errFar) {
			t.Errorf("Drop = %v, want far's error", err)
		}
		for _, read := range layertest.ReadWays[int]() {
			if got, err := read.Read(t.Context(), c, "absent by "+read.Name); err != ctxcache.ErrMiss {
				t.Errorf("%s = %v, %v, want a miss", read.Name, got, err)
			}
		}
		if err := c.Set(t.Context(), "k", 2, time.Hour); !errors.Is(err, errFar) {
			t.Errorf("Set = %v", err)
		}
		if got, err := c.Get(t.Context(), "k"); got != 2 || err != nil {
			t.Errorf("Get = %v, %v", got, err)
		}
	})
}

// TestOutageOptions checks the options that make no sense.
func TestOutageOptions(t *testing.T) {
	for _, opts := range []twolevel.Options{{OutageTTL: -1, Resilient: true}, {Strict: true}} {
		if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}
