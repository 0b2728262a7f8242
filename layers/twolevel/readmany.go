package twolevel

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries asks near for all keys, and far, in one call, for the keys that near does not have.
func (c *Cache[K, V]) GetEntries(ctx context.Context, keys []K) (_ map[K]ctxcache.Entry[V], err error) {
	if err := c.beginMany(ctx, ctxcache.OpGetEntries, keys); err != nil {
		return nil, err
	}
	found, nearErr := c.near.GetEntries(ctx, keys)
	if failedWhole[K](nearErr) {
		return nil, nearErr
	}
	if found == nil {
		found = make(map[K]ctxcache.Entry[V])
	}
	rest, failed := c.missing(keys, found, nearErr, 0)
	var leases map[K]ctxcache.Lease
	if len(rest) > 0 && c.near.Supports().Has(ctxcache.CapLease) {
		var filled map[K]ctxcache.Entry[V] // since near was asked first
		filled, leases, nearErr = c.near.GetLeases(ctx, rest, 0)
		defer func() { err = bothFailed(keys, err, c.endNearMany(ctx, leases)) }()
		if failedWhole[K](nearErr) {
			return nil, nearErr
		}
		var failedNow map[K]error
		rest, failedNow = c.missing(rest, filled, nearErr, 0)
		maps.Copy(found, filled)
		maps.Copy(failed, failedNow)
	}
	if len(rest) == 0 {
		return found, ctxcache.NewManyError(failed)
	}
	addFailed(failed, rest, c.endUnsettled(ctx, leases))
	var unasked []K
	for key, lease := range leases { // before they end
		if c.unasked(lease) {
			unasked = append(unasked, key)
		}
	}
	doubtful, _, cleanErr := c.cleanMany(ctx, rest)
	ask := unlessUnclean(rest, cleanErr)
	if len(doubtful) > 0 {
		ask = slices.DeleteFunc(slices.Clone(ask), func(key K) bool { return doubtful[key] })
	}
	began := time.Now()
	// Entries even for a caller that wants values only: near needs the lives of its copies. So there is no GetMany here.
	var fromFar map[K]ctxcache.Entry[V]
	var farErr error
	if len(ask) > 0 {
		fromFar, farErr = c.far.GetEntries(ctx, ask)
		c.heardMany(ctx, reads, ask, farErr)
	}
	took := time.Since(began)
	copies := make(map[K]ctxcache.Entry[V], len(fromFar))
	for _, key := range ask { // and not fromFar, which might have other keys, too
		if e, has := fromFar[key]; has && !names(farErr, key) {
			copies[key] = e
		}
	}
	maps.Copy(failed, c.copyNearMany(ctx, copies, leases, took))
	for key, e := range copies {
		if failed[key] == nil {
			found[key] = e
		}
	}
	farErr = bothFailed(rest, farErr, cleanErr)
	if lost := c.missedBy(ctx, farErr); lost != nil {
		for _, key := range unasked {
			if ctxcache.KeyError(lost, key) == nil {
				continue
			}
			if e, err := c.nearAgain(ctx, key); err == nil || err == ctxcache.ErrNotFound {
				found[key] = e
			}
		}
	}
	return found, c.mergeFar(ctx, rest, failed, farErr)
}

// missing returns the keys that far must be asked for, each once, and the errors of the keys that failed in near. It
// changes the entries in found, near's answer, to those that callers see. It removes entries of keys that failed, and of
// keys that near was not asked for.
func (c *Cache[K, V]) missing(
	keys []K, found map[K]ctxcache.Entry[V], nearErr error, refreshBelow time.Duration,
) (rest []K, failed map[K]error) {
	failed = make(map[K]error)
	seen, hits := make(map[K]bool, len(keys)), 0
	for _, key := range keys {
		if seen[key] {
			continue
		}
		seen[key] = true
		if err := ctxcache.KeyError(nearErr, key); err != nil {
			delete(found, key)
			if !isAbsent(err) {
				failed[key] = err
				continue
			}
		}
		e, has := found[key]
		if has {
			e = c.reported(e)
			found[key] = e
			hits++
		}
		if !has || ctxcache.Due(e.TTL, refreshBelow) {
			rest = append(rest, key)
		}
	}
	if len(found) > hits {
		maps.DeleteFunc(found, func(key K, _ ctxcache.Entry[V]) bool { return !seen[key] })
	}
	return rest, failed
}

// mergeFar returns one error with the errors in failed and the errors of keys in farErr, far's error.
func (c *Cache[K, V]) mergeFar(ctx context.Context, keys []K, failed map[K]error, farErr error) error {
	farErr = c.farFailed(ctx, farErr)
	if len(failed) == 0 {
		return farErr
	}
	addFailed(failed, keys, farErr)
	return ctxcache.NewManyError(failed)
}
