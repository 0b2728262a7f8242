package rediscache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// While near cannot follow, it is not used, and when it follows again it has nothing from before.
func TestCoherentForgetsWhatItCouldNotFollow(t *testing.T) {
	for name, fault := range watchFaults {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			proxy := redistest.StartProxy(t, server.Addr)
			n := newNode(t, through(t, server, proxy),
				&rediscache.Options{Prefix: "p:", ReadTimeout: soon, WriteTimeout: 10 * soon, WatchTimeout: soon}, bare)
			must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
			n.settle(t)
			if n.hits(t, "key"); !n.hits(t, "key") {
				t.Fatal("near has no copy")
			}
			fault.fail(t, server, proxy)
			wantEnded(t, <-n.failed)
			// Near does not follow now. Redis may answer, or be out of reach, but near's copy is not an answer.
			before := n.farReads()
			if value, err := n.Get(t.Context(), "key"); n.farReads() == before {
				t.Errorf("near answered: %q, %v", value, err)
			}
			fault.restore(server, proxy)
			must(t, server.Client(t).Set(t.Context(), "p:key", "new", hour).Err())
			for range 100 {
				if value, err := n.Get(t.Context(), "key"); err == nil && string(value) != "new" {
					t.Fatalf("Get: %q after it was overwritten", value)
				}
			}
			await(t, "near follows again", func() bool {
				if value, err := n.Get(t.Context(), "key"); err == nil && string(value) != "new" {
					t.Fatalf("Get: %q after it was overwritten", value)
				}
				before := n.farReads()
				_, err := n.Get(t.Context(), "key")
				return err == nil && n.farReads() == before
			})
			must(t, server.Client(t).Set(t.Context(), "p:key", "newer", hour).Err())
			await(t, "near has followed a change", func() bool {
				value, err := n.Get(t.Context(), "key")
				return err == nil && string(value) == "newer"
			})
		})
	}
}

// If changes are lost without a word, near has an old value until the WatchTimeout, and not longer.
func TestCoherentMissesChangesUntilTheTimeout(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	n := newNode(t, through(t, server, proxy),
		&rediscache.Options{Prefix: "p:", ReadTimeout: soon, WriteTimeout: 10 * soon, WatchTimeout: soon}, bare)
	must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
	n.settle(t)
	if n.hits(t, "key"); !n.hits(t, "key") {
		t.Fatal("near has no copy")
	}
	proxy.Silence()
	must(t, server.Client(t).Set(t.Context(), "p:key", "new", hour).Err())
	if err := <-n.failed; !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("OnWatchError: %v", err)
	}
	for range 3 {
		if value, err := n.Get(t.Context(), "key"); err == nil {
			t.Errorf("Get: %q, which is an old value", value)
		}
	}
	proxy.Restore()
	await(t, "Redis is back", func() bool {
		value, err := n.Get(t.Context(), "key")
		if err == nil && string(value) != "new" {
			t.Fatalf("Get: %q", value)
		}
		return err == nil
	})
}

// Over a server that does not report changes, near is not used, and everything else works.
func TestCoherentOverAServerWithoutTracking(t *testing.T) {
	_, client := startMiniredis(t)
	n := startNode(t, client, &rediscache.Options{Prefix: "p:"}, bare)
	wantEnded(t, <-n.failed)
	for range 3 {
		must(t, n.Set(t.Context(), "key", []byte("value"), hour))
		n.wants(t, "key", "value")
		if n.hits(t, "key") {
			t.Error("near answered")
		}
	}
	must(t, n.Delete(t.Context(), "key"))
	if _, err := n.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
		t.Errorf("after Delete: %v", err)
	}
}

// Two levels can be Coherent over a client that may watch, and say why not over another one.
func TestCoherentNeedsAClientThatMayWatch(t *testing.T) {
	server := redistest.Start(t)
	for protocol, want := range map[int]error{2: ctxcache.ErrOptions, 3: nil} {
		options := server.Options()
		options.Protocol = protocol
		client := newClient(t, options)
		two := twolevel.New(memory.New[string, []byte](nil), newCache(t, client, nil), &twolevel.Options{Coherent: true})
		if err := two.Set(t.Context(), "key", nil, hour); !errors.Is(err, want) {
			t.Errorf("protocol %d: %v, want %v", protocol, err, want)
		}
		must(t, two.Close())
	}
}

// Close ends the connection of the near cache.
func TestCloseOfCoherentLeavesNoConnection(t *testing.T) {
	server := redistest.Start(t)
	far := newCache(t, server.Client(t), nil)
	two := twolevel.New(memory.New[string, []byte](nil), far, &twolevel.Options{Coherent: true})
	await(t, "near follows", func() bool { return len(watchers(t, server.Client(t))) == 1 })
	must(t, two.Close())
	wantNoWatchers(t, server.Client(t))
}

// hidesGaps is a double: its Watch connects again by itself, and does not say that it has missed changes.
type hidesGaps struct {
	ctxcache.Forward[string, []byte]
	again chan struct{} // receives when it has connected again
}

func (h *hidesGaps) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	begun := false
	for {
		err := h.Forward.Watch(ctx, func(e ctxcache.Event) {
			if e.Gap && begun {
				h.again <- struct{}{}
				return
			}
			begun = true
			fn(e)
		})
		if ctx.Err() != nil {
			return err
		}
	}
}

// The faults above find a Watch that hides its gaps: near then keeps what has changed meanwhile.
func TestDoubleThatHidesItsGapsIsStale(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	double := &hidesGaps{again: make(chan struct{}, 1)}
	n := newNode(t, through(t, server, proxy), &rediscache.Options{Prefix: "p:"}, func(_ testing.TB, inner bytesCache) bytesCache {
		double.Forward = ctxcache.NewForward(inner, ctxcache.Description{Kind: "double"})
		return double
	})
	must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
	n.settle(t)
	n.wants(t, "key", "old")
	proxy.Cut()
	must(t, server.Client(t).Set(t.Context(), "p:key", "new", hour).Err())
	proxy.Restore()
	<-double.again
	if value, err := n.Get(t.Context(), "key"); string(value) != "old" || err != nil {
		t.Errorf("Get: %q, %v: the double is not stale, so the faults do not show what they should", value, err)
	}
}
