package coherence_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// prefix is what all keys in Redis begin with.
const prefix = "coherence:"

type cache = ctxcache.Cache[string, []byte]

// node is what a process has: a near cache of its own in front of Redis, and a cached function. Near copies stay until far
// reports a change.
type node struct {
	name     string
	ledger   *ledger
	near     cache
	cache    *twolevel.Cache[string, []byte]
	function *cached.Function[string, []byte]

	outages atomic.Int64 // calls that far has not answered
	apart   atomic.Bool  // whether the node may be cut off: its reads do not count, and it changes nothing

	calls sync.RWMutex // held for reading during a call
}

// newNode returns a node. Far passes its Redis through a change.
func newNode(t *testing.T, name string, client redis.UniversalClient, l *ledger, far func(cache) cache) *node {
	t.Helper()
	redisCache := rediscache.New(client, &rediscache.Options{
		Prefix: prefix, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
	})
	n := &node{name: name, ledger: l, near: memory.New[string, []byte](nil)}
	n.cache = twolevel.New(n.near, far(redisCache), &twolevel.Options{
		Coherent: true, Resilient: true, Strict: true, OutageTTL: time.Second,
		OnFarError: func(context.Context, error) { n.outages.Add(1) },
	})
	n.function = cached.Func(n.cache, func(_ context.Context, key string) ([]byte, error) {
		return l.value(key), nil
	}, &cached.Options{TTL: time.Hour})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), redistest.Patience) // the test's context has ended
		defer cancel()
		for _, err := range []error{n.function.Close(ctx), n.cache.Close(), redisCache.Close()} {
			if err != nil {
				t.Errorf("%s: Close: %v", n.name, err)
			}
		}
	})
	return n
}

// read reads a random key.
func (n *node) read(ctx context.Context) error {
	n.calls.RLock()
	defer n.calls.RUnlock()
	key := n.ledger.names[rand.IntN(len(n.ledger.names))]
	begun := time.Now()
	value, err := n.function.Get(ctx, key)
	if n.apart.Load() {
		return nil
	}
	if err != nil {
		return err
	}
	return n.ledger.read(n.name, key, value, begun)
}

// change changes a random key.
func (n *node) change(ctx context.Context) error {
	n.calls.RLock()
	defer n.calls.RUnlock()
	if n.apart.Load() {
		return nil
	}
	key := n.ledger.names[rand.IntN(len(n.ledger.names))]
	return n.ledger.change(key, func(value []byte) error {
		if rand.IntN(2) == 0 {
			return n.cache.Set(ctx, key, value, time.Hour)
		}
		_, err := n.function.Delete(ctx, key)
		return err
	})
}

// changeForeign changes a random key as a client does that knows nothing of this library, such as redis-cli.
func changeForeign(ctx context.Context, client redis.UniversalClient, l *ledger) error {
	key := l.names[rand.IntN(len(l.names))]
	return l.change(key, func(value []byte) error {
		if rand.IntN(2) == 0 {
			return client.Set(ctx, prefix+key, value, time.Hour).Err()
		}
		return client.Del(ctx, prefix+key).Err()
	})
}

// awaitFar waits until far answers a read and a deletion in the slot of each key: no outage stands then. In a Cluster, each
// slot has outages of its own. (The node would find out by itself that they have ended, within seconds.) The events may
// still be cut off.
func (n *node) awaitFar(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, key := range n.ledger.names {
		beside := "{" + prefix + key + "}" // another key in the slot, which nobody else uses
		for !n.farAnswers(ctx, beside) {
			if ctx.Err() != nil {
				t.Fatal("far does not answer any more")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// farAnswers reports whether far answers a read and a deletion of a key that is not there.
func (n *node) farAnswers(ctx context.Context, key string) bool {
	before := n.outages.Load()
	_, readErr := n.cache.Get(ctx, key)
	deleteErr := n.cache.Delete(ctx, key)
	return readErr == ctxcache.ErrMiss && deleteErr == nil && n.outages.Load() == before
}
