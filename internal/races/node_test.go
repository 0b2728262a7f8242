package races_test

import (
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// node is a process: what it has of the stack. Calls of each cache can be stalled, and made to fail.
type node struct {
	level            // what it uses
	store   level    // what it shares with others: far, or the only level
	near    level    // with two levels
	channel *channel // by which near follows far, if it does
	closes  cache    // what there is to close, if near follows
	design  design
}

// level is a cache: one of two, or the whole.
type level struct {
	cache  cache
	stalls *cachetest.Stalls[string]
	faults *cachetest.Faults
	log    *cachetest.Log[string]
}

func newLevel(c cache) (l level) {
	c, l.faults = cachetest.Failing(c)
	c, l.stalls = cachetest.Stalling(c)
	l.cache, l.log = cachetest.Recording(c)
	return l
}

// node returns another process that uses the stack.
func (s *stack) node() *node { return s.nodeOf(memory.New[string, string](nil), s.shared()) }

// nodeOf is node, with this near, if it has two levels, and this store.
func (s *stack) nodeOf(near, store cache) *node {
	n := &node{design: s.design, store: newLevel(store)}
	c := n.store.cache
	if s.twoLevels {
		n.near = newLevel(near)
		c = s.design.twoLevel(watched(n.near.cache, "near"), n.store.cache)
	}
	n.cover(c)
	return n
}

// following returns another process that uses the stack, of two levels of memory, in a bubble. Its near follows far.
func (s *stack) following() *node {
	n := &node{design: s.design, near: newLevel(memory.New[string, string](nil)), store: newLevel(s.shared())}
	c := s.design.coherent(n.near.cache, n.store.cache, func(far cache) cache {
		n.channel = &channel{Forward: ctxcache.NewForward(far)}
		return n.channel
	})
	s.t.Cleanup(func() {
		if err := ctxcache.Close(c); err != nil {
			s.t.Errorf("Close: %v", err)
		}
	})
	n.closes = c
	n.cover(c)
	synctest.Wait() // it follows
	return n
}

// cover makes c what the process uses.
func (n *node) cover(c cache) {
	if n.design.over != nil {
		c = n.design.over(c)
	}
	n.level = newLevel(c)
	n.cache = watched(n.cache, "cache")
}

// function returns load with the cache of the process in front of it.
func (n *node) function(load loader) function { return n.design.function(n.cache, load, nil) }

// functionWith is function with options.
func (n *node) functionWith(load loader, opts *cached.Options) function {
	return n.design.function(n.cache, load, opts)
}
