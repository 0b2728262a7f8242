package cachetest

import (
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseRaceCases are about leases in a race with others and with writes.
func leaseRaceCases() []Case {
	return []Case{
		{
			Name:  "Concurrency/GetLease",
			Rule:  "of concurrent calls of GetLease only one is granted the lease",
			needs: ctxcache.OpLease,
			run: func(p *probe) {
				granted := make([]lease, crowd)
				p.ok(crowded(func(i int) error {
					_, l, err := ctxcache.GetLease(p.ctx, p.cache, "key", 0)
					granted[i] = l
					if errors.Is(err, ctxcache.ErrMiss) {
						return nil
					}
					return err
				}), "GetLease")
				p.onlyOne(granted)
			},
		},
		{
			Name:  "Concurrency/GetLeases",
			Rule:  "of concurrent calls of GetLeases only one is granted the lease",
			needs: ctxcache.OpLease,
			run: func(p *probe) {
				granted := make([]lease, crowd)
				p.ok(crowded(func(i int) error {
					_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"key"}, 0)
					granted[i] = leases["key"]
					return err
				}), "GetLeases")
				p.onlyOne(granted)
			},
		},
		{
			Name:  "Concurrency/FillAgainstSet",
			Rule:  "a Fill that meets a Set never ends with the older value in the cache",
			needs: ctxcache.OpLease,
			run: func(p *probe) {
				set := func() error { return p.cache.Set(p.ctx, "key", []byte("new"), hour) }
				p.raceFill(set, func() { p.holds("key", "new") })
			},
		},
		{
			Name:  "Concurrency/FillAgainstDelete",
			Rule:  "a Fill that meets a Delete never leaves the deleted value in the cache",
			needs: ctxcache.OpLease,
			run: func(p *probe) {
				p.raceFill(func() error { return p.cache.Delete(p.ctx, "key") }, func() { p.empty("key") })
			},
		},
	}
}

// onlyOne ends the case if not exactly one lease was granted, and gives it up.
func (p *probe) onlyOne(granted []lease) {
	p.Helper()
	n := 0
	for _, l := range granted {
		if l != nil {
			n++
			p.release(l)
		}
	}
	if n != 1 {
		p.stops("%d of %d concurrent calls were granted the lease, want 1", n, len(granted))
	}
}

// raceFill fills a lease while another changes the key, many times, and calls check after each.
func (p *probe) raceFill(change func() error, check func()) {
	p.Helper()
	for round := range 40 {
		p.set("key", "before")
		l := p.lease("key", ctxcache.NoExpiry)
		p.ok(concurrently(2, func(i int) error {
			if i == round%2 {
				return change()
			}
			err := l.Fill(p.ctx, entry{Value: []byte("old"), TTL: hour})
			if errors.Is(err, ctxcache.ErrLeaseLost) {
				return nil
			}
			return err
		}), "Fill against a change")
		p.release(l)
		check()
	}
}
