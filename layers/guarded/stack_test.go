package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/guarded"
	"github.com/ctxcache/cached/layers/twolevel"
)

// Resilient two levels take an open circuit, and a call that was shed, for an outage of far.
func TestTwoLevelsTakeARefusalForAnOutage(t *testing.T) {
	for _, refusal := range []error{ctxcache.ErrUnavailable, ctxcache.ErrOverloaded} {
		t.Run(refusal.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newRig(t, guarded.Options{MaxConcurrent: 1})
				if refusal == ctxcache.ErrUnavailable {
					far.open(t)
				} else {
					stall := far.stalls.Stall(everything())
					ended := make(chan error)
					go func() { ended <- far.reads(t, t.Context()) }()
					defer func() { must(t, <-ended) }()
					defer stall.Release()
					synctest.Wait()
				}
				heard := 0
				both := twolevel.New(memory.New[string, string](nil), far.Cache, &twolevel.Options{
					Resilient: true,
					OnFarError: func(_ context.Context, err error) {
						if errors.Is(err, refusal) {
							heard++
						}
					},
				})
				if _, err := both.Get(t.Context(), "a"); err != ctxcache.ErrMiss {
					t.Errorf("a read: %v", err)
				}
				must(t, both.Set(t.Context(), "b", "2", time.Hour))
				must(t, both.Delete(t.Context(), "a"))
				found, err := ctxcache.GetEntries(t.Context(), both, []string{"a", "c"})
				if err != nil || len(found) != 0 {
					t.Errorf("a read of many: %v, %v", found, err)
				}
				// Near may grant a lease alone.
				if _, _, err := ctxcache.GetLease(t.Context(), both, "c", 0); err != ctxcache.ErrMiss {
					t.Errorf("a lease: %v", err)
				}
				if heard == 0 {
					t.Error("OnFarError has heard of nothing")
				}
				must(t, ctxcache.Close(both))
			})
		})
	}
}

// A cached function loads without the cache while the circuit is open, and stores again when it has closed.
func TestFuncLoadsWhileTheCircuitIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{})
		loads := 0
		var heard error
		f := cached.Func(r.Cache, func(_ context.Context, key string) (string, error) {
			loads++
			return strings.ToUpper(key), nil
		}, &cached.Options{TTL: time.Hour, OnCacheError: func(_ context.Context, err error) { heard = err }})
		get := func(wantLoads int) {
			t.Helper()
			value, err := f.Get(t.Context(), "b")
			synctest.Wait()
			if value != "B" || err != nil || loads != wantLoads {
				t.Fatalf("%q, %v after %d loads, want %d", value, err, loads, wantLoads)
			}
		}
		r.open(t)
		r.log.Reset()
		get(1)
		get(2)
		r.wantAsked(t)
		wantIs(t, heard, ctxcache.ErrUnavailable)
		if _, err := f.Delete(t.Context(), "b"); !errors.Is(err, ctxcache.ErrUnavailable) {
			t.Errorf("Delete: %v", err)
		}
		r.faults.Heal()
		untilProbe()
		get(3)
		get(3)
		must(t, f.Close(t.Context()))
	})
}

// ErrOverloaded of a cached function is a ctxcache.ErrOverloaded, and not the other way round.
func TestErrOverloadedOfFunctions(t *testing.T) {
	if !errors.Is(cached.ErrOverloaded, ctxcache.ErrOverloaded) || errors.Is(ctxcache.ErrOverloaded, cached.ErrOverloaded) {
		t.Error("it does not wrap")
	}
	if text := ctxcache.DiscreetText(cached.ErrOverloaded); text != fmt.Sprint(cached.ErrOverloaded) {
		t.Errorf("a log shows %q", text)
	}
}
