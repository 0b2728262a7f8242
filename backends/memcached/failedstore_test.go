package memcached_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// store is a way to store a value under "key".
type store struct {
	name string
	op   ctxcache.Operation
	call func(ctx context.Context, c *cacheOfBytes, e entry) error // the error of the key
}

var stores = []store{
	{"Set", ctxcache.OpSet, func(ctx context.Context, c *cacheOfBytes, e entry) error { return c.Set(ctx, "key", e.Value, e.TTL) }},
	{"SetEntry", ctxcache.OpSetEntry, func(ctx context.Context, c *cacheOfBytes, e entry) error { return c.SetEntry(ctx, "key", e) }},
	{"SetEntries", ctxcache.OpSetEntries, func(ctx context.Context, c *cacheOfBytes, e entry) error {
		return ctxcache.KeyError(c.SetEntries(ctx, map[string]entry{"key": e, "other": {}}), "key")
	}},
}

// picky is an ItemCodec that refuses some values, and panics at one.
type picky struct{ memcached.Bytes }

func (picky) Encode(value []byte) ([]byte, uint32, error) {
	switch string(value) {
	case "refused":
		return nil, 0, errOops
	case "reserved":
		return nil, markerFlags, nil
	case "panics":
		panic(errOops)
	}
	return value, 0, nil
}

func TestFailedStoreTakesTheOldValueAway(t *testing.T) {
	server := memcachedtest.Shared(t)
	large := make([]byte, 2<<20)
	for name, test := range map[string]struct {
		options memcached.Options
		value   []byte
		cause   error
	}{
		"too large for the cache":  {memcached.Options{MaxItemSize: 1000}, large, memcached.ErrTooLarge},
		"too large for the server": {memcached.Options{MaxItemSize: 4 << 20}, large, memcached.ErrTooLarge},
		"does not encode":          {memcached.Options{}, []byte("refused"), errOops},
		"has reserved flags":       {memcached.Options{}, []byte("reserved"), ctxcache.ErrValue},
	} {
		for _, plain := range []bool{false, true} {
			for _, s := range stores {
				options := test.options
				options.Prefix, options.Plain = nextPrefix(), plain
				options.ReadTimeout, options.WriteTimeout, options.Timeout = patiently, patiently, patiently
				cache := memcached.NewWithCodec(list(t, server), picky{}, &options)
				t.Cleanup(func() { must(t, cache.Close()) })
				must(t, cache.Set(t.Context(), "key", []byte("old"), hour))
				err := s.call(t.Context(), cache, ctxcache.NewEntry(test.value, hour))
				if fails(t, err, s.op); !errors.Is(err, test.cause) || !errors.Is(err, ctxcache.ErrValue) {
					t.Errorf("%s of a value that %s: %v", s.name, name, err)
				}
				if _, outage := errors.AsType[net.Error](err); outage {
					t.Errorf("%s of a value that %s looks like an outage: %v", s.name, name, err)
				}
				if got, err := cache.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
					t.Errorf("%s of a value that %s leaves %q, %v", s.name, name, got, err)
				}
			}
		}
	}
}

func TestMistakesLeaveTheOldValue(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	server := memcachedtest.Shared(t)
	for name, test := range map[string]struct {
		ctx   context.Context
		plain bool
		e     entry
	}{
		"a negative TTL":                {ctx: t.Context(), e: ctxcache.NewEntry([]byte("refused"), -1)},
		"a TTL that ends too late":      {ctx: t.Context(), e: ctxcache.NewEntry([]byte("refused"), ctxcache.NoExpiry-1)},
		"a context that is done":        {ctx: done, e: ctxcache.NewEntry([]byte("refused"), hour)},
		"a negative entry, unsupported": {ctx: t.Context(), plain: true, e: negative(hour)},
	} {
		for _, s := range stores {
			if test.e.Absent && s.op == ctxcache.OpSet {
				continue
			}
			cache := memcached.NewWithCodec(list(t, server), picky{}, &memcached.Options{
				Prefix: nextPrefix(), Plain: test.plain, ReadTimeout: patiently, WriteTimeout: patiently, Timeout: patiently,
			})
			t.Cleanup(func() { must(t, cache.Close()) })
			must(t, cache.Set(t.Context(), "key", []byte("old"), hour))
			if err := s.call(test.ctx, cache, test.e); err == nil || errors.Is(err, ctxcache.ErrValue) {
				t.Errorf("%s with %s: %v", s.name, name, err)
			}
			holds(t, cache, "key", "old")
		}
	}
}

