package memory_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func TestConformance(t *testing.T) {
	type options = memory.Options[string, []byte]
	for _, config := range []struct {
		name string
		opts *options
	}{
		{"Default", nil},
		{"OneShard", &options{MaxEntries: memory.Unbounded, Shards: 1}},
		{"Unbounded", &options{MaxEntries: memory.Unbounded}},
		{"ManyShards", &options{MaxEntries: memory.Unbounded, Shards: 64}},
		{"Bounded", &options{MaxEntries: 4000}},
		{"BoundedOneShard", &options{MaxEntries: 1100, Shards: 1}},
		{"DefaultTTL", &options{MaxEntries: memory.Unbounded, TTL: 24 * time.Hour}},
		{"LRU", &options{MaxEntries: 4000, Policy: memory.LRU}},
		{"FIFO", &options{MaxEntries: 4000, Policy: memory.FIFO}},
		{"LFU", &options{MaxEntries: 4000, Policy: memory.LFU}},
		{"MRU", &options{MaxEntries: 4000, Policy: memory.MRU}},
		{"RR", &options{MaxEntries: 4000, Policy: memory.RR}},
		{"Cost", &options{MaxCost: 1 << 30, Cost: bytesOf, Policy: memory.LFU}},
		{"MaxBytes", &options{MaxBytes: 1 << 30}},
		{"Idle", &options{MaxEntries: 4000, Idle: 50 * years}}, // no case lasts so long
		{"SizeCurve", &options{MaxEntries: 4000, SizeCurve: true}},
		{"TTLOf", &options{MaxEntries: memory.Unbounded, TTLOf: func(string, []byte) time.Duration { return 24 * time.Hour }}},
		{"OnEvict", &options{MaxEntries: 4000, OnEvict: func(string, []byte, memory.Cause) {}}},
	} {
		t.Run(config.name, func(t *testing.T) {
			cachetest.Run(t, func(*testing.T) ctxcache.Cache[string, []byte] {
				return memory.New(config.opts)
			}, cachetest.FakeTime(), cachetest.LeaseTTL(time.Minute))
		})
	}
	t.Run("Refusing", func(t *testing.T) {
		cachetest.Run(t, func(*testing.T) ctxcache.Cache[string, []byte] {
			return memory.New(&options{MaxCost: 350_000, Cost: bytesOf})
		}, cachetest.FakeTime(), cachetest.LeaseTTL(time.Minute), cachetest.MaxValue(300_000))
	})
}

func bytesOf(key string, value []byte) int64 { return int64(len(key) + len(value)) }
