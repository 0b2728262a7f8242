package faults_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/auditor"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

type (
	itemCache  = ctxcache.Cache[string, item]
	bytesCache = ctxcache.Cache[string, []byte]
)

const hour = time.Hour

// node is what a process would have: a near cache, a client of its own, and a function over them.
type node struct {
	id    int
	stack *twolevel.Cache[string, item]
	f     *cached.Function[string, item]
	audit *auditor.Auditor[string, item]

	farReads atomic.Int64 // calls that have asked far
	close    []func() error
}

// stack says what the stacks of a row are made of.
type stack struct {
	options twolevel.Options
	near    func(itemCache) itemCache // changes near; nil changes nothing
	far     func(itemCache) itemCache // changes far
}

func (s stack) withNear(near func(itemCache) itemCache) stack {
	s.near = near
	return s
}

func (s stack) withFar(far func(itemCache) itemCache) stack {
	s.far = far
	return s
}

const auditDelay = 100 * time.Millisecond

// encoded returns values over bytes. The envelope says when each was written, on every server.
func encoded(c bytesCache) itemCache {
	return layers.Encoded(c, layers.JSON[item]{}, &layers.EncodedOptions{Envelope: true})
}

// openNode opens a node over far, which it closes.
func (s *scene) openNode(id int, far bytesCache, closeFar func() error, source itemCache, bound time.Duration) *node {
	n := &node{id: id}
	counted := itemCache(newCounted(encoded(far), &n.farReads))
	if s.stack.far != nil {
		counted = s.stack.far(counted)
	}
	near := itemCache(memory.New(&memory.Options[string, item]{MaxEntries: 10_000}))
	if s.stack.near != nil {
		near = s.stack.near(near)
	}
	n.audit = auditor.New[string](&auditor.Options[item]{
		Every: 20, Delay: auditDelay, Bound: max(bound, s.stack.options.NearTTL) + timesOfRow().slack, Forgets: s.forgets,
		Equal: func(a, b item) bool { return a == b },
	})
	options := s.stack.options
	options.OnFarError = func(context.Context, error) { s.outages.Add(1) }
	n.stack = twolevel.New(n.audit.Sampled(near), counted, &options)
	n.f = cached.Func(itemCache(n.stack), s.load, &cached.Options{TTL: hour})
	n.audit.Start(auditor.Reads(itemCache(n.stack)), auditor.Reads(source))
	n.close = []func() error{func() error { return n.f.Close(s.t.Context()) }, n.stack.Close, closeFar}
	return n
}

// end closes the node.
func (n *node) end(t *testing.T) {
	n.audit.Close()
	for _, end := range n.close {
		if err := end(); err != nil {
			t.Errorf("node %d: %v", n.id, err)
		}
	}
}

// clock is a key that only this node and its own test write.
func (n *node) clock() string { return "clock " + string(rune('0'+n.id)) }

// hits reports whether near answers a read.
func (n *node) hits(ctx context.Context) bool {
	before := n.farReads.Load()
	_, err := n.stack.Get(ctx, n.clock())
	return err == nil && n.farReads.Load() == before
}

// works reports whether the node works as it did before any fault: far has missed nothing, takes a write, and near answers.
func (n *node) works(ctx context.Context) bool {
	stats, err := ctxcache.GetStats(ctx, n.stack)
	if err != nil || stats.Missed != 0 {
		return false
	}
	if !n.hits(ctx) {
		return n.stack.Set(ctx, n.clock(), item{}, hour) == nil && n.hits(ctx)
	}
	return n.stack.Set(ctx, n.clock(), item{}, hour) == nil
}

// counted counts the reads of a cache.
type counted struct {
	ctxcache.Observed[string, item, struct{}]
	reads *atomic.Int64
}

func newCounted(inner itemCache, reads *atomic.Int64) *counted {
	c := &counted{reads: reads}
	c.Observed = ctxcache.NewObserved(inner, ctxcache.Description{Kind: "counted"}, ctxcache.Observer[string, struct{}](c))
	return c
}

func (c *counted) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, struct{}) {
	switch call.Op {
	case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases:
		c.reads.Add(1)
	}
	return ctx, struct{}{}
}

func (c *counted) After(context.Context, ctxcache.Call[string], struct{}, ctxcache.Outcome) {}

// load is the source of the cached functions. It takes up to 3 ms.
func (s *scene) load(ctx context.Context, key string) (item, error) {
	now := s.oracle.last(key)
	select {
	case <-time.After(rand.N(3 * time.Millisecond)):
		return now, nil
	case <-ctx.Done():
		return item{}, ctx.Err()
	}
}
