package ctxcache

import (
	"context"
	"maps"
	"slices"
	"time"
)

// mappedLeases is a call of GetLeases.
type mappedLeases[K comparable, V any, K2 comparable, V2 any] struct {
	layer        *Mapped[K, V, K2, V2]
	op           Operation // that it counts as
	keys         mappedKeys[K, K2]
	refreshBelow time.Duration
	asked        time.Time // when the inner cache was asked

	granted map[K2]Lease // by the inner cache
	found   map[K]Entry[V]
	leases  map[K]Lease
}

// GetLeases maps the keys, asks the inner cache, and maps the values back. For the keys whose values do not decode, or are
// not of this layer, it asks once more, in one call, for leases to replace them.
func (m *Mapped[K, V, K2, V2]) GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease, error) {
	mapped, err := m.keys(ctx, OpGetLeases, slices.Values(keys), len(keys))
	if err != nil {
		return nil, nil, err
	}
	asked := time.Now()
	inner, granted, err := m.inner.GetLeases(ctx, mapped.inner, refreshBelow)
	if inner == nil && granted == nil && err != nil {
		return nil, nil, mapped.err(err)
	}
	call := &mappedLeases[K, V, K2, V2]{
		layer: m, op: leaseOp(ctx, OpGetLeases, OpGetEntries), keys: mapped, refreshBelow: refreshBelow, asked: asked,
		granted: make(map[K2]Lease, len(granted)), found: make(map[K]Entry[V], len(inner)), leases: make(map[K]Lease, len(granted)),
	}
	maps.Copy(call.granted, granted)
	decoded := false
	defer func() {
		if !decoded { // Decode panicked: nobody gets the leases
			_ = m.inner.ReleaseMany(context.WithoutCancel(ctx), call.granted)
		}
	}()
	if damaged := call.take(inner, err); len(damaged) > 0 {
		call.heal(ctx, damaged)
	}
	decoded = true
	return call.found, call.leases, call.keys.err(err)
}

// take takes the answer of the inner cache. It returns the places of the keys for which the layer has to ask once more.
func (c *mappedLeases[K, V, K2, V2]) take(inner map[K2]Entry[V2], err error) (damaged []int) {
	for i, innerKey := range c.keys.inner {
		lease, due := c.granted[innerKey]
		entry, has := inner[innerKey]
		g, decodeErr := c.decode(i, entry, has && !names(err, innerKey)) // an error counts, even if there is an entry, too
		g.lease = lease
		if !due && c.layer.heals(g, decodeErr, c.refreshBelow) {
			damaged = append(damaged, i)
			continue
		}
		c.put(i, g, due, decodeErr)
	}
	return damaged
}

// decode maps the entry of a key back, if the inner cache has one.
func (c *mappedLeases[K, V, K2, V2]) decode(i int, entry Entry[V2], has bool) (g mappedGrant[V, V2], err error) {
	if !has {
		return g, ErrMiss
	}
	g.entry, err = c.layer.decode(c.op, c.keys.outer[i], entry)
	g.over = notOurs(entry, err, c.asked)
	return g, err
}

// put keeps the answer for a key. Due reports whether there is a lease, be it one that was refused.
func (c *mappedLeases[K, V, K2, V2]) put(i int, g mappedGrant[V, V2], due bool, err error) {
	key := c.keys.outer[i]
	if due {
		c.leases[key] = c.layer.hand(g, c.refreshBelow)
	}
	switch err {
	case nil, ErrNotFound:
		c.found[key] = g.entry
	case ErrMiss:
	default:
		c.keys.failed[key] = err
	}
}

// heal asks for leases on the keys at these places, whatever their remaining TTL. By now they may hold something else:
// leases that nobody needs any more are given back.
func (c *mappedLeases[K, V, K2, V2]) heal(ctx context.Context, places []int) {
	keys := make([]K2, len(places))
	for at, i := range places {
		keys[at] = c.keys.inner[i]
	}
	c.asked = time.Now()
	inner, granted, err := c.layer.inner.GetLeases(countedAlready(ctx), keys, NoExpiry)
	maps.Copy(c.granted, granted)
	needless := make(map[K2]Lease)
	for at, i := range places {
		innerKey := keys[at]
		if failed := KeyError(err, innerKey); failed != nil {
			c.put(i, mappedGrant[V, V2]{lease: granted[innerKey]}, granted[innerKey] != (Lease{}), failed)
			continue
		}
		entry, has := inner[innerKey]
		g, decodeErr := c.decode(i, entry, has)
		g.lease = granted[innerKey]
		if (decodeErr == nil || decodeErr == ErrNotFound) && g.lease.Granted() && !Due(g.entry.TTL, c.refreshBelow) {
			needless[innerKey] = g.lease
			g.lease = Lease{}
		}
		c.put(i, g, g.lease != (Lease{}), decodeErr)
	}
	if len(needless) == 0 {
		return
	}
	released := UnlessLost[K2](c.layer.inner.ReleaseMany(context.WithoutCancel(ctx), needless))
	for at, i := range places {
		if err := KeyError(released, keys[at]); err != nil && needless[keys[at]].Granted() {
			c.put(i, mappedGrant[V, V2]{}, false, err)
			delete(c.found, c.keys.outer[i])
		}
	}
}
