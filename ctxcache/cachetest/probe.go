package cachetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	entry = ctxcache.Entry[[]byte]
	lease = ctxcache.Lease
	scope = ctxcache.Scope[string]
)

// aNegative returns a negative entry that lives for ttl.
func aNegative(ttl time.Duration) entry { return entry{Meta: ctxcache.Meta{Absent: true, TTL: ttl}} }

// hour is a TTL for cases that do not depend on its length.
const hour = time.Hour

// reporter is the part of a *testing.T that cases use. The suite's own tests use another reporter.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

// probe is one run of a case: an empty cache, and methods that report failures of it. Except for fails, its methods may
// be called only from the goroutine of the case.
type probe struct {
	reporter
	settings
	origin
	of     Case
	ctx    context.Context
	cache  ctxcache.Cache[string, []byte]
	other  ctxcache.Cache[string, []byte] // shares the store of cache, if the case needs that
	caps   ctxcache.Cap
	pushed time.Duration // how far the clock of the cache was pushed
	rested time.Duration // how long the case has only waited
}

// fails reports a failure together with the rule, and goes on. It may be called concurrently.
func (p *probe) fails(format string, args ...any) {
	p.Helper()
	p.Errorf("%s\n\trule: %s", fmt.Sprintf(format, args...), p.of.Rule)
}

// stops reports a failure together with the rule, and ends the case.
func (p *probe) stops(format string, args ...any) {
	p.Helper()
	p.fails(format, args...)
	p.FailNow()
}

// ok ends the case if err is not nil. what names the call, as in "Set".
func (p *probe) ok(err error, what string) {
	p.Helper()
	if err != nil {
		p.stops("%s: %v, want no error", what, err)
	}
}

// is ends the case if err is not want and does not wrap want.
func (p *probe) is(err, want error, what string) {
	p.Helper()
	if !errors.Is(err, want) {
		p.stops("%s: error %v, want %v", what, err, want)
	}
}

// bare ends the case if err is not want itself.
func (p *probe) bare(err, want error, what string) {
	p.Helper()
	if err != want {
		p.stops("%s: error %#v, want the bare %q", what, err, want)
	}
}

// set stores value under key for an hour.
func (p *probe) set(key, value string) {
	p.Helper()
	p.ok(p.cache.Set(p.ctx, key, []byte(value), hour), "Set")
}

// setNegative stores a negative entry under key for an hour.
func (p *probe) setNegative(key string) {
	p.Helper()
	p.ok(ctxcache.SetEntry(p.ctx, p.cache, key, aNegative(hour)), "SetEntry of a negative entry")
}

// holds ends the case if key does not have value.
func (p *probe) holds(key, value string) {
	p.Helper()
	got, err := p.cache.Get(p.ctx, key)
	p.ok(err, "Get of a key that has a value")
	p.same(got, []byte(value), "Get")
}

// same ends the case if the two values differ.
func (p *probe) same(got, want []byte, what string) {
	p.Helper()
	if !bytes.Equal(got, want) {
		p.stops("%s: value %s, want %s", what, brief(got), brief(want))
	}
}

// empty ends the case if key has a value, or a negative entry.
func (p *probe) empty(key string) {
	p.Helper()
	got, err := p.cache.Get(p.ctx, key)
	if err == nil {
		p.stops("Get: value %s, want a miss", brief(got))
	}
	p.is(err, ctxcache.ErrMiss, "Get")
}

// entry returns the entry of a key that has a value.
func (p *probe) entry(key string) entry {
	p.Helper()
	e, err := ctxcache.GetEntry(p.ctx, p.cache, key)
	p.ok(err, "GetEntry of a key that has a value")
	return e
}

// answered ends the case if err is a failure. A read may answer with nil, a miss or a negative entry.
func (p *probe) answered(err error, what string) {
	p.Helper()
	if err != nil && !errors.Is(err, ctxcache.ErrMiss) && !errors.Is(err, ctxcache.ErrNotFound) {
		p.stops("%s: %v, want a value, a miss or a negative entry", what, err)
	}
}

// brief prints a value. It prints only the beginning of a long value.
func brief(value []byte) string {
	if len(value) > 40 {
		return fmt.Sprintf("%q... of %d bytes", value[:40], len(value))
	}
	return fmt.Sprintf("%q", value)
}
