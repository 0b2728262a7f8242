package rediscache_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestOpen(t *testing.T) {
	folder, err := os.MkdirTemp("", "redis") //nolint:usetesting // the folder of the test has too long a name for a socket
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	socket := filepath.Join(folder, "s")
	server := redistest.Start(t, "--unixsocket", socket, "--requirepass", "pass word/@:")
	for _, url := range []string{
		"redis://:pass%20word%2F%40%3A@" + server.Addr,
		"redis://:pass%20word%2F%40%3A@" + server.Addr + "/3",
		"unix://:pass%20word%2F%40%3A@" + socket + "?db=4",
	} {
		cache, err := rediscache.Open(url, &rediscache.Options{Prefix: "p:"})
		must(t, err)
		if _, err := cache.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
			t.Errorf("Get: %v", err)
		}
		must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
		must(t, cache.Close())
		must(t, cache.Close())
		for _, operation := range operations {
			if err := operation.Call(t.Context(), cache); !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("%s after Close: %v", operation.Name, err)
			}
		}
	}
	_, err = rediscache.Open(server.URL(), &rediscache.Options{TTL: -1})
	if !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Open with invalid options: %v", err)
	}
}

func TestWrongPassword(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "right")
	cache, err := rediscache.Open("redis://:hunter2@"+server.Addr, nil)
	must(t, err)
	defer cache.Close()
	_, err = cache.Get(t.Context(), "key")
	if fails(t, err, ctxcache.OpGet); !redis.IsAuthError(err) && !redis.HasErrorPrefix(err, "WRONGPASS") {
		t.Errorf("the cause of %v is no error of authentication", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the message tells the password: %v", err)
	}
}

func TestOpenBadURL(t *testing.T) {
	for _, url := range []string{
		"", "hunter2", "://hunter2", "http://user:hunter2@host", "redis://:hunter2@host:port", "redis://:hunter2/more@host:6379",
		"redis://host/hunter2", "redis://host/1/hunter2", "redis://host?hunter2=1", "redis://host?db=hunter2", "redis://:%zzhunter2@host",
		"unix://", "redis://host:6379/ hunter2\x7f",
	} {
		_, err := rediscache.Open(url, nil)
		if !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Open(%q): %v, want one that wraps %v", url, err, ctxcache.ErrOptions)
			continue
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "hunter2") {
				t.Errorf("Open(%q) tells the password: %v", url, e)
			}
		}
	}
}

func TestCloseLeavesTheClientOfNew(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	cache := newCache(t, client, nil)
	must(t, cache.Close())
	must(t, client.Ping(t.Context()).Err())

	closed := redistest.Shared(t).Client(t)
	must(t, closed.Close())
	_, err := newCache(t, closed, nil).Get(t.Context(), "key")
	if fails(t, err, ctxcache.OpGet); errors.Is(err, ctxcache.ErrClosed) || !errors.Is(err, redis.ErrClosed) {
		t.Errorf("over a client that its owner closed: %v", err)
	}
}
