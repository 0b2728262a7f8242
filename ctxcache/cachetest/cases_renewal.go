package cachetest

import "time"

// renewalCases are about reads during a life.
func renewalCases() []Case {
	return per(readers, "Expiry/NotRenewed", "a read does not prolong the life of the value that it reads", 0, func(p *probe, r reader) {
		if !p.leaps() { // measure reads during the whole life
			p.measure(100*time.Millisecond, writers[:1], func(key string) { r.read(p, key) })
			return
		}
		begin, ttl := p.now(), max(p.short(), 10*p.unit)
		p.ok(p.cache.Set(p.ctx, "key", []byte("value"), ttl), "Set")
		for range 2 {
			p.pass(ttl / 3)
			r.read(p, "key")
		}
		passed, _ := p.between(begin, p.now())
		p.pass(ttl - passed - 2*p.unit)
		r.read(p, "key")
		p.pass(2 * p.unit)
		p.untilGone(2*p.unit, func() bool {
			gone, _ := readers[0].finds(p, "key", nothing)
			return gone
		}, "the value is still there after %v more, because %s has read it; its time to live is %v%s", r.name, ttl, p.coarse())
	})
}
