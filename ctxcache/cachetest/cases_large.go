package cachetest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// largest is the length in bytes up to which a cache must store values, unless it is run with MaxValue. Such a value
// fits into an item of Memcached, even in base64 or base 85.
const largest = 400_000

// largeCases are about rule 9, for long values. Each way to write is paired with a way to read, because long values take
// long with the race detector.
func largeCases() []Case {
	const rule = "a value of any length is stored and returned whole, or refused with an error"
	return per(writers, "Value/Large", rule, 0, func(p *probe, w writer) {
		able := slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.reportsValue || !fits(p.caps, r.needs) })
		turn := slices.IndexFunc(writers, func(other writer) bool { return other.name == w.name })
		r := able[turn%len(able)]
		for _, n := range slices.Compact([]int{p.maxValue, largest}) {
			want := noise()[:n]
			err := w.write(p, "key", ctxcache.NewEntry(bytes.Clone(want), hour))
			if n > p.maxValue && err != nil {
				continue
			}
			p.ok(err, w.name+" of a long value")
			r.expect(p, "key", finding{there: true, value: want})
		}
	})
}

// noise returns the largest value. It cannot be compressed, and no part of it is like another. Every call returns the
// same memory, which nobody may modify.
var noise = sync.OnceValue(func() []byte {
	value := make([]byte, largest)
	if _, err := rand.NewChaCha8([32]byte{}).Read(value); err != nil {
		panic(err) // it never fails
	}
	return value
})
