package rediscache

import (
	"context"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Cache is a cache in a Redis database. Its methods may be called concurrently. The package comment says what it stores
// and what it promises.
type Cache struct {
	client  redis.UniversalClient
	ring    *ring                                                  // of client; nil if it is not a ring
	cluster clusterClient                                          // the client; nil if it is not of a cluster
	locate  func(ctx context.Context, stored string) *redis.Client // see locator
	options Options                                                // defaults filled in
	caps    ctxcache.Cap
	owned   bool // whether Close closes client
	calls   *calls.Backend
	gets    *calls.Reads
	lines   *lines // for direct reads; nil if Open has not made the client
	undo    *undo
	channel *Channel // of Options.Channel; nil without one

	knowsSlots   atomic.Bool // see lacksSlots
	refusesMulti atomic.Bool // the server has refused a transaction: see entriesAtOnce
	runsMulti    atomic.Bool // the server has run a transaction
	refusesLives atomic.Bool // the server has refused the script of a transaction

	watched   atomic.Bool // Watch was called: see checkWatch
	unlimited atomic.Bool // the server has refused the SUBSCRIBE of the last Watch
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
	ctxcache.WatchCache[string]
	ctxcache.StatsCache
	ctxcache.SupportsCache
	ctxcache.RemoteCache
	ctxcache.Checker
	ctxcache.Node
} = (*Cache)(nil)

// New returns a cache over client: a client of a single server, of servers behind Sentinel, of a Cluster, or of a Ring.
// New does not talk to the server. The caller closes client, after it has closed the cache. Nil options mean the
// defaults. New panics if client is nil.
//
// Every call returns a ctxcache.ErrOptions if the options are invalid, or if client may read old values after a Delete:
// a client of a Cluster that reads from replicas (ReadOnly, RouteByLatency, RouteRandomly), or one that has a
// client-side cache of its own. A client behind Sentinel with ReplicaOnly looks like any other client, so New cannot
// see that it reads from replicas: do not use one.
func New(client redis.UniversalClient, options *Options) *Cache {
	if client == nil || reflect.ValueOf(client).Kind() == reflect.Pointer && reflect.ValueOf(client).IsNil() {
		panic("rediscache: New with a nil client")
	}
	c := &Cache{client: client, options: options.withDefaults(), locate: locator(client)}
	switch client := client.(type) {
	case ringClient:
		c.ring = newRing(client)
	case clusterClient:
		c.cluster = client
	}
	c.caps = c.supported()
	invalid := options.Validate()
	for _, find := range []func() error{c.readsOldValues, c.misfit} {
		if invalid == nil {
			invalid = find()
		}
	}
	c.calls = calls.NewBackend(calls.About{
		Layer:      layer,
		MaxCalls:   c.options.MaxCalls,
		Invalid:    invalid,
		Timeouts:   ctxcache.Timeouts{Read: c.options.ReadTimeout, Write: c.options.WriteTimeout},
		Unanswered: unanswered,
		Discreet:   discreet,
	})
	c.gets = calls.NewReads(c.calls, c.oneServer(), c.answerGets)
	if c.options.Channel != "" {
		c.channel = newChannel(client, c.options.Channel, c.options.WatchTimeout, c.calls)
	}
	c.undo = newUndo(c)
	return c
}

// supported returns the capabilities of a cache with these options and this client.
func (c *Cache) supported() ctxcache.Cap {
	caps := ctxcache.CapContains | ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapMany | ctxcache.CapStats
	if !c.options.Plain {
		caps |= ctxcache.CapNegative
		if c.ring == nil { // a Ring may lose a Delete that should end a lease: see Delete
			caps |= ctxcache.CapLease | ctxcache.CapLeaseShared
		}
	}
	if c.options.Channel != "" || canWatch(c.client) {
		caps |= ctxcache.CapWatch
	}
	if !knowsServers(c.client) {
		return caps
	}
	caps |= ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys
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
		{Name: "channel", Value: c.options.Channel},
	}}
}

// Timeouts returns how long a caller waits at most for one call, by the options.
func (c *Cache) Timeouts() ctxcache.Timeouts {
	timeouts := c.calls.Timeouts()
	timeouts.Late = c.undo.wait
	return timeouts
}

// Get returns the value of key, by one GET. If many Gets run at the same time over a client of a single server, some of
// them share a round trip. A negative entry or the marker of a lease takes a second command. Get returns ErrMiss for an
// absent key, ErrNotFound for a negative entry, and ErrCorrupt for a key that this cache did not write.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, error) {
	value, rest, done, err := c.getDirectly(ctx, key)
	if !done {
		value, err = c.getByClient(rest, key, err == errWrongType)
	}
	c.calls.Counts.Read(err)
	return value, err
}

