package cachetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// lifetime is a kind of TTL.
type lifetime struct {
	name string
	ttl  func(p *probe) time.Duration
}

var lifetimes = []lifetime{
	{"Short", (*probe).short},
	{"Default", func(*probe) time.Duration { return 0 }},
	{"Long", func(*probe) time.Duration { return hour }},
	{"NoExpiry", func(*probe) time.Duration { return ctxcache.NoExpiry }},
}

// replacedCases cross every way to write with every kind of TTL, and with every kind of TTL that the old value had.
func replacedCases() []Case {
	const rule = "the life of a value depends only on its own TTL, and not on the TTL of the value that it replaces"
	var cases []Case
	for _, l := range lifetimes {
		cases = slices.Concat(cases, per(writers, "Expiry/Replaced/"+l.name, rule, 0, func(p *probe, w writer) {
			keys := p.replaceAll(w, l.ttl(p))
			p.pass(2 * p.short())
			p.likeFresh(keys)
		}))
		if l.name == "Short" {
			continue
		}
		long := per(writers, "Expiry/ReplacedLong/"+l.name, rule, 0, func(p *probe, w writer) {
			since := p.now()
			keys := p.replaceAll(w, l.ttl(p))
			if !p.leaps() {
				p.reportedLikeFresh(keys, since)
				return
			}
			for _, passing := range []time.Duration{hour, 2 * day, 100 * 365 * day} {
				p.pass(passing)
				p.likeFresh(keys)
			}
		})
		for i := range long {
			long[i].long = true
		}
		cases = slices.Concat(cases, long)
	}
	return cases
}

// fresh is the key of a value that replaces nothing.
const fresh = "fresh"

// replaceAll stores a value for ttl under fresh, and under several keys that have an old value. The old value of each
// key has another kind of TTL. replaceAll returns these keys.
func (p *probe) replaceAll(w writer, ttl time.Duration) (keys []string) {
	p.Helper()
	for _, old := range lifetimes {
		p.ok(p.cache.Set(p.ctx, old.name, []byte("old"), old.ttl(p)), "Set")
		keys = append(keys, old.name)
	}
	for _, key := range append(keys, fresh) {
		e := ctxcache.NewEntry([]byte("new"), ttl)
		err := w.write(p, key, e)
		if w.fills && errors.Is(err, ctxcache.ErrLeaseLost) { // the value to refresh has expired meanwhile
			err = w.write(p, key, e)
		}
		p.ok(err, w.name)
	}
	return keys
}

// likeFresh ends the case if one of the keys has a value and fresh has none, or the other way round.
func (p *probe) likeFresh(keys []string) {
	p.Helper()
	for _, key := range keys {
		var got, want []byte
		p.untilGone(4*p.unit, func() bool {
			got, want = p.getOrNil(key), p.getOrNil(fresh)
			return bytes.Equal(got, want)
		}, "after %v more %v, want them alike%s", late(func() string {
			return fmt.Sprintf("the value that replaced one with a %s TTL is %s, and the value that replaced nothing is %s",
				key, thereOrGone(got), thereOrGone(want))
		}), p.coarse())
	}
}

// late is a text that is made only when it is printed.
type late func() string

func (l late) String() string { return l() }

func thereOrGone(value []byte) string {
	if value == nil {
		return "gone"
	}
	return brief(value)
}

// getOrNil returns the value of key, or nil if it has none.
func (p *probe) getOrNil(key string) []byte {
	p.Helper()
	value, err := p.cache.Get(p.ctx, key)
	p.answered(err, "Get")
	return value
}

// reportedLikeFresh ends the case if the remaining TTL of a key differs too much from the remaining TTL of fresh. The
// difference may be the time since the first of the writes, which began at since.
func (p *probe) reportedLikeFresh(keys []string, since moment) {
	p.Helper()
	want := p.entry(fresh).TTL
	for _, key := range keys {
		got := p.entry(key).TTL
		_, passed := p.between(since, p.now())
		if (got == ctxcache.NoExpiry) != (want == ctxcache.NoExpiry) || (got-want).Abs() > passed+p.slack() {
			p.stops("remaining TTL %v for a value that replaced one with a %s TTL, want %v as for a value that replaced nothing%s",
				got, key, want, p.coarse())
		}
	}
}
