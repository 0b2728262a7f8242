package rediscache

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Cache is a cache in a Redis database. Its methods may be called concurrently. The package comment says what it stores
// and what it promises.
type Cache struct {
	client  redis.UniversalClient
	ring    *ring   // of client; nil if it is not a ring
	options Options // defaults filled in
	caps    ctxcache.Cap
	owned   bool // whether Close closes client
	calls   *calls.Backend
}

var _ interface {
	ctxcache.Cache[string, []byte]
	ctxcache.ContainsCache[string]
	ctxcache.RemoveCache[string]
	ctxcache.EntryCache[string, []byte]
	ctxcache.ManyCache[string, []byte]
	ctxcache.LeaseCache[string, []byte]
	ctxcache.LenCache[string]
	ctxcache.ClearCache[string]
	ctxcache.KeysCache[string]
	ctxcache.StatsCache
	ctxcache.SupportsCache
	ctxcache.NamespaceCache
	ctxcache.Node
} = (*Cache)(nil)

// New returns a cache over client: a client of a single server, of servers behind Sentinel, of a Cluster, or of a Ring.
// New does not talk to the server. The caller closes client, after it has closed the cache. Nil options mean the
// defaults. If the options are invalid, every call returns a ctxcache.ErrOptions. New panics if client is nil.
func New(client redis.UniversalClient, options *Options) *Cache {
	if client == nil || reflect.ValueOf(client).Kind() == reflect.Pointer && reflect.ValueOf(client).IsNil() {
		panic("rediscache: New with a nil client")
	}
	c := &Cache{client: client, options: options.withDefaults()}
	if client, isRing := client.(ringClient); isRing {
		c.ring = newRing(client)
	}
	c.caps = c.supported()
	c.calls = calls.NewBackend(calls.About{
		Layer:      layer,
		MaxCalls:   c.options.MaxCalls,
		Invalid:    options.Validate(),
		Unanswered: unanswered,
		Discreet:   discreet,
	})
	return c
}

// supported returns the capabilities of a cache with these options and this client.
func (c *Cache) supported() ctxcache.Cap {
	caps := ctxcache.CapContains | ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapMany
	if !c.options.Plain {
		caps |= ctxcache.CapNegative | ctxcache.CapLease | ctxcache.CapLeaseShared
	}
	if !knowsServers(c.client) {
		return caps
	}
	caps |= ctxcache.CapStats | ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys
	if c.options.Prefix == "" && !c.options.WholeDatabase {
		return caps.In(ctxcache.ScopesPrefixed)
	}
	return caps
}

// Supports returns the capabilities of the cache. They depend on the options and on the client.
func (c *Cache) Supports() ctxcache.Cap { return c.caps }

// Describe returns a description with the options that decide what is stored, and where. The defaults are filled in. It
// contains nothing about the client, whose address and password may be secret.
func (c *Cache) Describe() ctxcache.Description {
	return ctxcache.Description{Kind: layer, Options: []ctxcache.Option{
		{Name: "prefix", Value: c.options.Prefix},
		{Name: "ttl", Value: c.options.TTL},
		{Name: "lease_ttl", Value: c.options.LeaseTTL},
		{Name: "plain", Value: c.options.Plain},
		{Name: "whole_database", Value: c.options.WholeDatabase},
	}}
}

// Namespace returns the prefix. A layer that seals values binds them to it, so that they cannot be opened in a cache
// with another prefix.
func (c *Cache) Namespace() string { return c.options.Prefix }

// Get returns the value of key, by one GET. A negative entry or the marker of a lease takes a second command. Get
// returns ErrMiss for an absent key, ErrNotFound for a negative entry, and ErrCorrupt for a key that this cache did not
// write.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpGet, func(ctx context.Context) ([]byte, error) {
		value, err := c.client.Get(ctx, c.stored(key)).Bytes()
		switch {
		case err == redis.Nil:
			return nil, ctxcache.ErrMiss
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			e, err := c.entry(ctx, key) // which may be a value by now
			return e.Value, err
		}
		return value, err
	}, nil)
}

// Set stores value for ttl, which is rounded up to a millisecond. It takes one SET, which also ends a lease on key.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return calls.Do(ctx, c.calls, ctxcache.OpSet, func(ctx context.Context) error {
		if err := ctxcache.CheckTTL(ttl); err != nil {
			return err
		}
		return setValue(ctx, c.client, c.stored(key), value, c.ttlOrDefault(ttl)).Err()
	})
}

// Delete removes everything under key: a value, a negative entry, or the marker of a lease. It takes one UNLINK.
func (c *Cache) Delete(ctx context.Context, key string) error {
	return calls.Do(ctx, c.calls, ctxcache.OpDelete, func(ctx context.Context) error {
		return c.client.Unlink(ctx, c.stored(key)).Err()
	})
}

// Contains reports whether key has a value, by one TYPE. Unless the key is absent or a string, it takes a second
// command. It returns ErrCorrupt for a key that this cache did not write.
func (c *Cache) Contains(ctx context.Context, key string) (bool, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpContains, func(ctx context.Context) (bool, error) {
		switch kind, err := c.client.Type(ctx, c.stored(key)).Result(); {
		case err != nil:
			return false, err
		case kind == "string":
			return true, nil
		case kind == "none":
			return false, nil
		}
		_, err := c.entry(ctx, key) // a marker, a negative entry, or a key that this cache did not write
		if err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound {
			return false, nil
		}
		return err == nil, err
	}, nil)
}

// Remove deletes key and reports whether it had a value, in one step.
func (c *Cache) Remove(ctx context.Context, key string) (bool, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpRemove, func(ctx context.Context) (bool, error) {
		return accepted(c.run(ctx, scriptCall{script: removeScript, stored: c.stored(key)}))
	}, nil)
}

// Close ends the running calls whose context can end: they return [ctxcache.ErrClosed]. It no longer renews leases,
// which then run out. It waits until all goroutines of the cache have ended. If the server hangs, this wait may last as
// long as the client's own timeouts. It closes the client only if [Open] made it. If a hook of the client panicked on
// such a goroutine, and no caller was left to get the panic, Close returns an error.
func (c *Cache) Close() error {
	var err error
	if first := c.calls.Close(); first && c.owned {
		err = c.client.Close()
	}
	c.calls.Wait()
	return ctxcache.Fail(layer, ctxcache.OpClose, errors.Join(err, c.calls.Panicked()))
}

// stored returns the name of key in Redis.
func (c *Cache) stored(key string) string { return c.options.Prefix + key }
