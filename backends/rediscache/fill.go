package rediscache

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Fill stores e and ends the lease, in one round trip, if the lease stands. Otherwise it returns ErrLeaseLost. It
// returns [errors.ErrUnsupported] for entries that SetEntry does not support.
//
// If the connection breaks, go-redis may send the command again. Then ErrLeaseLost may mean that the first command
// stored e. If Fill fails, the lease stands: call Drop, so that the old entry does not stay.
func (c *Cache) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[[]byte]) error {
	l, fill, err := c.fill(key, lease, e)
	if err != nil {
		err = c.reject(ctx, ctxcache.OpFill, err)
	} else {
		err = c.do(ctx, ctxcache.OpFill, l.stored, func(ctx context.Context) error { return l.filled(c.run(ctx, fill)) })
	}
	c.calls.Counts.Wrote(1, err)
	return err
}

// FillMany is Fill for many keys, in one round trip per server. If an entry is not supported (see SetEntry), it stores
// nothing. Other entries that cannot be stored are reported by a [*ctxcache.ManyError]. If a server does not answer,
// only its keys fail.
func (c *Cache) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[[]byte], leases map[string]ctxcache.Lease,
) error {
	const op = ctxcache.OpFillMany
	type prepared struct {
		lease *lease
		call  scriptCall
	}
	fills := make(map[string]prepared, len(entries))
	mistakes := make(map[string]error)
	var keys []string
	for key, e := range entries {
		l, call, err := c.fill(key, leases[key], e)
		switch {
		case err == errors.ErrUnsupported:
			return c.reject(ctx, op, err)
		case err != nil:
			mistakes[key] = err
		default:
			key = strings.Clone(key) // see stored
			keys = append(keys, key)
			fills[key] = prepared{l, call}
		}
	}
	err := c.doMany(ctx, op, keys, func(ctx context.Context, keys []string) map[string]error {
		scripts := make([]scriptCall, len(keys))
		for i, key := range keys {
			scripts[i] = fills[key].call
		}
		failed := make(map[string]error)
		for i, reply := range c.runEach(ctx, scripts) {
			if err := fills[keys[i]].lease.filled(reply); err != nil {
				failed[keys[i]] = err
			}
		}
		return failed
	})
	err = c.withMistakes(ctx, op, err, mistakes)
	c.calls.Counts.Wrote(len(entries), err)
	return err
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
	if l.marked() {
		script = fillScript
	}
	negative, value := "", e.Value
	if e.Absent {
		negative, value = "1", nil
	}
	args := slices.Concat(l.proof, []any{negative, value, lifeArg(ttl)})
	return l, c.channel.publishing(scriptCall{script: script, stored: l.stored, args: args}), nil
}

// filled takes the reply to a fill with the lease, and returns the error of the fill.
func (l *lease) filled(reply command) error {
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
