package cachetest

import (
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// lease takes the lease on key, which must be free.
func (p *probe) lease(key string, refreshBelow time.Duration) lease {
	p.Helper()
	l := p.tryLease(key, refreshBelow)
	if !l.Granted() {
		p.stops("GetLease: no lease (%v), want one: nobody else has it", l.Refusal())
	}
	return l
}

// tryLease asks for the lease on key. The lease is not granted if another caller has it, or if no lease is due.
func (p *probe) tryLease(key string, refreshBelow time.Duration) lease {
	p.Helper()
	_, l, err := ctxcache.GetLease(p.ctx, p.cache, key, refreshBelow)
	p.answered(err, "GetLease")
	return l
}

// leaseOfMany takes the lease on key, which must be free, by GetLeases.
func (p *probe) leaseOfMany(key string, refreshBelow time.Duration) lease {
	p.Helper()
	another := "another " + key
	_, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key, another}, refreshBelow)
	p.ok(err, "GetLeases")
	if !leases[another].Granted() || !leases[key].Granted() {
		p.stops("GetLeases: %d leases are granted, want two: nobody else has them", granted(leases))
	}
	p.release(another, leases[another])
	return leases[key]
}

// granted returns how many of the leases were granted.
func granted(leases map[string]lease) int {
	n := 0
	for _, l := range leases {
		if l.Granted() {
			n++
		}
	}
	return n
}

// refused ends the case if l was granted, or was refused for another reason than why.
func (p *probe) refused(l lease, why ctxcache.Refusal) {
	p.Helper()
	if l.Granted() {
		p.stops("a lease was granted, want none")
	}
	if got := l.Refusal(); got != why {
		p.stops("the lease was refused for the reason %q, want %q", got, why)
	}
}

// taken ends the case if the lease on key is free. Another caller must hold it.
func (p *probe) taken(key string) {
	p.Helper()
	if p.tryLease(key, 0).Granted() {
		p.stops("GetLease: a lease was granted that another holder has")
	}
}

// fill stores value for an hour by l, a lease on key.
func (p *probe) fill(key string, l lease, value string) {
	p.Helper()
	p.ok(p.tryFill(key, l, value), "Fill")
}

func (p *probe) tryFill(key string, l lease, value string) error {
	return ctxcache.Fill(p.ctx, p.cache, key, l, ctxcache.NewEntry([]byte(value), hour))
}

// fillMany stores the values for an hour, each by the lease on its key. It makes one call.
func (p *probe) fillMany(values map[string]string, leases map[string]lease) error {
	entries := make(map[string]entry, len(values))
	for key, value := range values {
		entries[key] = ctxcache.NewEntry([]byte(value), hour)
	}
	return ctxcache.FillMany(p.ctx, p.cache, entries, leases)
}

// release gives up l, a lease on key that still stands.
func (p *probe) release(key string, l lease) {
	p.Helper()
	p.ok(ctxcache.Release(p.ctx, p.cache, key, l), "Release of a lease that stands")
}

// unreleased gives up l, a lease on key, after a call by l returned err. Most errors do not end a lease. unreleased
// returns err.
func (p *probe) unreleased(key string, l lease, err error) error {
	p.Helper()
	if err != nil && !errors.Is(err, ctxcache.ErrLeaseLost) {
		p.release(key, l)
	}
	return err
}

// drop calls Drop with l, a lease on key that still stands.
func (p *probe) drop(key string, l lease) {
	p.Helper()
	p.ok(ctxcache.Drop(p.ctx, p.cache, key, l), "Drop by a lease that stands")
}

// lost ends the case if l, a lease on key, can still be used.
func (p *probe) lost(key string, l lease) {
	p.Helper()
	for _, s := range spenders {
		p.bare(s.spend(p, key, l), ctxcache.ErrLeaseLost, s.name+" by a lease that was lost")
	}
}

// spender is one way to use a lease.
type spender struct {
	name  string
	spend func(p *probe, key string, l lease) error // returns its error for key
}

func (s spender) label() string          { return s.name }
func (s spender) required() ctxcache.Cap { return ctxcache.CapLease }

// spenders are all ways to use a lease.
var spenders = []spender{
	{name: "Fill", spend: func(p *probe, key string, l lease) error {
		return p.tryFill(key, l, "late")
	}},
	{name: "FillMany", spend: func(p *probe, key string, l lease) error {
		return ctxcache.KeyError(p.fillMany(map[string]string{key: "late"}, map[string]lease{key: l}), key)
	}},
	{name: "Release", spend: func(p *probe, key string, l lease) error {
		return ctxcache.Release(p.ctx, p.cache, key, l)
	}},
	{name: "ReleaseMany", spend: func(p *probe, key string, l lease) error {
		return ctxcache.KeyError(ctxcache.ReleaseMany(p.ctx, p.cache, map[string]lease{key: l}), key)
	}},
	{name: "Drop", spend: func(p *probe, key string, l lease) error {
		return ctxcache.Drop(p.ctx, p.cache, key, l)
	}},
}
