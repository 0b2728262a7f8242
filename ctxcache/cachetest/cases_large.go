package cachetest

import (
	"math/rand/v2"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// largest is how long a value may be without a word: it fits into the items of Memcached, even in base64 or base 85.
const largest = 400_000

// largeCases are about rule 9, for long values.
func largeCases() []Case {
	const rule = "a value is stored and returned whole, however long it is, or refused with an error"
	valueReaders := slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.reportsValue })
	return slices.Concat(
		per(writers, "Value/Large/By", rule, 0, func(p *probe, w writer) { p.storesLarge(w, readers[0]) }),
		per(valueReaders, "Value/Large/To", rule, 0, func(p *probe, r reader) { p.storesLarge(writers[0], r) }),
	)
}

// storesLarge writes long values, and reads them back.
func (p *probe) storesLarge(w writer, r reader) {
	p.Helper()
	for _, n := range []int{p.maxValue / 3, p.maxValue, largest} {
		value := noise(n)
		err := w.write(p, "key", ctxcache.NewEntry(value, hour))
		if n > p.maxValue && err != nil {
			continue
		}
		p.ok(err, w.name+" of a long value")
		r.expect(p, "key", finding{there: true, value: value})
	}
}

// noise returns a value of n bytes that cannot be compressed, and is another one everywhere. It is always the same.
func noise(n int) []byte {
	random := rand.NewChaCha8([32]byte{})
	value := make([]byte, n)
	if _, err := random.Read(value); err != nil {
		panic(err) // it never fails
	}
	return value
}
