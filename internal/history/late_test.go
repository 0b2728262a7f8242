package history_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// TestCancelledJoinerGetsNoOldValue is about a bug that a history of five million operations over memory once found. A
// call joined a load after the load's value had been deleted. The call's context was cancelled between two looks at it.
// The call then returned the deleted value without an error.
func TestCancelledJoinerGetsNoOldValue(t *testing.T) {
	calls := map[string]func(*cached.Function[string, []byte], context.Context) ([]byte, error){
		"Get": func(f *cached.Function[string, []byte], ctx context.Context) ([]byte, error) {
			return f.Get(ctx, "key")
		},
		"Refresh": func(f *cached.Function[string, []byte], ctx context.Context) ([]byte, error) {
			return f.Refresh(ctx, "key")
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			for looks := range int32(8) {
				synctest.Test(t, func(t *testing.T) { joinAndLeave(t, call, looks) })
			}
		})
	}
}

// joinAndLeave starts a load, deletes its key, and then makes a call that joins the load. The call's context is done
// once it was looked at so many times after the load ended.
func joinAndLeave(t *testing.T, call func(*cached.Function[string, []byte], context.Context) ([]byte, error), looks int32) {
	c := newMemory()
	loads := make(chan chan string) // each load waits for the value that it has read
	f := cached.Func(c, func(context.Context, string) ([]byte, error) {
		read := make(chan string)
		loads <- read
		return []byte(<-read), nil
	}, nil)
	var leading sync.WaitGroup
	leading.Go(func() {
		if _, err := f.Get(t.Context(), "key"); err != nil {
			t.Error(err)
		}
	})
	defer leading.Wait()
	old := <-loads
	if err := c.Delete(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}

	ctx := &leaving{Context: t.Context(), looks: looks}
	var value []byte
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		value, err = call(f, ctx)
	}()
	synctest.Wait() // until the call has joined the load
	ctx.begun.Store(true)
	old <- "old"
	select {
	case read := <-loads:
		read <- "new"
		<-ended
	case <-ended:
	}
	if err == nil && string(value) != "new" {
		t.Errorf("a caller that leaves at look %d got %q, which was deleted before the call began", looks, value)
	}
	if err != nil && err != context.Canceled {
		t.Errorf("a caller that leaves at look %d got the error %v", looks, err)
	}
	if err := ctxcache.Clear(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// leaving is a context that counts the calls of Err once begun is set. It is done after looks of them.
type leaving struct {
	context.Context
	looks int32
	begun atomic.Bool
	seen  atomic.Int32
}

func (c *leaving) Err() error {
	if c.begun.Load() && c.seen.Add(1) > c.looks {
		return context.Canceled
	}
	return nil
}
