package cachetest

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Option changes how [Run] goes about it.
type Option func(*settings)

type settings struct {
	fake       bool          // every case in a bubble of its own
	concurrent int           // how many cases at a time
	unit       time.Duration // what the cache rounds times to live up to
}

// FakeTime runs every case in a bubble of [testing/synctest], where waiting for an expiry takes no time, and where a
// goroutine that outlives its case is a failure. It is for caches that live in this process: what a case starts or
// waits for must be made by newCache, within the bubble.
func FakeTime() Option { return func(s *settings) { s.fake = true } }

// TTLUnit tells that the cache rounds times to live up to a multiple of unit. Without it that is one millisecond.
func TTLUnit(unit time.Duration) Option {
	return func(s *settings) { s.unit = max(unit, time.Millisecond) }
}

// Concurrent runs n cases at a time, instead of one. It is for stores whose expiries take long to wait for. The caches
// that newCache returns must then have nothing to do with one another.
func Concurrent(n int) Option { return func(s *settings) { s.concurrent = n } }

// Run runs every case that applies to the caches that newCache returns, each as a subtest with a cache of its own.
// newCache returns an empty cache with room for a thousand small entries, and cleans up by t.Cleanup. Without
// [FakeTime], expiries are waited for, with times to live of some 10 ms (or the [TTLUnit]).
func Run(t *testing.T, newCache func(t *testing.T) ctxcache.Cache[string, []byte], options ...Option) {
	t.Helper()
	s := settings{unit: time.Millisecond, concurrent: 1}
	for _, option := range options {
		option(&s)
	}
	var subject subject
	s.enter(t, func(t *testing.T) { subject = describe(newCache(t)) })
	ran, cases := 0, Cases()
	var running sync.WaitGroup
	slots := make(chan struct{}, max(s.concurrent, 1))
	for _, c := range cases {
		if !c.appliesTo(subject) {
			continue
		}
		ran++
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			t.Run(c.Name, func(t *testing.T) {
				s.enter(t, func(t *testing.T) { c.try(t.Context(), t, s, newCache(t)) })
			})
		})
	}
	running.Wait()
	t.Logf("%d of %d cases apply to a cache with %s", ran, len(cases), subject.ops)
}

// enter calls f, in a bubble if time is to be fake.
func (s settings) enter(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if s.fake {
		synctest.Test(t, f)
		return
	}
	f(t)
}
