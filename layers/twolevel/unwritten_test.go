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

// whileTheSecondStaysDown runs test with two levels over two servers. The second one is down, so far has missed a Clear of
// this prefix. The faults are of the first server.
func whileTheSecondStaysDown(
	t *testing.T, prefix string,
	test func(t *testing.T, c *twolevel.Cache[string, int], first intCache, faults *cachetest.Faults),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		far, _, _ := newSplit()
		first := far.servers[0]
		failing, faults := cachetest.Failing(first)
		far.servers[0], far.Forward = failing, ctxcache.NewForward(failing, ctxcache.Description{})
		c := twolevel.New(newNear(), intCache(far), &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		if err := c.Clear(t.Context(), ctxcache.Scope[string]{Prefix: prefix}); err != nil {
			t.Fatal(err)
		}
		wantMissed(t, c, -1)
		test(t, c, first, faults)
	})
}

// wantShared fails the test unless a load of key gets far's lease.
func wantShared(t *testing.T, c intCache, key string) {
	t.Helper()
	lease := mustLease(t, c, key, 0)
	if !lease.Granted() || lease.Local() {
		t.Errorf("GetLease of %q = %v, although its server works", key, lease)
	}
	if err := ctxcache.Release(t.Context(), c, key, lease); err != nil {
		t.Error(err)
	}
}

// A server fails one write, and nobody writes there again. The outage of writes ends, although another server that stays
// down holds up a Clear that far has missed.
func TestOutageOfWritesEndsAfterAMissedClear(t *testing.T) {
	whileTheSecondStaysDown(t, "", func(t *testing.T, c *twolevel.Cache[string, int], first intCache, faults *cachetest.Faults) {
		faults.Fail(errFar, cachetest.On(ctxcache.OpDelete).First(1))
		if err := c.Delete(t.Context(), "up"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		wantShared(t, c, "up2")
		layertest.MustSet(t, first, "up2", 1)
		wantShared(t, c, "up2") // an old value may still be there
		wantMiss(t, first, "up2")
	})
}

// An outage of writes begins with the end of a lease, whose key is not listed. It ends after a read of a listed key. The
// replay does not delete the key that is not listed.
func TestOutageOfWritesThatAReleaseBeganEnds(t *testing.T) {
	whileTheSecondStaysDown(t, "a", func(t *testing.T, c *twolevel.Cache[string, int], first intCache, faults *cachetest.Faults) {
		lease := mustLease(t, c, "up", 0)
		faults.Fail(errFar, cachetest.On(ctxcache.OpRelease))
		if err := ctxcache.Release(t.Context(), c, "up", lease); err != ctxcache.ErrLeaseLost {
			t.Fatalf("Release = %v", err)
		}
		faults.Heal()
		layertest.MustSet(t, first, "up", 1)
		time.Sleep(10 * time.Second)
		wantMiss[string, int](t, c, "a1")
		time.Sleep(10 * time.Second)
		wantShared(t, c, "a2")
		layertest.WantValue(t, first, "up", 1)
	})
}

// A far that cannot be cleared has missed more changes than can be listed. The outage of writes ends when far works again.
func TestOutageOfWritesEndsAfterAnOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noClear := func(caps ctxcache.Cap) ctxcache.Cap { return caps &^ ctxcache.CapClear }
		failing, faults := cachetest.Failing(newLimited(noClear))
		c := twolevel.New(newNear(), failing, &twolevel.Options{Resilient: true})
		defer wantClose(t, c)
		faults.Fail(errFar, cachetest.On())
		keys := make([]string, 100_001)
		for i := range keys {
			keys[i] = strconv.Itoa(i)
		}
		if err := c.DeleteMany(t.Context(), keys); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // the pauses of the replay have grown
		faults.Heal()
		time.Sleep(10 * time.Second)
		wantShared(t, c, "k")
	})
}
