package cachetest

import (
	"errors"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// manyCases are about calls for many keys. Caches without CapMany are tried, too, because the package functions stand
// in.
func manyCases() []Case {
	return []Case{
		{Name: "Many/Mixed", Rule: "the map holds the values that were found; an absent key is not an error", run: func(p *probe) {
			p.set("a", "1")
			p.set("b", "2")
			p.set("not asked for", "3")
			got, err := ctxcache.GetMany(p.ctx, p.cache, []string{"a", "absent", "b"})
			p.ok(err, "GetMany")
			p.sameValues(got, map[string]string{"a": "1", "b": "2"})
		}},
		{
			Name:  "Many/Negative",
			Rule:  "GetEntries returns negative entries, GetMany does not",
			needs: ctxcache.CapNegative,
			run: func(p *probe) {
				p.set("a", "1")
				p.setNegative("gone")
				entries, err := ctxcache.GetEntries(p.ctx, p.cache, []string{"a", "absent", "gone"})
				p.ok(err, "GetEntries")
				if len(entries) != 2 || entries["a"].Absent || !entries["gone"].Absent {
					p.stops("GetEntries finds %d keys, want one value and one negative entry", len(entries))
				}
				values, err := ctxcache.GetMany(p.ctx, p.cache, []string{"a", "absent", "gone"})
				p.ok(err, "GetMany")
				p.sameValues(values, map[string]string{"a": "1"})
			},
		},
		{Name: "Many/Duplicates", Rule: "a key given twice counts once", run: func(p *probe) {
			p.set("a", "1")
			got, err := ctxcache.GetMany(p.ctx, p.cache, []string{"a", "absent", "a", "absent", "a"})
			p.ok(err, "GetMany")
			p.sameValues(got, map[string]string{"a": "1"})
			p.ok(ctxcache.DeleteMany(p.ctx, p.cache, []string{"a", "a"}), "DeleteMany")
			p.empty("a")
		}},
		{Name: "Many/NoKeys", Rule: "a call for no keys does nothing", run: func(p *probe) {
			p.set("a", "1")
			got, err := ctxcache.GetMany(p.ctx, p.cache, nil)
			p.ok(err, "GetMany of no keys")
			p.sameValues(got, nil)
			p.ok(ctxcache.SetMany(p.ctx, p.cache, map[string][]byte{}, hour), "SetMany of no keys")
			p.ok(ctxcache.SetEntries(p.ctx, p.cache, nil), "SetEntries of no keys")
			p.ok(ctxcache.DeleteMany(p.ctx, p.cache, []string{}), "DeleteMany of no keys")
			p.holds("a", "1")
		}},
		{
			Name: "Many/FailedNamed",
			Rule: "a ManyError names the keys that failed; the call succeeded for the other keys",
			run:  runFailedNamed,
		},
		{Name: "Many/AllFailed", Rule: "when every key fails, the error is about every key", run: func(p *probe) {
			err := ctxcache.SetMany(p.ctx, p.cache, map[string][]byte{"a": []byte("1"), "b": []byte("2")}, -1)
			for _, key := range []string{"a", "b"} {
				p.is(ctxcache.KeyError(err, key), ctxcache.ErrTTL, "SetMany with a negative TTL, for one key")
				p.empty(key)
			}
		}},
		{
			Name: "Many/Arguments",
			Rule: "a call does not modify the keys and entries that it is given",
			run: func(p *probe) {
				keys := []string{"b", "a", "b"}
				entries := map[string]entry{"a": ctxcache.NewEntry([]byte("1"), hour), "b": ctxcache.NewEntry([]byte("2"), 0)}
				before := maps.Clone(entries)
				p.ok(ctxcache.SetEntries(p.ctx, p.cache, entries), "SetEntries")
				_, err := ctxcache.GetEntries(p.ctx, p.cache, keys)
				p.ok(err, "GetEntries")
				p.ok(ctxcache.DeleteMany(p.ctx, p.cache, keys), "DeleteMany")
				if !slices.Equal(keys, []string{"b", "a", "b"}) {
					p.stops("the keys given are now %q", keys)
				}
				same := func(a, b entry) bool { return a.TTL == b.TTL && string(a.Value) == string(b.Value) }
				if !maps.EqualFunc(entries, before, same) {
					p.stops("the entries given are now %v", entries)
				}
			},
		},
		{Name: "Many/Hundreds", Rule: "calls for many keys accept more than a thousand keys", run: runHundreds},
	}
}

// sameValues ends the case if got is not want.
func (p *probe) sameValues(got map[string][]byte, want map[string]string) {
	p.Helper()
	if !maps.EqualFunc(got, want, func(a []byte, b string) bool { return string(a) == b }) {
		p.stops("found %q, want %q", got, want)
	}
}

func runFailedNamed(p *probe) {
	err := ctxcache.SetEntries(p.ctx, p.cache, map[string]entry{
		"good": ctxcache.NewEntry([]byte("value"), hour),
		"bad":  ctxcache.NewEntry([]byte("value"), -1),
	})
	var many *ctxcache.ManyError[string]
	if !errors.As(err, &many) {
		p.stops("SetEntries with one bad entry: error %v, want a *ManyError", err)
	}
	p.is(many.Failed["bad"], ctxcache.ErrTTL, "SetEntries, for the bad entry")
	p.empty("bad")
	if many.Failed["good"] == nil {
		p.holds("good", "value")
	}
}

func runHundreds(p *probe) {
	keys, values := numbered(p.many())
	p.ok(ctxcache.SetMany(p.ctx, p.cache, values, hour), "SetMany")
	got, err := ctxcache.GetMany(p.ctx, p.cache, keys)
	p.ok(err, "GetMany")
	for key, value := range values {
		p.same(got[key], value, "GetMany")
	}
	rest, last := keys[:len(keys)-1], keys[len(keys)-1]
	p.ok(ctxcache.DeleteMany(p.ctx, p.cache, rest), "DeleteMany")
	got, err = ctxcache.GetMany(p.ctx, p.cache, keys)
	p.ok(err, "GetMany")
	p.sameValues(got, map[string]string{last: string(values[last])})
}
