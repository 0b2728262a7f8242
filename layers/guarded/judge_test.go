package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

// verdict is what an outcome says about the store.
type verdict string

const (
	answered verdict = "answered"
	failed   verdict = "failed"
	nothing  verdict = "nothing"
)

// An error is an answer, a failure, or proves nothing.
func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		err  error
		want verdict
	}{
		{nil, answered},
		{ctxcache.ErrMiss, answered},
		{fmt.Errorf("wrapped: %w", ctxcache.ErrMiss), answered}, // against the contract, and still not an outage
		{ctxcache.ErrNotFound, answered},
		{ctxcache.ErrLeaseLost, answered},
		{ctxcache.ErrRefused, answered},
		{ctxcache.ErrCorrupt, answered},
		{ctxcache.ErrTTL, nothing},
		{ctxcache.ErrKey, nothing},
		{ctxcache.ErrValue, nothing},
		{ctxcache.ErrOptions, nothing},
		{ctxcache.ErrClosed, nothing},
		{ctxcache.ErrOverloaded, nothing},
		{errors.ErrUnsupported, nothing},
		{context.Canceled, nothing},
		{context.DeadlineExceeded, failed}, // the caller's context has time: it is a limit of the store
		{ctxcache.ErrTimeout, failed},
		{ctxcache.ErrUnavailable, failed},
		{io.EOF, failed},
		{errDown, failed},
	} {
		t.Run(fmt.Sprint(test.err), func(t *testing.T) {
			wantCounted(t, test.want, func(t *testing.T, r *rig) {
				if test.err != nil {
					r.faults.Fail(test.err, cachetest.On(ctxcache.OpContains).First(1))
				}
				if _, err := ctxcache.Contains(t.Context(), r.Cache, "a"); !errors.Is(err, test.err) {
					t.Fatal(err)
				}
			})
		})
	}
}

// A call for many keys fails if at least FailureRatio of its keys failed.
func TestVerdictsOnManyKeys(t *testing.T) {
	for _, test := range []struct {
		ratio float64
		keys  map[string]error
		want  verdict
	}{
		{0, map[string]error{"a": errDown, "b": errDown, "c": errDown}, failed},
		{0, map[string]error{"a": errDown, "b": errDown, "c": nil}, failed},
		{0, map[string]error{"a": errDown, "b": nil}, failed},
		{0, map[string]error{"a": errDown, "b": nil, "c": nil}, answered},
		{0.3, map[string]error{"a": errDown, "b": nil, "c": nil}, failed},
		{1, map[string]error{"a": errDown, "b": errDown, "c": nil}, answered},
		{1, map[string]error{"a": errDown, "b": errDown}, failed},
		{0, map[string]error{"a": ctxcache.ErrCorrupt, "b": nil}, answered},
		{0, map[string]error{"a": ctxcache.ErrCorrupt}, answered},
		{0, map[string]error{"a": ctxcache.ErrKey, "b": nil}, answered},
		{0, map[string]error{"a": ctxcache.ErrKey, "b": ctxcache.ErrKey}, nothing},
		{0, map[string]error{"a": ctxcache.ErrKey, "b": errDown}, failed}, // of the keys that prove something
		{0, map[string]error{"a": ctxcache.ErrKey, "b": ctxcache.ErrKey, "c": errDown}, failed},
		{0.6, map[string]error{"a": ctxcache.ErrKey, "b": errDown, "c": nil}, answered},
	} {
		for _, wrap := range []bool{false, true} {
			t.Run(fmt.Sprint(test.ratio, test.keys, wrap), func(t *testing.T) {
				store := cachetest.Hooked(memory.New[string, string](nil), cachetest.Hook[string]{
					Before: func(_ context.Context, call cachetest.Call[string]) error {
						if call.Operation != ctxcache.OpGetEntries {
							return nil
						}
						errs := make(map[string]error)
						for key, err := range test.keys {
							if err != nil {
								errs[key] = err
							}
						}
						err := ctxcache.NewManyError(errs)
						if wrap {
							err = fmt.Errorf("two servers: %w", err)
						}
						return err
					},
				})
				opts := guarded.Options{FailureRatio: test.ratio}
				wantCountedOver(t, store, opts, test.want, func(t *testing.T, r *rig) {
					var keys []string
					for key := range test.keys {
						keys = append(keys, key)
					}
					if _, err := ctxcache.GetEntries(t.Context(), r.Cache, keys); err == nil {
						t.Fatal("no error")
					}
				})
			})
		}
	}
}

