package cached_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// The loads of one GetMany share a place in the queue, so a call does not overload an idle source by itself.
func TestFuncMaxQueuedGetMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		f := cached.Func(newInts(), func(_ context.Context, key int) (string, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			time.Sleep(time.Second)
			return "v" + strconv.Itoa(key), nil
		}, &cached.Options{MaxLoads: 5, MaxQueued: 2})
		began := time.Now()
		all := make(chan error, 1)
		go func() {
			got, err := f.GetMany(t.Context(), upTo(100))
			wantValues(t, got, upTo(100)...)
			all <- err
		}()
		synctest.Wait()
		other := make(chan error, 1)
		go func() { // takes the other place
			_, err := f.Get(t.Context(), 1000)
			other <- err
		}()
		synctest.Wait()
		if _, err := f.Get(t.Context(), 1001); err != cached.ErrOverloaded || !errors.Is(err, ctxcache.ErrOverloaded) {
			t.Errorf("with a full queue: %v", err)
		}
		got, err := f.GetMany(t.Context(), []int{2000, 2001})
		if len(got) != 0 || ctxcache.KeyError(err, 2000) != cached.ErrOverloaded || ctxcache.KeyError(err, 2001) != cached.ErrOverloaded {
			t.Errorf("with a full queue: %v, %v", got, err)
		}
		for _, call := range []chan error{all, other} {
			if err := <-call; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != 21*time.Second || most.Load() != 5 {
			t.Errorf("%d loads at the same time, for %v", most.Load(), took)
		}
		for n := range 3 { // the queue is empty: one load runs at a time
			if _, err := f.Get(t.Context(), 3000+n); err != nil {
				t.Error(err)
			}
		}
		got, err = f.GetMany(t.Context(), []int{4000, 4001, 4002, 4003, 4004, 4005, 4006})
		if len(got) != 7 || err != nil {
			t.Errorf("%v, %v", got, err)
		}
	})
}
