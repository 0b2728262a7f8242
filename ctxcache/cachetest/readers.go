package cachetest

import (
	"bytes"
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// finding is what a read reports about a key.
type finding struct {
	there    bool // the key has a value
	negative bool // the key has a negative entry
	value    []byte
	meta     ctxcache.Meta // set if the reader reports it
}

// findingOf returns what a call for many keys reports about a key. If found is true, the key has the entry e.
func findingOf(e entry, found bool) finding {
	return finding{there: found && !e.Absent, negative: e.Absent, value: e.Value, meta: e.Meta}
}

func (f finding) String() string {
	switch {
	case f.there && f.value == nil:
		return "a value"
	case f.there:
		return "the value " + brief(f.value)
	case f.negative:
		return "a negative entry"
	default:
		return "nothing"
	}
}

var (
	nothing  = finding{}
	negative = finding{negative: true}
)

func valued(value string) finding { return finding{there: true, value: []byte(value)} }

// reader is one way to read.
type reader struct {
	name            string
	needs           ctxcache.Cap
	reportsValue    bool // it reports the value, and not only that there is one
	reportsNegative bool // it reports a negative entry, and not only that there is no value
	reportsMeta     bool
	lags            bool // it may still count expired values
	read            func(p *probe, key string) finding
}

func (r reader) label() string          { return r.name }
func (r reader) required() ctxcache.Cap { return r.needs }

// readers are all ways to read.
var readers = []reader{
	{name: "Get", reportsValue: true, reportsNegative: true, read: func(p *probe, key string) finding {
		value, err := p.cache.Get(p.ctx, key)
		return p.found(ctxcache.NewEntry(value, 0), err, "Get")
	}},
	{name: "GetEntry", reportsValue: true, reportsNegative: true, reportsMeta: true, read: func(p *probe, key string) finding {
		e, err := ctxcache.GetEntry(p.ctx, p.cache, key)
		return p.found(e, err, "GetEntry")
	}},
	{name: "GetMany", reportsValue: true, read: func(p *probe, key string) finding {
		values, err := ctxcache.GetMany(p.ctx, p.cache, []string{key})
		p.ok(err, "GetMany")
		value, there := values[key]
		return finding{there: there, value: value}
	}},
	{
		name: "GetEntries", reportsValue: true, reportsNegative: true, reportsMeta: true,
		read: func(p *probe, key string) finding {
			entries, err := ctxcache.GetEntries(p.ctx, p.cache, []string{key})
			p.ok(err, "GetEntries")
			e, there := entries[key]
			return findingOf(e, there)
		},
	},
	{
		name: "GetLease", needs: ctxcache.CapLease, reportsValue: true, reportsNegative: true, reportsMeta: true,
		read: func(p *probe, key string) finding {
			e, l, err := ctxcache.GetLease(p.ctx, p.cache, key, 0)
			if l.Granted() {
				defer p.release(key, l)
			}
			return p.found(e, err, "GetLease")
		},
	},
	{
		name: "GetLeases", needs: ctxcache.CapLease, reportsValue: true, reportsNegative: true, reportsMeta: true,
		read: func(p *probe, key string) finding {
			entries, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key}, 0)
			p.ok(err, "GetLeases")
			if l := leases[key]; l.Granted() {
				defer p.release(key, l)
			}
			e, there := entries[key]
			return findingOf(e, there)
		},
	},
	{name: "Contains", read: func(p *probe, key string) finding {
		there, err := ctxcache.Contains(p.ctx, p.cache, key)
		p.ok(err, "Contains")
		return finding{there: there}
	}},
	{name: "Keys", needs: ctxcache.CapKeys.In(ctxcache.ScopesWhole), read: func(p *probe, key string) finding {
		return finding{there: p.keys(scope{})[key]}
	}},
	{name: "Len", needs: ctxcache.CapLen, lags: true, read: func(p *probe, key string) finding {
		n, err := ctxcache.LenIn(p.ctx, p.cache, scope{Match: func(k string) bool { return k == key }})
		p.ok(err, "Len")
		if n != 0 && n != 1 {
			p.stops("Len of one key: %d", n)
		}
		return finding{there: n == 1}
	}},
}

// metaReaders are the readers that report the metadata of a value.
func metaReaders() []reader {
	return slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.reportsMeta })
}

// found returns what a read of one key reports. e and err are the answer of the read.
func (p *probe) found(e entry, err error, what string) finding {
	p.Helper()
	p.answered(err, what)
	return finding{there: err == nil, negative: errors.Is(err, ctxcache.ErrNotFound), value: e.Value, meta: e.Meta}
}

// keys returns the keys in s, as Keys yields them. It ends the case if Keys yields a key twice.
func (p *probe) keys(s scope) map[string]bool {
	p.Helper()
	listed := make(map[string]bool)
	for key, err := range ctxcache.KeysIn(p.ctx, p.cache, s) {
		p.ok(err, "Keys")
		if listed[key] {
			p.stops("Keys yields a key twice")
		}
		listed[key] = true
	}
	return listed
}

// finds reports whether the reader finds want under key, as far as the reader can see. It also returns what the reader
// found.
func (r reader) finds(p *probe, key string, want finding) (bool, finding) {
	p.Helper()
	got := r.read(p, key)
	if got.there != want.there || r.reportsNegative && got.negative != want.negative {
		return false, got
	}
	return !want.there || !r.reportsValue || bytes.Equal(got.value, want.value), got
}

// expect ends the case if the reader does not find want under key.
func (r reader) expect(p *probe, key string, want finding) {
	p.Helper()
	if ok, got := r.finds(p, key, want); !ok {
		p.stops("%s finds %v, want %v", r.name, got, want)
	}
}

// everywhere ends the case if some way to read does not find want under key.
func (p *probe) everywhere(key string, want finding) {
	p.Helper()
	for _, r := range readers {
		if fits(p.caps, r.needs) {
			r.expect(p, key, want)
		}
	}
}
