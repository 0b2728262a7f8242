package cachetest

// renewalCases are about reads in the course of a life.
func renewalCases() []Case {
	return per(readers, "Expiry/NotRenewed", "a read does not prolong the life of what it reads", 0, func(p *probe, r reader) {
		begin, ttl := p.now(), p.short()
		p.ok(p.cache.Set(p.ctx, "key", []byte("value"), ttl), "Set")
		gone := func() bool {
			gone, _ := readers[0].finds(p, "key", nothing)
			return gone
		}
		limit := 2 * p.unit
		if p.leaps() && ttl > 6*p.unit {
			for range 2 {
				p.pass(ttl / 3)
				r.read(p, "key")
			}
			passed, _ := p.between(begin, p.now())
			p.pass(ttl - passed - 2*p.unit)
			r.read(p, "key")
			p.pass(2 * p.unit)
		} else { // to read all along
			limit += ttl
			inner := gone
			gone = func() bool {
				r.read(p, "key")
				return inner()
			}
		}
		p.untilGone(limit, gone, "it is still there after %v, for it is read by %s; its time to live is %v%s",
			r.name, ttl, p.coarse())
	})
}
