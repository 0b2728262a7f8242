package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"
	"unsafe"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
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
