package twolevel_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// unwatchedSplit is a coherent cache over a far on two servers. The stream of events is cut, and the second server is down.
// Keys that begin with "down" are there.
type unwatchedSplit struct {
	Cache     *twolevel.Cache[string, int]
	far       *watchFaults // its stream stays cut
	up, down  intCache     // the servers, as other processes see them
	upFaults  *cachetest.Faults
	faults    *cachetest.Faults // of the second server
	reads     *atomic.Int64     // calls of the second server for entries
	late      *atomic.Int64     // how long these take, in nanoseconds
	loadsOnce func(key string)  // loads a key as version 1, and checks that near has the copy
}

// whileUnwatched runs test with an unwatchedSplit.
func whileUnwatched(t *testing.T, test func(t *testing.T, s *unwatchedSplit)) {
	t.Helper()
	whileUnwatchedFor(t, 0, test)
}

// whileUnwatchedFor is whileUnwatched with MaxStale.
func whileUnwatchedFor(t *testing.T, maxStale time.Duration, test func(t *testing.T, s *unwatchedSplit)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		first, second := newNear(), newNear()
		s := &unwatchedSplit{up: first, down: second, reads: new(atomic.Int64), late: new(atomic.Int64)}
		var servers [2]intCache
		servers[0], s.upFaults = cachetest.Failing(first)
		servers[1], s.faults = cachetest.Failing(second)
		servers[1] = &countedReads{ctxcache.NewForward(servers[1], ctxcache.Description{}), s.reads, s.late}
		far := intCache(&split{ctxcache.NewForward(first, ctxcache.Description{}), servers})
		s.far = &watchFaults{Forward: ctxcache.NewForward(far, ctxcache.Description{})}
		near := newNear()
		opts := &twolevel.Options{Coherent: true, Resilient: true, OutageTTL: time.Hour, MaxStale: maxStale}
		s.Cache = twolevel.New(near, s.far, opts)
		defer s.Cache.Close()
		synctest.Wait()
		s.far.set(errWatch)
		s.faults.Fail(errFar, cachetest.On())
		synctest.Wait()
		f := cached.Func(s.Cache, func(context.Context, string) (int, error) { return 1, nil }, nil)
		s.loadsOnce = func(key string) {
			t.Helper()
			if got, err := f.Get(t.Context(), key); got != 1 || err != nil {
				t.Fatalf("Get = %d, %v", got, err)
			}
			layertest.WantValue(t, near, key, 1)
		}
		test(t, s)
	})
}

// countedReads counts the calls for entries, and may hold them up.
type countedReads struct {
	ctxcache.Forward[string, int]
	reads *atomic.Int64
	late  *atomic.Int64 // how long an answer takes, in nanoseconds
}

func (c *countedReads) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[int], error) {
	c.reads.Add(1)
	found, err := c.Forward.GetEntries(ctx, keys)
	time.Sleep(time.Duration(c.late.Load()))
	return found, err
}

// The outage of a server whose only keys near answers ends although nobody asks it, and although the stream of events is
// still cut: near does not return old values for all of OutageTTL.
func TestOutageEndsAlthoughNearAnswers(t *testing.T) {
	whileUnwatched(t, func(t *testing.T, s *unwatchedSplit) {
		s.loadsOnce("down")
		time.Sleep(time.Minute) // the pause between two questions has grown
		layertest.WantValue[string, int](t, s.Cache, "down", 1)
		s.faults.Heal()
		layertest.MustSet(t, s.down, "down", 2) // by another process; near gets no event
		layertest.MustSet(t, s.up, "up", 2)
		layertest.WantValue[string, int](t, s.Cache, "up", 2) // the answer of the other server proves nothing
		time.Sleep(5 * time.Second)                           // the longest pause
		synctest.Wait()
		layertest.WantValue[string, int](t, s.Cache, "down", 2)
	})
}

// An outage that began within MaxStale ends, too, even if nothing is heard of the stream.
func TestOutageWithinMaxStaleEnds(t *testing.T) {
	whileUnwatchedFor(t, time.Minute, func(t *testing.T, s *unwatchedSplit) {
		s.far.set(errHung)
		time.Sleep(5 * time.Second) // the longest pause
		s.loadsOnce("down")
		time.Sleep(2 * time.Minute)
		s.faults.Heal()
		layertest.MustSet(t, s.down, "down", 2) // by another process; near gets no event
		time.Sleep(5 * time.Second)             // the longest pause
		synctest.Wait()
		layertest.WantValue[string, int](t, s.Cache, "down", 2)
	})
}

