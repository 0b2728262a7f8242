package history

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// LoadMany loads the values of keys from their source, like the function from which cached.Bulk makes a cached one.
type LoadMany = func(ctx context.Context, keys []string) (map[string][]byte, error)

// Function is a cached function under test, for example one of package cached.
type Function interface {
	Get(ctx context.Context, key string) ([]byte, error)
	GetMany(ctx context.Context, keys []string) (map[string][]byte, error)
	Refresh(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) (bool, error)
	DeleteMany(ctx context.Context, keys []string) error
}

// functionReads are what a history calls of a Function. Get is among the acts of every history with loads.
func functionReads() []act {
	return []act{
		{ctxcache.OpLoad, 12, 0, (*worker).getManyThrough},
		{ctxcache.OpRefresh, 4, 0, (*worker).refreshThrough},
	}
}

// functionChanges are the changes by a Function. Those of a cache without leases are all made by it: it does not notice
// others.
func functionChanges() []act {
	return []act{
		{ctxcache.OpSet, 4, 0, (*worker).setThrough},
		{ctxcache.OpDelete, 6, 0, (*worker).deleteThrough},
		{ctxcache.OpDeleteMany, 3, 0, (*worker).deleteManyThrough},
	}
}

func (w *worker) getManyThrough(ctx context.Context) error {
	keys, e := w.someKeys(), w.event(found)
	values, err := w.run.function.GetMany(ctx, w.names(keys))
	return w.answers(e, keys, values, err)
}

// refreshThrough also checks that the load began after the call.
func (w *worker) refreshThrough(ctx context.Context) error {
	key, e := w.key(), w.event(found)
	e.least = w.run.source.version(key)
	value, err := w.run.function.Refresh(ctx, w.name(key))
	return w.answer(e, key, value, err)
}

func (w *worker) setThrough(ctx context.Context) error {
	return w.change(stored, []int{w.key()}, func(names []string, values [][]byte) error {
		return w.run.function.Set(ctx, names[0], values[0])
	})
}

func (w *worker) deleteThrough(ctx context.Context) error {
	return w.change(deleted, []int{w.key()}, func(names []string, _ [][]byte) error {
		_, err := w.run.function.Delete(ctx, names[0])
		return err
	})
}

func (w *worker) deleteManyThrough(ctx context.Context) error {
	return w.change(deleted, w.someKeys(), func(names []string, _ [][]byte) error {
		return w.run.function.DeleteMany(ctx, names)
	})
}

// askMany is ask for many keys.
func (r *run) askMany(ctx context.Context, names []string) (map[string][]byte, error) {
	values := make(map[string][]byte, len(names))
	for _, name := range names {
		value, err := r.ask(ctx, name)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}
