package funcvars_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

// getFails is a cache of three methods. Get fails.
type getFails struct {
	ctxcache.Cache[string, []byte]
	err error
}

func (c getFails) Get(context.Context, string) ([]byte, error) { return nil, c.err }

func TestReplaceWithoutKeyAtCallTime(t *testing.T) {
	calls := 0
	half := func(n float64) float64 { calls++; return n / 2 }
	wrap(t, newStore(), &half, nil)
	for range 2 {
		if got := half(math.Inf(1)); !math.IsInf(got, 1) {
			t.Errorf("half of infinity: %v", got)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls, want two that are not cached", calls)
	}

	checked := func(_ context.Context, n float64, _ ...string) (float64, error) { calls++; return n, nil }
	w := wrap(t, newStore(), &checked, nil)
	for _, args := range [][]any{{math.NaN()}, {1.0, "\xff"}} {
		var texts []string
		for _, arg := range args[1:] {
			texts = append(texts, arg.(string))
		}
		if got, err := checked(t.Context(), args[0].(float64), texts...); got != 0 || !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%v: %v, %v", args, got, err)
		}
		if _, err := w.Contains(t.Context(), args...); !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("Contains of %v: %v", args, err)
		}
		if key, err := w.Key(t.Context(), args...); key != "" || !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("Key of %v: %q, %v", args, key, err)
		}
	}
	if calls != 2 {
		t.Error("the original was called")
	}
}

func TestReplaceOverAFailingCache(t *testing.T) {
	failure := errors.New("cache down")
	insist := &funcvars.Options{Options: cached.Options{Strict: true}}
	failing := getFails{newStore(), failure}

	calls := 0
	with := func(n int) (int, error) { calls++; return n, nil }
	wrap(t, failing, &with, insist)
	if got, err := with(1); got != 0 || !errors.Is(err, failure) || calls != 0 {
		t.Errorf("with an error result: %d, %v, %d calls", got, err, calls)
	}
	without := func(n int) int { calls++; return n }
	wrap(t, failing, &without, insist)
	if got := without(1); got != 1 || calls != 1 {
		t.Errorf("without one: %d, %d calls", got, calls)
	}
	lenient := func(n int) (int, error) { calls++; return n, nil }
	w := wrap(t, failing, &lenient, nil)
	if got, err := lenient(1); got != 1 || err != nil {
		t.Errorf("by default: %d, %v", got, err)
	}
	if stats, err := w.Stats(t.Context()); stats.Errors == 0 || err != nil {
		t.Errorf("the failures were not counted: %+v, %v", stats, err)
	}
}

func TestReplaceWithoutErrorResult(t *testing.T) {
	panicking := func() int { panic("boom") }
	wrap(t, newStore(), &panicking, nil)
	func() {
		defer func() {
			err, _ := recover().(error)
			var p *cached.PanicError
			if !errors.As(err, &p) || p.Value != "boom" {
				t.Errorf("recovered %v", err)
			}
		}()
		panicking()
		t.Error("the call returned")
	}()

	exiting := func() int { runtime.Goexit(); return 1 }
	wrap(t, newStore(), &exiting, nil)
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		exiting()
		returned = true
	}()
	<-ended
	if returned {
		t.Error("the call returned, though the original ends its goroutine")
	}

	patient := func(ctx context.Context) bool { return ctx.Err() != nil }
	wrap(t, newStore(), &patient, nil)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if !patient(done) {
		t.Error("with a done context the original was not called with it")
	}
}

func TestReplaceCorruptResults(t *testing.T) {
	store := newStore()
	get := func(n int) (int, error) { return n, nil }
	wrap(t, store, &get, &funcvars.Options{Options: cached.Options{Strict: true}})
	for _, damage := range []string{"", "x", "null", `"7"`, "7 7"} {
		if err := store.Set(t.Context(), "f.[7]", []byte(damage), 0); err != nil {
			t.Fatal(err)
		}
		if got, err := get(7); got != 7 || err != nil {
			t.Errorf("over %q: %d, %v", damage, got, err)
		}
		expectStored(t, store, "f.[7]", "7")
	}
}
