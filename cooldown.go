package cached

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
	"github.com/ctxcache/cached/internal/shards"
)

// CooldownError is the error of a call whose key has just failed to load, and is not loaded again yet. See
// Options.ErrorCooldown.
type CooldownError struct {
	Err  error     // of the load that failed
	Next time.Time // when the source may be asked again
}

// Error returns the text of the load's error, and when the source may be asked again.
func (e *CooldownError) Error() string {
	return fmt.Sprintf("%v (the next try is not before %s)", e.Err, e.Next.Format(time.RFC3339Nano))
}

// Unwrap returns the error of the load that failed.
func (e *CooldownError) Unwrap() error { return e.Err }

// cooldowns are the keys whose loads have failed of late. Its methods may be called concurrently. The zero value, with a
// base of 0, keeps nothing.
type cooldowns[K comparable] struct {
	base   time.Duration // the first wait
	shards [cooldownShards]cooldownShard[K]
}

const (
	cooldownShards = 16

	// maxDoubled is how often the wait is doubled.
	maxDoubled = 6

	// leastFailures is how many keys a shard holds before it looks for those that have cooled down.
	leastFailures = 64
)

type cooldownShard[K comparable] struct {
	mu     sync.Mutex
	failed map[K]*failure
	sweep  int // looks for keys that have cooled down when it holds so many
}

// failure is what is known about a key that fails.
type failure struct {
	err   error
	times int // in a row
	next  time.Time
	until time.Time // when it is forgotten
}

func (c *cooldowns[K]) shard(key K) *cooldownShard[K] {
	return &c.shards[shards.Of(key, cooldownShards)]
}

// failed records that a load of key has failed.
func (c *cooldowns[K]) failed(key K, err error) {
	if c.base == 0 {
		return
	}
	now := time.Now()
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	f, known := s.failed[key]
	if !known || !now.Before(f.until) {
		s.makeRoom(now)
		f = &failure{}
		s.failed[own.Copy(key)] = f
	}
	wait := c.wait(f.times)
	f.err, f.times = err, min(f.times+1, maxDoubled)
	f.next = now.Add(wait)
	f.until = f.next.Add(wait) // so long after the wait a new failure counts as one in a row
}

// wait returns how long a key cools down that has failed so many times before. The first wait is exact. The others are
// random, so that keys which have failed together are not tried together again and again.
func (c *cooldowns[K]) wait(times int) time.Duration {
	if times == 0 {
		return c.base
	}
	longest := c.base << times
	if longest>>times != c.base { // it is too large to be represented
		return c.base
	}
	return longest/2 + rand.N(longest/2+1)
}

// makeRoom forgets the keys that have cooled down, if there are many. The caller holds the lock.
func (s *cooldownShard[K]) makeRoom(now time.Time) {
	if s.failed == nil {
		s.failed, s.sweep = make(map[K]*failure), leastFailures
	}
	if len(s.failed) < s.sweep {
		return
	}
	for key, f := range s.failed {
		if !now.Before(f.until) {
			delete(s.failed, key)
		}
	}
	s.sweep = max(2*len(s.failed), leastFailures)
}

// of returns the error of a call for key if it still cools down, and otherwise nil.
func (c *cooldowns[K]) of(key K) *CooldownError {
	if c.base == 0 || ctxcache.CheckKey(key) != nil {
		return nil
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, known := s.failed[key]; known && time.Now().Before(f.next) {
		return &CooldownError{Err: f.err, Next: f.next}
	}
	return nil
}

// end ends the cooldown of key.
func (c *cooldowns[K]) end(key K) {
	if c.base == 0 || ctxcache.CheckKey(key) != nil {
		return
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failed, key)
}

// endFunc ends the cooldown of every key that match returns true for. It calls match under a lock.
func (c *cooldowns[K]) endFunc(match func(K) bool) {
	if c.base == 0 {
		return
	}
	for i := range c.shards {
		c.shards[i].endFunc(match)
	}
}

func (s *cooldownShard[K]) endFunc(match func(K) bool) {
	s.mu.Lock()
	defer s.mu.Unlock() // even if match panics
	for key := range s.failed {
		if match(key) {
			delete(s.failed, key)
		}
	}
}

// cools reports whether err, the error of a load, makes its key cool down. The end of a context says nothing about the
// source. Neither do mistakes of the caller.
func cools(err error) bool {
	for _, not := range []error{
		context.Canceled, context.DeadlineExceeded, ErrRecursiveLoad, ctxcache.ErrOptions, ctxcache.ErrKey,
	} {
		if errors.Is(err, not) {
			return false
		}
	}
	return true
}
