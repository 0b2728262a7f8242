package races_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// patientWrites writes even if the context of the caller has ended.
type patientWrites struct {
	ctxcache.Forward[string, string]
}

func (c *patientWrites) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	return c.Forward.Set(context.WithoutCancel(ctx), key, value, ttl)
}

// TestRace35_PartialResult: the context of a load ends. The loader returns the part of the result that it has, and no
// error. The part must not be stored.
func TestRace35_PartialResult(t *testing.T) {
	double := naive.but(func(d *design) {
		d.over = func(c cache) cache { return &patientWrites{forward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		loading := make(chan struct{})
		f := n.functionWith(func(ctx context.Context, _ string) (string, error) {
			close(loading)
			<-ctx.Done()
			return "a part", nil // the loader does not check whether it was interrupted
		}, &cached.Options{CancelUnwanted: true})
		calling, leave := context.WithCancel(ctx)
		defer leave()
		call := async(func() (string, error) { return f.Get(calling, key) })
		if _, err := await(ctx, "the load", loading); err != nil {
			return "", err
		}
		leave()
		if _, err := await(ctx, "the caller that left", call); err != nil {
			return "", err
		}
		if err := f.Close(ctx); err != nil {
			return "", err
		}
		for _, n := range []*node{n, s.node()} {
			if value, err := n.cache.Get(ctx, key); err != ctxcache.ErrMiss {
				return fmt.Sprintf("Get returns %q, which is a part of the value", value), err
			}
		}
		return "", nil
	}).against(t, allStores, double)
}

// TestRace35_KeyOfReusedBuffer: a key is a view of a buffer. The caller leaves, and uses the buffer for another key. The
// load goes on, and its value must be stored under the key that it is for.
func TestRace35_KeyOfReusedBuffer(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n, origin := s.node(), newSource("for alice")
		f := n.functionWith(origin.load, nil)
		stored := n.store.stalls.Stall(farWrites.Answers())
		defer stored.Release()
		buffer := []byte("alice")
		calling, leave := context.WithCancel(ctx)
		defer leave()
		call := async(func() (string, error) { return f.Get(calling, unsafe.String(&buffer[0], len(buffer))) })
		load, err := await(ctx, "the load", origin.loads)
		if err != nil {
			return "", err
		}
		leave()
		if r, err := await(ctx, "the caller that left", call); err != nil || !errors.Is(r.err, context.Canceled) {
			return "", fmt.Errorf("the caller that left got %v, %w", r, err)
		}
		copy(buffer, "mally")
		load.release()
		if _, err := await(ctx, "the store", stored.Arrived()); err != nil {
			return "", err
		}
		if value, err := s.node().cache.Get(ctx, "mally"); err != ctxcache.ErrMiss {
			return fmt.Sprintf("the value of another key: %q", value), err
		}
		return "", nil
	}).against(t, allStores, detached)
}

// detached is a double whose loads go on when their callers have left.
var detached = naive.but(func(d *design) {
	d.function = func(c cache, load loader, _ *cached.Options) function {
		f := newNaiveFunction(c, load)
		f.detached = true
		return f
	}
})

// TestRace35_HungLoad: a load hangs and ignores its context. The key must not hang with it: after the LoadTimeout, the
// next caller loads.
func TestRace35_HungLoad(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		hung, end := make(chan struct{}, 1), make(chan struct{})
		defer close(end)
		hung <- struct{}{} // for one load
		f := n.functionWith(func(context.Context, string) (string, error) {
			select {
			case <-hung:
				<-end
				return "late", nil
			default:
				return "value", nil
			}
		}, &cached.Options{LoadTimeout: time.Minute})
		for _, patience := range []time.Duration{time.Second, 2 * time.Minute, 2 * time.Minute} {
			calling, cancel := context.WithTimeout(ctx, patience) // in a bubble, where it takes no time
			value, err := f.Get(calling, key)
			cancel()
			if err == nil && value == "value" {
				return "", nil
			}
		}
		return "no caller gets a value while a load hangs", nil
	}).against(t, inProcess, detached)
}

// inProcess are the stores without a server.
var inProcess = slices.DeleteFunc(slices.Clone(allStores), func(s store) bool { return s.server != nil })
