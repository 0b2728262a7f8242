package calls_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// The context of round trips that last too long is ended. The reads that waited for them are made with another one.
func TestReadsThatWaitForHungOnesAreAnswered(t *testing.T) {
	const (
		limit    = time.Minute      // of newTrips
		patience = 10 * time.Second // how long the context of a read lives after its limit
	)
	synctest.Test(t, func(t *testing.T) {
		s := newTrips(t, 100)
		var sent atomic.Int32
		s.reads = calls.NewReads(s.backend, true, func(ctx context.Context, reads []*calls.Read) {
			if sent.Add(1) <= alone { // it hangs
				<-ctx.Done()
			}
			for _, r := range reads {
				if r.Value, r.Err = []byte(r.Key), ctx.Err(); r.Err != nil {
					r.Value = nil
				}
			}
		})
		hung := make(chan read, alone)
		for i := range alone {
			s.start(t.Context(), hung, fmt.Sprint("hung", i))
		}
		time.Sleep(limit + patience - time.Millisecond) // another read soon begins by itself, but not so soon
		ended := make(chan read, 1)
		s.start(t.Context(), ended, "waits")
		if n := sent.Load(); n != alone {
			t.Fatalf("%d round trips before the first ones end", n)
		}
		if r := <-ended; r.value != "waits" || r.err != nil {
			t.Errorf("the read that waited: %q, %v", r.value, r.err)
		}
		for range alone {
			if r := <-hung; !errors.Is(r.err, ctxcache.ErrTimeout) {
				t.Errorf("the read of %q, which hung: %v", r.key, r.err)
			}
		}
		for range 2 * alone { // all round trips have ended
			s.start(t.Context(), ended, "after")
			if r := <-ended; r.value != "after" || r.err != nil {
				t.Errorf("a read after that: %q, %v", r.value, r.err)
			}
		}
	})
}
