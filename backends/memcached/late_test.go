package memcached_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/latecopies"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// lateWorld is a server, a cache behind a proxy that holds commands back, and a client without the proxy.
type lateWorld struct {
	*cacheOfBytes
	proxy  *latecopies.Proxy
	direct *memcache.Client
}

func newLateWorld(t *testing.T, options *memcached.Options) *lateWorld {
	t.Helper()
	server := memcachedtest.Start(t)
	proxy := latecopies.Start(t, latecopies.Memcached, server.Addr)
	var selector memcache.ServerList
	must(t, selector.SetServers(proxy.Addr))
	return &lateWorld{newCacheOver(t, &selector, options), proxy, newClient(t, server)}
}

// has returns what is under the stored key, or nil.
func (w *lateWorld) has(t *testing.T, stored string) *memcache.Item {
	t.Helper()
	item, err := w.direct.Get(stored)
	if err == memcache.ErrCacheMiss {
		return nil
	}
	must(t, err)
	return item
}

// ways to lose the answer to a command that is held.
var losses = map[string]func(h *latecopies.Held, leave context.CancelFunc){
	"the connection breaks": func(h *latecopies.Held, _ context.CancelFunc) { h.HangUp() },
	"the caller leaves": func(h *latecopies.Held, leave context.CancelFunc) {
		h.Await()
		leave()
	},
	"the limit passes": func(h *latecopies.Held, _ context.CancelFunc) { h.Await() },
}

// lose runs call with a command held back, and returns the error of call and the command.
func (w *lateWorld) lose(
	t *testing.T, match latecopies.Match, loss func(*latecopies.Held, context.CancelFunc), call func(ctx context.Context) error,
) (*latecopies.Held, error) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	held := w.proxy.Hold(match)
	failed := make(chan error)
	go func() { failed <- call(ctx) }()
	loss(held, leave)
	return held, <-failed
}

// aWhile is a timeout that tests wait for, and that a busy machine does not exceed.
const aWhile = 10 * soon

// lateOptions make the loss how happen, and the late command be undone after it.
func lateOptions(how string) *memcached.Options {
	options := &memcached.Options{LeaseTTL: hour}
	switch how {
	case "the limit passes":
		options.ReadTimeout, options.WriteTimeout = aWhile, aWhile
	case "the connection breaks": // the command was undone before it lands, and is undone again
		options.Timeout = aWhile
	}
	return options
}

// TestLateSetIsTakenAway: the server gets a set after a Delete that followed it.
func TestLateSetIsTakenAway(t *testing.T) {
	writers := map[string]func(ctx context.Context, c *cacheOfBytes) error{
		"Set":      func(ctx context.Context, c *cacheOfBytes) error { return c.Set(ctx, "key", []byte("old"), hour) },
		"SetEntry": func(ctx context.Context, c *cacheOfBytes) error { return c.SetEntry(ctx, "key", filling("old")) },
		"SetEntries": func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntries(ctx, map[string]entry{"key": filling("old"), "other": filling("other")})
		},
	}
	for name, write := range writers {
		for how, loss := range losses {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				w := newLateWorld(t, lateOptions(how))
				must(t, w.Set(t.Context(), "key", []byte("before"), hour))
				held, err := w.lose(t, latecopies.About("key", "set"), loss, func(ctx context.Context) error {
					return write(ctx, w.cacheOfBytes)
				})
				if err == nil {
					t.Fatal("a set without an answer succeeds")
				}
				await(t, "the value before is gone", func() bool { return w.has(t, "key") == nil })
				must(t, w.Delete(t.Context(), "key"))
				if reply := held.Release(); reply != "STORED\r\n" {
					t.Fatalf("the late set was answered by %q", reply)
				}
				held.HangUp() // the client learns nothing of the answer
				await(t, "the late set is undone", func() bool { return w.has(t, "key") == nil })
			})
		}
	}
}

