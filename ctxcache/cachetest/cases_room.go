package cachetest

import (
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
			keys, values := numbered(p.room)
			p.setAll(keys, values)
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
			p.discard(keys)
		},
	}}
}

// manyKeys is more than one page of keys has in most stores.
const manyKeys = 1100

// many returns how many keys a case uses that needs many.
func (p *probe) many() int { return min(manyKeys, p.room) }

// numbered returns n keys, and a value for each.
func numbered(n int) (keys []string, values map[string][]byte) {
	values = make(map[string][]byte, n)
	for i := range n {
		key := "key-" + strconv.Itoa(i)
		keys = append(keys, key)
		values[key] = []byte("value of " + key)
	}
	return keys, values
}

// setAll stores the values of keys for an hour, some at a time.
func (p *probe) setAll(keys []string, values map[string][]byte) {
	p.Helper()
	for some := range slices.Chunk(keys, 100) {
		part := make(map[string][]byte, len(some))
		for _, key := range some {
			part[key] = values[key]
		}
		p.ok(ctxcache.SetMany(p.ctx, p.cache, part, hour), "SetMany")
	}
}

// discard deletes many keys. In a store that other cases share, they would make it slow to list keys.
func (p *probe) discard(keys []string) {
	p.Helper()
	for some := range slices.Chunk(keys, 100) {
		p.ok(ctxcache.DeleteMany(p.ctx, p.cache, some), "DeleteMany")
	}
}
