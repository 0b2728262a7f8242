package memory_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestClose(t *testing.T) {
	var departed []departure
	c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, OnEvict: func(key string, value int, cause memory.Cause) {
		departed = append(departed, departure{key, value, cause})
	}})
	mustSet(t, c, "a", 1, 0)
	lease := mustLease(t, c, "b", 0)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if len(departed) != 1 || departed[0] != (departure{"a", 1, memory.Cleared}) {
		t.Errorf("OnEvict heard of %v, want a cleared", departed)
	}
	for call, err := range everyCall(t.Context(), c) {
		if !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", call, err)
		}
	}
	if err := c.Fill(t.Context(), "b", lease, ctxcache.Entry[int]{Value: 2}); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("Fill: %v, want ErrClosed", err)
	}
	for call, err := range everyEnd(t.Context(), c, lease) {
		if err != nil {
			t.Errorf("%s: %v, want nothing to end", call, err)
		}
	}
	if nodes, leases := c.Kept(); nodes+leases > 0 {
		t.Errorf("%d nodes and %d leases are still there", nodes, leases)
	}
}

// Every value that a Set took in while Close ran is reported: none slips in behind it.
func TestCloseDuringWrites(t *testing.T) {
	var in, out atomic.Int64
	c := memory.New(&memory.Options[uint64, int]{MaxEntries: memory.Unbounded, Shards: 8, OnEvict: func(uint64, int, memory.Cause) { out.Add(1) }})
	var writers sync.WaitGroup
	started := make(chan struct{}, 4)
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				if err := c.Set(context.Background(), uint64(w)<<32+uint64(i), i, 0); err != nil {
					if !errors.Is(err, ctxcache.ErrClosed) {
						t.Errorf("Set: %v, want ErrClosed", err)
					}
					return
				}
				in.Add(1)
				if i == 100 {
					started <- struct{}{}
				}
			}
		})
	}
	for range 4 {
		<-started
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	writers.Wait()
	if in.Load() != out.Load() {
		t.Errorf("%d values came in, %d were reported to leave", in.Load(), out.Load())
	}
	if nodes, _ := c.Kept(); nodes > 0 {
		t.Errorf("%d nodes are still there", nodes)
	}
}

func TestDoneContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := memory.New[string, int](nil)
	for call, err := range everyCall(ctx, c) {
		if err != context.Canceled {
			t.Errorf("%s: %v, want the bare context.Canceled", call, err)
		}
	}
	for call, err := range everyEnd(ctx, c, ctxcache.Lease{}) {
		if err != context.Canceled {
			t.Errorf("%s: %v, want the bare context.Canceled", call, err)
		}
	}
	if nodes, leases := c.Kept(); nodes+leases > 0 {
		t.Errorf("%d nodes and %d leases came in", nodes, leases)
	}
}

// A call that the caller has ended says nothing about the cache, and neither does one whose deadline had passed.
func TestDoneContextIsNotAnErrorOfTheCache(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	for want, ctx := range map[error]context.Context{context.Canceled: canceled, context.DeadlineExceeded: late} {
		c := memory.New[string, int](nil)
		for call, err := range everyCall(ctx, c) {
			if err != want {
				t.Errorf("%s: %v, want %v", call, err, want)
			}
		}
		for call, err := range everyEnd(ctx, c, ctxcache.Lease{}) {
			if err != want {
				t.Errorf("%s: %v, want %v", call, err, want)
			}
		}
		if stats, err := c.Stats(t.Context()); stats.Errors != 0 || err != nil {
			t.Errorf("%d errors after %v, %v; want none", stats.Errors, want, err)
		}
	}
}
