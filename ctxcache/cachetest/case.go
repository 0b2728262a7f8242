package cachetest

import (
	"context"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// Case is one check of a cache.
type Case struct {
	Name string // the name of the subtest, as in "Miss/Absent/Get"
	Rule string // the rule that the cache has to keep, in words; a failure prints it

	needs   ctxcache.Cap // the capabilities that the cache must have, see fits
	lacks   ctxcache.Cap // the case is for caches that lack these capabilities, see fits; 0: for all
	closes  bool         // the case is about Close
	nodes   bool         // the case is about Describe
	gets    bool         // the case is about a ManyGetter
	values  bool         // the case is about a ValuesGetter
	timed   bool         // the case needs the LeaseTTL
	long    bool         // the case is about lives that are too long to wait for
	breaks  bool         // the case needs an outage
	real    bool         // the case waits by the real clock, so it runs outside of bubbles
	twins   bool         // the case needs a second cache, which shares nothing with the first
	shares  bool         // the case needs two caches that share a store
	refuses bool         // the case is about a cache that refuses long values
	run     func(p *probe)
}

// Cases returns all cases, in a new slice. [Run] runs the cases that apply to a cache, except those that cannot see
// whether the cache keeps their rule. Cases may be called concurrently.
func Cases() []Case {
	return slices.Concat(
		missCases(), outageCases(), contextCases(), lookCases(), errorCases(),
		ttlCases(), longCases(), expiryCases(), lengthCases(), renewalCases(), replacedCases(),
		ownershipCases(), keptCases(), concurrencyCases(), leaseRaceCases(),
		deleteCases(), keyCases(), valueCases(), largeCases(), refusedCases(), roomCases(), closeCases(),
		supportsCases(), describeCases(), unsupportedCases(),
		writeCases(), overwriteCases(), removalCases(),
		entryCases(), staleWindowCases(), copyTTLCases(), negativeCases(), manyCases(), getManyCases(),
		leaseCases(), leaseTokenCases(), leaseEndCases(), leaseDropCases(), leaseLossCases(), leaseLifeCases(),
		refreshCases(), leasesCases(), fillManyCases(), releaseManyCases(),
		sharedCases(), scopeCases(), keysCases(), statsCases(), watchCases(),
	)
}

// subject describes a cache. It decides which cases apply to the cache.
type subject struct {
	caps    ctxcache.Cap
	closes  bool
	node    bool
	gets    bool // it is a ManyGetter
	values  bool // it is a ValuesGetter
	limited bool // it refuses long values
}

// closer is a cache with a method Close.
type closer interface{ Close() error }

func subjectOf(c ctxcache.Cache[string, []byte], with settings) subject {
	_, closes := c.(closer)
	_, node := c.(ctxcache.Node)
	_, gets := c.(ctxcache.ManyGetter[string, []byte])
	_, values := c.(ctxcache.ValuesGetter[string, []byte])
	return subject{
		caps: ctxcache.Supports(c), closes: closes, node: node, gets: gets, values: values, limited: with.maxValue < largest,
	}
}

// appliesTo reports whether the case is for a cache such as of.
func (c Case) appliesTo(of subject) bool {
	switch {
	case c.closes && !of.closes, c.nodes && !of.node, c.gets && !of.gets, c.values && !of.values, c.refuses && !of.limited:
		return false
	case c.lacks != 0 && fits(of.caps, c.lacks):
		return false
	}
	return fits(of.caps, c.needs)
}

// lacking returns the reason why the case cannot see whether the cache keeps the rule, as in "needs Outage". It returns
// "" if the case can see that.
func (c Case) lacking(of subject, with settings) string {
	switch {
	case c.timed && with.advance != nil:
		return "a pushed clock does not renew leases"
	case c.timed && with.leaseTTL == 0:
		return "needs LeaseTTL"
	case c.twins && !with.fake:
		return "needs FakeTime"
	case c.long && !with.leaps() && !of.caps.Has(ctxcache.CapEntry):
		return "needs FakeTime, Advance, or a cache that reports remaining lives"
	case c.breaks && with.outage == nil:
		return "needs Outage"
	case c.shares && with.shared == nil:
		return "needs Shared"
	}
	return ""
}

// settings returns the settings with which the case runs.
func (c Case) settings(s settings) settings {
	s.fake = s.fake && !c.real
	return s
}

// leaps reports whether a case can let years pass.
func (s settings) leaps() bool { return s.fake || s.advance != nil }

// origin makes the caches of a case.
type origin struct {
	newCache  func() ctxcache.Cache[string, []byte]              // makes an empty cache
	openTwo   func() (one, other ctxcache.Cache[string, []byte]) // opens two caches in one store; nil: not possible
	breakDown func() (end func())                                // begins an outage of the last cache; nil: not possible
}

// try runs the case once, on an empty cache, or on two that share a store.
func (c Case) try(ctx context.Context, r reporter, s settings, from origin) {
	p := &probe{reporter: r, settings: s, origin: from, of: c, ctx: ctx}
	if c.shares {
		p.cache, p.other = from.openTwo()
	} else {
		p.cache = from.newCache()
	}
	p.caps = ctxcache.Supports(p.cache)
	c.run(p)
}
