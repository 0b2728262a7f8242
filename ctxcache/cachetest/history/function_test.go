package history_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest/history"
)

// simple is a sound Function. Each call loads for itself.
type simple struct {
	cache cache
	load  history.LoadMany
}

func newSimple(c cache, load history.LoadMany) history.Function { return &simple{c, load} }

func (f *simple) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	entries, leases, err := ctxcache.GetLeases(ctx, f.cache, keys, 0)
	if err != nil {
		return nil, err
	}
	values, missing := make(map[string][]byte), make([]string, 0, len(keys))
	for _, key := range keys {
		if e, ok := entries[key]; ok {
			values[key] = e.Value
		} else {
			missing = append(missing, key)
		}
	}
	loaded, err := f.load(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, key := range missing {
		values[key] = loaded[key]
		if !leases[key].Granted() {
			continue
		}
		if err := ctxcache.Fill(ctx, f.cache, key, leases[key], ctxcache.NewEntry(loaded[key], ctxcache.NoExpiry)); err != nil && err != ctxcache.ErrLeaseLost {
			return nil, err
		}
	}
	return values, nil
}

func (f *simple) Get(ctx context.Context, key string) ([]byte, error) {
	values, err := f.GetMany(ctx, []string{key})
	return values[key], err
}

func (f *simple) Refresh(ctx context.Context, key string) ([]byte, error) {
	if err := f.cache.Delete(ctx, key); err != nil {
		return nil, err
	}
	values, err := f.load(ctx, []string{key})
	return values[key], err
}

func (f *simple) Set(ctx context.Context, key string, value []byte) error {
	return f.cache.Set(ctx, key, value, ctxcache.NoExpiry)
}

func (f *simple) Delete(ctx context.Context, key string) (bool, error) {
	return true, f.cache.Delete(ctx, key)
}

func (f *simple) DeleteMany(ctx context.Context, keys []string) error {
	return ctxcache.DeleteMany(ctx, f.cache, keys)
}

// unrefreshed is a Function whose Refresh returns what is cached.
type unrefreshed struct{ *simple }

func (f unrefreshed) Refresh(ctx context.Context, key string) ([]byte, error) { return f.Get(ctx, key) }

// staleServing is a Function that serves the last value that it has seen if the key is gone.
type staleServing struct {
	*simple
	seen *sync.Map
}

func (f staleServing) Get(ctx context.Context, key string) ([]byte, error) {
	switch value, err := f.cache.Get(ctx, key); err {
	case nil:
		f.seen.Store(key, value)
		return value, nil
	case ctxcache.ErrMiss:
		if old, ok := f.seen.Load(key); ok {
			return old.([]byte), nil
		}
	}
	return f.simple.Get(ctx, key)
}

// unset is a Function whose Set does nothing.
type unset struct{ *simple }

func (unset) Set(context.Context, string, []byte) error { return nil }

// undeleted is a Function whose Delete does nothing.
type undeleted struct{ *simple }

func (undeleted) Delete(context.Context, string) (bool, error) { return true, nil }

// undeletedMany is a Function whose DeleteMany does nothing.
type undeletedMany struct{ *simple }

func (undeletedMany) DeleteMany(context.Context, []string) error { return nil }

// oldMany is a Function whose GetMany returns what it has returned first.
type oldMany struct {
	*simple
	seen *sync.Map
}

func (f oldMany) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	values, err := f.simple.GetMany(ctx, keys)
	for key, value := range values {
		first, _ := f.seen.LoadOrStore(key, value)
		values[key] = first.([]byte)
	}
	return values, err
}

func TestHistoryOfFunction(t *testing.T) {
	for name, newCache := range map[string]func() cache{
		"leases": func() cache { return newReference() }, "three methods": newMinimal,
	} {
		t.Run(name, func(t *testing.T) {
			opts := &history.Options{Functions: newSimple}
			if name == "three methods" {
				opts.Functions = func(c cache, load history.LoadMany) history.Function { return uncached{newSimple(c, load)} }
			}
			history.Run(t, func(*testing.T) cache { return newCache() }, opts)
		})
	}
}

// uncached is a Function that stores nothing that it loads.
type uncached struct{ history.Function }

func (f uncached) Get(ctx context.Context, key string) ([]byte, error) {
	values, err := f.GetMany(ctx, []string{key})
	return values[key], err
}

func (f uncached) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	return f.Function.(*simple).load(ctx, keys)
}

// TestHistoryFindsBrokenFunctions: each is broken in one method, and the history finds it.
func TestHistoryFindsBrokenFunctions(t *testing.T) {
	for name, broken := range map[string]struct {
		change func(*simple) history.Function
		want   string
	}{
		"RefreshIsGet":      {func(f *simple) history.Function { return unrefreshed{f} }, "a refresh returned an older version"},
		"ServesWhatIsGone":  {func(f *simple) history.Function { return staleServing{f, new(sync.Map)} }, overwritten},
		"SetDoesNothing":    {func(f *simple) history.Function { return unset{f} }, overwritten},
		"DeleteDoesNothing": {func(f *simple) history.Function { return undeleted{f} }, overwritten},
		"DeleteManyDoesNothing": {
			func(f *simple) history.Function { return undeletedMany{f} }, overwritten,
		},
		"GetManyIsOld": {func(f *simple) history.Function { return oldMany{f, new(sync.Map)} }, overwritten},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				report := history.Check(t.Context(), newReference(), &history.Options{
					Stepped: true,
					Functions: func(c cache, load history.LoadMany) history.Function {
						return broken.change(&simple{c, load})
					},
				})
				if err := report.Err(); err == nil || !strings.Contains(err.Error(), broken.want) {
					t.Errorf("%v\nended with %v\nwant an error that contains %q", report, err, broken.want)
				}
			})
		})
	}
}
