package twolevel_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestManyReturnsTheContextsError checks that the error of a done context comes bare from a call for many keys, even if
// one of the keys has no lease.
func TestManyReturnsTheContextsError(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c intCache, leases map[string]ctxcache.Lease) error{
		"FillMany": func(ctx context.Context, c intCache, leases map[string]ctxcache.Lease) error {
			return ctxcache.FillMany(ctx, c, entriesOf(1, "a", "b"), leases)
		},
		"FillMany of a key without a lease": func(ctx context.Context, c intCache, leases map[string]ctxcache.Lease) error {
			return ctxcache.FillMany(ctx, c, entriesOf(1, "a", "b", "none"), leases)
		},
		"ReleaseMany": func(ctx context.Context, c intCache, leases map[string]ctxcache.Lease) error {
			return ctxcache.ReleaseMany(ctx, c, leases)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			leases := mustLeases(t, l.cache, "a", "b")
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			stall := l.farStall.Stall(cachetest.On(ctxcache.OpFillMany, ctxcache.OpReleaseMany).Answers())
			go func() {
				<-stall.Arrived()
				leave()
			}()
			if err := call(ctx, l.cache, leases); err != context.Canceled {
				t.Errorf("%s = %v, want the context's error, bare", name, err)
			}
			wantFree(t, l.near, "a")
			wantFree(t, l.near, "b")
		})
	}
}

// TestOutageOfAllKeysIsReported checks that OnFarError gets an error that is about every key, if far failed for the
// whole call, and then for one key once more.
func TestOutageOfAllKeysIsReported(t *testing.T) {
	errDrop := errors.New("far cannot drop")
	far := cachetest.Hooked(newNear(), cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			switch call.Operation {
			case ctxcache.OpFillMany:
				return errFar // not a ManyError
			case ctxcache.OpDrop:
				return errDrop
			}
			return nil
		},
	})
	var told reports
	c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true, OnFarError: told.add})
	leases := mustLeases(t, c, "a", "b")
	if err := ctxcache.FillMany(t.Context(), c, entriesOf(1, "a", "b"), leases); err != nil {
		t.Errorf("FillMany: %v", err)
	}
	errs := told.take()
	if len(errs) != 1 || !errors.Is(errs[0], errDrop) {
		t.Fatalf("reported %v, want one error", errs)
	}
	for _, key := range []string{"a", "b"} {
		if err := ctxcache.KeyError(errs[0], key); !errors.Is(err, errFar) {
			t.Errorf("of %s it reports %v, want far's error", key, err)
		}
	}
}
