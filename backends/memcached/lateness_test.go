package memcached_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// A server answers nothing. Timeouts.Late is not before the last deletion of the key reaches it.
func TestLateIsAfterTheLastDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var servers memcache.ServerList
		must(t, servers.SetServers("127.0.0.1:1")) // nobody dials it
		var mu sync.Mutex
		var deleted []time.Time
		options := memcached.Options{DialContext: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			context.AfterFunc(t.Context(), func() { theirs.Close() })
			go func() {
				for lines := bufio.NewScanner(theirs); lines.Scan(); {
					if strings.HasPrefix(lines.Text(), "delete ") {
						mu.Lock()
						deleted = append(deleted, time.Now())
						mu.Unlock()
					}
				}
			}()
			return ours, nil
		}}
		cache := memcached.New(&servers, &options)
		defer cache.Close()
		if err := cache.Set(t.Context(), "key", []byte("late"), 0); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Fatalf("Set: %v", err)
		}
		left := time.Now()
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		if len(deleted) < 2 {
			t.Fatalf("the key was deleted %d times, want two", len(deleted))
		}
		if after, late := deleted[len(deleted)-1].Sub(left), cache.Timeouts().Late; after > late {
			t.Errorf("the last deletion came %v after the call, and Late is %v", after, late)
		}
	})
}

// However long the timeout is, Late does not overflow.
func TestLateOfALongTimeout(t *testing.T) {
	var servers memcache.ServerList
	must(t, servers.SetServers("127.0.0.1:1")) // nobody dials it
	for _, timeout := range []time.Duration{time.Hour, ctxcache.NoExpiry / 2, ctxcache.NoExpiry} {
		cache := memcached.New(&servers, &memcached.Options{Timeout: timeout})
		defer cache.Close()
		if late := cache.Timeouts().Late; late < timeout/5*4 {
			t.Errorf("with a timeout of %v, Late is %v", timeout, late)
		}
	}
}

// A server that answers nothing has not answered late either, if the value was not sent to it because it is too large.
func TestAnUnfitValueWithoutAnAnswerIsNotAnsweredLate(t *testing.T) {
	for name, set := range map[string]func(ctx context.Context, c *cacheOfBytes) error{
		"Set": func(ctx context.Context, c *cacheOfBytes) error { return c.Set(ctx, "key", make([]byte, 2), 0) },
		"SetEntries": func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntries(ctx, map[string]entry{"key": ctxcache.NewEntry(make([]byte, 2), 0)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var servers memcache.ServerList
				must(t, servers.SetServers("127.0.0.1:1")) // nobody dials it
				cache := memcached.New(&servers, &memcached.Options{
					MaxItemSize: 1, WriteTimeout: time.Second, Timeout: 3 * time.Second,
					DialContext: func(context.Context, string, string) (net.Conn, error) {
						ours, theirs := net.Pipe()
						context.AfterFunc(t.Context(), func() { theirs.Close() })
						return ours, nil
					},
				})
				defer cache.Close()
				if err := set(t.Context(), cache); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Errorf("%v, want ErrTimeout", err)
				}
				time.Sleep(10 * time.Second)
				if stats, err := cache.Stats(t.Context()); err != nil || stats.Timeouts != 1 || stats.Late != 0 {
					t.Errorf("%d timeouts, %d late answers, %v; want 1 and 0", stats.Timeouts, stats.Late, err)
				}
			})
		})
	}
}
