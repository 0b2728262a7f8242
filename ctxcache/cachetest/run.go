package cachetest

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
)

// Run runs every case that applies to the caches that newCache returns. Each case is a subtest with a cache of its own.
// newCache returns an empty cache, and cleans up with t.Cleanup. The cache has room for 1,100 small entries (or
// see [Room]), and for values of 400,000 bytes (or see [MaxValue]). With [FakeTime] a case may call newCache twice. The
// two caches must share nothing.
//
// Time is real, unless [FakeTime] or [Advance] is given. Run waits for expiries in real time, with times to live of
// about 40 ms (or the [TTLUnit]). It checks longer lives by the remaining life that the cache reports, if the cache has
// [ctxcache.CapEntry].
//
// Some cases may have no way to see whether the cache keeps their rule. The Result and the log of the test list these
// cases as unproved. Pass [LeaseTTL], [Outage], [Shared], [Advance] or [FakeTime] to have them run.
func Run(t *testing.T, newCache func(t *testing.T) ctxcache.Cache[string, []byte], options ...Option) Result {
	t.Helper()
	s := newSettings(options)
	if s.advance != nil {
		s.concurrent = 1
	}
	var of subject
	s.enter(t, func(t *testing.T) { of = subjectOf(newCache(t), s) })
	found := &result{}
	s.unproved = found.unproved
	now, last := plan(of, s)
	try := func(c Case) {
		found.ran()
		t.Run(c.Name, func(t *testing.T) {
			s := c.settings(s)
			s.enter(t, func(t *testing.T) {
				c.try(t.Context(), t, s, s.origin(t, newCache))
			})
		})
	}
	var running sync.WaitGroup
	slots := make(chan struct{}, max(s.concurrent, 1))
	for _, c := range now {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			try(c)
		})
	}
	running.Wait()
	for _, c := range last {
		try(c)
	}
	t.Logf("%d of %d cases apply to a cache with %s, and ran%s", found.Ran, len(Cases()), of.caps, found.list())
	return found.Result
}

// plan returns the cases that can run. The cases in last need an outage. plan notes a case as unproved if it applies
// but cannot run.
func plan(of subject, s settings) (now, last []Case) {
	for _, c := range Cases() {
		switch because := c.lacking(of, s); {
		case !c.appliesTo(of):
		case because != "":
			s.unproved(c, because)
		case c.breaks:
			last = append(last, c)
		default:
			now = append(now, c)
		}
	}
	return now, last
}

// origin returns the origin of the caches of the test t.
func (s settings) origin(t *testing.T, newCache func(t *testing.T) ctxcache.Cache[string, []byte]) origin {
	of := origin{newCache: func() ctxcache.Cache[string, []byte] { return newCache(t) }}
	if s.shared != nil {
		of.openTwo = func() (one, other ctxcache.Cache[string, []byte]) { return s.shared(t) }
	}
	if s.outage != nil {
		of.breakDown = func() func() { return s.outage(t) }
	}
	return of
}

// enter calls f. If time is fake, it calls f in a bubble.
func (s settings) enter(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if s.fake {
		synctest.Test(t, f)
		return
	}
	f(t)
}
