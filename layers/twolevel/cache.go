package twolevel

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// kind is the cache's name in errors and in its Description.
const kind = "two-level"

// Cache is a near cache in front of a far one. [New] makes it. Its methods may be called concurrently.
type Cache[K comparable, V any] struct {
	near, far ctxcache.Forward[K, V]
	caps      ctxcache.Cap
	opts      Options
	about     ctxcache.Description
	invalid   error           // the cause of the error of every call, if the options are invalid; else nil
	follower  *follower[K, V] // nil unless Coherent or Follow
	identity  *identity       // marks the leases that this cache granted
	clone     func(V) V       // copies values; nil if callers share them

	// reads are the far reads under way. Before a write returns, it makes the read of its key unjoinable, so that
	// callers that come after the write do not get a value that was read before it.
	reads cached.Flight[K, ctxcache.Entry[V]]

	removals removals[K] // the calls of Remove under way

	// unsettled are the keys whose late writes may still reach far. With Resilient, missed has them.
	unsettled *unsettled[K]

	failedReads failedReads[K]

	// These are for Resilient. Missed and replayer are nil without it. Prober is nil unless near follows, too.
	missed   *missed[K] // the changes that far has missed
	replayer *repeater
	clears   clears
	health   health
	prober   *repeater
	probes   probes[K] // of outages of reads

	unwritten probes[K] // of outages of writes

	closed atomic.Bool
}

// New returns a cache of two levels. Nil options mean the defaults. If options are invalid, every call returns a
// ctxcache.ErrOptions. New panics if near or far is nil. With Options.Coherent or Follow it starts goroutines, which Close
// ends.
//
// The cache supports leases if near and far do; it then leases a key in both. It supports Clear for the scopes that
// both can clear. Len and Keys work in the scopes in which both can clear. Watch needs Coherent, or Follow of a source of
// a cache. It reports a change only after near has dropped the key. For everything else, the cache supports what far
// supports.
func New[K comparable, V any](near, far ctxcache.Cache[K, V], opts *Options) *Cache[K, V] {
	if near == nil || far == nil {
		panic("twolevel: New needs a near and a far cache")
	}
	c := &Cache[K, V]{identity: new(identity)}
	if opts != nil {
		c.opts = *opts
	}
	c.about = ctxcache.Description{
		Kind: kind, Options: c.opts.described(),
		Children: []ctxcache.Node{ctxcache.NodeOf(near), ctxcache.NodeOf(far)},
	}
	if err := validate(near, far, opts); err != nil {
		c.invalid = err
		invalid := ctxcache.Invalid[K, V](c.about, err)
		near, far, c.caps = invalid, invalid, ctxcache.Supports(invalid)
	} else {
		c.caps = capabilities(ctxcache.Supports(near), ctxcache.Supports(far), c.opts.watchable())
		near, far, c.clone = withCopies(near, far)
	}
	c.far = ctxcache.NewForward(far, ctxcache.Description{})
	if c.opts.Resilient {
		c.unsettled = newUnsettled[K](ctxcache.Timeouts{})
		c.missed, c.replayer = newMissed[K](c.far.Timeouts()), newRepeater(c.replay)
	} else {
		c.unsettled = newUnsettled[K](c.far.Timeouts())
	}
	if c.opts.follows() && c.invalid == nil {
		c.follower = c.newFollower(near)
		near = newCoherentNear(near, c.follower, c.worksAlone)
		if c.opts.Resilient {
			c.prober = newRepeater(c.probe)
			c.follower.lost = c.prober.start
		}
		c.follower.start()
	}
	c.near = ctxcache.NewForward(near, ctxcache.Description{})
	return c
}

// validate returns an ErrOptions that says why New cannot make this cache, or nil.
func validate[K comparable, V any](near, far ctxcache.Cache[K, V], opts *Options) error {
	if err := opts.Validate(); err != nil {
		return err
	}
	if opts != nil && opts.follows() {
		return canFollow(ctxcache.Supports(near), ctxcache.Supports(far), opts.Coherent)
	}
	return nil
}

// capabilities returns CapStats and the capabilities of far that near can support, too. Watchable says that near follows
// all changes in far.
func capabilities(near, far ctxcache.Cap, watchable bool) ctxcache.Cap {
	caps := far | ctxcache.CapStats | ctxcache.CapWatch
	if !near.Has(ctxcache.CapLease) {
		caps &^= ctxcache.CapLease | ctxcache.CapLeaseShared
	}
	if !near.Has(ctxcache.CapStale) {
		caps &^= ctxcache.CapStale
	}
	if !watchable { // near may still have the value from before an event
		caps &^= ctxcache.CapWatch
	}
	if !caps.Has(ctxcache.CapClear) {
		return caps
	}
	both := near.And(far)
	if !both.Has(ctxcache.CapClear) || both.Scopes() == ctxcache.ScopesNone {
		return caps &^ ctxcache.CapClear
	}
	return caps.In(both.Scopes())
}

// begin returns the error of an operation that cannot begin (the context is done, the options are invalid, the cache is
// closed), or nil.
func (c *Cache[K, V]) begin(ctx context.Context, op ctxcache.Operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.misconfigured(op); err != nil {
		return err
	}
	if c.closed.Load() {
		return ctxcache.Fail(kind, op, ctxcache.ErrClosed)
	}
	return nil
}

// beginKey is begin for a call for one key. It refuses a key that cannot be in a map: near may not have been asked, and
// far may fail before it looks at the key.
func (c *Cache[K, V]) beginKey(ctx context.Context, op ctxcache.Operation, key K) error {
	if err := c.begin(ctx, op); err != nil {
		return err
	}
	if err := ctxcache.CheckKey(key); err != nil {
		return ctxcache.Fail(kind, op, err)
	}
	return nil
}

// misconfigured returns an ErrOptions if the options are invalid, or nil.
func (c *Cache[K, V]) misconfigured(op ctxcache.Operation) error {
	if c.invalid == nil {
		return nil
	}
	return ctxcache.Fail(kind, op, c.invalid)
}

// beginMany is begin for a call for many keys. It refuses keys that cannot be in a map.
func (c *Cache[K, V]) beginMany(ctx context.Context, op ctxcache.Operation, keys []K) error {
	if err := c.begin(ctx, op); err != nil {
		return err
	}
	for _, key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return ctxcache.Fail(kind, op, err)
		}
	}
	return nil
}

// Supports returns far's capabilities, without those that near cannot support: see New.
func (c *Cache[K, V]) Supports() ctxcache.Cap { return c.caps }

// Describe returns a description of the cache, with near and far as its children.
func (c *Cache[K, V]) Describe() ctxcache.Description { return c.about }

// Close stops near from following, and the replay of changes that far has missed, and waits until both have
// ended. If far has not got all changes by then, OnFarError gets an [ErrMissed]. A write that is under way, and that far
// misses after that, returns the outage. Later calls return ctxcache.ErrClosed, except Release and Drop, which return nil.
// Near and far stay open. Close may be called again. It always returns nil.
func (c *Cache[K, V]) Close() error {
	first := !c.closed.Swap(true)
	if c.follower != nil {
		c.follower.stop() // before closeMissed: far may miss the deletions of a source, too
	}
	if c.prober != nil {
		c.prober.stop()
	}
	if first {
		c.closeMissed()
	}
	return nil
}
