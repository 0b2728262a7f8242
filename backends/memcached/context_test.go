package memcached_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// promptly is how late a caller may leave. It is far below patiently.
const promptly = patiently / 3

// soon is a client timeout for tests that wait for it.
const soon = 300 * time.Millisecond

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

func TestTimeoutIsNoContextError(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: 50 * time.Millisecond})
	patient := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: patiently})
	must(t, patient.Set(t.Context(), "held", []byte("value"), hour))
	server.Pause()
	for _, operation := range operations() {
		for name, ctx := range map[string]context.Context{
			"can end":    t.Context(),
			"cannot end": context.WithoutCancel(t.Context()),
		} {
			err := operation.Call(ctx, cache)
			var failure *ctxcache.Error // not the bare error of a context
			if !errors.As(err, &failure) || failure.Op != operation.Op {
				t.Errorf("%s with a context that %s: got %v, want an *Error of this operation", operation.Name, name, err)
			}
		}
	}
	server.Resume()
	// No late answer is left that this Get could take for its own. The writes may have taken effect, and were undone.
	await(t, "a busy server answers in time", func() bool {
		value, err := cache.Get(t.Context(), "held")
		if err == nil && string(value) != "value" && string(value) != "secret value" {
			t.Errorf("Get returns %q, which is neither the old nor the new value", value)
		}
		return err == nil || err == ctxcache.ErrMiss
	})
}

// TestLateAnswerIsNobodyElses delays answers beyond the timeout, and beyond the deadline of callers. A caller that then
// asks for another key must get the answer for that key.
func TestLateAnswerIsNobodyElses(t *testing.T) {
	hold := make(chan struct{})
	var slow atomic.Bool
	server := newScripted(t, func(command, _ string) string {
		key := strings.TrimPrefix(command, "gets ")
		if slow.Load() && key == "slow" {
			<-hold
		}
		return "VALUE " + key + " 0 4 1\r\n" + key + "\r\nEND\r\n"
	})
	cache := newCacheOver(t, server, &memcached.Options{Timeout: 10 * soon, MaxIdleConns: 1}) // so that other answers come in time
	holds(t, cache, "slow", "slow")                                                           // uses the only connection that is kept
	slow.Store(true)
	fails(t, second(cache.Get(t.Context(), "slow")), ctxcache.OpGet)
	impatient(t, func(ctx context.Context) error { return second(cache.Get(ctx, "slow")) })
	for range 10 {
		holds(t, cache, "fast", "fast")
	}
	close(hold)
	for range 10 {
		holds(t, cache, "next", "next")
	}
}

func TestAnswerOfAnotherKeyIsRefused(t *testing.T) {
	server := newScripted(t, func(string, string) string { return "VALUE other 0 5 1\r\nvalue\r\nEND\r\n" })
	cache := newCacheOver(t, server, nil)
	fails(t, second(cache.Get(t.Context(), "key")), ctxcache.OpGet)
	found, err := cache.GetEntries(t.Context(), []string{"key"})
	if fails(t, err, ctxcache.OpGetEntries); len(found) > 0 {
		t.Errorf("GetEntries returns %v", found)
	}
}

func TestLateGrantIsGivenBack(t *testing.T) {
	var added, released atomic.Bool
	hold := make(chan struct{})
	var token atomic.Value
	server := newScripted(t, func(command, item string) string {
		switch {
		case strings.HasPrefix(command, "add "):
			token.Store(item)
			added.Store(true)
			<-hold
			return "STORED\r\n"
		case strings.HasPrefix(command, "cas "):
			released.Store(strings.Contains(command, " 2592001 0 9")) // an expiry in the past, and the CAS ID of the marker
			return "STORED\r\n"
		case added.Load():
			return "VALUE free " + markerFlagsText + " 16 9\r\n" + token.Load().(string) + "\r\nEND\r\n"
		}
		return "END\r\n"
	})
	cache := newCacheOver(t, server, &memcached.Options{LeaseTTL: hour})
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, _, err := cache.GetLease(ctx, "free", 0)
		left <- err
	}()
	await(t, "the marker was on its way", added.Load)
	cancel()
	if err := <-left; err != context.Canceled {
		t.Errorf("the caller that left got %v", err)
	}
	await(t, "the grant was given back at once, although its answer is missing", released.Load)
	released.Store(false)
	close(hold)
	await(t, "the late grant was given back", released.Load)
}

func TestUnknownGrantIsGivenBack(t *testing.T) {
	var token atomic.Value
	var added, released atomic.Bool
	server := newScripted(t, func(command, item string) string {
		switch {
		case strings.HasPrefix(command, "add "):
			token.Store(item)
			added.Store(true)
			return "" // the answer is lost
		case strings.HasPrefix(command, "cas "):
			released.Store(true)
			return "STORED\r\n"
		case added.Load():
			return "VALUE free " + markerFlagsText + " 16 9\r\n" + token.Load().(string) + "\r\nEND\r\n"
		}
		return "END\r\n"
	})
	cache := newCacheOver(t, server, nil)
	_, l, err := cache.GetLease(t.Context(), "free", 0)
	if fails(t, err, ctxcache.OpGetLease); l.Granted() {
		t.Error("a lease was granted although the answer was lost")
	}
	await(t, "the unknown grant was given back", released.Load)
}

func TestCloseReleasesCallersOfAServerThatHangs(t *testing.T) {
	for name, derive := range map[string]func(context.Context) context.Context{
		"in time":           func(ctx context.Context) context.Context { return ctx },
		"that cannot leave": context.WithoutCancel,
	} {
		t.Run(name, func(t *testing.T) {
			asked, hold := make(chan struct{}), make(chan struct{})
			defer close(hold)
			server := newScripted(t, func(string, string) string {
				close(asked)
				<-hold
				return ""
			})
			cache := newCacheOver(t, server, nil)
			answer := make(chan error)
			go func() { answer <- second(cache.Get(derive(t.Context()), "held")) }()
			<-asked
			go cache.Close() // calling it twice does no harm
			must(t, cache.Close())
			if err := <-answer; !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("a call that Close ended returns %v", err)
			}
		})
	}
}

func TestCloseWhileConnecting(t *testing.T) {
	dialing, hold := make(chan struct{}), make(chan struct{})
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			close(dialing)
			<-hold
			return new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, addr)
		},
	})
	answer := make(chan error)
	go func() { answer <- second(cache.Get(context.WithoutCancel(t.Context()), "key")) }()
	<-dialing
	closed := make(chan error)
	go func() { closed <- cache.Close() }() // waits for the dial, which ignores its context
	if err := <-answer; !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("a call that connects during Close returns %v", err)
	}
	close(hold)
	must(t, <-closed)
}