// getByClient is Get by the client. If key is known not to be a string, it does not ask for one.
func (c *Cache) getByClient(ctx context.Context, key string, other bool) (value []byte, err error) {
	stored := c.stored(key)
	if other {
		return call(ctx, c, ctxcache.OpGet, stored, func(ctx context.Context) ([]byte, error) {
			r := c.classified(ctx, stored)
			return r.entry.Value, r.err
		})
	}
	value, err = c.gets.Get(ctx, c.serverOf(ctx, stored), stored)
	c.grow(ctx, err)
	return value, err
}

// Set stores value for ttl, which is rounded up to a millisecond. It takes one SET, which also ends a lease on key.
//
// If Set fails, the old value must not stay. If the server refuses the SET, for example because its memory is full, Set
// deletes key. If the server refuses that, too, the error wraps [ctxcache.ErrRefused]. If the
// outcome is unknown, for example because of a timeout, the SET may arrive late. So the cache deletes
// key at once, and again after the timeouts of the client, without waiting for it. It does so, too, if the SET is not
// sent in time, because the server does not answer other calls. If the server could not be reached, nothing is changed. A
// SET is sent only once, even if the client usually tries again.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := c.set(ctx, ctxcache.OpSet, key, ctxcache.NewEntry(value, ttl))
	c.calls.Counts.Wrote(1, err)
	return err
}

// Delete removes everything under key: a value, a negative entry, or the marker of a lease. It takes one UNLINK, or a DEL
// in a Plain cache. If the server refuses it by an answer, the error wraps [ctxcache.ErrRefused].
//
// Over a Ring, Delete fails while a server is out. It deletes key on the server that has it now, but the old value may
// come back with the server that is out. The Ring does not report which servers it has after a call of its SetAddrs. Then
// Delete does not notice a server that has been out since New.
func (c *Cache) Delete(ctx context.Context, key string) error {
	stored := c.stored(key)
	err := c.do(ctx, ctxcache.OpDelete, stored, func(ctx context.Context) error {
		return c.everywhere(ctx, func() error { return refused(c.removeOne(ctx, stored).Err()) })
	})
	c.calls.Counts.Deleted(1, err)
	return err
}

// Remove deletes key and reports whether it had a value, in one step. If the server runs no scripts, these are two steps,
// unless the cache is Plain. If the client sends the command again because the reply was lost, Remove may report false
// for a value that the first command has deleted. Over a Ring it fails while a server is out: see Delete.
func (c *Cache) Remove(ctx context.Context, key string) (bool, error) {
	stored := c.stored(key)
	was, err := call(ctx, c, ctxcache.OpRemove, stored, func(ctx context.Context) (was bool, err error) {
		err = c.everywhere(ctx, func() error {
			was, err = c.removed(ctx, stored)
			return err
		})
		return was, err
	})
	c.calls.Counts.Deleted(1, err)
	return was, err
}

// removed deletes a stored key and reports whether it had a value.
func (c *Cache) removed(ctx context.Context, stored string) (bool, error) {
	if c.options.Plain { // in which every key is a value
		was, err := accepted(c.removeOne(ctx, stored))
		return was, refused(err)
	}
	was, err := accepted(c.run(ctx, c.channel.publishing(scriptCall{script: removeScript, stored: stored})))
	if !lacksScripts(err) || c.channel != nil {
		return was, refused(err)
	}
	kind, remove := newCommand(ctx, "type", stored), c.remover(ctx, stored)
	c.pipeline(ctx, c.client, []command{kind, remove})
	name, err := kind.Text()
	return name == "string", both(err, refused(remove.Err()))
}

// Close ends the running calls: they return [ctxcache.ErrClosed], except those that have neither a limit nor a context
// that can end. It no longer renews leases, which then run out, and no longer deletes keys after writes whose outcome is
// unknown. It waits until all goroutines of the cache have ended. If the server hangs, this wait may last as long as the
// client's own timeouts. It closes the client only if [Open] made it. If a hook of the client panicked on such a
// goroutine, and no caller was left to get the panic, Close returns an error.
func (c *Cache) Close() error {
	var err error
	if first := c.calls.Close(); first && c.owned {
		err = c.client.Close()
		if c.lines != nil {
			c.lines.close()
		}
	}
	c.calls.Wait()
	return ctxcache.Fail(layer, ctxcache.OpClose, both(err, c.calls.Panicked()))
}

// stored returns the name of key in Redis. The call may outlive its caller, and the key may be a view of a buffer that the
// caller uses again. So the name is made, or the key is copied, before the call begins. Without a prefix, + would not copy
// the key.
func (c *Cache) stored(key string) string {
	if c.options.Prefix == "" {
		return strings.Clone(key)
	}
	return c.options.Prefix + key
}

// storedAll returns the names of keys in Redis. The keys must be copies of the caller's.
func (c *Cache) storedAll(keys []string) []string {
	if c.options.Prefix == "" {
		return keys
	}
	stored := make([]string, len(keys))
	for i, key := range keys {
		stored[i] = c.options.Prefix + key
	}
	return stored
}
