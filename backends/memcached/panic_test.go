package memcached_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

var errOops = errors.New("oops")

// panicsWith returns the value that fn panics with, or nil.
func panicsWith(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

func TestPanicOfEncodeKeyReachesTheCaller(t *testing.T) {
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{
		EncodeKey: func(string) (string, error) { panic(errOops) },
	})
	for _, operation := range operations() {
		if operation.Op == ctxcache.OpStats {
			continue // it has no key
		}
		if got := panicsWith(func() { _ = operation.Call(t.Context(), cache) }); got != errOops {
			t.Errorf("%s: the panic %v, want %v", operation.Name, got, errOops)
		}
	}
}

// TestCodecThatPanicsTakesTheOldValueAway: nothing is stored, so the old value must go, for every key of the call.
func TestCodecThatPanicsTakesTheOldValueAway(t *testing.T) {
	for _, s := range stores {
		cache := memcached.NewWithCodec(list(t, memcachedtest.Shared(t)), picky{}, &memcached.Options{
			Prefix: nextPrefix(), ReadTimeout: patiently, WriteTimeout: patiently, Timeout: patiently,
		})
		t.Cleanup(func() { must(t, cache.Close()) })
		keys := []string{"key"}
		if s.op.Many() {
			keys = append(keys, "other")
		}
		for _, key := range keys {
			must(t, cache.Set(t.Context(), key, []byte("old"), hour))
		}
		call := func() { _ = s.call(t.Context(), cache, ctxcache.NewEntry([]byte("panics"), hour)) }
		if got := panicsWith(call); got != errOops {
			t.Errorf("%s: the panic %v, want %v", s.name, got, errOops)
		}
		for _, key := range keys {
			if got, err := cache.Get(t.Context(), key); err != ctxcache.ErrMiss {
				t.Errorf("%s of a value that panics leaves %q, %v under %s", s.name, got, err, key)
			}
		}
	}
}

// panicking is a selector of two servers. It panics after it has picked a server this often.
type panicking struct{ picks atomic.Int32 }

func (p *panicking) PickServer(key string) (net.Addr, error) {
	if p.picks.Add(-1) < 0 {
		panic(errOops)
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1 + int(key[len(key)-1])%2}, nil // nothing listens there
}

func (p *panicking) Each(func(net.Addr) error) error { panic(errOops) }

func TestPanicOfASelectorReachesTheCaller(t *testing.T) {
	for picks := range int32(3) { // the third pick is on another goroutine
		servers := new(panicking)
		cache := newCacheOver(t, servers, nil)
		for name, call := range map[string]func(ctx context.Context){
			"GetEntries":  func(ctx context.Context) { _, _ = cache.GetEntries(ctx, []string{"a", "b"}) },
			"GetLeases":   func(ctx context.Context) { _, _, _ = cache.GetLeases(ctx, []string{"a", "b"}, 0) },
			"SetEntries":  func(ctx context.Context) { _ = cache.SetEntries(ctx, map[string]entry{"a": {}, "b": {}}) },
			"DeleteMany":  func(ctx context.Context) { _ = cache.DeleteMany(ctx, []string{"a", "b"}) },
			"ServerStats": func(ctx context.Context) { _, _ = cache.ServerStats(ctx) },
		} {
			servers.picks.Store(picks)
			if got := panicsWith(func() { call(t.Context()) }); got != errOops {
				t.Errorf("%s after %d picks: the panic %v, want %v", name, picks, got, errOops)
			}
		}
	}
}

// holding is a selector whose second pick waits for hold to be closed, and then panics.
type holding struct {
	memcache.ServerList
	picks       atomic.Int32
	asked, hold chan struct{}
}

func (h *holding) PickServer(key string) (net.Addr, error) {
	if h.picks.Add(1) == 2 {
		close(h.asked)
		<-h.hold
		panic("secret oops")
	}
	return h.ServerList.PickServer(key)
}

func TestPanicWithoutItsCallerIsReportedByClose(t *testing.T) {
	asked, hold := make(chan struct{}), make(chan struct{})
	servers := &holding{asked: asked, hold: hold}
	must(t, servers.SetServers(memcachedtest.Shared(t).Addr))
	cache := memcached.New(servers, nil)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- cache.Delete(ctx, "key") }()
	<-asked
	cancel()
	if err := <-left; err != context.Canceled {
		t.Errorf("the caller that left got %v", err)
	}
	close(hold)
	err := cache.Close()
	if fails(t, err, ctxcache.OpClose); strings.Contains(err.Error(), "secret") {
		t.Errorf("the message shows the panic's value: %v", err)
	}
	must(t, cache.Close())
}
