package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestRace30_CloseDrains: a cached function is closed while it loads. Close returns when the load has ended and its
// value is stored. If Close may not wait so long, it returns an error, and the load has ended, too. Afterwards nothing
// begins.
func TestRace30_CloseDrains(t *testing.T) {
	for name, patient := range map[string]bool{"patient": true, "impatient": false} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				origin := newSource("value")
				f := n.function(origin.load)
				caller := async(func() (string, error) { return f.Get(ctx, key) })
				load, err := await(ctx, "the load", origin.loads)
				if err != nil {
					return "", err
				}
				closing, cancel := context.WithCancel(ctx)
				defer cancel()
				if !patient {
					cancel()
				}
				closed := async(func() (string, error) { return "", f.Close(closing) })
				if patient {
					if violation, err := closes(ctx, f, closed); err != nil || violation != "" {
						return violation, err
					}
					load.release()
				}
				r, err := await(ctx, "Close", closed)
				if err != nil {
					return "", err
				}
				if patient && r.err != nil || !patient && !errors.Is(r.err, context.Canceled) {
					return fmt.Sprintf("Close returns the error %v", r.err), nil
				}
				if !patient {
					if _, err := await(ctx, "the load's end", load.ctx.Done()); err != nil {
						return "", err
					}
				}
				if r, err = await(ctx, "the caller", caller); err != nil {
					return "", err
				}
				if patient && r != (reply{value: "value"}) || !patient && !errors.Is(r.err, ctxcache.ErrClosed) {
					return fmt.Sprintf("the caller of the load got %v", r), nil
				}
				if _, err := f.Get(ctx, key); !errors.Is(err, ctxcache.ErrClosed) {
					return fmt.Sprintf("a Get after Close returns %v, want ErrClosed", err), nil
				}
				return "", nil
			}).run(t, allStores)
		})
	}
}

// closes waits until f refuses calls, while Close has not returned.
func closes(ctx context.Context, f function, closed <-chan reply) (string, error) {
	left, leave := context.WithCancel(ctx)
	leave() // so that no load begins
	for {
		if _, err := f.Get(left, key); errors.Is(err, ctxcache.ErrClosed) {
			return "", nil
		}
		select {
		case <-closed:
			return "Close has returned while a load still runs", nil
		default:
			if err := pass(ctx, 10*time.Millisecond); err != nil {
				return "", err
			}
		}
	}
}

// TestRace30_CloseCoherent: two coherent levels are closed during a read, while events come in. Afterwards nothing goes
// on: otherwise the bubble could not end. Later calls return ErrClosed, whatever near has.
func TestRace30_CloseCoherent(t *testing.T) {
	deaf := naive.but(func(d *design) {
		d.coherent = func(near, far cache, through func(cache) cache) cache { return naive.twoLevel(near, through(far)) }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		n, writes := s.following(), s.node()
		if err := copyOf(ctx, writes, n, "old"); err != nil {
			return "", err
		}
		answer := n.store.stalls.Stall(farRead)
		under := async(func() (string, error) { return n.cache.Get(ctx, "other") })
		if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
			return "", err
		}
		n.channel.hold()
		if err := put(ctx, writes, "new"); err != nil {
			return "", err
		}
		if err := ctxcache.Close(n.closes); err != nil {
			return "", err
		}
		answer.Release()
		if r, err := await(ctx, "the read under way", under); err != nil || r.err != ctxcache.ErrMiss {
			return "", fmt.Errorf("the read in progress got %v, %w", r, err)
		}
		for _, op := range []func() error{
			func() error { _, err := n.cache.Get(ctx, key); return err },
			func() error { return n.cache.Set(ctx, key, "late", 0) },
			func() error { return n.cache.Delete(ctx, key) },
			func() error { _, err := ctxcache.GetMany(ctx, n.cache, []string{key}); return err },
			func() error { return ctxcache.Clear(ctx, n.cache) },
		} {
			if err := op(); !errors.Is(err, ctxcache.ErrClosed) {
				return fmt.Sprintf("a call after Close returns %v, want ErrClosed", err), nil
			}
		}
		return wantNew(ctx, writes)
	}).against(t, watchable, deaf)
}

// TestRace30_CloseWhileBeginning: Close is called at any moment while following begins.
func TestRace30_CloseWhileBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			c := twolevel.New(cache(memory.New[string, string](nil)), cache(memory.New[string, string](nil)),
				&twolevel.Options{Coherent: true})
			if err := ctxcache.Close(c); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Get(t.Context(), key); !errors.Is(err, ctxcache.ErrClosed) {
				t.Fatalf("Get after Close: %v", err)
			}
		}
	})
}
