package twolevel_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestFarPanics checks that neither a lease nor a near copy stays if far panics, as an encoder of values may.
func TestFarPanics(t *testing.T) {
	for _, way := range layertest.SetWays[int]() {
		if strings.HasPrefix(way.Name, "Fill") { // the caller releases the lease
			continue
		}
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &panicking{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{})}
				near := newNear()
				c := follows(t, near, intCache(far), nil)
				layertest.MustSet(t, c, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				far.panics = true
				func() {
					defer func() {
						if recover() == nil {
							t.Error("no panic")
						}
					}()
					_ = way.Write(t.Context(), c, "k", ctxcache.NewEntry(2, time.Hour))
				}()
				wantMiss(t, near, "k")
				wantFree(t, near, "k")
			})
		})
	}
}

type panicking struct {
	ctxcache.Forward[string, int]
	panics bool
}

func (c *panicking) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	c.panic()
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c *panicking) SetEntry(ctx context.Context, key string, e ctxcache.Entry[int]) error {
	c.panic()
	return c.Forward.SetEntry(ctx, key, e)
}

func (c *panicking) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[int]) error {
	c.panic()
	return c.Forward.SetEntries(ctx, entries)
}

func (c *panicking) panic() {
	if c.panics {
		panic("far panics")
	}
}

// TestFarPanicsInADeletion checks that the near copy does not stay if far panics, as its hooks and observers may: far
// may have deleted the key before.
func TestFarPanicsInADeletion(t *testing.T) {
	for name, remove := range deletions {
		t.Run(name, func(t *testing.T) {
			store := newNear()
			far := cachetest.Hooked(store, cachetest.Hook[string]{
				Before: func(_ context.Context, call cachetest.Call[string]) error {
					switch call.Operation {
					case ctxcache.OpDelete, ctxcache.OpRemove, ctxcache.OpDeleteMany, ctxcache.OpClear:
						panic("far panics")
					}
					return nil
				},
			})
			near := newNear()
			c := twolevel.New(near, far, nil)
			layertest.MustSet(t, c, "k", 1)
			layertest.WantValue(t, near, "k", 1)
			func() {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				_ = remove(t.Context(), c)
			}()
			wantMiss(t, near, "k")
		})
	}
}

// TestMatchPanicsInAClear checks that near keeps no copy of what far has cleared before the scope's Match panics.
func TestMatchPanicsInAClear(t *testing.T) {
	near, far := newNear(), newNear()
	c := twolevel.New(near, far, nil)
	for _, key := range []string{"k1", "k2", "other"} {
		layertest.MustSet(t, c, key, 1)
	}
	asked := 0
	func() {
		defer func() {
			if recover() != "match panics" {
				t.Error("no panic")
			}
		}()
		_ = ctxcache.ClearIn(t.Context(), c, ctxcache.Scope[string]{Prefix: "k", Match: func(string) bool {
			if asked++; asked > 1 {
				panic("match panics")
			}
			return true
		}})
	}()
	wantMiss(t, near, "k1")
	wantMiss(t, near, "k2")
	layertest.WantValue(t, near, "other", 1)
}

// TestFarPanicsWithALease checks that near keeps neither its copy nor its part of the lease if far panics in a call that
// ends a lease with an effect.
func TestFarPanicsWithALease(t *testing.T) {
	entry := ctxcache.NewEntry(2, time.Hour)
	for name, call := range map[string]func(ctx context.Context, c intCache, lease ctxcache.Lease) error{
		"Fill": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			return ctxcache.Fill(ctx, c, "k", lease, entry)
		},
		"FillMany": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			leases := map[string]ctxcache.Lease{"k": lease}
			return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"k": entry}, leases)
		},
		"Drop": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			return ctxcache.Drop(ctx, c, "k", lease)
		},
	} {
		t.Run(name, func(t *testing.T) {
			far := cachetest.Hooked(newNear(), cachetest.Hook[string]{
				Before: func(_ context.Context, call cachetest.Call[string]) error {
					switch call.Operation {
					case ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpDrop:
						panic("far panics")
					}
					return nil
				},
			})
			near := newNear()
			c := twolevel.New(near, far, nil)
			layertest.MustSet(t, c, "k", 1)
			lease := mustLease(t, c, "k", ctxcache.NoExpiry)
			func() {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				_ = call(t.Context(), c, lease)
			}()
			wantMiss(t, near, "k")
			wantFree(t, near, "k")
			if err := ctxcache.Release(t.Context(), c, "k", lease); err != nil {
				t.Errorf("Release of far's part, which stands: %v", err)
			}
		})
	}
}

// TestNearPanicsBeforeTheGrant checks that no use of a note stays if near panics instead of granting a lease.
func TestNearPanicsBeforeTheGrant(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near := cachetest.Hooked(newNear(), cachetest.Hook[string]{
					Before: func(_ context.Context, call cachetest.Call[string]) error {
						if call.Operation == ctxcache.OpGetLease || call.Operation == ctxcache.OpGetLeases {
							panic("near panics")
						}
						return nil
					},
				})
				c := follows(t, near, newNear(), nil)
				func() {
					defer func() { _ = recover() }() // a shared read returns the panic as an error
					if _, err := way.Read(t.Context(), c, "k"); err == nil || err == ctxcache.ErrMiss {
						t.Errorf("%s = %v, want a panic", way.Name, err)
					}
				}()
				if n := twolevel.Noting(c); n != 0 {
					t.Errorf("%d uses of notes are left", n)
				}
			})
		})
	}
}
