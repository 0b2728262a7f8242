package growth

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// call is a call that works on all entries of a cache.
type call struct {
	name    string
	options func(entries int) *memory.Options[string, []byte]
	run     func(s *subject, entries int) error

	// expires means that all entries have expired when the call begins.
	expires bool

	// repeats means that the call leaves the cache as it is. It is repeated until it has taken long enough for many Gets.
	repeats bool
}

var everything = ctxcache.Scope[string]{}

var calls = []call{
	{name: "Clear", options: options, run: func(s *subject, _ int) error { return s.cache.Clear(s.ctx, everything) }},
	{name: "Resize to a tenth", options: options, run: func(s *subject, entries int) error {
		return s.cache.Resize(s.ctx, memory.Bounds{Entries: entries / 10})
	}},
	{name: "Len after the TTL", options: options, expires: true, run: func(s *subject, _ int) error {
		n, err := s.cache.Len(s.ctx, everything)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d entries have not expired", n)
		}
		return err
	}},
	{name: "Keys", options: options, repeats: true, run: func(s *subject, _ int) error {
		for _, err := range s.cache.Keys(s.ctx, everything) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{name: "GetStats", options: options, repeats: true, run: func(s *subject, _ int) error {
		_, err := ctxcache.GetStats(s.ctx, s.cache)
		return err
	}},
	{name: "Set of a huge value", options: costly, run: func(s *subject, entries int) error {
		keys := newKeyBuffer()
		return s.cache.Set(s.ctx, keys.key(uint32(entries)), make([]byte, entries), 0)
	}},
}

// costly are the options of a cache whose bound is the sum of the lengths of its values.
func costly(entries int) *memory.Options[string, []byte] {
	return &memory.Options[string, []byte]{
		MaxCost: int64(entries), TTL: time.Hour, Cost: func(_ string, value []byte) int64 { return int64(len(value)) },
	}
}
