package layers

import (
	"context"
	"maps"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Fill passes the call to the inner cache. If the Fill succeeds, the scope remembers e.
func (c *requestScoped[K, V]) Fill(ctx context.Context, key K, lease ctxcache.Lease, e ctxcache.Entry[V]) error {
	scope := requestScopeOf(ctx)
	part := c.part(scope)
	if part == nil || ctxcache.CheckKey(key) != nil {
		defer c.forgetKey(scope, key)()
		return c.Forward.Fill(ctx, key, lease, e)
	}
	defer c.forgetKey(scope.outer, key)()
	turn, stored := part.beginFill(key), noAnswer[V]()
	defer func() { part.endFill(turn, stored) }()
	filled := c.filled(e, time.Now())
	err := c.Forward.Fill(ctx, key, lease, e)
	if err == nil {
		stored = filled
	}
	return err
}

// FillMany is Fill for many keys.
func (c *requestScoped[K, V]) FillMany(
	ctx context.Context, entries map[K]ctxcache.Entry[V], leases map[K]ctxcache.Lease,
) error {
	scope := requestScopeOf(ctx)
	part := c.part(scope)
	if part == nil {
		defer c.forgetKeys(scope, maps.Keys(entries))()
		return c.Forward.FillMany(ctx, entries, leases)
	}
	defer c.forgetKeys(scope.outer, maps.Keys(entries))()
	turns, stored := make(map[K]scopeTurn[K, V], len(entries)), make(map[K]scopeAnswer[V], len(entries))
	defer func() {
		for key, turn := range turns {
			part.endFill(turn, stored[key])
		}
	}()
	filled, began := make(map[K]scopeAnswer[V], len(entries)), time.Now()
	for key, e := range entries {
		if ctxcache.CheckKey(key) != nil { // NaN: the inner cache refuses it
			continue
		}
		turns[key], stored[key] = part.beginFill(key), noAnswer[V]()
		filled[key] = c.filled(e, began)
	}
	err := c.Forward.FillMany(ctx, entries, leases)
	for key, answer := range filled {
		if ctxcache.KeyError(err, key) == nil {
			stored[key] = answer
		}
	}
	return err
}
