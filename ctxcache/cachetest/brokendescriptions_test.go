package cachetest_test

import (
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenDescriptions returns caches that break what Describe promises.
func brokenDescriptions() []broken {
	of := func(describe func(*reference) ctxcache.Description) func() cache {
		return func() cache { return describes{newReference(), describe} }
	}
	var asked atomic.Int64
	return []broken{
		{
			name: "does not say what it is", fails: []string{"Describe/Kind"},
			new: of(func(*reference) ctxcache.Description { return ctxcache.Description{Name: "nameless"} }),
		},
		{
			name: "stands on something that does not say what it is", fails: []string{"Describe/Kind"},
			new: of(func(*reference) ctxcache.Description {
				none := describes{nil, func(*reference) ctxcache.Description { return ctxcache.Description{} }}
				return ctxcache.Description{Kind: "layer", Children: []ctxcache.Node{none}}
			}),
		},
		{
			name: "describes itself another way each time", fails: []string{"Describe/Constant"},
			new: of(func(*reference) ctxcache.Description {
				calls := ctxcache.Option{Name: "calls", Value: asked.Add(1)}
				return ctxcache.Description{Kind: "counting", Options: []ctxcache.Option{calls}}
			}),
		},
		{
			name: "describes what it has", fails: []string{"Describe/Discreet"},
			new: of(func(r *reference) ctxcache.Description {
				r.mu.Lock()
				defer r.mu.Unlock()
				description := ctxcache.Description{Kind: "talkative"}
				for key := range r.items {
					description.Name = key
				}
				return description
			}),
		},
	}
}

type describes struct {
	*reference
	describe func(*reference) ctxcache.Description
}

func (c describes) Describe() ctxcache.Description { return c.describe(c.reference) }
