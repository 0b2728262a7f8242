package cachetest

import (
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// leaseRaceCases are about leases that race with one another or with writes.
func leaseRaceCases() []Case {
	return []Case{
		{
			Name:  "Concurrency/GetLease",
			Rule:  "only one of several concurrent calls of GetLease is granted the lease",
			needs: ctxcache.CapLease,
			run: func(p *probe) {
				leases := make([]lease, crowd)
				p.ok(crowded(func(i int) error {
					_, l, err := ctxcache.GetLease(p.ctx, p.cache, "key", 0)
					leases[i] = l
					if errors.Is(err, ctxcache.ErrMiss) {
						return nil
					}
					return err
				}), "GetLease")
				p.onlyOne("key", leases)
			},
		},
		{
			Name:  "Concurrency/GetLeases",
			Rule:  "only one of several concurrent calls of GetLeases is granted the lease",
			needs: ctxcache.CapLease,
			run: func(p *probe) {
				leases := make([]lease, crowd)
				p.ok(crowded(func(i int) error {
					_, got, err := ctxcache.GetLeases(p.ctx, p.cache, []string{"key"}, 0)
					leases[i] = got["key"]
					return err
				}), "GetLeases")
				p.onlyOne("key", leases)
			},
		},
		{
			Name:  "Concurrency/FillAgainstSet",
			Rule:  "a Fill that races with a Set never leaves the older value in the cache",
			needs: ctxcache.CapLease,
			run:   func(p *probe) { p.raceSet(p.tryFill) },
		},
		{
			Name:  "Concurrency/FillManyAgainstSet",
			Rule:  "a FillMany that races with a Set never leaves the older value in the cache",
			needs: ctxcache.CapLease,
			run:   func(p *probe) { p.raceSet(p.tryFillMany) },
		},
		{
			Name:  "Concurrency/FillAgainstDelete",
			Rule:  "a Fill that races with a Delete never leaves the deleted value in the cache",
			needs: ctxcache.CapLease,
			run:   func(p *probe) { p.raceDelete(p.tryFill) },
		},
		{
			Name:  "Concurrency/FillManyAgainstDelete",
			Rule:  "a FillMany that races with a Delete never leaves the deleted value in the cache",
			needs: ctxcache.CapLease,
			run:   func(p *probe) { p.raceDelete(p.tryFillMany) },
		},
		{
			Name:  "Concurrency/DropAgainstSet",
			Rule:  "a Drop that races with a Set never removes the newer value",
			needs: ctxcache.CapLease,
			run: func(p *probe) {
				p.raceSet(func(key string, l lease, _ string) error { return ctxcache.Drop(p.ctx, p.cache, key, l) })
			},
		},
	}
}

// onlyOne ends the case unless exactly one of these leases on key was granted. It gives that lease up.
func (p *probe) onlyOne(key string, leases []lease) {
	p.Helper()
	n := 0
	for _, l := range leases {
		if l.Granted() {
			n++
			p.release(key, l)
		}
	}
	if n != 1 {
		p.stops("%d of %d concurrent calls were granted the lease, want 1", n, len(leases))
	}
}

// tryFillMany is tryFill by a call for many keys.
func (p *probe) tryFillMany(key string, l lease, value string) error {
	return ctxcache.KeyError(p.fillMany(map[string]string{key: value}, map[string]lease{key: l}), key)
}

// raceSet races a use of a lease with a Set.
func (p *probe) raceSet(use func(key string, l lease, value string) error) {
	p.Helper()
	set := func() error { return p.cache.Set(p.ctx, "key", []byte("new"), hour) }
	p.race(use, set, func() { p.holds("key", "new") })
}

// raceDelete races a use of a lease with a Delete.
func (p *probe) raceDelete(use func(key string, l lease, value string) error) {
	p.Helper()
	p.race(use, func() error { return p.cache.Delete(p.ctx, "key") }, func() { p.empty("key") })
}

// race uses a lease while another goroutine changes the key. It does so many times, and calls check after each time.
func (p *probe) race(use func(key string, l lease, value string) error, change func() error, check func()) {
	p.Helper()
	for round := range 40 {
		p.set("key", "before")
		l := p.lease("key", ctxcache.NoExpiry)
		p.ok(concurrently(2, func(i int) error {
			if i == round%2 {
				return change()
			}
			err := use("key", l, "old")
			if errors.Is(err, ctxcache.ErrLeaseLost) {
				return nil
			}
			return err
		}), "the use of a lease during a change")
		p.is(ctxcache.Release(p.ctx, p.cache, "key", l), ctxcache.ErrLeaseLost, "Release of a lease that was used or lost")
		check()
	}
}
