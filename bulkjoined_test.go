package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

var errDownToo = errors.New("the other server is down")

// joinedFailures returns a cache over inner, whose calls of op do nothing. They fail for "a" by a ManyError, and for all keys
// by another error.
func joinedFailures(inner ctxcache.Cache[string, string], op ctxcache.Operation) ctxcache.Cache[string, string] {
	err := errors.Join(&ctxcache.ManyError[string]{Failed: map[string]error{"a": errDown}}, errDownToo)
	return cachetest.Hooked(inner, cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
		if call.Operation == op {
			return err
		}
		return nil
	}})
}

// An error that the cache joins with a ManyError is about the keys that this one does not name. So they are not stored, and
// the old values do not stay.
func TestBulkFillManyJoinsAnotherError(t *testing.T) {
	m := newMemory()
	for _, key := range []string{"a", "b", "c"} {
		if err := m.Set(t.Context(), key, "old", 0); err != nil {
			t.Fatal(err)
		}
	}
	f := cached.Bulk(joinedFailures(m, ctxcache.OpFillMany), loadNew, nil)
	got, err := f.GetMany(ctxcache.WithRefresh(t.Context()), []string{"a", "b", "c"})
	if len(got) != 3 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for key := range got {
		if value, err := m.Get(t.Context(), key); err != ctxcache.ErrMiss {
			t.Errorf("%s: the cache has %q, %v", key, value, err)
		}
	}
	if stats, err := f.Stats(t.Context()); stats.Errors != 2 || stats.Unstored.Failed != 3 || err != nil {
		t.Errorf("%d failures of the cache, %d results not stored, %v; want 2, and 3", stats.Errors, stats.Unstored.Failed, err)
	}
}

// With Strict, the keys that are not named fail, whichever call of the cache has failed. Without, the failure is counted
// once for all of them.
func TestBulkCacheJoinsAnotherError(t *testing.T) {
	for _, op := range []ctxcache.Operation{ctxcache.OpGetEntries, ctxcache.OpGetLeases, ctxcache.OpFillMany} {
		t.Run(string(op), func(t *testing.T) {
			keys := []string{"a", "b", "c"}
			f := cached.Bulk(joinedFailures(newMemory(), op), loadNew, &cached.Options{Strict: true})
			_, err := f.GetMany(t.Context(), keys)
			for _, key := range keys {
				if err := ctxcache.KeyError(err, key); !errors.Is(err, errDownToo) || errors.Is(err, errDown) != (key == "a") {
					t.Errorf("%s: %v", key, err)
				}
			}
			var heard hearing
			f = cached.Bulk(joinedFailures(newMemory(), op), loadNew, &cached.Options{OnCacheError: heard.hear})
			if got, err := f.GetMany(t.Context(), keys); len(got) != 3 || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
			if len(heard.all()) != 2 {
				t.Errorf("heard of %v, want two failures", heard.all())
			}
		})
	}
}

func loadNew(_ context.Context, keys []string) (map[string]string, error) {
	found := make(map[string]string, len(keys))
	for _, key := range keys {
		found[key] = "new"
	}
	return found, nil
}

// A loader that joins a ManyError with another error has failed for all keys, and nothing that it returns is stored.
func TestBulkLoaderJoinsAnotherError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var heard hearing
		f := cached.Bulk(m, func(context.Context, []string) (map[string]string, error) {
			err := ctxcache.NewManyError(map[string]error{"a": errDown})
			return map[string]string{"a": "1", "b": "2", "extra": "3"}, errors.Join(err, errDownToo)
		}, &cached.Options{OnLoadError: heard.hear})
		got, err := f.GetMany(t.Context(), []string{"a", "b"})
		if len(got) != 0 || !errors.Is(ctxcache.KeyError(err, "b"), errDownToo) {
			t.Errorf("got %v, %v", got, err)
		}
		synctest.Wait()
		for _, key := range []string{"a", "b", "extra"} {
			if value, err := m.Get(t.Context(), key); err != ctxcache.ErrMiss {
				t.Errorf("%s is stored: %q, %v", key, value, err)
			}
		}
		if all := heard.all(); len(all) != 1 || !errors.Is(all[0], errDownToo) {
			t.Errorf("heard of %v", all)
		}
	})
}
