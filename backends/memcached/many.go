package memcached

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetEntries returns the entries found, negative ones included. It sends one gets per server, to all servers at once.
// If a server does not answer in time, its keys fail with [ctxcache.ErrTimeout], and the entries of the other servers
// are returned. If ctx ends first, so are the entries that had come by then, with the context's error.
func (c *Cache[V]) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[V], error) {
	const op = ctxcache.OpGetEntries
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return nil, ctxcache.Fail(layer, op, err)
	}
	keys = calls.Unique(keys)
	stored, errs := s.storedAll(keys)
	parts := s.split(stored, errs)
	answers := s.inParts(ctx, op, parts, errs, ask{do: func(p *part) *answer {
		items, errs := s.getMany(p.stored)
		return &answer{items: items, errs: errs}
	}})
	found, values := make(map[string]ctxcache.Entry[V], len(keys)), 0
	for n, p := range parts {
		for k, i := range p.at {
			if errs[i] != nil {
				continue
			}
			switch e, err := c.decode(answers[n].items[k]); err {
			case nil:
				values++
				found[keys[i]] = e
			case ctxcache.ErrNotFound:
				found[keys[i]] = e
			case ctxcache.ErrMiss:
			default:
				errs[i] = err
			}
		}
	}
	err := s.failMany(ctx, op, keys, errs)
	s.calls.Counts.ReadMany(len(keys), values, len(found)-values, err)
	return found, err
}

// SetEntries stores every entry. It sends a set for each: one after the other on every server, and to all servers at
// once. If an entry is unsupported, nothing is stored. If an entry is not stored, or if its outcome is unknown, its key
// is deleted, as Set does.
func (c *Cache[V]) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[V]) error {
	const op = ctxcache.OpSetEntries
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	keys, items, unfit, err := c.itemsToSet(ctx, entries)
	if err != nil {
		return err
	}
	stored, errs := s.storedAll(keys)
	for i, err := range unfit {
		if err != nil && !errors.Is(err, ctxcache.ErrValue) { // a mistake, which leaves the key alone
			errs[i] = err
		}
	}
	parts := s.split(stored, errs)
	answers := s.inParts(ctx, op, parts, errs, ask{
		do: func(p *part) *answer {
			p.sent.Store(true)
			a := &answer{errs: make([]error, len(p.at))}
			s.each(inTurn, a.errs, p.stop, func(k int) error { return s.set(p.stored[k], items[p.at[k]], unfit[p.at[k]]) })
			s.takeAwayFailed(p, a)
			return a
		},
		left: func(p *part) { s.takeAwayLater(ctx, p.stored) },
		late: func(p *part, a *answer) {
			var landed []string
			for k, err := range a.errs {
				if err == nil {
					landed = append(landed, p.stored[k])
				}
			}
			s.takeAwayLanded(landed)
		},
	})
	for n, p := range parts {
		if !p.sent.Load() {
			s.notSent(answers[n].left, p.stored...)
		}
	}
	err = s.failMany(ctx, op, keys, errs)
	s.calls.Counts.Wrote(len(keys), err)
	return err
}

// itemsToSet returns the keys of entries, and the item of each or why it has none. If an entry is unsupported, it returns
// ErrUnsupported. If the codec panics, it deletes the keys, whose old values must not stay.
func (c *Cache[V]) itemsToSet(
	ctx context.Context, entries map[string]ctxcache.Entry[V],
) (keys []string, items []*memcache.Item, unfit []error, err error) {
	returned := false
	defer func() {
		if !returned {
			_ = c.DeleteMany(ctx, slices.Collect(maps.Keys(entries))) // the panic goes on, so nobody can get the error
		}
	}()
	for key, e := range entries {
		item, err := c.item(e)
		if err == errors.ErrUnsupported {
			returned = true
			return nil, nil, nil, err
		}
		keys, items, unfit = append(keys, key), append(items, item), append(unfit, err)
	}
	returned = true
	return keys, items, unfit, nil
}

// DeleteMany deletes every key. It sends a delete for each: one after the other on every server, and to all servers at
// once.
func (c *Cache[V]) DeleteMany(ctx context.Context, keys []string) error {
	const op = ctxcache.OpDeleteMany
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	keys = calls.Unique(keys)
	stored, errs := s.storedAll(keys)
	s.inParts(ctx, op, s.split(stored, errs), errs, ask{do: func(p *part) *answer {
		a := &answer{errs: s.deleteAll(p.stored, goOn)}
		for k, err := range a.errs {
			a.errs[k] = refused(err)
		}
		return a
	}})
	err := s.failMany(ctx, op, keys, errs)
	s.calls.Counts.Deleted(len(keys), err)
	return err
}