// TestLateGrantIsNeverUsed: the server gets an add after a Delete. Nobody may fill by it, and it does not keep others
// from filling.
func TestLateGrantIsNeverUsed(t *testing.T) {
	takers := map[string]func(ctx context.Context, c *cacheOfBytes) (lease, error){
		"GetLease": func(ctx context.Context, c *cacheOfBytes) (lease, error) {
			_, l, err := c.GetLease(ctx, "key", 0)
			return l, err
		},
		"GetLeases": func(ctx context.Context, c *cacheOfBytes) (lease, error) {
			_, leases, err := c.GetLeases(ctx, []string{"key"}, 0)
			return leases["key"], err
		},
	}
	for name, take := range takers {
		for how, loss := range losses {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				w := newLateWorld(t, lateOptions(how))
				var l lease
				held, err := w.lose(t, latecopies.About("key", "add"), loss, func(ctx context.Context) error {
					var err error
					l, err = take(ctx, w.cacheOfBytes)
					return err
				})
				if err == nil || err == ctxcache.ErrMiss || l.Granted() {
					t.Fatalf("a grant without an answer: %v, %v", l, err)
				}
				must(t, w.Delete(t.Context(), "key"))
				held.Release()
				held.HangUp()
				await(t, "the late marker is removed", func() bool { return w.has(t, "key") == nil })
				must(t, fill(t, w.cacheOfBytes, "key", absentLease(t, t.Context(), w.cacheOfBytes, "key"), "new"))
			})
		}
	}
}

// TestLateFencedCommandsDoNothing: the server gets a command that uses a lease, or a Remove, after a Delete and a new
// value.
func TestLateFencedCommandsDoNothing(t *testing.T) {
	for _, kind := range leaseKinds {
		for _, s := range spenders {
			if kind.name == "Present" && (s.Op == ctxcache.OpRelease || s.Op == ctxcache.OpReleaseMany) {
				continue // it only reads
			}
			t.Run(kind.name+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				w := newLateWorld(t, nil)
				l := kind.take(t, w.cacheOfBytes, "key")
				held, err := w.lose(t, latecopies.About("key", "cas"), losses["the connection breaks"], func(ctx context.Context) error {
					return s.Call(ctx, w.cacheOfBytes, "key", l)
				})
				if fails(t, err, s.Op); err == ctxcache.ErrLeaseLost {
					t.Errorf("%s without an answer: %v", s.Name, err)
				}
				must(t, w.Delete(t.Context(), "key"))
				must(t, w.Set(t.Context(), "key", []byte("new"), hour))
				held.Release()
				holds(t, w.cacheOfBytes, "key", "new")
			})
		}
	}
	t.Run("Remove", func(t *testing.T) {
		w := newLateWorld(t, nil)
		must(t, w.Set(t.Context(), "key", []byte("old"), hour))
		held, err := w.lose(t, latecopies.About("key", "cas"), losses["the connection breaks"], func(ctx context.Context) error {
			return second(w.Remove(ctx, "key"))
		})
		fails(t, err, ctxcache.OpRemove)
		must(t, w.Set(t.Context(), "key", []byte("new"), hour))
		held.Release()
		holds(t, w.cacheOfBytes, "key", "new")
	})
}

// TestLateRenewalDoesNotReviveALease: the server gets the cas of a renewal after a Delete.
func TestLateRenewalDoesNotReviveALease(t *testing.T) {
	w := newLateWorld(t, &memcached.Options{LeaseTTL: renewed})
	l := absentLease(t, t.Context(), w.cacheOfBytes, "key")
	held := w.proxy.Hold(latecopies.About("key", "cas"))
	held.HangUp() // the first renewal
	must(t, w.Delete(t.Context(), "key"))
	held.Release()
	if item := w.has(t, "key"); item != nil {
		t.Errorf("the renewal stored %+v", item)
	}
	isLost(t, "Fill", fill(t, w.cacheOfBytes, "key", l, "old"))
}

// TestDropAfterALostFill: the fill may arrive before or after the Drop. Neither leaves the value that was there before.
func TestDropAfterALostFill(t *testing.T) {
	for _, kind := range leaseKinds {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/early=%v", kind.name, early), func(t *testing.T) {
				t.Parallel()
				w := newLateWorld(t, lateOptions("the limit passes"))
				l := kind.take(t, w.cacheOfBytes, "key")
				held, err := w.lose(t, latecopies.About("key", "cas"), losses["the limit passes"], func(context.Context) error {
					return fill(t, w.cacheOfBytes, "key", l, "new")
				})
				if fails(t, err, ctxcache.OpFill); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Errorf("Fill: %v", err)
				}
				if early {
					held.Release()
					isLost(t, "Drop", w.Drop(t.Context(), "key", l))
					holds(t, w.cacheOfBytes, "key", "new")
				} else {
					must(t, w.Drop(t.Context(), "key", l))
					held.Release()
					if item := w.has(t, "key"); item != nil {
						t.Errorf("after Drop and a late fill, the server has %+v", item)
					}
				}
				held.HangUp()
			})
		}
	}
}
