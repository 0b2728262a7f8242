package cachetest

import (
	"context"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// Case is one thing that a cache is tried for.
type Case struct {
	Name string // of the subtest: "Miss/Get/Absent"
	Rule string // what the cache has to do, in words; a failure prints it

	needs  ctxcache.Op // the capabilities that the case is about
	lacks  ctxcache.Op // the capabilities whose lack the case is about: it has none of them
	closes bool        // the case is about Close
	run    func(p *probe)
}

// Cases returns all cases. [Run] runs those that apply to the capabilities of a cache.
func Cases() []Case {
	return slices.Concat(
		missCases(), contextCases(), errorCases(),
		ttlCases(), expiryCases(), ownershipCases(), concurrencyCases(), leaseRaceCases(),
		deleteCases(), keyCases(), valueCases(), closeCases(),
		supportsCases(), unsupportedCases(),
		writeCases(), overwriteCases(), removalCases(),
		entryCases(), keepCases(), negativeCases(), manyCases(),
		leaseCases(), leaseEndCases(), leaseLossCases(), refreshCases(), leasesCases(),
		scopeCases(), iterationCases(), statsCases(), watchCases(),
	)
}

// subject is what decides which cases apply to a cache.
type subject struct {
	ops    ctxcache.Op
	closes bool
}

// closer is a cache with a Close of its own.
type closer interface{ Close() error }

func describe(c ctxcache.Cache[string, []byte]) subject {
	_, closes := c.(closer)
	return subject{ops: ctxcache.Supports(c), closes: closes}
}

func (c Case) appliesTo(s subject) bool {
	if c.closes && !s.closes {
		return false
	}
	return s.ops.Has(c.needs) && s.ops&c.lacks == 0
}

// try runs the case once, against an empty cache.
func (c Case) try(ctx context.Context, r reporter, s settings, cache ctxcache.Cache[string, []byte]) {
	c.run(&probe{
		reporter: r,
		settings: s,
		rule:     c.Rule,
		ctx:      ctx,
		cache:    cache,
		ops:      ctxcache.Supports(cache),
	})
}
