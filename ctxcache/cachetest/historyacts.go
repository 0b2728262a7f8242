package cachetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// historyAct is one kind of operation of a history.
type historyAct struct {
	operation Operation
	weight    int // how often it is chosen, in comparison with the others
	needs     ctxcache.Op
	do        func(*historyWorker, context.Context) error
}

// historyActs returns those that a cache with these capabilities can do, without some. Contains has no answer that
// could be judged.
func historyActs(ops ctxcache.Op, without []Operation) []historyAct {
	all := []historyAct{
		{Get, 20, 0, (*historyWorker).get},
		{GetEntry, 6, 0, (*historyWorker).getEntry},
		{GetEntries, 8, 0, (*historyWorker).getMany},
		{"load", 30, ctxcache.OpLease, (*historyWorker).load},
		{GetLease, 4, ctxcache.OpLease, (*historyWorker).refresh},
		{GetLeases, 5, ctxcache.OpLease, (*historyWorker).loadMany},
		{Set, 8, 0, (*historyWorker).set},
		{SetEntry, 3, 0, (*historyWorker).setEntry},
		{SetEntries, 3, 0, (*historyWorker).setMany},
		{Delete, 6, 0, (*historyWorker).delete},
		{Remove, 3, ctxcache.OpRemove, (*historyWorker).remove},
		{DeleteMany, 3, 0, (*historyWorker).deleteMany},
		{Clear, 1, ctxcache.OpClear, (*historyWorker).clear},
	}
	var able []historyAct
	for _, act := range all {
		if ops.Has(act.needs) && !slices.Contains(without, act.operation) {
			able = append(able, act)
		}
	}
	return able
}

func (w *historyWorker) get(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	value, err := w.run.cache.Get(ctx, w.name(key))
	return w.answer(e, key, value, err)
}

func (w *historyWorker) getEntry(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	entry, err := ctxcache.GetEntry(ctx, w.run.cache, w.name(key))
	return w.answer(e, key, entry.Value, err)
}

func (w *historyWorker) getMany(ctx context.Context) error {
	keys, e := w.someKeys(), w.event(found)
	values, err := ctxcache.GetMany(ctx, w.run.cache, w.names(keys))
	return w.answers(e, keys, values, err)
}

func (w *historyWorker) load(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	value, err := w.run.load(ctx, w.name(key))
	return w.answer(e, key, value, err)
}

// refresh loads what is there already, too.
func (w *historyWorker) refresh(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	entry, l, err := ctxcache.GetLease(ctx, w.run.cache, w.name(key), ctxcache.NoExpiry)
	err = w.answer(e, key, entry.Value, err)
	if l != nil {
		_, fillErr := fillFrom(ctx, w.run.ask, w.name(key), l)
		err = errors.Join(err, fillErr)
	}
	return err
}

func (w *historyWorker) loadMany(ctx context.Context) error {
	keys, e := w.someKeys(), w.event(found)
	entries, leases, err := ctxcache.GetLeases(ctx, w.run.cache, w.names(keys), 0)
	values := make(map[string][]byte)
	for name, entry := range entries {
		values[name] = entry.Value
	}
	err = w.answers(e, keys, values, err)
	for _, key := range keys { // in order: a map has none
		if l := leases[w.name(key)]; l != nil {
			_, fillErr := fillFrom(ctx, w.run.ask, w.name(key), l)
			err = errors.Join(err, fillErr)
		}
	}
	return err
}

func (w *historyWorker) set(ctx context.Context) error {
	return w.change(stored, []int{w.key()}, func(names []string, values [][]byte) error {
		return w.run.cache.Set(ctx, names[0], values[0], w.ttl())
	})
}

func (w *historyWorker) setEntry(ctx context.Context) error {
	return w.change(stored, []int{w.key()}, func(names []string, values [][]byte) error {
		return ctxcache.SetEntry(ctx, w.run.cache, names[0], ctxcache.Entry[[]byte]{Value: values[0], TTL: w.ttl()})
	})
}

func (w *historyWorker) setMany(ctx context.Context) error {
	return w.change(stored, w.someKeys(), func(names []string, values [][]byte) error {
		many := make(map[string][]byte)
		for i, name := range names {
			many[name] = values[i]
		}
		return ctxcache.SetMany(ctx, w.run.cache, many, w.ttl())
	})
}

func (w *historyWorker) delete(ctx context.Context) error {
	return w.change(deleted, []int{w.key()}, func(names []string, _ [][]byte) error {
		return w.run.cache.Delete(ctx, names[0])
	})
}

func (w *historyWorker) remove(ctx context.Context) error {
	return w.change(deleted, []int{w.key()}, func(names []string, _ [][]byte) error {
		_, err := ctxcache.Remove(ctx, w.run.cache, names[0])
		return err
	})
}

func (w *historyWorker) deleteMany(ctx context.Context) error {
	return w.change(deleted, w.someKeys(), func(names []string, _ [][]byte) error {
		return ctxcache.DeleteMany(ctx, w.run.cache, names)
	})
}

func (w *historyWorker) clear(ctx context.Context) error {
	all := make([]int, w.run.opts.Keys)
	for i := range all {
		all[i] = i
	}
	return w.change(deleted, all, func([]string, [][]byte) error { return ctxcache.Clear(ctx, w.run.cache) })
}

// ttl is longer than any history lasts.
func (w *historyWorker) ttl() time.Duration {
	if w.random.IntN(2) == 0 {
		return ctxcache.NoExpiry
	}
	return 24 * time.Hour
}
