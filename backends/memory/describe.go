package memory

import "github.com/ctxcache/cached/ctxcache"

// kind is the name of this cache in errors, statistics and descriptions.
const kind = "memory"

// Describe returns a description of the cache. Its options have their defaults filled in.
func (c *Cache[K, V]) Describe() ctxcache.Description {
	return c.options.Load().describe(len(c.shards))
}

func (o *Options[K, V]) describe(shards int) ctxcache.Description {
	return ctxcache.Description{Kind: kind, Options: []ctxcache.Option{
		{Name: "max_entries", Value: o.MaxEntries},
		{Name: "max_cost", Value: o.MaxCost},
		{Name: "max_bytes", Value: o.MaxBytes},
		{Name: "max_negative", Value: o.negativeLimit(shards)},
		{Name: "policy", Value: o.Policy.String()},
		{Name: "shards", Value: shards},
		{Name: "ttl", Value: o.TTL},
		{Name: "idle", Value: o.Idle},
		{Name: "lease_ttl", Value: o.LeaseTTL},
		{Name: "size_curve", Value: o.SizeCurve},
	}}
}

// Supports returns all capabilities, in every scope, except ctxcache.CapLeaseShared: other processes do not see the
// leases.
func (c *Cache[K, V]) Supports() ctxcache.Cap {
	caps := ctxcache.CapContains | ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapNegative | ctxcache.CapMany |
		ctxcache.CapLease | ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapWatch | ctxcache.CapStats |
		ctxcache.CapStale
	return caps.In(ctxcache.ScopesAny)
}
