package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// localLeases is a cache whose leases are local: those who share it cannot be asked now.
type localLeases struct {
	ctxcache.Forward[string, string]
	lost bool // a Fill finds that the lease was lost
	done []ctxcache.Operation
}

func newLocalLeases() *localLeases {
	return &localLeases{Forward: ctxcache.NewForward(newMemory(), ctxcache.Description{Kind: "local"})}
}

func (c *localLeases) GetLease(
	ctx context.Context, key string, below time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	e, lease, err := c.Forward.GetLease(ctx, key, below)
	if lease.Granted() {
		lease = ctxcache.NewLocalLease(lease)
	}
	return e, lease, err
}

func (c *localLeases) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	c.done = append(c.done, ctxcache.OpFill)
	if c.lost {
		return ctxcache.ErrLeaseLost
	}
	return c.Forward.Fill(ctx, key, lease.Token().(ctxcache.Lease), e)
}

func (c *localLeases) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	c.done = append(c.done, ctxcache.OpRelease)
	return c.Forward.Release(ctx, key, lease.Token().(ctxcache.Lease))
}

func (c *localLeases) Delete(ctx context.Context, key string) error {
	c.done = append(c.done, ctxcache.OpDelete)
	return c.Forward.Delete(ctx, key)
}

// A result is stored by a local lease as by any other one.
func TestFuncStoresByALocalLease(t *testing.T) {
	loads := 0
	f := cached.Func(newLocalLeases(), func(context.Context, string) (string, error) { loads++; return "v", nil }, nil)
	for range 100 {
		if value, err := f.Get(t.Context(), "k"); value != "v" || err != nil {
			t.Fatalf("Get = %q, %v", value, err)
		}
	}
	if loads != 1 {
		t.Errorf("%d loads", loads)
	}
}

// Callers that join a load with a local lease take its result, although nobody knows what other processes have changed
// meanwhile. So the source is spared in an outage even if the result is not stored.
func TestJoinersOfALocalLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads, answer := 0, make(chan struct{})
		f := cached.Func(newLocalLeases(), func(ctx context.Context, _ string) (string, error) {
			loads++
			<-answer
			cached.LoadOf[string](ctx).NoStore()
			return "v", nil
		}, nil)
		results := make(chan string, 2)
		for range 2 {
			go func() {
				value, _ := f.Get(t.Context(), "k")
				results <- value
			}()
			synctest.Wait() // the second caller joins when the source has been asked
		}
		close(answer)
		for range 2 {
			if value := <-results; value != "v" {
				t.Errorf("a caller got %q", value)
			}
		}
		if loads != 1 {
			t.Errorf("%d loads", loads)
		}
	})
}

// A refresh that stores its result by a local lease leaves it in the cache. One that cannot removes the old value.
func TestRefreshByALocalLease(t *testing.T) {
	for _, lost := range []bool{false, true} {
		c := newLocalLeases()
		if err := c.Set(t.Context(), "k", "old", time.Hour); err != nil {
			t.Fatal(err)
		}
		c.lost = lost
		f := cached.Func(c, func(context.Context, string) (string, error) { return "new", nil }, nil)
		if value, err := f.Refresh(t.Context(), "k"); value != "new" || err != nil {
			t.Errorf("Refresh = %q, %v", value, err)
		}
		value, err := c.Get(t.Context(), "k")
		switch {
		case lost && err != ctxcache.ErrMiss:
			t.Errorf("after a fill that was lost: %q, %v", value, err)
		case !lost && (value != "new" || err != nil):
			t.Errorf("after a fill: %q, %v", value, err)
		}
	}
}
