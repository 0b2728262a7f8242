package remotetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/internal/remotetest"
)

// promptly bounds how late a caller may leave. It is far below the time after which a client itself gives up.
const promptly = redistest.Patience / 3

// impatient calls fn with a deadline of 50 ms. The test fails unless fn returns the bare context.DeadlineExceeded in
// time.
func impatient(t *testing.T, fn func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := fn(ctx); err != context.DeadlineExceeded {
		t.Errorf("got %v, want the bare %v", err, context.DeadlineExceeded)
	}
	if took := time.Since(begin); took > promptly {
		t.Errorf("the caller left after %v", took)
	}
}

func TestCallersLeaveAServerThatHangs(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		server := kind.Start(t)
		cache := server.Cache(t, remotetest.Options{Prefix: "p:", LeaseTTL: hour})
		remotetest.Must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
		held := absentLease(t, t.Context(), cache, "filled")
		t.Run("paused", func(t *testing.T) {
			server.Pause()
			defer server.Resume()
			for _, operation := range kind.Operations {
				t.Run(operation.Name, func(t *testing.T) {
					impatient(t, func(ctx context.Context) error { return operation.Call(ctx, cache) })
				})
			}
			for _, s := range remotetest.Spenders {
				t.Run(s.Name, func(t *testing.T) {
					impatient(t, func(ctx context.Context) error { return s.Call(ctx, cache, "filled", held) })
				})
			}
		})
		// The server has now answered all commands, some of them late. If it granted leases on "free", their callers had
		// left.
		remotetest.Must(t, cache.Release(t.Context(), "free", awaitLease(t, cache, "free")))
		// Nobody knows whether the abandoned writes arrived, so their keys are deleted.
		for _, key := range []string{"held", "denied"} {
			remotetest.Await(t, "the key "+key+" of an abandoned write was deleted", func() bool {
				_, err := cache.Get(t.Context(), key)
				if err != nil && err != ctxcache.ErrMiss && !errors.Is(err, ctxcache.ErrNotFound) {
					t.Fatal(err)
				}
				return err == ctxcache.ErrMiss
			})
		}
		// One of the calls has ended the lease. It may have been a Fill: the lease stood, so its value is not old.
		remotetest.Await(t, "the lease has ended", func() bool {
			return cache.Release(t.Context(), "filled", held) == ctxcache.ErrLeaseLost
		})
	})
}

func TestMaxCallsCountsAbandonedCalls(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		server := kind.Start(t)
		cache := server.Cache(t, remotetest.Options{Prefix: "p:", MaxCalls: 1})
		remotetest.Must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
		server.Pause()
		get := func(ctx context.Context) error { return remotetest.Second(cache.Get(ctx, "key")) }
		impatient(t, get) // still has the only slot
		impatient(t, get) // waits for the slot
		server.Resume()
		remotetest.Must(t, get(t.Context()))
	})
}

func TestContextThatCannotEnd(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		cache := kind.Shared(t).Cache(t, remotetest.Options{Prefix: remotetest.NextPrefix()})
		forever := context.WithoutCancel(t.Context())
		remotetest.Must(t, cache.Set(forever, "held", []byte("value"), hour))
		for _, operation := range kind.Operations {
			if err := operation.Call(forever, cache); err != nil {
				t.Errorf("%s: %v", operation.Name, err)
			}
		}
	})
}

func TestAbandonedCallsDoNotShareTheirArguments(t *testing.T) {
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		cache := kind.Shared(t).Cache(t, remotetest.Options{Prefix: remotetest.NextPrefix()})
		remotetest.Must(t, cache.Set(t.Context(), "key", nil, hour))
		keys := []string{"a", "b", "c"}
		entries := map[string]entry{"a": ctxcache.NewEntry([]byte(nil), hour)}
		leases := map[string]lease{"a": {}}
		for name, call := range map[string]func(ctx context.Context) error{
			"GetEntries":  func(ctx context.Context) error { return remotetest.Second(cache.GetEntries(ctx, keys)) },
			"SetEntries":  func(ctx context.Context) error { return cache.SetEntries(ctx, entries) },
			"DeleteMany":  func(ctx context.Context) error { return cache.DeleteMany(ctx, keys) },
			"FillMany":    func(ctx context.Context) error { return unlessLost(cache.FillMany(ctx, entries, leases)) },
			"ReleaseMany": func(ctx context.Context) error { return unlessLost(cache.ReleaseMany(ctx, leases)) },
			"GetLeases": func(ctx context.Context) error {
				_, _, err := cache.GetLeases(ctx, keys, 0)
				return err
			},
		} {
			for range 30 { // so that the race detector sees callers leave while their calls still read
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- call(ctx) }()
				cancel()
				if err := <-done; err != nil && err != context.Canceled {
					t.Fatalf("%s: %v", name, err)
				}
				slices.Reverse(keys)
				entries[name] = ctxcache.NewEntry([]byte(nil), hour)
				leases[name] = ctxcache.NewLease(name) // of another cache
			}
		}
	})
}

// unlessLost returns err, or nil if err is about lost leases.
func unlessLost(err error) error {
	if errors.Is(err, ctxcache.ErrLeaseLost) {
		return nil
	}
	return err
}
