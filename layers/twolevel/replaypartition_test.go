package twolevel_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// A server that stays down, and has missed many changes, does not hold up the deletions on one that is back.
func TestReplayOnAServerThatIsBackWhileAnotherIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, _, _ := newSplit()
		first := far.servers[0]
		failing, faults := cachetest.Failing(first)
		far.servers[0], far.Forward = failing, ctxcache.NewForward(failing, ctxcache.Description{})
		c := twolevel.New(newNear(), intCache(far), &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		layertest.MustSet[string, int](t, first, "up", 1)
		faults.Fail(errFar, cachetest.On())
		var keys []string
		for i := range 5_000 {
			keys = append(keys, "down"+strconv.Itoa(i))
		}
		if err := ctxcache.DeleteMany(t.Context(), c, keys); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // the pauses of the replay have grown
		if err := c.Delete(t.Context(), "up"); err != nil {
			t.Fatal(err)
		}
		faults.Heal()
		time.Sleep(10 * time.Second)
		wantMiss(t, first, "up")
	})
}
