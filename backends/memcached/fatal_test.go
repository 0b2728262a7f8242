package memcached_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// Functions of the user that end every call below the cache, by a panic or by runtime.Goexit.
var fatal = map[string]func(){
	"panic":  func() { panic("secret value") },
	"Goexit": runtime.Goexit,
}

// brokenConn is a connection one of whose methods ends its caller. Nobody is at its other end.
type brokenConn struct {
	in  string
	end func()
}

func (c *brokenConn) use(method string) {
	if method == c.in {
		c.end()
	}
}

func (c *brokenConn) Write(b []byte) (int, error)      { c.use("Write"); return len(b), nil }
func (c *brokenConn) Read([]byte) (int, error)         { c.use("Read"); return 0, io.EOF }
func (c *brokenConn) SetDeadline(time.Time) error      { c.use("SetDeadline"); return nil }
func (c *brokenConn) SetReadDeadline(time.Time) error  { return nil }
func (c *brokenConn) SetWriteDeadline(time.Time) error { return nil }
func (c *brokenConn) Close() error                     { c.use("Close"); return nil }
func (c *brokenConn) LocalAddr() net.Addr              { return nil }
func (c *brokenConn) RemoteAddr() net.Addr             { return nil }

// TestDialerThatEndsTheCallIsAnError checks every operation, because gomemcache dials on goroutines of its own in some of
// them.
func TestDialerThatEndsTheCallIsAnError(t *testing.T) {
	dial := func(fn func() net.Conn) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) { return fn(), nil }
	}
	dials := map[string]func(context.Context, string, string) (net.Conn, error){
		"nil": dial(func() net.Conn { return nil }),
	}
	for how, end := range fatal {
		dials[how] = dial(func() net.Conn { end(); return nil })
		for _, in := range []string{"Write", "Read", "SetDeadline", "Close"} {
			dials[how+" in "+in] = dial(func() net.Conn { return &brokenConn{in, end} })
		}
	}
	servers := new(memcache.ServerList)
	must(t, servers.SetServers("127.0.0.1:1", "127.0.0.1:2")) // nothing listens there
	for how, dial := range dials {
		for _, limit := range []time.Duration{0, ctxcache.NoExpiry} { // with a limit, a call has a goroutine of its own
			cache := newCacheOver(t, servers, &memcached.Options{DialContext: dial, ReadTimeout: limit, WriteTimeout: limit})
			for _, operation := range operations() {
				for _, ctx := range []context.Context{t.Context(), context.Background()} {
					err := operation.Call(ctx, cache)
					fails(t, err, operation.Op)
					discreet(t, err)
				}
			}
			for name, err := range map[string]error{
				"GetLease":  third(cache.GetLease(t.Context(), "free", 0)),
				"GetLeases": third(cache.GetLeases(t.Context(), []string{"a", "b"}, 0)),
			} {
				if err == nil || err == ctxcache.ErrMiss {
					t.Errorf("%s with a dialer that ends with %s: %v", name, how, err)
				}
			}
		}
	}
}

func third[T1, T2 any](_ T1, _ T2, err error) error { return err }

// ending is a selector that ends the call when it picks a server.
type ending struct{ end func() }

func (e ending) PickServer(string) (net.Addr, error) { e.end(); return nil, nil }
func (e ending) Each(func(net.Addr) error) error     { e.end(); return nil }

// TestGoexitBelowTheCacheEndsTheCaller checks that nobody waits for a call that has ended its goroutine.
func TestGoexitBelowTheCacheEndsTheCaller(t *testing.T) {
	for name, cache := range map[string]*cacheOfBytes{
		"selector": newCacheOver(t, ending{runtime.Goexit}, nil),
		"EncodeKey": newCacheOver(t, list(t), &memcached.Options{
			EncodeKey: func(string) (string, error) { runtime.Goexit(); return "", nil },
		}),
	} {
		for _, operation := range operations() {
			if name == "EncodeKey" && operation.Op == ctxcache.OpStats {
				continue // it has no key
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				err := operation.Call(t.Context(), cache)
				t.Errorf("%s after a Goexit of the %s: %v, want the end of the goroutine", operation.Name, name, err)
			}()
			<-ended
		}
	}
}

// trapped is a selector that ends whatever picks a server while its trap is set.
type trapped struct {
	memcache.ServerSelector
	trap atomic.Pointer[func()]
}

func (s *trapped) PickServer(key string) (net.Addr, error) {
	if end := s.trap.Load(); end != nil {
		(*end)()
	}
	return s.ServerSelector.PickServer(key)
}

// TestUndoingGoesOnAfterTheSelectorHasEndedIt checks that later commands without an answer are undone again, too.
func TestUndoingGoesOnAfterTheSelectorHasEndedIt(t *testing.T) {
	for how, end := range fatal {
		synctest.Test(t, func(t *testing.T) {
			server := newPiped(func(command, _ string) string {
				if strings.HasPrefix(command, "set") {
					return ""
				}
				return "NOT_FOUND\r\n"
			})
			servers := &trapped{ServerSelector: server}
			cache := memcached.New(servers, &memcached.Options{Timeout: time.Second, DialContext: server.pipes()})
			defer cache.Close()
			set := func(key string) {
				if err := cache.Set(t.Context(), key, nil, 0); err == nil {
					t.Errorf("Set of %s succeeds without an answer", key)
				}
			}
			set("first")
			servers.trap.Store(&end)
			time.Sleep(2 * time.Second)
			synctest.Wait()
			servers.trap.Store(nil)
			set("second")
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if n := strings.Count(strings.Join(server.commands(), ", "), "delete second"); n != 2 {
				t.Errorf("after a %s: deleted %d times, want at once and again: %q", how, n, server.commands())
			}
		})
	}
}
