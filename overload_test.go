package cached_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncMaxQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin()
		for i := range 10 {
			s.set(fmt.Sprint(i), "v")
		}
		var heard hearing
		f := cached.Func(newMemory(), slowly(s), &cached.Options{
			MaxLoads: 2, MaxQueued: 3, ErrorCooldown: time.Hour, OnLoadError: heard.hear,
		})
		began := time.Now()
		var all sync.WaitGroup
		var answered, refused atomic.Int64
		for i := range 30 {
			all.Go(func() {
				value, err := f.Get(t.Context(), fmt.Sprint(i%10)) // three callers of each key
				if err == nil {
					answered.Add(1)
					expect(t, value, err, "v", nil)
					return
				}
				refused.Add(1)
				expect(t, value, err, "", cached.ErrOverloaded)
				if took := time.Since(began); took != 0 {
					t.Errorf("it took %v to be refused", took)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if answered.Load() != 15 || refused.Load() != 15 || time.Since(began) != 3*time.Second {
			t.Errorf("%d answered, %d refused, in %v", answered.Load(), refused.Load(), time.Since(began))
		}
		s.expect(t, 5)
		for i := range 10 { // no key cools down, and the queue is empty
			value, err := f.Get(t.Context(), fmt.Sprint(i))
			expect(t, value, err, "v", nil)
		}
		stats, err := f.Stats(t.Context())
		if stats.LoadErrors != 0 || len(heard.all()) != 0 || err != nil {
			t.Errorf("counted %d failures, heard %v, %v", stats.LoadErrors, heard.all(), err)
		}
	})
}

func TestErrOverloaded(t *testing.T) {
	e, ok := errors.AsType[*ctxcache.Error](cached.ErrOverloaded)
	if !ok || e.Layer != "func" || e.Op != ctxcache.OpLoad {
		t.Errorf("it is %#v", cached.ErrOverloaded)
	}
}

// A caller that leaves the queue makes room.
func TestFuncMaxQueuedContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("a", "1", "b", "2", "c", "3")
		f := cached.Func(newMemory(), slowly(s), &cached.Options{MaxLoads: 1, MaxQueued: 1})
		loading := async(func() (string, error) { return f.Get(t.Context(), "a") })
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		queued := async(func() (string, error) { return f.Get(ctx, "b") })
		synctest.Wait()
		value, err := f.Get(t.Context(), "c")
		expect(t, value, err, "", cached.ErrOverloaded)
		leave()
		r := <-queued
		expect(t, r.value, r.err, "", context.Canceled)
		synctest.Wait()
		value, err = f.Get(t.Context(), "c")
		expect(t, value, err, "3", nil)
		r = <-loading
		expect(t, r.value, r.err, "1", nil)
		s.expect(t, 2)
	})
}

// A refresh behind callers does not wait in the queue. A caller that needs the value does not get its lack of a slot.
func TestFuncMaxQueuedSkipsRefreshes(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1", "busy", "b"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute, ErrorCooldown: time.Hour, MaxLoads: 1, MaxQueued: 1})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(10 * time.Second)
		delay = time.Second
		busy := async(func() (string, error) { return f.Get(t.Context(), "busy") })
		synctest.Wait()
		for range 10 {
			expectGet(t, f, "1", nil)
		}
		s.set("queued", "q")
		queued := async(func() (string, error) { return f.Get(t.Context(), "queued") }) // the only place is free
		for want, call := range map[string]<-chan result{"b": busy, "q": queued} {
			r := <-call
			expect(t, r.value, r.err, want, nil)
		}
		s.expect(t, 3)
		expectGet(t, f, "1", nil) // it refreshes now
		time.Sleep(2 * time.Second)
		expectGet(t, f, "2", nil)
		s.expect(t, 4)
	})
}

