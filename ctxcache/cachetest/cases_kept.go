package cachetest

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// others is how many other values are written and read while a returned value is kept. By then a cache that reuses
// memory has reused it.
const others = 200

// keptCases are about rule 5, for a caller that keeps what it got.
func keptCases() []Case {
	const rule = "a returned value never changes, whatever the cache does later"
	valueReaders := slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.reportsValue })
	closed := per(valueReaders, "Ownership/Closed", rule+", even after Close", 0, func(p *probe, r reader) {
		p.writeOthers(5) // Close gives memory back, and a small store may not be in it yet
		p.set("key", "first")
		got := r.read(p, "key").value
		p.close()
		p.stays(got, "first", "Close")
	})
	for i := range closed {
		closed[i].closes = true
	}
	return slices.Concat(
		per(valueReaders, "Ownership/Kept", rule, 0, func(p *probe, r reader) {
			p.writeOthers(5)
			p.set("key", "first")
			got := r.read(p, "key").value
			p.set("key", "other")
			p.writeOthers(9)
			p.stays(got, "first", "many writes")
			for i := range others {
				r.read(p, fmt.Sprint("other", i))
			}
			p.stays(got, "first", "many reads")
			p.ok(ctxcache.DeleteMany(p.ctx, p.cache, []string{"key"}), "DeleteMany")
			p.writeOthers(7)
			p.stays(got, "first", "its deletion")
		}),
		closed,
	)
}

// writeOthers stores values under other keys. The first value is n bytes long, and each next one is a byte longer.
func (p *probe) writeOthers(n int) {
	p.Helper()
	values := make(map[string][]byte, others)
	var keys []string
	for i := range others {
		key := fmt.Sprint("other", i)
		keys = append(keys, key)
		values[key] = []byte(strings.Repeat("z", n+i))
	}
	for some := range slices.Chunk(keys, 50) {
		p.setAll(some, values)
	}
}

// stays ends the case if got, which a read returned, is not want any more, or cannot be read any more.
func (p *probe) stays(got []byte, want, after string) {
	p.Helper()
	now, fault := readable(got)
	if fault != nil {
		p.stops("the memory of the returned value is gone after %s: %v", after, fault)
	}
	p.same(now, []byte(want), "the returned value, after "+after)
}

// readable returns a copy of value. If the memory of value is gone, it returns the error of the operating system as
// fault.
func readable(value []byte) (copied []byte, fault any) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = recover() }()
	return bytes.Clone(value), nil
}
