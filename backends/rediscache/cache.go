package rediscache

import (
	"context"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Cache is a cache in a Redis database. It is safe for concurrent use. See the package comment for what it stores
// and what it promises.
type Cache struct {
	client  redis.UniversalClient
	options Options // defaults filled in
	ops     ctxcache.Op
	invalid error // of the options: every call's error
	owned   bool  // whether Close closes client
	calls   *calls.Group
}

var _ interface {
	ctxcache.Cache[string, []byte]
	ctxcache.Container[string]
	ctxcache.Remover[string]
	ctxcache.EntryCache[string, []byte]
	ctxcache.ManyCache[string, []byte]
	ctxcache.LeaseCache[string, []byte]
	ctxcache.Sizer[string]
	ctxcache.Clearer[string]
	ctxcache.KeyLister[string]
	ctxcache.StatsReporter
	ctxcache.Supporter
} = (*Cache)(nil)

// New returns a cache over client: a single server, one behind Sentinel, a Cluster, or a Ring. The client stays the
// caller's to close, after the cache. New does not talk to the server. Nil options are the defaults; invalid ones
// make every call return their error. New panics if client is nil.
func New(client redis.UniversalClient, options *Options) *Cache {
	if client == nil || reflect.ValueOf(client).Kind() == reflect.Pointer && reflect.ValueOf(client).IsNil() {
		panic("rediscache: New with a nil client")
	}
	c := &Cache{
		client:  client,
		options: options.withDefaults(),
		invalid: options.Validate(),
	}
	c.ops = c.supported()
	c.calls = calls.NewGroup(c.options.MaxCalls)
	return c
}

// supported returns what a cache with these options and this client can do.
func (c *Cache) supported() ctxcache.Op {
	ops := ctxcache.OpContains | ctxcache.OpRemove | ctxcache.OpEntry | ctxcache.OpMany
	if !c.options.Plain {
		ops |= ctxcache.OpNegative | ctxcache.OpLease | ctxcache.OpLeaseShared
	}
	if knowsServers(c.client) {
		ops |= ctxcache.OpStats
		if c.options.Prefix != "" || c.options.WholeDatabase {
			ops |= ctxcache.OpLen | ctxcache.OpClear | ctxcache.OpKeys
		} else {
			ops |= ctxcache.OpScoped
		}
	}
	return ops
}

// Supports tells what a cache with these options can do.
func (c *Cache) Supports() ctxcache.Op { return c.ops }

// Namespace is the prefix: what a layer binds to this cache does not open in one with another.
func (c *Cache) Namespace() string { return c.options.Prefix }

// Get returns the value of key: one GET. For a negative entry, or a key that somebody holds a lease on, it takes
// another command to tell them from what is none of this cache's, which is ErrCorrupt.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	return call(ctx, c, "get", func(ctx context.Context) ([]byte, error) {
		value, err := c.client.Get(ctx, c.stored(key)).Bytes()
		switch {
		case err == redis.Nil:
			return nil, ctxcache.ErrMiss
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			e, err := c.entry(ctx, key) // by now it may be a value
			return e.Value, err
		}
		return value, err
	}, nil)
}

// Set stores value for ttl, rounded up to the millisecond: one SET, which also kills a lease on key.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return do(ctx, c, "set", func(ctx context.Context) error {
		if err := ctxcache.CheckTTL(ttl); err != nil {
			return err
		}
		return setValue(ctx, c.client, c.stored(key), value, c.ttlOrDefault(ttl)).Err()
	})
}

// Delete removes key, whatever is under it: one UNLINK.
func (c *Cache) Delete(ctx context.Context, key string) error {
	return do(ctx, c, "delete", func(ctx context.Context) error {
		return c.client.Unlink(ctx, c.stored(key)).Err()
	})
}

// Contains reports whether key has a value, by its TYPE.
func (c *Cache) Contains(ctx context.Context, key string) (bool, error) {
	return call(ctx, c, "contains", func(ctx context.Context) (bool, error) {
		switch kind, err := c.client.Type(ctx, c.stored(key)).Result(); {
		case err != nil:
			return false, err
		case kind == "string":
			return true, nil
		case kind == "none":
			return false, nil
		}
		_, err := c.entry(ctx, key) // a marker, a negative entry, or a stranger's
		if err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound {
			return false, nil
		}
		return err == nil, err
	}, nil)
}

// Remove deletes key and reports whether it had a value, in one step.
func (c *Cache) Remove(ctx context.Context, key string) (bool, error) {
	return call(ctx, c, "remove", func(ctx context.Context) (bool, error) {
		return accepted(c.run(ctx, removeScript, c.stored(key)))
	}, nil)
}

// Close ends what this cache runs: calls in progress whose context can end return [ctxcache.ErrClosed], leases are no
// longer renewed, and run out. It returns when no goroutine is left, which may take the client's own timeouts if the
// server hangs. A client that [Open] made is closed, too.
func (c *Cache) Close() error {
	var err error
	if first := c.calls.Close(); first && c.owned {
		err = c.client.Close()
	}
	c.calls.Wait()
	return ctxcache.Fail(layer, "close", err)
}

// stored returns key as it stands in Redis.
func (c *Cache) stored(key string) string { return c.options.Prefix + key }
