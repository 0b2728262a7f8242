package main_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// reader reads from the server by one of the clients, with the client's defaults. Only the time that it waits for a
// server that shares the machine is longer.
type reader struct {
	name string

	// get returns the length of the value of key.
	get func(ctx context.Context, key string) (int, error)

	// getMany returns how many of keys have a value. It is nil if the client does the same as another one for many keys.
	getMany func(ctx context.Context, keys []string) (int, error)
}

// The names of the readers that others are compared with.
const (
	bare       = "go-redis"
	rival      = "rueidis"
	ours       = "cached, Open"
	oursClient = "cached, New"
)

func readers(t *testing.T, server *redistest.Server) []reader {
	t.Helper()
	return []reader{
		goRedis(bare, server.Client(t)),
		autoPipeline(t, server),
		clientSideCache(t, server),
		ofRueidis(t, server, rival, false),
		ofRueidis(t, server, "rueidis, DisableAutoPipelining", true),
		doCache(t, server),
		open(t, server),
		ofCached(t, oursClient, rediscache.New(server.Client(t), patience)),
	}
}

func goRedis(name string, client redis.Cmdable) reader {
	return reader{
		name: name,
		get: func(ctx context.Context, key string) (int, error) {
			value, err := client.Get(ctx, key).Bytes()
			return len(value), err
		},
		getMany: func(ctx context.Context, keys []string) (int, error) {
			values, err := client.MGet(ctx, keys...).Result()
			return len(values), err
		},
	}
}

// autoPipeline is a client of go-redis whose callers share round trips.
func autoPipeline(t *testing.T, server *redistest.Server) reader {
	t.Helper()
	client, err := server.Client(t).AutoPipeline() // closing the client ends it
	if err != nil {
		t.Fatal(err)
	}
	r := goRedis("go-redis, AutoPipeline", client)
	r.getMany = nil
	return r
}

// clientSideCache is a client of go-redis that keeps what it has read. So it reads from memory here.
func clientSideCache(t *testing.T, server *redistest.Server) reader {
	t.Helper()
	options := server.Options()
	options.Protocol = 3
	options.ClientSideCacheConfig = &redis.ClientSideCacheConfig{}
	client := redis.NewClient(options)
	t.Cleanup(func() { closed(t, client.Close()) })
	r := goRedis("go-redis, client-side cache*", client)
	r.getMany = nil
	return r
}

func closed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("closing a client: %v", err)
	}
}

func newRueidis(t *testing.T, server *redistest.Server, alone bool) rueidis.Client {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr}, DisableAutoPipelining: alone, ConnWriteTimeout: redistest.Patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// ofRueidis is rueidis, whose callers share round trips, unless each of them is alone.
func ofRueidis(t *testing.T, server *redistest.Server, name string, alone bool) reader {
	t.Helper()
	client := newRueidis(t, server, alone)
	r := reader{
		name: name,
		get: func(ctx context.Context, key string) (int, error) {
			value, err := client.Do(ctx, client.B().Get().Key(key).Build()).AsBytes()
			return len(value), err
		},
	}
	if !alone {
		r.getMany = func(ctx context.Context, keys []string) (int, error) {
			values, err := client.Do(ctx, client.B().Mget().Key(keys...).Build()).ToArray()
			return len(values), err
		}
	}
	return r
}

// doCache is rueidis that keeps what it has read. So it reads from memory here.
func doCache(t *testing.T, server *redistest.Server) reader {
	t.Helper()
	client := newRueidis(t, server, false)
	return reader{
		name: "rueidis, DoCache*",
		get: func(ctx context.Context, key string) (int, error) {
			value, err := client.DoCache(ctx, client.B().Get().Key(key).Cache(), time.Hour).AsBytes()
			return len(value), err
		},
		getMany: func(ctx context.Context, keys []string) (int, error) {
			values, err := rueidis.MGetCache(client, ctx, time.Hour, keys)
			return len(values), err
		},
	}
}

var patience = &rediscache.Options{ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience}

// open is a cache with a client of its own.
func open(t *testing.T, server *redistest.Server) reader {
	t.Helper()
	cache, err := rediscache.Open(server.URL(), patience)
	if err != nil {
		t.Fatal(err)
	}
	return ofCached(t, ours, cache)
}

func ofCached(t *testing.T, name string, cache *rediscache.Cache) reader {
	t.Helper()
	t.Cleanup(func() { closed(t, cache.Close()) })
	return reader{
		name: name,
		get: func(ctx context.Context, key string) (int, error) {
			value, err := cache.Get(ctx, key)
			return len(value), err
		},
		getMany: func(ctx context.Context, keys []string) (int, error) {
			values, err := ctxcache.GetMany(ctx, cache, keys)
			return len(values), err
		},
	}
}

// store stores values of this size under so many keys, and returns the keys.
func store(t *testing.T, server *redistest.Server, count, size int) []string {
	t.Helper()
	client := server.Client(t)
	keys := make([]string, count)
	for i := range keys {
		keys[i] = fmt.Sprintf("user:%d", i)
		if err := client.Set(t.Context(), keys[i], make([]byte, size), time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}
