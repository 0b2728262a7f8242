package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"
	"unsafe"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// A caller leaves during a far read. Its key was a view of a buffer, which is used again. Another caller has joined the
// read, and gets the value of its own key; near gets it under this key, too.
func TestJoinerOfAKeyThatIsAViewOfABuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "alice", 1)
		layertest.MustSet(t, l.far, "mally", 2)
		stall := l.nearStall.Stall(cachetest.On(ctxcache.OpGetLease))
		buffer := []byte("alice")
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := l.cache.Get(ctx, unsafe.String(&buffer[0], len(buffer)))
			left <- err
		}()
		<-stall.Arrived()
		joined := make(chan int)
		go func() {
			value, err := l.cache.Get(t.Context(), "alice")
			if err != nil {
				t.Error(err)
			}
			joined <- value
		}()
		synctest.Wait()
		leave()
		if err := <-left; err != context.Canceled {
			t.Errorf("the caller that left got %v", err)
		}
		copy(buffer, "mally")
		stall.Release()
		if value := <-joined; value != 1 {
			t.Errorf("the caller that joined got %d, the value of another key", value)
		}
		layertest.WantValue(t, l.near, "alice", 1)
		wantMiss(t, l.near, "mally")
	})
}

// Reads of many keys copy them to near, under the keys that they had.
func TestManyKeysThatAreViewsOfABuffer(t *testing.T) {
	l := newTwoLevels(nil)
	buffer := []byte("alice")
	for value, name := range []string{"alice", "mally"} {
		layertest.MustSet(t, l.far, name, value)
		copy(buffer, name)
		if _, err := ctxcache.GetMany(t.Context(), l.cache, []string{unsafe.String(&buffer[0], len(buffer))}); err != nil {
			t.Fatal(err)
		}
	}
	for value, name := range []string{"alice", "mally"} {
		layertest.WantValue(t, l.near, name, value)
	}
}

// A coherent near knows its copies by the keys that they had, so that it hears of their changes.
func TestCoherentKeysThatAreViewsOfABuffer(t *testing.T) {
	for name, read := range map[string]func(ctx context.Context, c intCache, key string) error{
		"GetMany": func(ctx context.Context, c intCache, key string) error {
			_, err := ctxcache.GetMany(ctx, c, []string{key})
			return err
		},
		"GetEntry": func(ctx context.Context, c intCache, key string) error {
			_, err := ctxcache.GetEntry(ctx, c, key)
			return err
		},
		"GetLease": func(ctx context.Context, c intCache, key string) error {
			_, _, err := ctxcache.GetLease(ctx, c, key, 0)
			return err
		},
		"Set": func(ctx context.Context, c intCache, key string) error { return c.Set(ctx, key, 1, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := newNear(), newNear()
				c := follows(t, near, far, nil)
				layertest.MustSet(t, far, "alice", 1)
				buffer := []byte("alice")
				if err := read(t.Context(), c, unsafe.String(&buffer[0], len(buffer))); err != nil {
					t.Fatal(err)
				}
				copy(buffer, "mally")
				layertest.MustSet(t, far, "alice", 2)
				synctest.Wait()
				layertest.WantValue(t, c, "alice", 2)
			})
		})
	}
}

// A lease stays on the key that it was granted on.
func TestLeasesOnViewsOfABuffer(t *testing.T) {
	l := newTwoLevels(nil)
	buffer := []byte("alice")
	_, lease, err := ctxcache.GetLease(t.Context(), l.cache, unsafe.String(&buffer[0], len(buffer)), 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease = %v, %v", lease, err)
	}
	copy(buffer, "mally")
	if err := ctxcache.Fill(t.Context(), l.cache, "alice", lease, ctxcache.NewEntry(1, 0)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	layertest.WantValue(t, l.cache, "alice", 1)
}

// The first of two calls of Remove for a key ends first, and its buffer is used again. The second one leaves nothing behind.
func TestRemovesOfViewsOfABuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, stalls := cachetest.Stalling(newNear())
		c := twolevel.New(newNear(), far, nil)
		stall := stalls.Stall(cachetest.On(ctxcache.OpRemove))
		buffer := []byte("alice")
		ctx, leave := context.WithCancel(t.Context())
		first, second := make(chan error), make(chan error)
		go func() {
			_, err := c.Remove(ctx, unsafe.String(&buffer[0], len(buffer)))
			first <- err
		}()
		synctest.Wait()
		go func() {
			_, err := c.Remove(t.Context(), "alice")
			second <- err
		}()
		synctest.Wait()
		leave()
		if err := <-first; err != context.Canceled {
			t.Errorf("the first Remove: %v", err)
		}
		copy(buffer, "mally")
		stall.Release()
		if err := <-second; err != nil {
			t.Errorf("the second Remove: %v", err)
		}
		if n := twolevel.Removing(c); n != 0 {
			t.Errorf("%d keys are still being removed", n)
		}
	})
}
