package cached_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A loader may use its map again when the callers have their answer. What it has returned is stored as it was.
func TestBulkLoaderKeepsItsMap(t *testing.T) {
	for name, get := range map[string]func(ctx context.Context, f *cached.Function[int, string]) error{
		"Get": func(ctx context.Context, f *cached.Function[int, string]) error {
			_, err := f.Get(ctx, 0)
			return err
		},
		"GetMany": func(ctx context.Context, f *cached.Function[int, string]) error {
			_, err := f.GetMany(ctx, []int{0, 1})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				table := make(map[int]string)
				for key := range 1000 {
					table[key] = "old"
				}
				f := cached.Bulk(newInts(), func(context.Context, []int) (map[int]string, error) { return table, nil }, nil)
				if err := get(t.Context(), f); err != nil {
					t.Fatal(err)
				}
				for key := range 1000 {
					table[key] = "new"
				}
				synctest.Wait()
				table = nil
				found, err := f.GetMany(t.Context(), upTo(1000))
				if err != nil || len(found) != 1000 {
					t.Errorf("%d values, %v", len(found), err)
				}
				for key, value := range found {
					if value != "old" {
						t.Fatalf("key %d: %q", key, value)
					}
				}
			})
		})
	}
}

func brokenBulkLoader(context.Context, []int) (map[int]string, error) { panic("bug") }

// The stack of a PanicError shows where the loader has panicked, however many keys it was asked for.
func TestBulkPanicShowsTheLoader(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"plain":    nil,
		"split":    {MaxBatch: 1},
		"together": {CoalesceFor: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			f := cached.Bulk(newInts(), brokenBulkLoader, opts)
			_, err := f.Get(t.Context(), 0)
			errs := []error{err}
			for _, keys := range [][]int{{1}, {2, 3, 4}} {
				_, err := f.GetMany(t.Context(), keys)
				for _, key := range keys {
					errs = append(errs, ctxcache.KeyError(err, key))
				}
			}
			for i, err := range errs {
				p, ok := errors.AsType[*cached.PanicError](err)
				if !ok || p.Value != "bug" || !strings.Contains(string(p.Stack), "brokenBulkLoader") {
					t.Errorf("key %d: %v, without the loader in its stack", i, err)
				}
			}
		})
	}
}

// A load of many keys that takes too long counts once, and so does its late answer.
func TestBulkLoadTimeoutCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard hearing
		s, slow := newShelf(), false
		s.change = func(_ context.Context, _ []int, found map[int]string) (map[int]string, error) {
			if slow {
				time.Sleep(10 * time.Second)
			}
			return found, nil
		}
		f := cached.Bulk(newInts(), s.load, &cached.Options{
			TTL: 10 * time.Second, StaleIfError: time.Hour, LoadTimeout: time.Second, OnLoadError: heard.hear,
		})
		if _, err := f.GetMany(t.Context(), upTo(100)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		slow = true
		found, err := f.GetMany(t.Context(), upTo(200))
		wantValues(t, found, upTo(100)...) // the stale ones
		if many, ok := errors.AsType[*ctxcache.ManyError[int]](err); !ok || len(many.Failed) != 100 || many.Failed[150] != cached.ErrLoadTimeout {
			t.Errorf("%v", err)
		}
		synctest.Wait()
		stats, err := f.Stats(t.Context())
		if stats.Loads != 2 || stats.LoadErrors != 1 || stats.Timeouts != 1 || stats.Overdue != 1 || stats.Late != 0 || err != nil {
			t.Errorf("while it hangs: %+v, %v", stats, err)
		}
		time.Sleep(10 * time.Second)
		stats, err = f.Stats(t.Context())
		if stats.LoadErrors != 1 || stats.Timeouts != 1 || stats.Overdue != 0 || stats.Late != 1 || err != nil {
			t.Errorf("when it has ended: %+v, %v", stats, err)
		}
		if len(heard.all()) != 1 {
			t.Errorf("heard of %v, want one failure", heard.all())
		}
	})
}

// keyError is the error of a key.
type keyError int

func (keyError) Error() string { return "key failed" }

// downKeys is a cache whose reads of many keys fail for each of them.
type downKeys struct {
	ctxcache.Forward[int, string]
}

func (*downKeys) GetEntries(_ context.Context, keys []int) (map[int]ctxcache.Entry[string], error) {
	failed := make(map[int]error)
	for _, key := range keys {
		failed[key] = keyError(key)
	}
	return nil, ctxcache.NewManyError(failed)
}

// GetMany goes through the keys in the order of the call, and through each of them once.
func TestFuncGetManyKeepsTheOrder(t *testing.T) {
	var heard hearing
	cache := &downKeys{ctxcache.NewForward[int, string](newInts(), ctxcache.Description{Kind: "down"})}
	f := cached.Bulk[int, string](cache, newShelf().load, &cached.Options{OnCacheError: heard.hear})
	order := []int{7, 3, 9, 1, 8, 0, 2, 6, 5, 4}
	found, err := f.GetMany(t.Context(), slices.Concat(order, []int{3, 7, 0}))
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, upTo(10)) {
		t.Errorf("got %v", got)
	}
	var got []int
	for _, err := range heard.all() {
		if key, ok := errors.AsType[keyError](err); ok {
			got = append(got, int(key))
		}
	}
	if !slices.Equal(got, order) {
		t.Errorf("heard of %v, want %v", got, order)
	}
}
