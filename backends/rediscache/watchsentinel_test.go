package rediscache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// sentinel is a double of a sentinel. It names the server that the test sets.
type sentinel struct {
	addr   string
	master atomic.Pointer[redistest.Server]
	hangs  atomic.Bool // it does not answer
}

func startSentinel(t *testing.T, master *redistest.Server) *sentinel {
	t.Helper()
	s := &sentinel{}
	s.master.Store(master)
	s.addr = front(t, listen(t), func(_ int, client net.Conn) {
		in := bufio.NewReader(client)
		for {
			words, err := readCommand(in)
			if err != nil {
				return
			}
			reply := "+OK\r\n"
			switch command := strings.ToLower(strings.Join(words[:min(2, len(words))], " ")); {
			case s.hangs.Load():
				continue
			case command == "sentinel get-master-addr-by-name":
				host, port, err := net.SplitHostPort(s.master.Load().Addr)
				if err != nil {
					t.Error(err)
				}
				reply = fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(host), host, len(port), port)
			case command == "sentinel sentinels":
				reply = "*0\r\n"
			case strings.HasPrefix(command, "subscribe "):
				reply = ""
				for i, channel := range words[1:] {
					reply += fmt.Sprintf("*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:%d\r\n", len(channel), channel, i+1)
				}
			case strings.HasPrefix(command, "hello"):
				reply = "-ERR unknown command\r\n"
			}
			if _, err := client.Write([]byte(reply)); err != nil {
				return
			}
		}
	})
	return s
}

func (s *sentinel) client(t *testing.T) *redis.Client {
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: []string{s.addr},
		ReadTimeout: 500 * time.Millisecond, MaxRetries: -1, DialerRetries: 1,
	})
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// A Watch ends when the sentinels name another master, even if the old one goes on as if nothing had happened. They may
// have lost sight of it.
func TestWatchEndsWithItsMaster(t *testing.T) {
	old, other := redistest.Start(t), redistest.Start(t)
	s := startSentinel(t, old)
	cache := newCache(t, s.client(t), &rediscache.Options{Prefix: "p:", WatchTimeout: 10 * soon})
	for range 2 {
		f := follow(t, cache)
		client := s.master.Load().Client(t)
		must(t, client.Set(t.Context(), "p:key", "new", 0).Err())
		if e := f.next(); e.Key != "p:key" {
			t.Errorf("%+v", e)
		}
		s.master.Store(other)
		err := f.end()
		if wantEnded(t, err); !strings.Contains(err.Error(), "another master") {
			t.Errorf("Watch: %v", err)
		}
		wantNoWatchers(t, client)
		other = old
	}
}

// A Watch goes on while the sentinels name the same master, however long it has nothing to report, and however much.
func TestWatchGoesOnWithItsMaster(t *testing.T) {
	for _, rule := range []string{"+role", "-role"} {
		master := redistest.Start(t)
		account(t, master, "~*", "&*", "+@all", rule)
		s := startSentinel(t, master)
		client := redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: redistest.MasterName, SentinelAddrs: []string{s.addr}, Username: "app", Password: "pw",
		})
		t.Cleanup(func() { must(t, client.Close()) })
		direct := master.Client(t)
		f := follow(t, newCache(t, client, &rediscache.Options{Prefix: "p:", WatchTimeout: 5 * soon}))
		asked := func() int {
			info, err := direct.Info(t.Context(), "stats").Result()
			must(t, err)
			_, rest, _ := strings.Cut(info, "total_connections_received:")
			var n int
			_, err = fmt.Sscan(rest, &n)
			must(t, err)
			return n
		}
		for begun := asked(); asked() < begun+4; { // the Watch has dialled again
			must(t, direct.Set(t.Context(), "p:key", "new", 0).Err())
			if e := f.next(); e.Key != "p:key" {
				t.Errorf("%+v", e)
			}
		}
		begun := asked()
		await(t, "the Watch has dialled again", func() bool { return asked() >= begun+4 })
		must(t, direct.Set(t.Context(), "p:key", "new", 0).Err())
		if e := f.next(); e.Key != "p:key" {
			t.Errorf("%s: %+v", rule, e)
		}
		if roles := commandCalls(t, direct, "role"); rule == "+role" && roles < 4 {
			t.Errorf("the server was asked %d times for its role", roles)
		}
	}
}

// A Watch ends when its server becomes a replica, even if the server keeps the connection, and the sentinels know
// nothing.
func TestWatchEndsIfItsMasterIsDemoted(t *testing.T) {
	master, other := redistest.Start(t), redistest.Start(t)
	s := startSentinel(t, master)
	cache := newCache(t, s.client(t), &rediscache.Options{Prefix: "p:", WatchTimeout: 10 * soon})
	f := follow(t, cache)
	host, port, err := net.SplitHostPort(other.Addr)
	must(t, err)
	must(t, master.Client(t).Do(t.Context(), "REPLICAOF", host, port).Err())
	err = f.end()
	if wantEnded(t, err); !strings.Contains(err.Error(), "not a master") {
		t.Errorf("Watch: %v", err)
	}
	err = cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
	if wantEnded(t, err); !strings.Contains(err.Error(), "not a master") {
		t.Errorf("Watch of a replica: %v", err)
	}
}

// If the sentinels do not answer, nobody knows whether there is another master.
func TestWatchEndsIfTheSentinelsAreSilent(t *testing.T) {
	master := redistest.Start(t)
	s := startSentinel(t, master)
	cache := newCache(t, s.client(t), &rediscache.Options{Prefix: "p:", WatchTimeout: 2 * soon, WriteTimeout: soon})
	f := follow(t, cache)
	s.hangs.Store(true)
	err := f.end()
	if wantEnded(t, err); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Watch: %v", err)
	}
	wantEnded(t, cache.Watch(context.WithoutCancel(t.Context()), func(ctxcache.Event) { t.Error("an event") }))
	s.hangs.Store(false)
	await(t, "a new Watch works", func() bool {
		f := startFollowing(t, cache)
		defer f.stop()
		select {
		case err := <-f.ended:
			f.ended <- err
			return false
		case e := <-f.events:
			return e.Gap
		}
	})
}

// A panic of a Dialer while the Watch looks for the master ends the Watch.
func TestWatchEndsIfItsDialerPanics(t *testing.T) {
	master := redistest.Start(t)
	s := startSentinel(t, master)
	var panics atomic.Bool
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: []string{s.addr},
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if panics.Load() && addr == master.Addr {
				panic("of the Dialer")
			}
			var dialer net.Dialer
			return dialer.DialContext(ctx, network, addr)
		},
	})
	t.Cleanup(func() { must(t, client.Close()) })
	cache := rediscache.New(client, patient(&rediscache.Options{Prefix: "p:", WatchTimeout: 5 * soon}))
	f := follow(t, cache)
	panics.Store(true)
	wantEnded(t, f.end())
	if err := cache.Close(); err == nil {
		t.Error("Close does not report the panic")
	}
}
