package twolevel_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

const older, newer = 1, 2

// cutStream is a far whose stream of changes ends when cut is closed, and does not come back.
type cutStream struct {
	ctxcache.Forward[string, int]
	cut chan struct{}
}

func (c *cutStream) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	select {
	case <-c.cut:
		return errors.New("no stream")
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-c.cut:
			cancel()
		case <-ctx.Done():
		}
	}()
	return c.Forward.Watch(ctx, fn)
}

// cutOff is a coherent cache whose far refuses writes (it is full, or cannot save), and answers all reads. The stream of
// changes is away. Near has older of "k", and far has newer, which another process has written meanwhile.
func cutOff(t *testing.T) *cutOffCache {
	t.Helper()
	store := memory.New[string, int](nil)
	failing, faults := cachetest.Failing(ctxcache.Cache[string, int](store))
	far := &cutStream{Forward: ctxcache.NewForward(failing, ctxcache.Description{Kind: "cut"}), cut: make(chan struct{})}
	c := twolevel.New(memory.New[string, int](nil), ctxcache.Cache[string, int](far),
		&twolevel.Options{Resilient: true, Coherent: true})
	t.Cleanup(func() { wantClose(t, c) })
	synctest.Wait()
	if err := store.Set(t.Context(), "k", older, time.Hour); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	for range 2 {
		if v, err := c.Get(t.Context(), "k"); v != older || err != nil {
			t.Fatal(v, err)
		}
	}
	faults.Fail(errors.New("MISCONF"), cachetest.On(
		ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpRemove, ctxcache.OpClear))
	if err := c.Set(t.Context(), "other", 0, time.Hour); err != nil { // begins an outage of writes
		t.Fatal(err)
	}
	close(far.cut)
	synctest.Wait()
	if err := store.Set(t.Context(), "k", newer, time.Hour); err != nil { // another process, which may write
		t.Fatal(err)
	}
	return &cutOffCache{c, faults}
}

// cutOffCache is a cache with the faults of its far.
type cutOffCache struct {
	Cache  *twolevel.Cache[string, int]
	faults *cachetest.Faults
}

// Reads go to far: it is not down for them.
func TestCoherentReadsFarDuringAnOutageOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cutOff(t)
		for _, wait := range []time.Duration{0, time.Second, time.Minute} {
			time.Sleep(wait)
			if v, err := c.Cache.Get(t.Context(), "k"); v != newer || err != nil {
				t.Errorf("after %v: Get = %d, %v, but far answers %d", wait, v, err, newer)
			}
		}
	})
}

// A Clear of a part is missed by far in such an outage. It does not make near believed about the other keys.
func TestCoherentReadsFarAfterAMissedClearOfAPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cutOff(t)
		if v, err := c.Cache.Get(t.Context(), "k"); v != newer || err != nil {
			t.Fatal(v, err)
		}
		part := ctxcache.Scope[string]{Match: func(key string) bool { return key == "x" }}
		if err := ctxcache.ClearIn(t.Context(), c.Cache, part); err != nil {
			t.Fatal(err)
		}
		if v, err := c.Cache.Get(t.Context(), "k"); v == older {
			t.Errorf("Get = %d, %v, after it was %d", v, err, newer)
		}
	})
}

// Far misses more writes than the list has room for, so all keys are listed. Near may have older copies of those that were
// not written.
func TestCoherentDoesNotReadOldCopiesWhenTheListIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cutOff(t)
		for i := range 100_001 {
			if err := c.Cache.Delete(t.Context(), strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := c.Cache.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("Get = %d, %v", v, err)
		}
		if ok, err := c.Cache.Contains(t.Context(), "k"); ok || err != nil {
			t.Errorf("Contains = %v, %v", ok, err)
		}
		if found, err := ctxcache.GetMany(t.Context(), c.Cache, []string{"k"}); len(found) != 0 || err != nil {
			t.Errorf("GetMany = %v, %v", found, err)
		}
	})
}
