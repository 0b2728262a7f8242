package races_test

import (
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// node is a process's part of the stack. Calls of each cache can be stalled, and can be made to fail.
type node struct {
	level            // the cache that the process uses
	store   level    // what it shares with other processes: far, or the only level
	near    level    // if there are two levels
	channel *channel // carries far's events to near, if near follows
	closes  cache    // the cache to close, if near follows
	design  design
}

// level is one of two caches, or the whole cache.
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

// node returns a new process that uses the stack.
func (s *stack) node() *node { return s.nodeOf(memory.New[string, string](nil), s.shared()) }

// nodeOf is node with this store, and with this near if there are two levels.
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

// following returns a new process with two levels of memory, in a bubble. Its near follows far.
func (s *stack) following() *node {
	n := &node{design: s.design, near: newLevel(memory.New[string, string](nil)), store: newLevel(s.shared())}
	c := s.design.coherent(n.near.cache, n.store.cache, func(far cache) cache {
		n.channel = &channel{Forward: forward(far)}
		return n.channel
	})
	s.t.Cleanup(func() {
		if err := ctxcache.Close(c); err != nil {
			s.t.Errorf("Close: %v", err)
		}
	})
	n.closes = c
	n.cover(c)
	synctest.Wait() // until it follows
	return n
}

// cover makes c the cache that the process uses.
func (n *node) cover(c cache) {
	if n.design.over != nil {
		c = n.design.over(c)
	}
	n.level = newLevel(c)
	n.cache = watched(n.cache, "cache")
}

// function returns a cached function of load, over the cache of the process.
func (n *node) function(load loader) function { return n.design.function(n.cache, load, nil) }

// functionWith is function with options.
func (n *node) functionWith(load loader, opts *cached.Options) function {
	return n.design.function(n.cache, load, opts)
}
