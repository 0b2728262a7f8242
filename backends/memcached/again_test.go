package memcached_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
)

// deletions returns how often each key was deleted.
func deletions(s *scripted) map[string]int {
	n := make(map[string]int)
	for _, command := range s.commands() {
		if key, found := strings.CutPrefix(command, "delete "); found {
			n[key]++
		}
	}
	return n
}

// Several keys wait to be deleted again while their server is in trouble. They are deleted when it is back.
func TestWhatCouldNotBeSentIsUndoneLater(t *testing.T) {
	for name, test := range map[string]struct {
		refuses bool // connections; or else the server answers nothing
		want    int  // deletions of each key, including the one at once
	}{
		"hangs":   {false, 2},
		"is down": {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				back := make(chan struct{})
				server := newPiped(func(string, string) string {
					<-back
					return "NOT_FOUND\r\n"
				})
				dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
					select {
					case <-back:
					default:
						if test.refuses {
							return nil, errors.New("refused")
						}
					}
					return server.pipes()(ctx, network, addr)
				}
				cache := memcached.New(server, &memcached.Options{WriteTimeout: hour, Timeout: time.Second, DialContext: dial})
				defer cache.Close()
				var all sync.WaitGroup
				for _, key := range []string{"a", "b"} {
					all.Go(func() {
						if err := cache.Set(t.Context(), key, nil, 0); err == nil {
							t.Errorf("Set of %s succeeds without an answer", key)
						}
					})
				}
				all.Wait()
				time.Sleep(2500 * time.Millisecond)
				close(back)
				time.Sleep(hour)
				synctest.Wait()
				if n := deletions(server); n["a"] != test.want || n["b"] != test.want {
					t.Errorf("the keys were deleted %v times, want %d each", n, test.want)
				}
			})
		})
	}
}

// A key that fails again and again takes one place of those that wait.
func TestOneKeyThatFailsLeavesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := make(chan struct{})
		server := newPiped(func(string, string) string { return "NOT_FOUND\r\n" })
		dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
			select {
			case <-back:
				return server.pipes()(ctx, network, addr)
			default:
				return nil, errors.New("refused")
			}
		}
		cache := memcached.New(server, &memcached.Options{WriteTimeout: hour, Timeout: time.Second, DialContext: dial})
		defer cache.Close()
		set := func(key string) {
			if err := cache.Set(t.Context(), key, nil, 0); err == nil {
				t.Errorf("Set of %s succeeds without a connection", key)
			}
		}
		for range 10_000 { // so many keys may wait
			set("hot")
		}
		set("other")
		close(back)
		time.Sleep(hour)
		synctest.Wait()
		if n := deletions(server); n["hot"] != 1 || n["other"] != 1 {
			t.Errorf("the keys were deleted %v times, want once each", n)
		}
	})
}

// A key is deleted when the timeout has passed after the first failure, and after the last one.
func TestKeyThatFailsAgainIsDeletedAfterEachFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(func(command, _ string) string {
			if strings.HasPrefix(command, "set") {
				return ""
			}
			return "NOT_FOUND\r\n"
		})
		cache := memcached.New(server, &memcached.Options{Timeout: time.Second, DialContext: server.pipes()})
		defer cache.Close()
		began := time.Now()
		at := func(after time.Duration, want int) {
			t.Helper()
			time.Sleep(after - time.Since(began))
			synctest.Wait()
			if n := deletions(server)["key"]; n != want {
				t.Errorf("after %v the key was deleted %d times, want %d", after, n, want)
			}
		}
		for _, after := range []time.Duration{0, time.Second / 2, 3 * time.Second / 4} {
			time.Sleep(after - time.Since(began))
			if err := cache.Set(t.Context(), "key", nil, 0); err == nil {
				t.Error("a set without an answer succeeds")
			}
		}
		at(time.Second-1, 3)
		at(time.Second, 4)
		at(7*time.Second/4-1, 4)
		at(7*time.Second/4, 5)
		at(time.Hour, 5)
	})
}

// Keys wait while the selector has no servers.
func TestWhatHasNoServerIsUndoneLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(func(command, _ string) string {
			if strings.HasPrefix(command, "set") {
				return ""
			}
			return "NOT_FOUND\r\n"
		})
		cache := memcached.New(server, &memcached.Options{Timeout: time.Second, DialContext: server.pipes()})
		defer cache.Close()
		if err := cache.Set(t.Context(), "key", nil, 0); err == nil {
			t.Error("a set without an answer succeeds")
		}
		must(t, server.SetServers())
		time.Sleep(2500 * time.Millisecond)
		must(t, server.SetServers("127.0.0.1:1"))
		time.Sleep(hour)
		synctest.Wait()
		if n := deletions(server)["key"]; n != 2 {
			t.Errorf("the key was deleted %d times, want twice", n)
		}
	})
}
