package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// getting is one call of GetMany.
type getting[K comparable, V any] struct {
	f      *Function[K, V]
	asked  request[K, V] // what is asked of each key
	values map[K]V
	failed map[K]error    // nil before a key fails
	visits []*visit[K, V] // of keys that the cache did not have
}

func (f *Function[K, V]) getMany(ctx context.Context, keys []K) (map[K]V, error) {
	for _, key := range keys {
		if err := ctxcache.CheckKey(key); err != nil {
			return nil, f.fail(ctxcache.OpGetEntries, err) // no map can have it
		}
	}
	g := &getting[K, V]{f: f}
	g.asked.source = f.source
	g.asked.heed(ctxcache.DirectivesOf(ctx))
	if g.asked.bypass || g.asked.refresh {
		g.skipCache(keys)
	} else if err := g.read(ctx, keys); err != nil {
		return g.values, err
	}
	for len(g.visits) > 0 {
		if err := g.load(ctx); err != nil {
			return g.values, err
		}
		for reread := true; reread; {
			var err error
			if reread, err = g.readAgain(ctx); err != nil {
				return g.values, err
			}
		}
	}
	return g.values, ctxcache.NewManyError(g.failed)
}

// skipCache begins a visit for each key. The cache is not read.
func (g *getting[K, V]) skipCache(keys []K) {
	g.values = make(map[K]V, len(keys))
	seen := make(map[K]bool, len(keys))
	for _, key := range keys {
		if seen[key] {
			continue
		}
		seen[key] = true
		if g.asked.refresh {
			g.f.cooldowns.end(key)
		}
		g.visits = append(g.visits, &visit[K, V]{request: g.asked, f: g.f, key: key})
	}
}

// read reads the cache. It begins a visit for each key that must be loaded, and refreshes behind the caller what is
// due. An error is about the whole call.
func (g *getting[K, V]) read(ctx context.Context, keys []K) error {
	f := g.f
	since := g.since(keys)
	seen, err := g.look(ctx, keys, f.limits.read)
	if err != nil {
		return err
	}
	defer seen.refreshes.close()
	if seen.hitsAll(keys) {
		g.values = seen.values
		return nil
	}
	g.values = make(map[K]V, len(keys))
	var others map[K]bool // that have no value yet; so many calls have none that they need no map
	for _, key := range keys {
		if _, again := g.values[key]; again || others[key] {
			continue
		}
		r, had := g.asked, len(g.values)
		r.since = since[key]
		done, err := g.take(ctx, key, &r, seen)
		if err != nil {
			return err
		}
		if len(g.values) > had {
			continue
		}
		if others == nil {
			others = make(map[K]bool, len(keys)-len(g.values))
		}
		others[key] = true
		if done {
			continue
		}
		v := &visit[K, V]{request: r, f: f, key: key}
		if a, done, err := v.begin(ctx); done {
			g.note(v, a, err)
			continue
		}
		g.visits = append(g.visits, v)
	}
	return nil
}

// since returns what the loads of keys get as request.since. It is nil over a cache with leases, where no load needs it.
func (g *getting[K, V]) since(keys []K) map[K]uint64 {
	if g.f.caps.Has(ctxcache.CapLease) {
		return nil
	}
	since := make(map[K]uint64, len(keys))
	for _, key := range keys {
		since[key] = g.f.since(key)
	}
	return since
}

// readAgain reads the cache once more for the visits that need it, for all of them in one call. It reports whether there
// were any: they may need it again. An error is about the whole call.
func (g *getting[K, V]) readAgain(ctx context.Context) (reread bool, err error) {
	f := g.f
	var keys []K
	limit := f.limits.read
	for _, v := range g.visits {
		if v.reread {
			v.forgetRead(f.since(v.key))
			keys, limit = append(keys, v.key), max(limit, v.readLimit())
		}
	}
	if len(keys) == 0 {
		return false, nil
	}
	seen, err := g.look(ctx, keys, limit)
	if err != nil {
		return true, err
	}
	seen.again = true
	defer seen.refreshes.close()
	left := g.visits[:0]
	for _, v := range g.visits {
		if v.reread {
			if done, err := g.take(ctx, v.key, &v.request, seen); err != nil {
				return true, err
			} else if done {
				continue
			}
			if a, done, err := v.hasReread(ctx); done {
				g.note(v, a, err)
				continue
			}
		}
		left = append(left, v)
	}
	g.visits = left
	return true, nil
}

// take takes what was seen of a key. It reports whether the call has its answer for the key. Otherwise the call goes on
// with r. An error is about the whole call.
func (g *getting[K, V]) take(ctx context.Context, key K, r *request[K, V], seen *look[K, V]) (done bool, err error) {
	f := g.f
	r.refreshes = seen.refreshes
	value, isValue := seen.values[key]
	e, found := seen.entries[key]
	failed, whole := seen.errs.of(key), seen.errs.whole()
	switch {
	case failed == nil && seen.absent[key]:
		return true, nil
	case failed == nil && isValue:
		g.values[key] = value
		return true, nil
	case failed == nil && found && e.Absent:
		return r.isRecent(&e.Meta), nil
	case failed == nil && found && f.judge(ctx, key, r, &e, f.levelBelow(), nil):
		g.values[key] = e.Value
		return true, nil
	case failed == nil:
		return false, nil
	}
	err = apart(failed)
	if seen.again && errors.Is(failed, ctxcache.ErrClosed) && f.refusal.Load() == nil {
		r.outage, failed = true, f.count(ctx, failed) // as in Function.readAgain
	} else {
		r.outage, failed = f.goOn(ctx, failed)
	}
	if r.onlyCached && r.outage {
		failed = err
	}
	if failed != nil && !whole {
		g.fail(key, failed)
		return true, nil
	}
	return failed != nil, failed
}

// load joins or starts the flights of all visits, and waits for them. Those that must ask again are left in g.visits. An
// error is about the whole call.
func (g *getting[K, V]) load(ctx context.Context) error {
	f := g.f
	type joinedFlight struct {
		how  joining
		c    *call[loaded[V]]
		key  K
		undo func()
		err  error
	}
	flights := make([]joinedFlight, len(g.visits))
	batch, place := f.newBatch(), new(sharedPlace)
	func() {
		defer batch.close() // also if it panics
		for i, v := range g.visits {
			v.batch, v.place = batch, place
			j := &flights[i]
			j.how, j.c, j.key, j.undo, j.err = f.flights.join(ctx, v.key, v.bypass, f.taskOf(v.request))
		}
	}()
	again := g.visits[:0]
	for i, v := range g.visits {
		j, result := &flights[i], loaded[V]{}
		if j.err == nil {
			result, j.err = f.flights.wait(ctx, j.key, j.c, v.limit)
			j.undo()
		}
		if ctx.Err() != nil {
			continue // leave the others, too
		}
		if a, done, err := v.took(ctx, ending[V]{result: result, how: j.how, flight: j.c, err: j.err}); done {
			g.note(v, a, err)
		} else {
			again = append(again, v)
		}
	}
	g.visits = again
	return ctx.Err()
}

// note keeps the answer for one key.
func (g *getting[K, V]) note(v *visit[K, V], a answer[V], err error) {
	switch {
	case err == nil:
		g.values[v.key] = a.value
	case !g.f.opts.isNotFound(err):
		g.fail(v.key, err)
	}
}

// fail keeps the error of one key.
func (g *getting[K, V]) fail(key K, err error) {
	if g.failed == nil {
		g.failed = make(map[K]error)
	}
	g.failed[key] = err
}
