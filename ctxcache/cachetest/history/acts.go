package history

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// act is one kind of operation of a history.
type act struct {
	operation ctxcache.Operation
	weight    int // how often it is chosen, relative to the other acts
	needs     ctxcache.Cap
	do        func(*worker, context.Context) error
}

// actsOf returns the acts that a cache with these capabilities can do, and a Function if there is one, except the operations
// in without. Contains is not among the acts, because its answer cannot be judged.
func actsOf(caps ctxcache.Cap, function bool, without []ctxcache.Operation) []act {
	all := []act{
		{ctxcache.OpGet, 20, 0, (*worker).get},
		{ctxcache.OpGetEntry, 6, 0, (*worker).getEntry},
		{ctxcache.OpGetEntries, 8, 0, (*worker).getMany},
		{ctxcache.OpLoad, 30, ctxcache.CapLease, (*worker).load},
		{ctxcache.OpGetLease, 4, ctxcache.CapLease, (*worker).refresh},
		{ctxcache.OpGetLeases, 5, ctxcache.CapLease, (*worker).loadMany},
		{ctxcache.OpSet, 8, 0, (*worker).set},
		{ctxcache.OpSetEntry, 3, 0, (*worker).setEntry},
		{ctxcache.OpSetEntries, 3, 0, (*worker).setMany},
		{ctxcache.OpDelete, 6, 0, (*worker).delete},
		{ctxcache.OpRemove, 3, ctxcache.CapRemove, (*worker).remove},
		{ctxcache.OpDeleteMany, 3, 0, (*worker).deleteMany},
		{ctxcache.OpDrop, 2, ctxcache.CapLease, (*worker).drop},
		{ctxcache.OpClear, 1, ctxcache.CapClear, (*worker).clear},
	}
	if function {
		if !caps.Has(ctxcache.CapLease) {
			all = []act{{ctxcache.OpGet, 20, 0, (*worker).get}, {ctxcache.OpLoad, 30, 0, (*worker).load}}
		}
		all = slices.Concat(all, functionReads(), functionChanges())
	}
	return slices.DeleteFunc(all, func(a act) bool {
		return !caps.Has(a.needs) || a.operation == ctxcache.OpClear && !wholly(caps) || slices.Contains(without, a.operation)
	})
}

// wholly reports whether Clear works on the whole cache.
func wholly(caps ctxcache.Cap) bool { return ctxcache.Scope[string]{}.In(caps.Scopes()) }

func (w *worker) get(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	value, err := w.run.cache.Get(ctx, w.name(key))
	return w.answer(e, key, value, err)
}

func (w *worker) getEntry(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	entry, err := ctxcache.GetEntry(ctx, w.run.cache, w.name(key))
	return w.answer(e, key, entry.Value, err)
}

func (w *worker) getMany(ctx context.Context) error {
	keys, e := w.someKeys(), w.event(found)
	values, err := ctxcache.GetMany(ctx, w.run.cache, w.names(keys))
	return w.answers(e, keys, values, err)
}

func (w *worker) load(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	value, err := w.run.load(ctx, w.name(key))
	return w.answer(e, key, value, err)
}

// refresh loads a key even if the key is present.
func (w *worker) refresh(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	entry, lease, err := ctxcache.GetLease(ctx, w.run.cache, w.name(key), ctxcache.NoExpiry)
	err = w.answer(e, key, entry.Value, err)
	if lease.Granted() {
		_, fillErr := fillFrom(ctx, w.run.cache, w.run.ask, w.name(key), lease)
		err = errors.Join(err, fillErr)
	}
	return err
}

func (w *worker) loadMany(ctx context.Context) error {
	keys, e := w.someKeys(), w.event(found)
	entries, leases, err := ctxcache.GetLeases(ctx, w.run.cache, w.names(keys), 0)
	values := make(map[string][]byte)
	for name, entry := range entries {
		values[name] = entry.Value
	}
	return errors.Join(w.answers(e, keys, values, err), w.fillMany(ctx, keys, leases))
}

