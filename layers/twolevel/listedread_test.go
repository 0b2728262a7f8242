package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// hungFar hangs like a server that is stopped: a read fails after 100 ms, and anything else after a second.
type hungFar struct {
	ctxcache.Forward[string, int]
	hangs bool
}

var hungTimeouts = ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second}

func (f *hungFar) Timeouts() ctxcache.Timeouts { return hungTimeouts }

func (f *hungFar) wait(limit time.Duration) error {
	if !f.hangs {
		return nil
	}
	time.Sleep(limit)
	return ctxcache.Fail("hung", ctxcache.OpGet, ctxcache.ErrTimeout)
}

func (f *hungFar) GetEntry(ctx context.Context, key string) (e ctxcache.Entry[int], err error) {
	if err := f.wait(hungTimeouts.Read); err != nil {
		return e, err
	}
	return f.Forward.GetEntry(ctx, key)
}

func (f *hungFar) Delete(ctx context.Context, key string) error {
	if err := f.wait(hungTimeouts.Write); err != nil {
		return err
	}
	return f.Forward.Delete(ctx, key)
}

// A read of a key that far has missed a change of waits for a far that hangs no longer than any other read does.
func TestReadOfAListedKeyWaitsAsLongAsARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &hungFar{Forward: ctxcache.NewForward[string, int](memory.New[string, int](nil), ctxcache.Description{Kind: "hung"})}
		c := twolevel.New[string, int](memory.New[string, int](nil), far, &twolevel.Options{Resilient: true})
		defer func() { _ = c.Close() }()
		far.hangs = true
		if err := c.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("Get: %v", err)
		}
		if took := time.Since(began); took > hungTimeouts.Read {
			t.Errorf("the read took %v, and far's limit for reads is %v", took, hungTimeouts.Read)
		}
	})
}
