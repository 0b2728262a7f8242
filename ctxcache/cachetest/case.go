package cachetest

import (
	"context"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// Case is one thing that a cache is tried for.
type Case struct {
	Name string // of the subtest: "Miss/Absent/Get"
	Rule string // what the cache has to do, in words; a failure prints it

	needs  ctxcache.Cap // what the case is about, see fits
	lacks  ctxcache.Cap // what the case is about the lack of: it is for caches that do not fit this; 0: for all
	closes bool         // the case is about Close
	nodes  bool         // the case is about Describe
	timed  bool         // the case has to know the LeaseTTL
	long   bool         // the case is about lives that nobody can wait for
	breaks bool         // the case takes an outage
	real   bool         // the case waits by the real clock, and so outside of bubbles
	twins  bool         // the case takes a second cache, which has nothing to do with the first
	run    func(p *probe)
}

// Cases returns all cases. [Run] runs those that apply to a cache and that can see what they are about.
func Cases() []Case {
	return slices.Concat(
		missCases(), outageCases(), contextCases(), lookCases(), errorCases(),
		ttlCases(), longCases(), expiryCases(), lengthCases(), renewalCases(), replacedCases(),
		ownershipCases(), keptCases(), concurrencyCases(), leaseRaceCases(),
		deleteCases(), keyCases(), valueCases(), largeCases(), roomCases(), closeCases(),
		supportsCases(), describeCases(), unsupportedCases(),
		writeCases(), overwriteCases(), removalCases(),
		entryCases(), copyTTLCases(), negativeCases(), manyCases(),
		leaseCases(), leaseTokenCases(), leaseEndCases(), leaseDropCases(), leaseLossCases(), leaseLifeCases(),
		refreshCases(), leasesCases(), fillManyCases(), releaseManyCases(),
		scopeCases(), keysCases(), statsCases(), watchCases(),
	)
}

// subject is what decides which cases apply to a cache.
type subject struct {
	caps   ctxcache.Cap
	closes bool
	node   bool
}

// closer is a cache with a Close of its own.
type closer interface{ Close() error }

func subjectOf(c ctxcache.Cache[string, []byte]) subject {
	_, closes := c.(closer)
	_, node := c.(ctxcache.Node)
	return subject{caps: ctxcache.Supports(c), closes: closes, node: node}
}

// appliesTo reports whether the case is about what the cache can do.
func (c Case) appliesTo(of subject) bool {
	switch {
	case c.closes && !of.closes, c.nodes && !of.node:
		return false
	case c.lacks != 0 && fits(of.caps, c.lacks):
		return false
	}
	return fits(of.caps, c.needs)
}

// lacking returns what would have to be known, or possible, to see whether the cache keeps the rule; "": all is.
func (c Case) lacking(of subject, with settings) string {
	switch {
	case c.timed && with.advance != nil:
		return "a clock that is pushed renews no lease"
	case c.timed && with.leaseTTL == 0:
		return "needs LeaseTTL"
	case c.twins && !with.fake:
		return "needs FakeTime"
	case c.long && !with.leaps() && !of.caps.Has(ctxcache.CapEntry):
		return "needs FakeTime, Advance, or a cache that reports remaining lives"
	case c.breaks && with.outage == nil:
		return "needs Outage"
	}
	return ""
}

// settings returns those that the case runs with.
func (c Case) settings(s settings) settings {
	s.fake = s.fake && !c.real
	return s
}

// leaps reports whether years can be waited for.
func (s settings) leaps() bool { return s.fake || s.advance != nil }

// try runs the case once, against an empty cache, which newCache makes. breakDown begins an outage, if that is possible.
func (c Case) try(
	ctx context.Context, r reporter, s settings, newCache func() ctxcache.Cache[string, []byte], breakDown func() (end func()),
) {
	cache := newCache()
	c.run(&probe{
		reporter:  r,
		settings:  s,
		of:        c,
		ctx:       ctx,
		cache:     cache,
		newCache:  newCache,
		breakDown: breakDown,
		caps:      ctxcache.Supports(cache),
	})
}