// TestStoreThatTheServerRefuses uses a server that refuses every set, and the deletions after it, too.
func TestStoreThatTheServerRefuses(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		for _, s := range stores {
			server := newScripted(t, func(command, _ string) string {
				switch {
				case strings.HasPrefix(command, "set other"):
					return "STORED\r\n"
				case strings.HasPrefix(command, "set"):
					return "SERVER_ERROR out of memory storing object\r\n"
				case deletes:
					return "DELETED\r\n"
				}
				return "SERVER_ERROR out of order\r\n"
			})
			cache := newCacheOver(t, server, &memcached.Options{MaxIdleConns: 1})
			err := s.call(t.Context(), cache, filling("new"))
			if fails(t, err, s.op); !strings.Contains(err.Error(), "out of memory") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", s.name, err)
			}
			if deletes == errors.Is(err, ctxcache.ErrRefused) {
				t.Errorf("%s, and the deletion works: %v, is it refused? %v", s.name, deletes, err)
			}
			if deletes == strings.Contains(err.Error(), "out of order") {
				t.Errorf("%s, and the deletion works: %v: %v", s.name, deletes, err)
			}
			if commands := strings.Join(server.commands(), ", "); !strings.Contains(commands, "delete key") {
				t.Errorf("%s sent %s", s.name, commands)
			}
		}
	}
}

// pipes returns a DialContext that leads to fake over pipes, which synctest knows. Unlike the timeouts of sockets, those
// of pipes are in the time of the test.
func (s *scripted) pipes() func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go s.serve(theirs)
		return ours, nil
	}
}

// newPiped returns a server of pipes, for a test in a synctest bubble.
func newPiped(answer func(command, item string) string) *scripted {
	var selector memcache.ServerList
	_ = selector.SetServers("127.0.0.1:1") // nobody dials it
	return &scripted{ServerList: &selector, answer: answer}
}

// TestSetThatIsAnsweredLateIsUndone: the caller has left, and then the server says that the value is stored.
func TestSetThatIsAnsweredLateIsUndone(t *testing.T) {
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var release chan struct{}
				server := newPiped(func(command, _ string) string {
					if strings.HasPrefix(command, "set key") {
						<-release
					}
					if strings.HasPrefix(command, "set") {
						return "STORED\r\n"
					}
					return "DELETED\r\n"
				})
				cache := memcached.New(server, &memcached.Options{WriteTimeout: time.Second, Timeout: hour, DialContext: server.pipes()})
				defer cache.Close()
				deletions := func() int {
					synctest.Wait()
					return strings.Count(strings.Join(server.commands(), ","), "delete key")
				}
				for name, ctx := range map[string]func() (context.Context, context.CancelFunc){
					"limit": func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), hour) },
					"deadline": func() (context.Context, context.CancelFunc) {
						return context.WithTimeout(t.Context(), time.Millisecond)
					},
				} {
					release = make(chan struct{})
					before := deletions()
					ctx, cancel := ctx()
					if err := s.call(ctx, cache, filling("value")); err == nil {
						t.Errorf("%s succeeds at the %s", s.name, name)
					}
					cancel()
					if n := deletions() - before; n != 1 {
						t.Errorf("%s at the %s: the key was deleted %d times when the caller left", s.name, name, n)
					}
					close(release)
					if n := deletions() - before; n != 2 {
						t.Errorf("%s at the %s: the key was deleted %d times in the end", s.name, name, n)
					}
				}
			})
		})
	}
}

// TestCloseEndsWhatWaitsToBeUndone: no goroutine is left, or synctest would say so.
func TestCloseEndsWhatWaitsToBeUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(func(string, string) string { return "" })
		cache := memcached.New(server, &memcached.Options{Timeout: hour, DialContext: server.pipes()})
		before := time.Now()
		if err := cache.Set(t.Context(), "key", nil, 0); err == nil {
			t.Error("a set without an answer succeeds")
		}
		must(t, cache.Close())
		if waited := time.Since(before); waited >= hour {
			t.Errorf("Close came after %v", waited)
		}
	})
}
