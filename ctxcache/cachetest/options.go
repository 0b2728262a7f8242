package cachetest

import (
	"testing"
	"time"
)

// Option changes how [Run] goes about it.
type Option func(*settings)

type settings struct {
	fake       bool                         // every case runs in a bubble of its own
	concurrent int                          // how many cases run at a time
	unit       time.Duration                // the cache rounds times to live up to a multiple of it
	leaseTTL   time.Duration                // how long a lease stands that is not renewed; 0: not known
	advance    func(time.Duration)          // pushes the clock of the cache; nil: nobody can
	outage     func(t *testing.T) func()    // breaks the store; nil: nobody can
	maxValue   int                          // how long a value may be
	room       int                          // how many small entries there is room for
	patience   time.Duration                // how long, in real time, something that has to happen is waited for
	unproved   func(c Case, because string) // notes that a case did not find out
}

func newSettings(options []Option) settings {
	s := settings{
		concurrent: 1,
		unit:       time.Millisecond,
		maxValue:   largest,
		room:       1000,
		patience:   30 * time.Second,
		unproved:   func(Case, string) {},
	}
	for _, option := range options {
		option(&s)
	}
	return s
}

// FakeTime runs every case in a bubble of [testing/synctest], where waiting for an expiry takes no time, and where a
// goroutine that outlives its case is a failure. It is for caches that live in this process: what a case starts or
// waits for must be made by newCache, within the bubble. Cases that see whether a call waits for a lock run outside of
// bubbles: fake time stands still while a goroutine waits for a lock.
func FakeTime() Option { return func(s *settings) { s.fake = true } }

// Advance says how to push the clock of the cache: push moves it ahead by d, at once. Apart from that the clock may run
// or stand still. The suite then waits for no expiry, and can wait for those of years. It is for a store with a clock for
// tests, such as the FastForward of miniredis. Cases run one at a time, because the clock may be common to all caches.
// Cases about the life of leases do not run: who renews a lease goes by another clock.
func Advance(push func(d time.Duration)) Option { return func(s *settings) { s.advance = push } }

// TTLUnit says that the cache rounds times to live up to a multiple of unit, because its clock is coarse. Without it
// that is one millisecond.
func TTLUnit(unit time.Duration) Option {
	return func(s *settings) { s.unit = max(unit, time.Millisecond) }
}

// LeaseTTL says how long a lease of the cache stands if nobody renews it, and adds the cases about the life of leases.
// These cases wait for three times ttl. With a real clock, build the cache with a short lease TTL.
func LeaseTTL(ttl time.Duration) Option { return func(s *settings) { s.leaseTTL = ttl } }

// Outage says how to break the store of the cache that Run's newCache has made last, and adds the cases about outages. begin takes
// the store away, so that every operation has to fail, and returns a function that brings the store back. Its argument t is
// the one that newCache had. Cases about outages run last, one at a time, because caches may share the store.
func Outage(begin func(t *testing.T) (end func())) Option {
	return func(s *settings) { s.outage = begin }
}

// MaxValue says that values of more than n bytes are too large for the cache, and are refused with an error. Without it,
// values of up to 400,000 bytes have to be stored.
func MaxValue(n int) Option { return func(s *settings) { s.maxValue = min(n, largest) } }

// Room says that the cache keeps only n small entries, and may drop some if there are more. The suite then checks that n
// entries are kept. Without this option it checks a thousand. A cache must keep 300 at least, because other cases store
// as many.
func Room(n int) Option { return func(s *settings) { s.room = n } }

// Concurrent runs n cases at a time, instead of one. It is for stores whose expiries take long to wait for. The caches
// that newCache returns must then have nothing to do with one another.
func Concurrent(n int) Option { return func(s *settings) { s.concurrent = n } }
