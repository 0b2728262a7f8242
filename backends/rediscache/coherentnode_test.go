package rediscache_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

type bytesCache = ctxcache.Cache[string, []byte]

// stack puts layers on a cache.
type stack func(t testing.TB, inner bytesCache) bytesCache

func bare(_ testing.TB, inner bytesCache) bytesCache { return inner }

// node is a process with a near cache that follows Redis.
type node struct {
	bytesCache
	far    bytesCache             // with all layers
	reads  *cachetest.Log[string] // of all that reaches Redis
	failed chan error             // has the errors of OnWatchError; more of them than it has room for are not kept
	clocks int
	name   string
}

var nodes atomic.Int64

// newNode returns a node whose near cache follows, with a far cache over client. It is closed when the test ends.
func newNode(t testing.TB, client redis.UniversalClient, options *rediscache.Options, layers stack) *node {
	t.Helper()
	n := startNode(t, client, options, layers)
	n.awaitFollowing(t)
	return n
}

// startNode is newNode, but does not wait until near follows.
func startNode(t testing.TB, client redis.UniversalClient, options *rediscache.Options, layers stack) *node {
	t.Helper()
	recorded, log := cachetest.Recording[string, []byte](newCache(t, client, options))
	n := &node{
		far: layers(t, recorded), reads: log, failed: make(chan error, 1),
		name: "node" + strconv.FormatInt(nodes.Add(1), 10),
	}
	two := twolevel.New(memory.New[string, []byte](nil), n.far, &twolevel.Options{
		Coherent: true,
		OnWatchError: func(err error) {
			select {
			case n.failed <- err:
			default:
			}
		},
	})
	t.Cleanup(func() { must(t, two.Close()) })
	n.bytesCache = two
	return n
}

// farReads returns how many reads have reached Redis.
func (n *node) farReads() int {
	return n.reads.Count(ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases)
}

// hits reports whether near has key.
func (n *node) hits(t testing.TB, key string) bool {
	t.Helper()
	before := n.farReads()
	if _, err := n.Get(t.Context(), key); err != nil && err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	return n.farReads() == before
}

// clock is a key that only the test of one node writes.
func (n *node) clock() string { return "clock of " + n.name }

// awaitFollowing waits until near follows, and has the clock.
func (n *node) awaitFollowing(t testing.TB) {
	t.Helper()
	must(t, n.far.Set(t.Context(), n.clock(), nil, hour))
	await(t, n.name+" follows", func() bool { return n.hits(t, n.clock()) })
	n.settle(t)
}

// settle waits until near has followed all changes from before. Near has the clock. It is changed, and comes as the last
// change, on the same connection.
func (n *node) settle(t testing.TB) {
	t.Helper()
	await(t, n.name+" has a copy of the clock", func() bool { return n.hits(t, n.clock()) })
	n.clocks++
	now := strconv.Itoa(n.clocks)
	must(t, n.far.Set(t.Context(), n.clock(), []byte(now), hour))
	await(t, n.name+" has followed", func() bool {
		got, err := n.Get(t.Context(), n.clock())
		must(t, err)
		return string(got) == now
	})
}

// wants ends the test if a read of key does not return value.
func (n *node) wants(t testing.TB, key, value string) {
	t.Helper()
	got, err := n.Get(t.Context(), key)
	if string(got) != value || err != nil {
		t.Errorf("%s has %q for %q (%v), want %q", n.name, got, key, err, value)
	}
}
