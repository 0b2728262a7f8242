package cachetest

import (
	"bytes"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// refusedCases are about values that a cache refuses because of their length. The new value is lost in any case. If the
// old value stayed, callers would get it although the source has changed.
func refusedCases() []Case {
	cases := slices.Concat(
		per(setters(), "Refused/Set", "a write that refuses a value is ErrValue without the key, and takes the old value away", 0,
			func(p *probe, w writer) {
				p.set(secretKey, "old")
				p.set("other", "value")
				if p.refuses(w.write(p, secretKey, tooLong()), w.name) {
					p.everywhere(secretKey, nothing)
				}
				p.holds("other", "value")
			}),
		needing(ctxcache.CapLease, []Case{{
			Name: "Refused/Fill",
			Rule: "a Fill that refuses a value is ErrValue without the key, and Drop by its lease takes the old value away",
			run: func(p *probe) {
				p.set(secretKey, "old")
				l := p.lease(secretKey, ctxcache.NoExpiry)
				if p.refuses(ctxcache.Fill(p.ctx, p.cache, secretKey, l, tooLong()), "Fill") {
					p.drop(secretKey, l)
					p.everywhere(secretKey, nothing)
				}
			},
		}}),
	)
	for i := range cases {
		cases[i].refuses = true
	}
	return cases
}

// setters are the writers that write without a lease.
func setters() []writer {
	return slices.DeleteFunc(slices.Clone(writers), func(w writer) bool { return w.fills })
}

// tooLong returns an entry whose value is longer than MaxValue allows. A layer may make values shorter or longer, so it is
// as long as values get.
func tooLong() entry { return ctxcache.NewEntry(bytes.Clone(noise()), hour) }

// refuses reports whether the cache refused the value of tooLong. Err is the error of the write, which must then be
// ErrValue, and may not show the key.
func (p *probe) refuses(err error, what string) bool {
	p.Helper()
	if err != nil {
		p.is(err, ctxcache.ErrValue, what+" of a value that is longer than MaxValue")
		p.discreet(err, what)
	}
	return err != nil
}