// fillMany loads the keys whose leases were granted, and stores the values by one call. It gives back the leases that
// are left.
func (w *worker) fillMany(ctx context.Context, keys []int, leases map[string]ctxcache.Lease) error {
	loaded := make(map[string]ctxcache.Entry[[]byte])
	var failed error
	for _, key := range keys { // in a fixed order, which a map does not have
		name := w.name(key)
		if !leases[name].Granted() {
			continue
		}
		value, err := w.run.ask(ctx, name)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		loaded[name] = ctxcache.NewEntry(value, ctxcache.NoExpiry)
	}
	if len(loaded) > 0 {
		failed = errors.Join(failed, w.unlessLost(keys, ctxcache.FillMany(ctx, w.run.cache, loaded, leases)))
	}
	left := maps.Clone(leases)
	for name := range loaded {
		if failed == nil {
			delete(left, name)
		}
	}
	if len(left) == 0 {
		return failed
	}
	return errors.Join(failed, w.unlessLost(keys, ctxcache.ReleaseMany(context.WithoutCancel(ctx), w.run.cache, left)))
}

// unlessLost returns an error in err that is not ErrLeaseLost, or nil. err comes from a call by leases on keys.
func (w *worker) unlessLost(keys []int, err error) error {
	for _, name := range w.names(keys) {
		if failed := ctxcache.KeyError(err, name); failed != nil && failed != ctxcache.ErrLeaseLost {
			return failed
		}
	}
	return nil
}

// drop takes the lease on a key, and deletes the key by this lease.
func (w *worker) drop(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	entry, lease, err := ctxcache.GetLease(ctx, w.run.cache, w.name(key), ctxcache.NoExpiry)
	err = w.answer(e, key, entry.Value, err)
	if !lease.Granted() {
		return err
	}
	dropErr := w.change(deleted, []int{key}, func(names []string, _ [][]byte) error {
		return ctxcache.Drop(ctx, w.run.cache, names[0], lease)
	})
	if dropErr == nil || dropErr == ctxcache.ErrLeaseLost {
		return err
	}
	return errors.Join(err, dropErr, release(ctx, w.run.cache, w.name(key), lease))
}

func (w *worker) set(ctx context.Context) error {
	return w.change(stored, []int{w.key()}, func(names []string, values [][]byte) error {
		return w.run.cache.Set(ctx, names[0], values[0], w.ttl())
	})
}

func (w *worker) setEntry(ctx context.Context) error {
	return w.change(stored, []int{w.key()}, func(names []string, values [][]byte) error {
		return ctxcache.SetEntry(ctx, w.run.cache, names[0], ctxcache.NewEntry(values[0], w.ttl()))
	})
}

func (w *worker) setMany(ctx context.Context) error {
	return w.change(stored, w.someKeys(), func(names []string, values [][]byte) error {
		many := make(map[string][]byte)
		for i, name := range names {
			many[name] = values[i]
		}
		return ctxcache.SetMany(ctx, w.run.cache, many, w.ttl())
	})
}

func (w *worker) delete(ctx context.Context) error {
	return w.change(deleted, []int{w.key()}, func(names []string, _ [][]byte) error {
		return w.run.cache.Delete(ctx, names[0])
	})
}

func (w *worker) remove(ctx context.Context) error {
	return w.change(deleted, []int{w.key()}, func(names []string, _ [][]byte) error {
		_, err := ctxcache.Remove(ctx, w.run.cache, names[0])
		return err
	})
}

func (w *worker) deleteMany(ctx context.Context) error {
	return w.change(deleted, w.someKeys(), func(names []string, _ [][]byte) error {
		return ctxcache.DeleteMany(ctx, w.run.cache, names)
	})
}

func (w *worker) clear(ctx context.Context) error {
	all := make([]int, w.run.opts.Keys)
	for i := range all {
		all[i] = i
	}
	return w.change(deleted, all, func([]string, [][]byte) error { return ctxcache.Clear(ctx, w.run.cache) })
}

// ttl returns a time to live that is longer than any history.
func (w *worker) ttl() time.Duration {
	if w.random.IntN(2) == 0 {
		return ctxcache.NoExpiry
	}
	return 24 * time.Hour
}
