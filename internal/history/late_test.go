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

// What a history of five million operations over memory once found: a call that had joined a load, whose value was
// deleted before the call began, got this value without an error if its context was cancelled between two looks at it.
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

// joinAndLeave joins a load of what is deleted before, by call, whose context is found to be done when it has been
// looked at so many times after the load ended.
func joinAndLeave(t *testing.T, call func(*cached.Function[string, []byte], context.Context) ([]byte, error), looks int32) {
	c := newMemory()
	loads := make(chan chan string) // each load waits for what it has read
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
	synctest.Wait() // until it has joined
	ctx.begun.Store(true)
	old <- "old"
	select {
	case read := <-loads:
		read <- "new"
		<-ended
	case <-ended:
	}
	if err == nil && string(value) != "new" {
		t.Errorf("a caller that leaves at look %d got %q, which was deleted before its call", looks, value)
	}
	if err != nil && err != context.Canceled {
		t.Errorf("a caller that leaves at look %d got %v", looks, err)
	}
	if err := ctxcache.Clear(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// leaving is a context that is done when its Err has been asked for so many times since it has begun to count.
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
