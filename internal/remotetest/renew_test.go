package remotetest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
)

// outlive waits until the markers would be gone if nobody had renewed them, and fails the test if one is.
func outlive(t *testing.T, kind remotetest.Kind, server remotetest.Server, stored ...string) {
	t.Helper()
	server.Pass(t, 2*kind.LeaseTTL)
	for _, key := range stored {
		if server.Marker(t, key) == "" {
			t.Fatalf("the marker %s is gone", key)
		}
	}
}

// awaitEnd waits until a marker is gone.
func awaitEnd(t *testing.T, server remotetest.Server, stored string) {
	t.Helper()
	remotetest.Await(t, "the marker ran out", func() bool { return server.Marker(t, stored) == "" })
}

func TestLeasesAreRenewed(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Parallel()
		server, prefix := kind.Shared(t), remotetest.NextPrefix()
		cache := server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: kind.LeaseTTL})
		ctx := t.Context()
		single := absentLease(t, ctx, cache, "single")
		_, many, err := cache.GetLeases(ctx, []string{"first", "second"}, 0)
		remotetest.Must(t, err)
		outlive(t, kind, server, prefix+"single", prefix+"first", prefix+"second")
		remotetest.Must(t, fill(t, cache, "single", single, "value"))
		remotetest.Must(t, fill(t, cache, "first", many["first"], "value"))
		// One of the two leases has ended. The other one is still renewed.
		outlive(t, kind, server, prefix+"second")
		remotetest.Must(t, cache.Release(ctx, "second", many["second"]))
		if server.Marker(t, prefix+"second") != "" {
			t.Error("the marker is still there after Release")
		}
		misses(t, cache, "second")
		holds(t, cache, "single", "value")
	})
}

func TestRenewalEnds(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		done, cancel := context.WithCancel(t.Context())
		cancel()
		for name, end := range map[string]func(t *testing.T, cancel context.CancelFunc, c remotetest.Cache, l lease){
			"with the context": func(_ *testing.T, cancel context.CancelFunc, _ remotetest.Cache, _ lease) { cancel() },
			"with the cache":   func(_ *testing.T, _ context.CancelFunc, c remotetest.Cache, _ lease) { c.Close() },
			"with a Release too late": func(t *testing.T, _ context.CancelFunc, c remotetest.Cache, l lease) {
				isDone(t, c.Release(done, "key", l))
			},
			"with a ReleaseMany too late": func(t *testing.T, _ context.CancelFunc, c remotetest.Cache, l lease) {
				isDone(t, c.ReleaseMany(done, map[string]lease{"key": l}))
			},
			"with a Drop too late": func(t *testing.T, _ context.CancelFunc, c remotetest.Cache, l lease) {
				isDone(t, c.Drop(done, "key", l))
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				server, prefix := kind.Shared(t), remotetest.NextPrefix()
				cache := server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: kind.LeaseTTL})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				end(t, cancel, cache, absentLease(t, ctx, cache, "key"))
				awaitEnd(t, server, prefix+"key")
			})
		}
	})
}

// isDone fails the test unless err is the bare error of a context that was canceled.
func isDone(t *testing.T, err error) {
	t.Helper()
	if err != context.Canceled {
		t.Errorf("with a context that is done: %v", err)
	}
}

// TestLeaseLivesWithTheLoad makes calls whose contexts end as soon as they have their leases.
func TestLeaseLivesWithTheLoad(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Parallel()
		server, prefix := kind.Shared(t), remotetest.NextPrefix()
		cache := server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: kind.LeaseTTL})
		load, end := context.WithCancel(t.Context())
		defer end()
		call, leave := context.WithCancel(t.Context())
		ctx := ctxcache.ForLoad(call, load)
		single := absentLease(t, ctx, cache, "single")
		_, many, err := cache.GetLeases(ctx, []string{"first", "second"}, 0)
		remotetest.Must(t, err)
		ended := absentLease(t, ctx, cache, "ended")
		leave() // as a layer does that bounds the call
		outlive(t, kind, server, prefix+"single", prefix+"first", prefix+"second", prefix+"ended")
		remotetest.Must(t, fill(t, cache, "single", single, "value"))
		remotetest.Must(t, cache.FillMany(t.Context(), map[string]entry{"first": {Value: []byte("value")}}, many))
		holds(t, cache, "first", "value")

		end() // the load ends, so the last leases run out
		for key, l := range map[string]lease{"second": many["second"], "ended": ended} {
			awaitEnd(t, server, prefix+key)
			isLost(t, "Release after the load has ended", cache.Release(t.Context(), key, l))
		}
	})
}

func TestLeaseOfALoadThatCannotEndIsNotRenewed(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Parallel()
		server, prefix := kind.Shared(t), remotetest.NextPrefix()
		cache := server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: kind.LeaseTTL})
		forever := context.WithoutCancel(t.Context())
		leases := map[string]lease{
			"own":    absentLease(t, forever, cache, "own"),
			"loaded": absentLease(t, ctxcache.ForLoad(t.Context(), forever), cache, "loaded"),
		}
		for key, l := range leases {
			awaitEnd(t, server, prefix+key)
			isLost(t, "Fill", fill(t, cache, key, l, "late"))
		}
	})
}

func TestLoadThatIsSlowerThanItsLease(t *testing.T) {
	t.Parallel() // it mostly waits
	remotetest.Each(t, func(t *testing.T, kind remotetest.Kind) {
		t.Parallel()
		server, prefix := kind.Shared(t), remotetest.NextPrefix()
		node := func(load func(context.Context, string) ([]byte, error)) *cached.Function[string, []byte] {
			cache := server.Cache(t, remotetest.Options{Prefix: prefix, LeaseTTL: kind.LeaseTTL})
			return cached.Func[string, []byte](cache, load, nil)
		}
		var loads atomic.Int32
		finish := make(chan struct{})
		slow := node(func(context.Context, string) ([]byte, error) {
			loads.Add(1)
			<-finish
			return []byte("slow"), nil
		})
		const callers = 3
		answers := make(chan string, callers)
		for range callers {
			go func() {
				value, err := slow.Get(t.Context(), "key")
				if err != nil {
					t.Error(err)
				}
				answers <- string(value)
			}()
		}
		remotetest.Await(t, "the marker was there", func() bool { return server.Marker(t, prefix+"key") != "" })
		outlive(t, kind, server, prefix+"key")

		other := node(func(context.Context, string) ([]byte, error) { return []byte("other"), nil })
		if value, err := other.Get(t.Context(), "key"); err != nil || string(value) != "other" {
			t.Errorf("another process, which loads for itself, gets %q, %v", value, err)
		}
		if server.Marker(t, prefix+"key") == "" {
			t.Error("another process has stored a value or ended the lease")
		}
		close(finish)
		for range callers {
			if value := <-answers; value != "slow" {
				t.Errorf("a caller got %q", value)
			}
		}
		if value, err := other.Get(t.Context(), "key"); err != nil || string(value) != "slow" {
			t.Errorf("the cache has %q, %v, want the slow load's value", value, err)
		}
		if n := loads.Load(); n != 1 {
			t.Errorf("%d loads ran, want 1", n)
		}
	})
}