// A load that borrows the slot of the load that has started it does not need a place in the queue.
func TestFuncMaxQueuedLentSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f *cached.Function[int, string]
		f = cached.Func(newInts(), func(ctx context.Context, n int) (string, error) {
			time.Sleep(time.Second)
			if n%10 == 0 {
				return "", nil
			}
			return f.Get(ctx, n-1)
		}, &cached.Options{MaxLoads: 1, MaxQueued: 1})
		outer := make(chan error)
		go func() {
			_, err := f.Get(t.Context(), 5)
			outer <- err
		}()
		synctest.Wait()
		go func() {
			_, err := f.Get(t.Context(), 15) // fills the queue
			outer <- err
		}()
		for range 2 {
			if err := <-outer; err != nil {
				t.Error(err)
			}
		}
	})
}

// Refreshes behind callers that have no slot are skipped in batches, too.
func TestBulkMaxQueuedSkipsRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		f := cached.Bulk(newInts(), s.load, &cached.Options{
			TTL: 10 * time.Second, StaleFor: time.Minute, ErrorCooldown: time.Hour, MaxLoads: 1, MaxQueued: 1,
		})
		if _, err := f.GetMany(t.Context(), upTo(10)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s.delay = time.Second
		busy := async(func() (string, error) { return f.Get(t.Context(), 100) })
		synctest.Wait()
		for range 2 {
			got, err := f.GetMany(t.Context(), upTo(10))
			wantValues(t, got, upTo(10)...)
			if err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		<-busy
		synctest.Wait()
		if len(s.calls) != 2 {
			t.Errorf("%d loads, want 2", len(s.calls))
		}
		_, err := f.GetMany(t.Context(), upTo(10))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(s.calls) != 3 || err != nil {
			t.Errorf("%d loads, %v, want 3", len(s.calls), err)
		}
	})
}

// A load whose callers have all left before it asks its source has not failed.
func TestFuncUnwantedLoadDoesNotCoolDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newSlow(newMemory()), newOrigin("k", "v")
		c.lease = after(time.Second)
		var heard hearing
		f := cached.Func[string, string](c, s.load, &cached.Options{ErrorCooldown: time.Hour, OnLoadError: heard.hear})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		value, err := f.Get(ctx, "k")
		expect(t, value, err, "", context.DeadlineExceeded)
		time.Sleep(time.Minute)
		s.expect(t, 0)
		value, err = f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if len(heard.all()) != 0 {
			t.Errorf("heard %v", heard.all())
		}
	})
}

func TestMaxQueuedOptions(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"negative":         {MaxLoads: 1, MaxQueued: -1},
		"without MaxLoads": {MaxQueued: 1},
	} {
		if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&cached.Options{MaxLoads: 1, MaxQueued: 1}).Validate(); err != nil {
		t.Error(err)
	}
}

// A call that has a stale value returns it if its load finds no place in the queue.
func TestFuncMaxQueuedServesStale(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1", "a", "1", "b", "2", "c", "3"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{
			TTL: 10 * time.Second, StaleIfError: time.Minute, ErrorCooldown: time.Hour, MaxLoads: 1, MaxQueued: 1,
		})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(10 * time.Second)
		delay = time.Second
		calls := make(map[string]<-chan result)
		for key, want := range map[string]string{"a": "1", "b": "2"} {
			calls[want] = async(func() (string, error) { return f.Get(t.Context(), key) })
			synctest.Wait()
		}
		began := time.Now()
		r, err := f.GetResult(t.Context(), "k")
		expect(t, r.Value, err, "1", nil)
		if !r.Stale || r.Why != cached.WhyFailed || r.Err != cached.ErrOverloaded || time.Since(began) != 0 {
			t.Errorf("got %+v after %v", r, time.Since(began))
		}
		value, err := f.Get(t.Context(), "c") // it has no stale value
		expect(t, value, err, "", cached.ErrOverloaded)
		for want, call := range calls {
			r := <-call
			expect(t, r.value, r.err, want, nil)
		}
		expectGet(t, f, "2", nil) // it does not cool down
	})
}
