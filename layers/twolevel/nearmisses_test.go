package twolevel_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestNearMissesCountOnce checks that a read during an outage asks near that follows no second time for a key that it does
// not have.
func TestNearMissesCountOnce(t *testing.T) {
	reads := map[string]func(t *testing.T, c intCache){
		"Contains": func(t *testing.T, c intCache) { _, _ = ctxcache.Contains(t.Context(), c, "k") },
	}
	for _, way := range layertest.ReadWays[int]()[:3] { // without leases
		reads[way.Name] = func(t *testing.T, c intCache) { _, _ = way.Read(t.Context(), c, "k") }
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, log := cachetest.Recording(newNear())
				far, faults := cachetest.Failing(newNear())
				c := following(t, near, far, twolevel.Options{Follow: changesOf(newNear()), Resilient: true})
				faults.Fail(errFar, cachetest.On())
				log.Reset()
				read(t, c)
				asked := 0
				for _, r := range log.Records() {
					switch r.Operation {
					case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpContains:
						asked++
					}
				}
				if asked != 1 {
					t.Errorf("near was read %d times", asked)
				}
			})
		})
	}
}

// TestLocalFillThatNearCannotHave checks that a fill with a local lease, of an entry that near cannot have, says whether
// this process has changed the key since the grant.
func TestLocalFillThatNearCannotHave(t *testing.T) {
	for name, want := range map[string]error{"unchanged": nil, "deleted": ctxcache.ErrLeaseLost} {
		t.Run(name, func(t *testing.T) {
			near := newLimited(func(caps ctxcache.Cap) ctxcache.Cap { return caps &^ ctxcache.CapNegative })
			far, faults := cachetest.Failing(newNear())
			c := twolevel.New(intCache(near), far, &twolevel.Options{Resilient: true})
			defer c.Close()
			faults.Fail(errFar, cachetest.On())
			lease := mustLease(t, c, "k", 0)
			if want != nil {
				if err := c.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
			}
			absent := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
			if err := c.Fill(t.Context(), "k", lease, absent); err != want {
				t.Errorf("Fill = %v, want %v", err, want)
			}
			wantFree(t, near, "k")
		})
	}
}
