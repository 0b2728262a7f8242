package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// follows returns a coherent two-level cache of near and far, after it has begun to follow. It must be called in a
// bubble.
func follows[V any](t *testing.T, near, far ctxcache.Cache[string, V], failed func(error)) *twolevel.Cache[string, V] {
	t.Helper()
	c := twolevel.New(near, far, &twolevel.Options{Coherent: true, OnWatchError: failed})
	t.Cleanup(func() {
		if err := ctxcache.Close(c); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	synctest.Wait()
	return c
}

// TestCoherentFollowsOthers checks that near drops every key that another process changes in far, whichever way it does
// so.
func TestCoherentFollowsOthers(t *testing.T) {
	for name, over := range storedForms {
		for how, change := range map[string]func(ctx context.Context, store, others bytesCache) error{
			"set":    func(ctx context.Context, _, others bytesCache) error { return others.Set(ctx, "k", []byte("new"), 0) },
			"delete": func(ctx context.Context, _, others bytesCache) error { return others.Delete(ctx, "k") },
			"clear":  func(ctx context.Context, store, _ bytesCache) error { return ctxcache.Clear(ctx, store) },
			"negative": func(ctx context.Context, _, others bytesCache) error {
				return ctxcache.SetEntry(ctx, others, "k", ctxcache.Entry[[]byte]{Meta: ctxcache.Meta{Absent: true}})
			},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var store bytesCache = memory.New[string, []byte](nil)
					near, others := bytesCache(memory.New[string, []byte](nil)), over(store)
					c := follows(t, near, over(store), nil)
					for range 2 { // the second write makes near drop the copy from the first read
						if err := others.Set(t.Context(), "k", []byte("old"), time.Hour); err != nil {
							t.Fatal(err)
						}
						synctest.Wait()
						if _, err := c.Get(t.Context(), "k"); err != nil {
							t.Fatal(err)
						}
					}
					if _, err := near.Get(t.Context(), "k"); err != nil {
						t.Fatalf("near has no copy: %v", err)
					}
					if err := change(t.Context(), store, others); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if got, err := near.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
						t.Errorf("near still has %q, %v", got, err)
					}
					want, wantErr := others.Get(t.Context(), "k")
					if got, err := c.Get(t.Context(), "k"); string(got) != string(want) || err != wantErr {
						t.Errorf("Get = %q, %v, but others get %q, %v", got, err, want, wantErr)
					}
				})
			})
		}
	}
}

// TestCoherentNegativeCopiesFollow checks that near drops a negative copy when another process writes a value.
func TestCoherentNegativeCopiesFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		c := follows(t, newNear(), far, nil)
		if err := ctxcache.SetEntry(t.Context(), far, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := c.Get(t.Context(), "k"); err != ctxcache.ErrNotFound {
			t.Fatalf("Get: %v", err)
		}
		layertest.MustSet(t, far, "k", 1)
		synctest.Wait()
		layertest.WantValue(t, c, "k", 1)
	})
}

// TestCoherentReadsFromBeforeAnEvent checks that a caller that asks after the event does not join a read from before
// it.
func TestCoherentReadsFromBeforeAnEvent(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, far intCache){
		"set": func(t *testing.T, far intCache) { layertest.MustSet(t, far, "k", 2) },
		"clear": func(t *testing.T, far intCache) {
			if err := ctxcache.Clear(t.Context(), far); err != nil {
				t.Fatal(err)
			}
			layertest.MustSet(t, far, "k", 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far, near := newNear(), newNear()
				stalled, stalls := cachetest.Stalling(far)
				c := follows(t, near, stalled, nil)
				layertest.MustSet(t, far, "k", 1)
				answer := stalls.Stall(farRead.First(1).Answers())
				early := make(chan int, 1)
				go func() {
					got, _ := c.Get(t.Context(), "k")
					early <- got
				}()
				<-answer.Arrived()
				change(t, far)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 2)
				answer.Release()
				if got := <-early; got != 1 {
					t.Errorf("the early read got %d", got)
				}
				layertest.WantValue(t, near, "k", 2)
				layertest.WantValue(t, c, "k", 2)
			})
		})
	}
}

// TestCoherentNotesAreBounded checks that the notes of keys that near has evicted are dropped, and the other notes are
// not.
func TestCoherentNotesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near := memory.New(&memory.Options[string, int]{MaxEntries: 100, Shards: 1})
		far := layers.Prefixed(newNear(), "far:")
		c := follows(t, intCache(near), far, nil)
		const many = 10_000
		for i := range many {
			key := fmt.Sprint(i)
			layertest.MustSet(t, far, key, i)
			synctest.Wait()
			layertest.WantValue(t, c, key, i)
		}
		synctest.Wait()
		evicted, kept := 0, 0
		for i := range many {
			key := fmt.Sprint(i)
			_, err := near.Get(t.Context(), key)
			layertest.MustSet(t, far, key, -1)
			synctest.Wait()
			if err == nil {
				kept++
				wantMiss(t, intCache(near), key)
			} else {
				evicted++
			}
		}
		if kept != 100 || evicted != many-100 {
			t.Errorf("near had %d keys, and %d were evicted", kept, evicted)
		}
		if n := twolevel.Noted(c); n > 3000 {
			t.Errorf("%d keys are noted for a near of 100", n)
		}
	})
}

func TestCoherentNeeds(t *testing.T) {
	for name, c := range map[string]intCache{
		"a far that cannot be watched": twolevel.New(newNear(), intCache(bare{newNear()}), &twolevel.Options{Coherent: true}),
		"a near without leases":        twolevel.New(intCache(bare{newNear()}), newNear(), &twolevel.Options{Coherent: true}),
	} {
		if _, err := c.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "Coherent needs") {
			t.Errorf("%s: %v, want ErrOptions", name, err)
		}
		if err := ctxcache.Close(c); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
	}
}
