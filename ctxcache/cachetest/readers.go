package cachetest

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// finding is what a read tells of a key.
type finding struct {
	there  bool // it has a value
	denied bool // it has a negative entry
	value  []byte
	ttl    time.Duration // where the reader tells it
}

func (f finding) String() string {
	switch {
	case f.there && f.value == nil:
		return "that there is a value"
	case f.there:
		return "the value " + brief(f.value)
	case f.denied:
		return "a negative entry"
	default:
		return "nothing"
	}
}

var (
	nothing  = finding{}
	negative = finding{denied: true}
)

func valued(value string) finding { return finding{there: true, value: []byte(value)} }

// reader is one way to read.
type reader struct {
	name          string
	needs         ctxcache.Op
	tellsValue    bool // and not only that there is one
	tellsNegative bool // and not only that there is no value
	tellsTTL      bool
	lags          bool // may still count what has expired
	read          func(p *probe, key string) finding
}

func (r reader) label() string         { return r.name }
func (r reader) required() ctxcache.Op { return r.needs }

// readers are all ways to read.
var readers = []reader{
	{name: "Get", tellsValue: true, tellsNegative: true, read: func(p *probe, key string) finding {
		value, err := p.cache.Get(p.ctx, key)
		return p.found(entry{Value: value}, err, "Get")
	}},
	{name: "GetEntry", tellsValue: true, tellsNegative: true, tellsTTL: true, read: func(p *probe, key string) finding {
		e, err := ctxcache.GetEntry(p.ctx, p.cache, key)
		return p.found(e, err, "GetEntry")
	}},
	{name: "GetMany", tellsValue: true, read: func(p *probe, key string) finding {
		values, err := ctxcache.GetMany(p.ctx, p.cache, []string{key})
		p.ok(err, "GetMany")
		value, there := values[key]
		return finding{there: there, value: value}
	}},
	{
		name: "GetEntries", tellsValue: true, tellsNegative: true, tellsTTL: true,
		read: func(p *probe, key string) finding {
			entries, err := ctxcache.GetEntries(p.ctx, p.cache, []string{key})
			p.ok(err, "GetEntries")
			e, there := entries[key]
			return finding{there: there && !e.Absent, denied: e.Absent, value: e.Value, ttl: e.TTL}
		},
	},
	{
		name: "GetLease", needs: ctxcache.OpLease, tellsValue: true, tellsNegative: true, tellsTTL: true,
		read: func(p *probe, key string) finding {
			e, l, err := ctxcache.GetLease(p.ctx, p.cache, key, 0)
			if l != nil {
				defer p.release(l)
			}
			return p.found(e, err, "GetLease")
		},
	},
	{
		name: "GetLeases", needs: ctxcache.OpLease, tellsValue: true, tellsNegative: true, tellsTTL: true,
		read: func(p *probe, key string) finding {
			entries, leases, err := ctxcache.GetLeases(p.ctx, p.cache, []string{key}, 0)
			p.ok(err, "GetLeases")
			if l := leases[key]; l != nil {
				defer p.release(l)
			}
			e, there := entries[key]
			return finding{there: there && !e.Absent, denied: e.Absent, value: e.Value, ttl: e.TTL}
		},
	},
	{name: "Contains", read: func(p *probe, key string) finding {
		there, err := ctxcache.Contains(p.ctx, p.cache, key)
		p.ok(err, "Contains")
		return finding{there: there}
	}},
	{name: "Keys", needs: ctxcache.OpKeys, read: func(p *probe, key string) finding {
		return finding{there: p.keys(scope{})[key]}
	}},
	{name: "Len", needs: ctxcache.OpLen, lags: true, read: func(p *probe, key string) finding {
		n, err := ctxcache.LenIn(p.ctx, p.cache, scope{Match: func(k string) bool { return k == key }})
		p.ok(err, "Len")
		if n != 0 && n != 1 {
			p.stops("Len of one key: %d", n)
		}
		return finding{there: n == 1}
	}},
}

// lifeReaders are those that tell the remaining life.
func lifeReaders() []reader {
	return slices.DeleteFunc(slices.Clone(readers), func(r reader) bool { return !r.tellsTTL })
}

// found returns what the answer of a read for one key tells.
func (p *probe) found(e entry, err error, what string) finding {
	p.Helper()
	p.answered(err, what)
	return finding{there: err == nil, denied: errors.Is(err, ctxcache.ErrNotFound), value: e.Value, ttl: e.TTL}
}

// keys returns the keys in s, as Keys yields them, which must be each only once.
func (p *probe) keys(s scope) map[string]bool {
	p.Helper()
	listed := make(map[string]bool)
	for key, err := range ctxcache.KeysIn(p.ctx, p.cache, s) {
		p.ok(err, "Keys")
		if listed[key] {
			p.stops("Keys: a key came twice")
		}
		listed[key] = true
	}
	return listed
}

// finds reports whether the reader tells want of key, as far as it can tell, and what it told.
func (r reader) finds(p *probe, key string, want finding) (bool, finding) {
	p.Helper()
	got := r.read(p, key)
	if got.there != want.there || r.tellsNegative && got.denied != want.denied {
		return false, got
	}
	return !want.there || !r.tellsValue || bytes.Equal(got.value, want.value), got
}

// expect ends the case if the reader does not tell want of key.
func (r reader) expect(p *probe, key string, want finding) {
	p.Helper()
	if ok, got := r.finds(p, key, want); !ok {
		p.stops("%s tells %v, want %v", r.name, got, want)
	}
}

// everywhere ends the case if some way to read does not tell want of key.
func (p *probe) everywhere(key string, want finding) {
	p.Helper()
	for _, r := range readers {
		if p.ops.Has(r.needs) {
			r.expect(p, key, want)
		}
	}
}
