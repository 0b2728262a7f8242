package cachetoolsutils_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// liveServers are one server of each kind, and plain clients, which see the stored bytes.
type liveServers struct {
	vectors.Servers
	redis     *redis.Client
	memcached *memcachedItems
}

func startServers(t *testing.T) *liveServers {
	t.Helper()
	client := redistest.Shared(t).Client(t)
	addr := memcachedtest.Shared(t).Addr
	return &liveServers{
		Servers:   vectors.Servers{Redis: client, Memcached: serverList(t, addr), Timeout: redistest.Patience},
		redis:     client,
		memcached: dialItems(t, addr),
	}
}

func serverList(t *testing.T, addr string) *memcache.ServerList {
	t.Helper()
	var servers memcache.ServerList
	if err := servers.SetServers(addr); err != nil {
		t.Fatal(err)
	}
	return &servers
}

// run writes a case and checks the stored bytes. Then it stores the bytes that Python writes, reads them, and deletes
// them.
func (s *liveServers) run(ctx context.Context, c *vectors.Live) error {
	if c.WriteError != "" {
		return s.fresh(c, func(app *vectors.Application) error {
			return errors.Join(app.CheckWrite(ctx), app.CheckRead(ctx), app.Delete(ctx))
		})
	}
	err := s.fresh(c, func(app *vectors.Application) error {
		if err := keyStr(app.Key(), c); err != nil {
			return err
		}
		if err := app.CheckWrite(ctx); err != nil {
			return err
		}
		return s.stored(ctx, c)
	})
	if err != nil {
		return err
	}
	if err := s.put(ctx, c); err != nil {
		return err
	}
	err = s.fresh(c, func(app *vectors.Application) error {
		return errors.Join(app.CheckRead(ctx), app.Delete(ctx))
	})
	if err == nil && s.stored(ctx, c) == nil {
		err = errors.New("deleted, and still on the server")
	}
	return err
}

// fresh calls use with a new application, as a new process would have it.
func (s *liveServers) fresh(c *vectors.Live, use func(*vectors.Application) error) error {
	app, err := s.Open(c)
	if err != nil {
		return err
	}
	return errors.Join(use(app), app.Close())
}

func keyStr(key cachetoolsutils.Key, c *vectors.Live) error {
	str, err := cachetoolsutils.Str(key.Value())
	return errors.Join(err, same("key_str", []byte(str), c.KeyStr))
}

// stored returns an error unless the server has exactly the bytes and the TTL of the case.
func (s *liveServers) stored(ctx context.Context, c *vectors.Live) error {
	if c.Backend == "memcached" {
		item, err := s.memcached.get(string(c.RawKey))
		if err != nil {
			return err
		}
		if c.Flags == nil || int64(item.flags) != *c.Flags || item.ttl != c.TTL {
			return fmt.Errorf("flags %d, TTL %d", item.flags, item.ttl)
		}
		return same("raw_value", item.data, c.RawValue)
	}
	data, err := s.redis.Get(ctx, string(c.RawKey)).Bytes()
	if err != nil {
		return err
	}
	ttl, err := s.redis.PTTL(ctx, string(c.RawKey)).Result()
	if err != nil {
		return err
	}
	const took = 30 * time.Second // the longest time since the write
	want := time.Duration(c.TTL) * time.Second
	if never := c.TTL == -1; never != (ttl < 0) || !never && (ttl > want || ttl < want-took) {
		return fmt.Errorf("TTL %v instead of %v", ttl, want)
	}
	return same("raw_value", data, c.RawValue)
}

// put stores the bytes that Python stores.
func (s *liveServers) put(ctx context.Context, c *vectors.Live) error {
	data := bytes.Clone(c.RawValue)
	if c.Backend == "memcached" {
		return s.memcached.set(string(c.RawKey), item{data: data, flags: uint32(*c.Flags)})
	}
	return s.redis.Set(ctx, string(c.RawKey), data, max(time.Duration(c.TTL)*time.Second, 0)).Err()
}
