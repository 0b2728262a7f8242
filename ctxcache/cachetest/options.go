package cachetest

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Option is an option of [Run].
type Option func(*settings)

type settings struct {
	fake       bool                         // every case runs in a bubble of its own
	concurrent int                          // how many cases run at a time
	unit       time.Duration                // the cache rounds times to live up to a multiple of it
	leaseTTL   time.Duration                // how long a lease stands if nobody renews it; 0: not known
	advance    func(time.Duration)          // pushes the clock of the cache; nil: not possible
	outage     func(t *testing.T) func()    // breaks the store; nil: not possible
	shared     sharedStore                  // opens two caches in one store; nil: not possible
	maxValue   int                          // how long a value may be, in bytes
	room       int                          // how many small entries the cache has room for
	patience   time.Duration                // how long to wait, in real time, for something that has to happen
	unproved   func(c Case, because string) // notes that a case did not see whether the cache keeps the rule
}

func newSettings(options []Option) settings {
	s := settings{
		concurrent: 1,
		unit:       time.Millisecond,
		maxValue:   largest,
		room:       manyKeys,
		patience:   30 * time.Second,
		unproved:   func(Case, string) {},
	}
	for _, option := range options {
		option(&s)
	}
	return s
}

// FakeTime runs every case in a bubble of [testing/synctest]. There it takes no time to wait for an expiry, and a
// goroutine that outlives its case is a failure. FakeTime is for caches that live in this process. If a case starts or
// waits for something, newCache must make it within the bubble. Cases that check whether a call waits for a lock run
// outside of bubbles, because fake time stands still while a goroutine waits for a lock.
func FakeTime() Option { return func(s *settings) { s.fake = true } }

// Advance says how to push the clock of the cache: push moves it ahead by d, at once. Between pushes the clock may run
// or stand still. The suite then does not wait for expiries, and can let years pass. Advance is for a store with a
// clock for tests, such as miniredis with its FastForward. Cases run one at a time, because all caches may have the
// same clock. Cases about the life of leases do not run, because leases are renewed by another clock.
func Advance(push func(d time.Duration)) Option { return func(s *settings) { s.advance = push } }

// TTLUnit says that the cache rounds times to live up to a multiple of unit, because its clock is coarse. The default
// is one millisecond, and a shorter unit counts as one millisecond.
func TTLUnit(unit time.Duration) Option {
	return func(s *settings) { s.unit = max(unit, time.Millisecond) }
}

// LeaseTTL says how long a lease of the cache stands if nobody renews it, and adds the cases about the life of leases.
// These cases wait for three times ttl. With a real clock, build the cache with a short lease TTL.
func LeaseTTL(ttl time.Duration) Option { return func(s *settings) { s.leaseTTL = ttl } }

// Outage says how to break the store of the cache that newCache has returned last, and adds the cases about outages.
// begin takes the store away, so that every operation has to fail. It returns end, which brings the store back. Its
// argument t is the one that newCache had. Cases about outages run last, one at a time, because caches may share the
// store.
func Outage(begin func(t *testing.T) (end func())) Option {
	return func(s *settings) { s.outage = begin }
}

// sharedStore opens two caches in one store.
type sharedStore = func(t *testing.T) (one, other ctxcache.Cache[string, []byte])

// Shared says how to open two caches in one store, as two processes do. Both are as newCache makes them, each with a client
// of its own, and the part of the store that they share is empty. This option adds the cases about leases that other
// processes honour, for caches with [ctxcache.CapLeaseShared]. Open is called as newCache is, with the same t.
func Shared(open func(t *testing.T) (one, other ctxcache.Cache[string, []byte])) Option {
	return func(s *settings) { s.shared = open }
}

// MaxValue says that the cache refuses values of more than n bytes with ErrValue, and adds the cases about such values.
// Without this option it has to store values of up to 400,000 bytes.
func MaxValue(n int) Option { return func(s *settings) { s.maxValue = min(n, largest) } }

// Room says that the cache keeps only n small entries, and may drop some if there are more. The suite then checks that
// the cache keeps n entries. Without this option it checks 1,100. A cache must keep at least 300, because other cases
// store as many.
func Room(n int) Option { return func(s *settings) { s.room = n } }

// Concurrent runs n cases at a time, instead of one. It is for stores whose expiries take long to wait for. newCache is
// then called concurrently, and the caches that it returns must share nothing, not even counters. With [Advance] this
// option has no effect.
func Concurrent(n int) Option { return func(s *settings) { s.concurrent = n } }
