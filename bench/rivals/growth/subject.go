package growth

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/bench/rivals/rounds"
	"github.com/ctxcache/cached/ctxcache"
)

// options are the options of a cache with the adaptive policy, and with a TTL that does not end during a measurement.
func options(entries int) *memory.Options[string, []byte] {
	return &memory.Options[string, []byte]{MaxEntries: entries, TTL: time.Hour}
}

// subject is a cache that is measured by its public API. Calls have a context that can end, as a request's.
type subject struct {
	ctx    context.Context
	cache  *memory.Cache[string, []byte]
	values [][]byte
	failed atomic.Pointer[error]
}

func newSubject(ctx context.Context, opts *memory.Options[string, []byte], values [][]byte) (*subject, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	return &subject{ctx: ctx, cache: memory.New(opts), values: values}, nil
}

// fill writes the keys with the numbers 0 <= i < n. They have the TTL of the cache.
func (s *subject) fill(n int) error {
	keys := newKeyBuffer()
	for i := range n {
		if err := s.cache.Set(s.ctx, keys.key(uint32(i)), s.values[i%len(s.values)], 0); err != nil {
			return err
		}
	}
	return nil
}

// expireTogether writes the same keys as fill so that they all expire together. It returns when that will be.
func (s *subject) expireTogether(n int) (time.Time, error) {
	for slack := 100*time.Millisecond + time.Duration(n)*time.Microsecond; ; slack *= 2 {
		expiry := time.Now().Add(slack)
		if last, err := s.fillUntil(n, expiry); !last.IsZero() || err != nil {
			return last.Add(late), err
		}
	}
}

// late is how long after its deadline an entry has expired for certain.
const late = 2 * time.Millisecond

// fillUntil is fill with TTLs that all end at expiry, or as much later as a write was interrupted. It returns when the last one
// has ended at the latest, or the zero time if expiry came first.
func (s *subject) fillUntil(n int, expiry time.Time) (last time.Time, err error) {
	keys := newKeyBuffer()
	for i := range n {
		ttl := time.Until(expiry)
		if ttl <= 0 {
			return time.Time{}, nil
		}
		if err := s.cache.Set(s.ctx, keys.key(uint32(i)), s.values[i%len(s.values)], ttl); err != nil {
			return time.Time{}, err
		}
		if ends := time.Now().Add(ttl); ends.After(last) {
			last = ends
		}
	}
	return last, nil
}

// present returns the numbers of all keys.
func (s *subject) present() ([]uint32, error) {
	var all []uint32
	for key, err := range s.cache.Keys(s.ctx, ctxcache.Scope[string]{}) {
		if err != nil {
			return nil, err
		}
		n, err := numberOf(key)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the cache is empty")
	}
	return all, nil
}

// measure lets so many goroutines share the operations of a workload.
func (s *subject) measure(w Workload, numbers []uint32, goroutines int) (rounds.Sample, error) {
	sample, found := rounds.Measure(len(numbers), goroutines, s.work(w.reads, numbers))
	if err := s.failed.Load(); err != nil {
		return sample, *err
	}
	if w.reads == 4 && found != len(numbers) {
		return sample, fmt.Errorf("only %d of %d reads were hits", found, len(numbers))
	}
	if reads := len(numbers)/4*w.reads + min(len(numbers)%4, w.reads); reads > 0 {
		sample.Hits = float64(found) / float64(reads)
	}
	return sample, nil
}

// work returns a function that does the operations from <= i < to, and returns how many found a value.
func (s *subject) work(reads int, numbers []uint32) func(from, to int) (found int) {
	return func(from, to int) (found int) {
		keys := newKeyBuffer()
		for i := from; i < to; i++ {
			key := keys.key(numbers[i])
			if i%4 >= reads {
				s.note(s.cache.Set(s.ctx, key, s.values[i%len(s.values)], 0))
			} else if _, err := s.cache.Get(s.ctx, key); err == nil {
				found++
			} else if err != ctxcache.ErrMiss {
				s.note(err)
			}
		}
		return found
	}
}

// note keeps the first error.
func (s *subject) note(err error) {
	if err != nil {
		first := err // so that only an error is moved to the heap
		s.failed.CompareAndSwap(nil, &first)
	}
}
