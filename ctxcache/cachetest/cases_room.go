package cachetest

import (
	"maps"
	"slices"
	"strconv"

	"github.com/ctxcache/cached/ctxcache"
)

// roomCases are about how much a cache keeps.
func roomCases() []Case {
	return []Case{{
		Name: "Room",
		Rule: "a cache does not drop a value that it has room for, see the option Room",
		run: func(p *probe) {
			values := make(map[string][]byte, p.room)
			for i := range p.room {
				key := "key-" + strconv.Itoa(i)
				values[key] = []byte(key)
			}
			keys := slices.Sorted(maps.Keys(values))
			for some := range slices.Chunk(keys, 100) {
				p.setAll(some, values)
			}
			for some := range slices.Chunk(keys, 100) {
				got, err := ctxcache.GetMany(p.ctx, p.cache, some)
				p.ok(err, "GetMany")
				for _, key := range some {
					value, there := got[key]
					if !there {
						p.stops("a value is gone after %d values were stored; if the cache has room for fewer, use the option Room", p.room)
					}
					p.same(value, values[key], "GetMany")
				}
			}
		},
	}}
}

// setAll stores the values of keys for an hour.
func (p *probe) setAll(keys []string, values map[string][]byte) {
	p.Helper()
	some := make(map[string][]byte, len(keys))
	for _, key := range keys {
		some[key] = values[key]
	}
	p.ok(ctxcache.SetMany(p.ctx, p.cache, some, hour), "SetMany")
}
