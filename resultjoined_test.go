package cached_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A call waits for another call's load, which has ended before it came, and then reads what that has stored. It has joined.
func TestGetResultOfACallThatReadsAgainHasJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newSlow(newMemory())
		cache.fill = after(50 * time.Millisecond)
		f := cached.Func(cache, newOrigin("k", "v").load, nil)
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		time.Sleep(25 * time.Millisecond)
		seen, err := f.GetResult(t.Context(), "k")
		expect(t, seen.Value, err, "v", nil)
		if stats, err := f.Stats(t.Context()); !seen.Joined || stats.Joined != 1 || err != nil {
			t.Errorf("%+v, and %d joined, %v", seen, stats.Joined, err)
		}
		r := <-first
		expect(t, r.value, r.err, "v", nil)
	})
}

// All slots are taken. A call does not accept a "not found" of far that is too old for it, and waits for a slot.
func TestMaxAgeOfANotFoundWhileAllSlotsAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both, far := newLevels()
		open := make(chan struct{})
		f := cached.Func(both, func(_ context.Context, key string) (string, error) {
			if key == "other" {
				<-open
			}
			return "v", nil
		}, &cached.Options{MaxLoads: 1})
		e := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour, Written: time.Now()}}
		if err := ctxcache.SetEntry(t.Context(), far, "k", e); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		other := async(func() (string, error) { return f.Get(t.Context(), "other") })
		synctest.Wait()
		call := async(func() (string, error) { return f.Get(ctxcache.WithMaxAge(t.Context(), time.Second), "k") })
		synctest.Wait()
		close(open)
		<-other
		r := <-call
		expect(t, r.value, r.err, "v", nil)
	})
}

// A loader ends as soon as its context does. Its key cools down before its caller has the answer.
func TestFuncCooldownBeginsBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var loads atomic.Int64
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			loads.Add(1)
			<-ctx.Done()
			return "", ctx.Err()
		}, &cached.Options{LoadTimeout: time.Second, ErrorCooldown: time.Minute, Tracer: tardyTracer{}})
		for range 2 {
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "", cached.ErrLoadTimeout)
		}
		if loads.Load() != 1 {
			t.Errorf("%d loads", loads.Load())
		}
	})
}

// tardyTracer takes its time to end the span of a load.
type tardyTracer struct{ valueTracer }

func (tardyTracer) Load(ctx context.Context) (context.Context, func(error)) {
	return ctx, func(error) { time.Sleep(time.Millisecond) }
}
