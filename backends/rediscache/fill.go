package rediscache

import (
	"context"
	"errors"
	"maps"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Fill stores e and ends the lease, in one round trip, if the lease stands. Otherwise it returns ErrLeaseLost. It
// returns [errors.ErrUnsupported] for entries that SetEntry does not support.
//
// If the connection breaks, go-redis may send the command again. Then ErrLeaseLost may mean that the first command
// stored e.
func (c *Cache) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[[]byte]) error {
	return calls.Do(ctx, c.calls, ctxcache.OpFill, func(ctx context.Context) error {
		l, fill, err := c.fill(key, lease, e)
		if err != nil {
			return err
		}
		return l.filled(c.run(ctx, fill))
	})
}

// FillMany is Fill for many keys, in one round trip per server. If an entry is not supported (see SetEntry), it stores
// nothing. Other entries that cannot be stored are reported by a [*ctxcache.ManyError].
func (c *Cache) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[[]byte], leases map[string]ctxcache.Lease,
) error {
	entries, leases = maps.Clone(entries), maps.Clone(leases) // the caller may leave first and change its maps
	return calls.DoMany(ctx, c.calls, ctxcache.OpFillMany, func(ctx context.Context) (map[string]error, error) {
		failed := make(map[string]error)
		var keys []string
		var granted []*lease
		var fills []scriptCall
		for key, e := range entries {
			l, fill, err := c.fill(key, leases[key], e)
			if err == errors.ErrUnsupported {
				return nil, err
			}
			if err != nil {
				failed[key] = err
				continue
			}
			keys, granted, fills = append(keys, key), append(granted, l), append(fills, fill)
		}
		for i, reply := range c.runEach(ctx, fills) {
			if err := granted[i].filled(reply); err != nil {
				failed[keys[i]] = err
			}
		}
		return failed, nil
	})
}

// fill returns the script call that stores e under key with the lease by, and the lease's data. If e cannot be stored,
// it returns the reason.
func (c *Cache) fill(key string, by ctxcache.Lease, e ctxcache.Entry[[]byte]) (*lease, scriptCall, error) {
	if !c.caps.Has(ctxcache.CapLease) {
		return nil, scriptCall{}, errors.ErrUnsupported
	}
	ttl, err := c.ttl(e)
	if err != nil {
		return nil, scriptCall{}, err
	}
	l := c.lease(key, by)
	if l == nil || l.over.Load() {
		return nil, scriptCall{}, ctxcache.ErrLeaseLost
	}
	script := refillScript
	if l.marked {
		script = fillScript
	}
	negative, value := "", e.Value
	if e.Absent {
		negative, value = "1", nil
	}
	return l, scriptCall{script, l.stored, []any{l.proof, negative, value, lifeArg(ttl)}}, nil
}

// filled takes the reply to a fill with the lease, and returns the error of the fill.
func (l *lease) filled(reply *redis.Cmd) error {
	stored, err := accepted(reply)
	if err != nil {
		return err
	}
	l.end(stored)
	if !stored {
		return ctxcache.ErrLeaseLost
	}
	return nil
}
