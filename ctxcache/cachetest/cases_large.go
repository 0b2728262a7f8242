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

// largeCases are about rule 9, for long values.
func largeCases() []Case {
	const rule = "a value of any length is stored and returned whole, or refused with an error"
	valueReaders := slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.reportsValue })
	return slices.Concat(
		per(writers, "Value/Large/By", rule, 0, func(p *probe, w writer) { p.storesLarge(w, readers[0]) }),
		per(valueReaders, "Value/Large/To", rule, 0, func(p *probe, r reader) { p.storesLarge(writers[0], r) }),
	)
}

// storesLarge writes long values, and reads them back.
func (p *probe) storesLarge(w writer, r reader) {
	p.Helper()
	sizes := slices.Compact([]int{p.maxValue / 3, p.maxValue, largest})
	for _, n := range sizes {
		want := noise()[:n]
		err := w.write(p, "key", ctxcache.NewEntry(bytes.Clone(want), hour))
		if n > p.maxValue && err != nil {
			continue
		}
		p.ok(err, w.name+" of a long value")
		r.expect(p, "key", finding{there: true, value: want})
	}
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
