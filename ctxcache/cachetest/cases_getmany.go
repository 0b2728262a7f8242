package cachetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// valueRead is a method that reads the values of many keys without their lives.
type valueRead struct {
	name string
	read func(ctx context.Context, p *probe, keys ...string) (values map[string][]byte, err error)
}

func (r valueRead) label() string          { return r.name }
func (r valueRead) required() ctxcache.Cap { return ctxcache.CapMany }

var (
	getMany = valueRead{"GetMany", func(ctx context.Context, p *probe, keys ...string) (map[string][]byte, error) {
		return p.cache.(ctxcache.ManyGetter[string, []byte]).GetMany(ctx, keys)
	}}
	getValues = valueRead{"GetValues", func(ctx context.Context, p *probe, keys ...string) (map[string][]byte, error) {
		values, _, err := p.cache.(ctxcache.ValuesGetter[string, []byte]).GetValues(ctx, keys)
		return values, err
	}}
)

// getManyCases are about caches that read values faster than entries.
func getManyCases() []Case {
	getters := valueReadCases(getMany)
	for i := range getters {
		getters[i].gets = true
	}
	valuers := append(valueReadCases(getValues), Case{
		Name: "GetMany/Negative",
		Rule: "GetValues returns the keys that have negative entries, each once", needs: ctxcache.CapMany | ctxcache.CapNegative,
		run: func(p *probe) {
			p.set("a", "1")
			p.setNegative("gone")
			p.setNegative("lost")
			_, negative, err := p.cache.(ctxcache.ValuesGetter[string, []byte]).GetValues(p.ctx, []string{"gone", "a", "absent", "lost", "gone"})
			p.ok(err, "GetValues")
			if slices.Sort(negative); !slices.Equal(negative, []string{"gone", "lost"}) {
				p.stops("the keys with negative entries are %q, want %q", negative, []string{"gone", "lost"})
			}
		},
	})
	for i := range valuers {
		valuers[i].values = true
	}
	return slices.Concat(getters, valuers)
}

// valueReadCases are the cases of one method.
func valueReadCases(r valueRead) []Case {
	one := []valueRead{r}
	const alike = "it finds the values that GetEntries finds, and leaves negative entries out"
	cases := slices.Concat(
		per(one, "GetMany/Alike", alike, 0, runAlike),
		per(one, "GetMany/Alike/Negative", alike, ctxcache.CapNegative, func(p *probe, r valueRead) {
			p.setNegative("gone")
			runAlike(p, r)
		}),
		per(one, "GetMany/Arguments", "it does not modify the keys that it is given", 0, func(p *probe, r valueRead) {
			keys := []string{"b", "a", "b"}
			_, err := r.read(p.ctx, p, keys...)
			p.ok(err, r.name)
			if !slices.Equal(keys, []string{"b", "a", "b"}) {
				p.stops("the keys given are now %q", keys)
			}
		}),
		per(one, "GetMany/Canceled", "if its context is done, it returns the context's error, bare", 0, func(p *probe, r valueRead) {
			p.set("a", "1")
			done, cancel := context.WithCancel(p.ctx)
			cancel()
			values, err := r.read(done, p, "a")
			p.bare(err, context.Canceled, r.name+" with a done context")
			if len(values) > 0 {
				p.stops("%s with a done context returns %d values", r.name, len(values))
			}
		}),
	)
	closed := per(one, "GetMany/Closed", "after Close it returns ErrClosed", 0, func(p *probe, r valueRead) {
		p.set("a", "1")
		p.close()
		_, err := r.read(p.ctx, p, "a")
		p.is(err, ctxcache.ErrClosed, r.name+" after Close")
	})
	closed[0].closes = true
	outage := per(one, "GetMany/Outage", "it fails in an outage, for an absent key, too", 0, func(p *probe, r valueRead) {
		p.set("a", "1")
		end := p.breakDown()
		_, err := r.read(p.ctx, p, "a", "absent")
		end()
		for _, key := range []string{"a", "absent"} {
			if err := ctxcache.KeyError(err, key); err == nil || errors.Is(err, ctxcache.ErrMiss) {
				p.stops("%s of %q: error %v while the store is away, want the failure", r.name, key, err)
			}
		}
	})
	outage[0].breaks = true
	return slices.Concat(cases, closed, outage)
}

// runAlike compares r with GetEntries. The key gone may have a negative entry.
func runAlike(p *probe, r valueRead) {
	p.set("a", "value")
	p.set("empty", "")
	p.set("not asked for", "other")
	p.ok(p.cache.Delete(p.ctx, "deleted"), "Delete")
	keys := []string{"a", "absent", "empty", "gone", "deleted", "a"}
	entries, err := ctxcache.GetEntries(p.ctx, p.cache, keys)
	p.ok(err, "GetEntries")
	want := make(map[string][]byte)
	for key, e := range entries {
		if !e.Absent {
			want[key] = e.Value
		}
	}
	got, err := r.read(p.ctx, p, keys...)
	p.ok(err, r.name)
	if !maps.EqualFunc(got, want, bytes.Equal) {
		p.stops("%s finds %q, and GetEntries %q", r.name, got, want)
	}
	none, err := r.read(p.ctx, p)
	p.ok(err, r.name+" of no keys")
	if len(none) > 0 {
		p.stops("%s of no keys finds %d", r.name, len(none))
	}
}
