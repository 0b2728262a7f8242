package rediscache_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Watch connects as the client does, whatever its options are.
func TestWatchConnectsAsTheClient(t *testing.T) {
	folder, err := os.MkdirTemp("", "redis") //nolint:usetesting // the folder of the test has too long a name for a socket
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	socket := filepath.Join(folder, "s")
	server := redistest.Start(t, "--unixsocket", socket, "--requirepass", "secret")
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "secret", ReadTimeout: redistest.Patience})
	t.Cleanup(func() { must(t, admin.Close()) })
	must(t, admin.Do(t.Context(), "ACL", "SETUSER", "app", "on", ">pw", "~p:*", "&p:*", "+@all").Err())
	secure := encrypted(t, server)
	var dials, connects atomic.Int32
	for name, options := range map[string]*redis.Options{
		"password": {Addr: server.Addr, Password: "secret"},
		"account":  {Addr: server.Addr, Username: "app", Password: "pw"},
		"provider": {Addr: server.Addr, CredentialsProvider: func() (string, string) { return "app", "pw" }},
		"provider with a context": {Addr: server.Addr, CredentialsProviderContext: func(context.Context) (string, string, error) {
			return "app", "pw", nil
		}},
		"database":       {Addr: server.Addr, Password: "secret", DB: 5},
		"socket":         {Addr: socket, Network: "unix", Password: "secret"},
		"TLS":            {Addr: secure, Password: "secret", TLSConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // a server of the test
		"name":           {Addr: server.Addr, Password: "secret", ClientName: "tester"},
		"no own timeout": {Addr: server.Addr, Password: "secret", ReadTimeout: -1, WriteTimeout: -1},
		"dialer": {Addr: "nowhere:1", Password: "secret", Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials.Add(1)
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", server.Addr)
		}},
		"on connect": {Addr: server.Addr, Password: "secret", OnConnect: func(ctx context.Context, conn *redis.Conn) error {
			connects.Add(1)
			return conn.ClientSetName(ctx, "by-OnConnect").Err()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			client := redis.NewClient(options)
			t.Cleanup(func() { must(t, client.Close()) })
			cache := newCache(t, client, &rediscache.Options{Prefix: "p:", WatchTimeout: 10 * soon})
			f := follow(t, cache)
			must(t, admin.Set(t.Context(), "p:key", name, 0).Err())
			if e := f.next(); e.Key != "p:key" {
				t.Errorf("%+v", e)
			}
			list, err := admin.Do(t.Context(), "CLIENT", "LIST", "TYPE", "PUBSUB").Text()
			must(t, err)
			switch name {
			case "account", "provider", "provider with a context":
				if !strings.Contains(list, "user=app") {
					t.Errorf("the connection is %s", list)
				}
			case "name":
				if !strings.Contains(list, "name=tester") {
					t.Errorf("the connection is %s", list)
				}
			case "on connect":
				if !strings.Contains(list, "name=by-OnConnect") || connects.Load() != 1 {
					t.Errorf("the connection is %s, after %d calls of OnConnect", list, connects.Load())
				}
			case "dialer":
				if dials.Load() != 1 {
					t.Errorf("%d dials", dials.Load())
				}
			}
			f.stop()
			wantNoWatchers(t, admin)
		})
	}
}

func TestWatchOfACacheOfOpen(t *testing.T) {
	server := redistest.Start(t)
	cache, err := rediscache.Open(server.URL()+"?read_timeout=1m", patient(&rediscache.Options{Prefix: "p:"}))
	must(t, err)
	defer func() { must(t, cache.Close()) }()
	f := follow(t, cache)
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	if e := f.next(); e.Key != ctxcache.StoredKey(cache, "key") {
		t.Errorf("%+v", e)
	}
}

// A failure of the client's own functions is a failure of Watch, and leaves no connection.
func TestWatchWithAClientThatFails(t *testing.T) {
	server := redistest.Start(t)
	broken := errors.New("broken")
	for name, change := range map[string]func(o *redis.Options){
		"OnConnect": func(o *redis.Options) { o.OnConnect = func(context.Context, *redis.Conn) error { return broken } },
		"Dialer": func(o *redis.Options) {
			o.Dialer = func(context.Context, string, string) (net.Conn, error) { return nil, broken }
		},
		"credentials": func(o *redis.Options) {
			o.CredentialsProviderContext = func(context.Context) (string, string, error) { return "", "", broken }
		},
	} {
		options := server.Options()
		change(options)
		client := redis.NewClient(options)
		t.Cleanup(func() { must(t, client.Close()) })
		err := newCache(t, client, nil).Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
		if wantEnded(t, err); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(o *redis.Options){
		"OnConnect": func(o *redis.Options) { o.OnConnect = func(context.Context, *redis.Conn) error { panic(broken) } },
		"Dialer": func(o *redis.Options) {
			o.Dialer = func(context.Context, string, string) (net.Conn, error) { panic(broken) }
		},
	} {
		options := server.Options()
		change(options)
		client := redis.NewClient(options)
		t.Cleanup(func() { must(t, client.Close()) })
		cache := newCache(t, client, nil)
		func() {
			defer func() {
				if value := recover(); value != broken {
					t.Errorf("%s: recovered %v", name, value)
				}
			}()
			_ = cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
		}()
	}
	await(t, "all connections are closed", func() bool {
		list, err := server.Client(t).Do(t.Context(), "CLIENT", "LIST").Text()
		must(t, err)
		return !strings.Contains(list, "cmd=hello") && !strings.Contains(list, "cmd=client|setinfo")
	})
}
