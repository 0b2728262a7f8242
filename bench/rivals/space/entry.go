package space

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// Payload is how many bytes a key and a value have without their headers.
const Payload = contender.KeySize + contender.ValueSize

// Footprint is the memory of a full cache.
type Footprint struct {
	Entries  int     // that the cache has in the end
	PerEntry float64 // bytes of the heap for each of them, with the key and the value
}

// Entry fills a cache of n entries with 1.25 n different keys, and measures its memory. So a cache that evicts is full. A
// contender that does not evict gets n keys. Keys and values are made for the cache: nobody else has them.
func Entry(c contender.Contender, n int, ttl time.Duration) (Footprint, error) {
	written := n + n/4
	if c.Unbounded {
		written = n
	}
	before := heap()
	cache, err := c.Strings(n, ttl)
	if err != nil {
		return Footprint{}, err
	}
	for i := range written {
		value := make([]byte, contender.ValueSize)
		cache.Set(strings.Clone(contender.StringKey(i)), value)
		if i%settleEvery == 0 {
			cache.Settle()
		}
	}
	cache.Settle()
	after := heap()
	f := Footprint{}
	for i := range written {
		if _, ok := cache.Get(contender.StringKey(i)); ok {
			f.Entries++
		}
	}
	if f.Entries == 0 {
		return f, fmt.Errorf("%s has none of %d entries", c.Name, written)
	}
	f.PerEntry = float64(after-before) / float64(f.Entries)
	return f, cache.Close()
}

// settleEvery is how many writes there are before they are let to take effect, so that no cache drops any.
const settleEvery = 128

// heap returns how many bytes of the heap are in use. The first collection may leave what a finalizer or a pool has kept.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