// A key that is named twice counts twice, whether it failed or not.
func TestVerdictOnRepeatedKeys(t *testing.T) {
	store := cachetest.Hooked(memory.New[string, string](nil), cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			if call.Operation != ctxcache.OpGetEntries {
				return nil
			}
			return ctxcache.NewManyError(map[string]error{"b": errDown})
		},
	})
	wantCountedOver(t, store, guarded.Options{}, failed, func(t *testing.T, r *rig) {
		if _, err := ctxcache.GetEntries(t.Context(), r.Cache, []string{"a", "b", "b"}); err == nil {
			t.Fatal("no error")
		}
	})
}

// A loop over Keys that the caller leaves is answered. One that ends with an error has failed.
func TestVerdictsOnKeys(t *testing.T) {
	r := newRig(t, guarded.Options{})
	for range 2 * minCalls {
		for _, err := range ctxcache.Keys(t.Context(), r.Cache) {
			must(t, err)
			break
		}
	}
	r.wantState(t, 0)
	r.faults.Fail(errDown, everything())
	for range 2 * minCalls {
		for _, err := range ctxcache.Keys(t.Context(), r.Cache) {
			if errors.Is(err, ctxcache.ErrUnavailable) {
				t.Fatal("it opened too early")
			}
			wantIs(t, err, errDown)
		}
	}
	r.wantState(t, 1)
}

func wantCounted(t *testing.T, want verdict, call func(t *testing.T, r *rig)) {
	t.Helper()
	wantCountedOver(t, memory.New[string, string](nil), guarded.Options{}, want, call)
}

// wantCountedOver fails the test unless call, which makes one call that may be a probe, counts as want: in a half-open
// circuit, and in a closed one.
func wantCountedOver(
	t *testing.T, store ctxcache.Cache[string, string], opts guarded.Options, want verdict, call func(t *testing.T, r *rig),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRigOver(t, store, opts)
		r.halfOpen(t)
		call(t, r)
		r.faults.Heal()
		switch open := r.stats(t).Open == 1; {
		case want == answered && !open, want == nothing && open, want == failed && open:
		default:
			t.Fatalf("as a probe: open is %v, want %s", open, want)
		}
		if err := r.reads(t, t.Context()); errors.Is(err, ctxcache.ErrUnavailable) != (want == failed) {
			t.Fatalf("the call after the probe: %v, want %s", err, want)
		}
		if want == failed {
			untilProbe()
			must(t, r.reads(t, t.Context()))
		}
		r.wantState(t, 0)

		time.Sleep(time.Minute) // the window is empty
		for range minCalls - 1 {
			call(t, r)
		}
		r.faults.Heal()
		r.faults.Fail(errDown, cachetest.On(ctxcache.OpGet))
		const enough = 100
		opened := 0
		for failures := 1; opened == 0 && failures < enough; failures++ {
			wantIs(t, r.reads(t, t.Context()), errDown)
			if r.stats(t).Open == 1 {
				opened = failures
			}
		}
		// By default half of the calls must fail.
		wantOpened := map[verdict]int{failed: 1, nothing: minCalls, answered: minCalls - 1}[want]
		if want == answered && opts.FailureRatio != 0 {
			if wantOpened = 0; opts.FailureRatio < 1 {
				wantOpened = int(math.Ceil((minCalls - 1) * opts.FailureRatio / (1 - opts.FailureRatio)))
			}
		}
		if opened != wantOpened {
			t.Errorf("after calls that count as %s, it opened with failure %d, want %d", want, opened, wantOpened)
		}
	})
}
