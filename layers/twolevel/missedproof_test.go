package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestFillIsNoProofAfterAMissedWrite checks that a load from before a deletion that far has missed does not count as
// proved, although far's lease stands, and that nobody reads its value.
func TestFillIsNoProofAfterAMissedWrite(t *testing.T) {
	for _, many := range []bool{false, true} {
		for name, end := range map[string]func(t *testing.T, c intCache, lease ctxcache.Lease, many bool) error{"Fill": fill, "Release": release} {
			l, _ := newResilient()
			lease := mustLease(t, l.cache, "k", 0)
			l.farFault.Fail(errFar, cachetest.On())
			if err := l.cache.Delete(t.Context(), "k"); err != nil {
				t.Fatal(err)
			}
			l.farFault.Heal()
			if err := end(t, l.cache, lease, many); err != ctxcache.ErrLeaseLost {
				t.Errorf("%s = %v, want ErrLeaseLost, bare", name, err)
			}
			wantMiss(t, l.cache, "k")
			_ = ctxcache.Close(l.cache)
		}
	}
}

// TestFailedFillIsListed checks that a value that a Fill or Drop should have replaced does not come back, although
// far has missed both.
func TestFailedFillIsListed(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, c intCache, lease ctxcache.Lease) error{
		"Fill":     func(t *testing.T, c intCache, lease ctxcache.Lease) error { return fill(t, c, lease, false) },
		"FillMany": func(t *testing.T, c intCache, lease ctxcache.Lease) error { return fill(t, c, lease, true) },
		"Drop": func(t *testing.T, c intCache, lease ctxcache.Lease) error {
			return ctxcache.Drop(t.Context(), c, "k", lease)
		},
	} {
		for _, local := range []bool{false, true} {
			l, _ := newResilient()
			layertest.MustSet(t, l.far, "k", 7)
			if local {
				l.farFault.Fail(errFar, cachetest.On())
			}
			lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
			if lease.Local() != local {
				t.Fatalf("the lease is %v", lease)
			}
			l.farFault.Fail(errFar, cachetest.On())
			if err := end(t, l.cache, lease); err != nil {
				t.Errorf("%s = %v", name, err)
			}
			l.farFault.Heal()
			if got, err := l.cache.Get(t.Context(), "k"); got == 7 {
				t.Errorf("after %s (local: %v): %v, %v", name, local, got, err)
			}
			_ = ctxcache.Close(l.cache)
		}
	}
}

// TestReadLooksAfterNearsLease checks that a reader does not copy the old value to near if the key is deleted, and far
// misses that, between the reader's look at the list and far's answer.
func TestReadLooksAfterNearsLease(t *testing.T) {
	for how, look := range looks {
		synctest.Test(t, func(t *testing.T) {
			l, _ := newResilient()
			c := l.cache.(*twolevel.Cache[string, int])
			defer c.Close()
			layertest.MustSet(t, l.far, "k", 7)
			ask := l.farStall.Stall(cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases).First(1))
			read := make(chan int, 1)
			go func() {
				got, _ := look(t.Context(), c)
				read <- got
			}()
			<-ask.Arrived()
			l.farFault.Fail(errFar, cachetest.On(ctxcache.OpDelete))
			if err := c.Delete(t.Context(), "k"); err != nil {
				t.Fatal(err)
			}
			ask.Release()
			if got := <-read; got != 7 {
				t.Errorf("%s: the early reader got %d", how, got)
			}
			l.farFault.Heal()
			wantMiss(t, l.near, "k")
			wantMiss(t, l.cache, "k")
		})
	}
}

// TestPanicOfFarIsListed checks that the key is listed if far panics in a write.
func TestPanicOfFarIsListed(t *testing.T) {
	for name, change := range changes {
		if name == "Clear" || name == "ClearIn a prefix" || name == "ClearIn a match" {
			continue // the panic may be Match's; the caller gets it
		}
		t.Run(name, func(t *testing.T) {
			store, panics := newNear(), true
			far := cachetest.Hooked(store, cachetest.Hook[string]{Before: func(context.Context, cachetest.Call[string]) error {
				if panics {
					panic("far")
				}
				return nil
			}})
			c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
			defer c.Close()
			layertest.MustSet(t, store, "k", 1)
			func() {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				_ = change(t.Context(), c)
			}()
			panics = false
			wantMiss[string, int](t, c, "k")
		})
	}
}
