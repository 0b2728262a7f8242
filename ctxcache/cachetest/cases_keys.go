package cachetest

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// keysCases are about an iteration over keys.
func keysCases() []Case {
	return needing(ctxcache.CapKeys.In(ctxcache.ScopesWhole), []Case{
		{Name: "Keys/None", Rule: "Keys of an empty cache yields nothing", run: func(p *probe) {
			if listed := p.keys(scope{}); len(listed) > 0 {
				p.stops("Keys yields %q, want nothing", sorted(listed))
			}
		}},
		{Name: "Keys/Hundreds", Rule: "Keys yields every key once, however many there are", run: func(p *probe) {
			keys := p.setMany()
			if listed := p.keys(scope{}); len(listed) != len(keys) {
				p.stops("Keys yields %d keys, want %d", len(listed), len(keys))
			}
			p.discard(keys)
		}},
		{Name: "Keys/Break", Rule: "an iteration may be left before its end", run: func(p *probe) {
			p.set("a", "1")
			p.set("b", "2")
			n := 0
			for _, err := range ctxcache.Keys(p.ctx, p.cache) {
				p.ok(err, "Keys")
				n++
				break
			}
			if n != 1 {
				p.stops("Keys yields nothing, want a key")
			}
			p.set("c", "3") // this would wait for ever if the iteration still held a lock
		}},
		{Name: "Keys/Acts", Rule: "the cache may be used during an iteration", run: func(p *probe) {
			for _, key := range []string{"a", "b", "c"} {
				p.set(key, "value")
			}
			for key, err := range ctxcache.Keys(p.ctx, p.cache) {
				p.ok(err, "Keys")
				p.ok(p.cache.Delete(p.ctx, key), "Delete")
			}
			for _, key := range []string{"a", "b", "c"} {
				p.empty(key)
			}
		}},
		{
			Name: "Keys/Error",
			Rule: "an error is yielded with a zero key, and ends the iteration",
			run: func(p *probe) {
				p.set("a", "1")
				ctx, cancel := context.WithCancel(p.ctx)
				cancel()
				n := 0
				for key, err := range ctxcache.Keys(ctx, p.cache) {
					if n++; key != "" || err == nil || n > 1 {
						p.stops("yield %d of Keys with a done context has key %q and error %v, want one yield, with an error and without a key", n, key, err)
					}
				}
				if n == 0 {
					p.stops("Keys with a done context yields nothing, want an error")
				}
			},
		},
		{
			Name: "Keys/Canceled",
			Rule: "an iteration whose context ends yields the error of the context, unless it yields every key",
			run:  runKeysCanceled,
		},
	})
}

// runKeysCanceled ends the context of an iteration at the first key.
func runKeysCanceled(p *probe) {
	keys := p.setMany()
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	listed := make(map[string]bool)
	var last error
	for key, err := range ctxcache.Keys(ctx, p.cache) {
		cancel()
		if last = err; err == nil {
			listed[key] = true
		}
	}
	if last != nil {
		p.is(last, context.Canceled, "Keys whose context was canceled")
	} else if len(listed) != len(keys) {
		p.stops("Keys whose context was canceled yields %d of %d keys, and no error", len(listed), len(keys))
	}
	p.discard(keys)
}

// setMany stores values under many keys, and returns the keys.
func (p *probe) setMany() []string {
	p.Helper()
	keys, values := numbered(p.many())
	p.setAll(keys, values)
	return keys
}
