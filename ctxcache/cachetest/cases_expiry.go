package cachetest

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// expiryCases are about rule 4 while time passes.
func expiryCases() []Case {
	return slices.Concat(
		per(writers, "Expiry/Write", "a value is there for its time to live, and not longer", 0,
			func(p *probe, w writer) {
				w.store(p, "key", "value", p.short())
				left := p.short()
				if p.leaps() && left > 2*p.unit {
					p.pass(left - 2*p.unit)
					p.stillHolds("key", "value", left)
					left = 2 * p.unit
				}
				p.expire(left, func() bool {
					gone, _ := readers[0].finds(p, "key", nothing)
					return gone
				})
			}),
		per(slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return r.lags }),
			"Expiry/Read", "no way to read finds an expired value", 0, func(p *probe, r reader) {
				p.ok(p.cache.Set(p.ctx, "key", []byte("value"), p.short()), "Set")
				p.expiresFor(r, "key")
			}),
		per(writers, "Expiry/Instant", "a write with the shortest TTL is not an error, and the value expires", 0,
			func(p *probe, w writer) {
				w.store(p, "key", "value", 1)
				p.expire(time.Millisecond, func() bool {
					gone, _ := readers[0].finds(p, "key", nothing)
					return gone
				})
			}),
		[]Case{
			{
				Name:  "Expiry/AtLeastOneMillisecond",
				Rule:  "a live entry reports a remaining TTL of at least 1 ms",
				needs: ctxcache.CapEntry,
				run:   runAtLeast,
			},
			{Name: "Expiry/Longer", Rule: "a write can replace the time to live by a longer one", run: func(p *probe) {
				p.ok(p.cache.Set(p.ctx, "key", []byte("old"), p.short()), "Set")
				p.set("key", "new")
				p.pass(2 * p.short())
				p.holds("key", "new")
			}},
			{Name: "Expiry/Shorter", Rule: "a write can replace the time to live by a shorter one", run: func(p *probe) {
				p.set("key", "old")
				p.ok(p.cache.Set(p.ctx, "key", []byte("new"), p.short()), "Set")
				p.expiresFor(readers[0], "key")
			}},
			{Name: "Expiry/Alone", Rule: "the expiry of one key does not affect another key", run: func(p *probe) {
				p.ok(p.cache.Set(p.ctx, "key", []byte("value"), p.short()), "Set")
				p.set("key2", "value")
				p.expiresFor(readers[0], "key")
				p.holds("key2", "value")
			}},
		},
	)
}

// stillHolds ends the case if key does not have value before ttl is over.
func (p *probe) stillHolds(key, value string, ttl time.Duration) {
	p.Helper()
	got, err := p.cache.Get(p.ctx, key)
	if err != nil {
		p.stops("Get before a time to live of %v is over: %v, want the value%s", ttl, err, p.coarse())
	}
	p.same(got, []byte(value), "Get")
}

// expiresFor lets a short time to live pass, and ends the case if the reader still finds key.
func (p *probe) expiresFor(r reader, key string) {
	p.Helper()
	p.expire(p.short(), func() bool {
		gone, _ := r.finds(p, key, nothing)
		return gone
	})
}

// runAtLeast reads an entry many times at the end of its life.
func runAtLeast(p *probe) {
	ttl := 2*time.Millisecond + p.unit
	p.ok(p.cache.Set(p.ctx, "key", []byte("value"), ttl), "Set")
	begin := p.now()
	for {
		if passed, _ := p.between(begin, p.now()); passed >= ttl+p.unit {
			return
		}
		e, err := ctxcache.GetEntry(p.ctx, p.cache, "key")
		p.answered(err, "GetEntry")
		if err == nil && e.TTL < time.Millisecond {
			p.stops("a live entry reports a remaining TTL of %v", e.TTL)
		}
		p.pass(250 * time.Microsecond)
	}
}