// When the outage of one server ends, others are asked soon.
func TestEndOfOneOutageEndsOthersSoon(t *testing.T) {
	whileUnwatched(t, func(t *testing.T, s *unwatchedSplit) {
		s.upFaults.Fail(errFar, cachetest.On())
		s.loadsOnce("down")
		s.loadsOnce("up")
		time.Sleep(time.Minute)
		s.faults.Heal()
		s.upFaults.Heal()
		layertest.MustSet(t, s.down, "down", 2)
		layertest.MustSet(t, s.up, "up too", 2)
		layertest.WantValue[string, int](t, s.Cache, "up too", 2)
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		layertest.WantValue[string, int](t, s.Cache, "down", 2)
	})
}

// Far is asked rarely while it is down, and not at all when the outage has ended or near follows again.
func TestQuestionsInAnOutage(t *testing.T) {
	whileUnwatched(t, func(t *testing.T, s *unwatchedSplit) {
		s.loadsOnce("down")
		s.loadsOnce("down too")
		asked := func(during time.Duration) int64 {
			before := s.reads.Load()
			time.Sleep(during)
			synctest.Wait()
			return s.reads.Load() - before
		}
		if n := asked(time.Minute); n < 12 || n > 40 {
			t.Errorf("far was asked %d times in a minute, although it is down", n)
		}
		s.far.set(nil)
		time.Sleep(5 * time.Second)
		if n := asked(time.Minute); n != 0 {
			t.Errorf("far was asked %d times in a minute, although near follows", n)
		}
		s.loadsOnce("down") // the copy of before has left near
		s.far.set(errWatch)
		if n := asked(time.Minute); n < 12 || n > 40 {
			t.Errorf("far was asked %d times in a minute after the loss of the stream", n)
		}
		s.faults.Heal()
		time.Sleep(5 * time.Second)
		if n := asked(time.Minute); n != 0 {
			t.Errorf("far was asked %d times in a minute, although it has answered", n)
		}
	})
}

// The failure of a question that comes after far has answered a caller does not begin another outage.
func TestLateFailureOfAQuestion(t *testing.T) {
	whileUnwatched(t, func(t *testing.T, s *unwatchedSplit) {
		s.loadsOnce("down")
		s.late.Store(int64(30 * time.Minute))
		time.Sleep(10 * time.Second) // the server fails the next question, and that becomes known half an hour later
		s.faults.Heal()
		wantMiss[string, int](t, s.Cache, "down too") // the outage ends
		layertest.MustSet(t, s.down, "down", 2)
		time.Sleep(30*time.Minute - 10*time.Second) // the copy lives on
		for range 10 {
			time.Sleep(time.Second)
			layertest.WantValue[string, int](t, s.Cache, "down", 2)
		}
	})
}

// A copy of a write that far has answered while it fails to read, and while the stream is cut, lives for OutageTTL at most:
// no event reaches it.
func TestCopyOfAWriteInAnOutageOfReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newNear()
		failing, faults := cachetest.Failing(store)
		far := &watchFaults{Forward: ctxcache.NewForward(failing, ctxcache.Description{})}
		c := twolevel.New(newNear(), far, &twolevel.Options{Coherent: true, Resilient: true, OutageTTL: time.Minute})
		defer c.Close()
		synctest.Wait()
		far.set(errWatch)
		faults.Fail(errFar, cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases))
		synctest.Wait()
		wantMiss[string, int](t, c, "k") // the outage begins
		layertest.MustSet[string, int](t, c, "k", 1)
		layertest.WantValue(t, store, "k", 1)
		layertest.MustSet(t, store, "k", 2) // by another process; near gets no event
		time.Sleep(time.Minute - 1)
		layertest.WantValue[string, int](t, c, "k", 1)
		time.Sleep(time.Nanosecond)
		wantMiss[string, int](t, c, "k")
	})
}
