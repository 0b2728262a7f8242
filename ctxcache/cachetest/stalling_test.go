package cachetest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func TestStallingHoldsCallsUpUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		inner := newReference()
		c, stalls := cachetest.Stalling[string, []byte](inner)
		stall := stalls.Stall(cachetest.On(ctxcache.OpSet))
		ended := make(chan error, 1)
		go func() { ended <- c.Set(ctx, "key", []byte("value"), hour) }()

		if call := <-stall.Arrived(); call.Operation != ctxcache.OpSet || len(call.Keys) != 1 || call.Keys[0] != "key" {
			t.Errorf("arrived: %+v", call)
		}
		synctest.Wait()
		if _, err := c.Get(ctx, "key"); err != ctxcache.ErrMiss {
			t.Errorf("Get while the Set is held up: %v, want a miss", err)
		}
		if len(ended) > 0 {
			t.Error("the Set came back before its release")
		}
		stall.Release()
		stall.Release()
		if err := <-ended; err != nil {
			t.Errorf("Set: %v", err)
		}
		if err := c.Set(ctx, "key", []byte("other"), hour); err != nil {
			t.Errorf("Set after the release: %v", err)
		}
	})
}

func TestStallingHoldsAnswersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		c, stalls := cachetest.Stalling[string, []byte](newReference())
		if err := c.Set(ctx, "key", []byte("old"), hour); err != nil {
			t.Fatal(err)
		}
		stall := stalls.Stall(cachetest.On(ctxcache.OpGet).First(1).Answers())
		read := make(chan string, 1)
		go func() {
			value, err := c.Get(ctx, "key")
			if err != nil {
				value = []byte(err.Error())
			}
			read <- string(value)
		}()
		<-stall.Arrived()
		if err := c.Set(ctx, "key", []byte("new"), hour); err != nil {
			t.Fatal(err)
		}
		if value, err := c.Get(ctx, "key"); err != nil || string(value) != "new" {
			t.Errorf("the second Get: %q and %v, want the new value at once", value, err)
		}
		stall.Release()
		if value := <-read; value != "old" {
			t.Errorf("the first Get: %q, want what it found", value)
		}
	})
}

func TestStallingLetsGoWhoseContextIsDone(t *testing.T) {
	for name, target := range map[string]cachetest.Target{
		"before":         cachetest.On(),
		"on the way":     cachetest.On().Answers(),
		"some of leases": cachetest.On(ctxcache.OpGetLease).Answers(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := newReference()
				c, stalls := cachetest.Stalling[string, []byte](inner)
				stall := stalls.Stall(target)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					_, lease, err := ctxcache.GetLease(ctx, c, "key", 0)
					if lease.Granted() {
						err = errors.New("a lease was granted")
					}
					ended <- err
				}()
				<-stall.Arrived()
				cancel()
				if err := <-ended; err != context.Canceled {
					t.Errorf("GetLease: %v, want the error of the context", err)
				}
				if _, lease, _ := ctxcache.GetLease[string, []byte](t.Context(), inner, "key", 0); !lease.Granted() {
					t.Error("the lease is held by somebody who is gone")
				}
			})
		})
	}
}

func TestNobodyHasToListenToAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stalls := cachetest.Stalling[string, []byte](newReference())
		stall := stalls.Stall(cachetest.On())
		ended := make(chan error, 1)
		go func() { ended <- c.Delete(t.Context(), "key") }()
		synctest.Wait()
		stall.Release()
		if err := <-ended; err != nil {
			t.Errorf("Delete: %v", err)
		}
	})
}
