package memcached_test

import (
	"context"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leaseholder"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// processTTL is the LeaseTTL of the other process.
const processTTL = renewed

// takeLease runs in the other process, see TestMain. It takes a lease on "key" from the server at args[0], with the
// prefix args[1].
func takeLease(ctx context.Context, args []string) (leaseholder.Filler, error) {
	var servers memcache.ServerList
	if err := servers.SetServers(args[0]); err != nil {
		return nil, err
	}
	cache := memcached.New(&servers, &memcached.Options{Prefix: args[1], LeaseTTL: processTTL, Timeout: patiently})
	_, l, err := cache.GetLease(ctx, "key", 0)
	if err != ctxcache.ErrMiss {
		return nil, err
	}
	return func(ctx context.Context, e entry) error { return cache.Fill(ctx, "key", l, e) }, nil
}

// startHolder starts a process that holds a lease on "key". It returns the process, a cache over the same keys, and the
// stored key.
func startHolder(t *testing.T, server *memcachedtest.Server) (*leaseholder.Holder, *cacheOfBytes, string) {
	t.Helper()
	prefix := nextPrefix()
	return leaseholder.Start(t, server.Addr, prefix), newCache(t, server, &memcached.Options{Prefix: prefix}), prefix + "key"
}

// awaitLease takes a lease on "key" as soon as nobody else holds it.
func awaitLease(t *testing.T, cache *cacheOfBytes) lease {
	t.Helper()
	var next lease
	await(t, "the lease ran out", func() bool {
		_, l, err := cache.GetLease(t.Context(), "key", 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		next = l
		return l.Granted()
	})
	return next
}

func TestProcessThatStallsLosesItsLease(t *testing.T) {
	t.Parallel()
	holder, cache, _ := startHolder(t, memcachedtest.Shared(t))
	holder.Pause()
	must(t, fill(t, cache, "key", awaitLease(t, cache), "new"))
	holder.Resume()
	if err := holder.Fill("old"); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill after the stall: %v", err)
	}
	holds(t, cache, "key", "new")
}

func TestProcessThatIsKilledLeavesItsLeaseForTheTTL(t *testing.T) {
	t.Parallel()
	const muchLater = 10 * time.Second // enough for a busy machine
	server := memcachedtest.Shared(t)
	client := newClient(t, server)
	holder, cache, stored := startHolder(t, server)
	marker := func() uint64 {
		item, err := client.Get(stored)
		must(t, err)
		return item.CasID
	}
	// Each renewal stores another marker. The last marker that was seen was stored between two looks.
	first := marker()
	var before time.Time
	await(t, "the lease was renewed", func() bool {
		look := time.Now()
		if marker() != first {
			return true
		}
		before = look
		return false
	})
	holder.Stop()
	killed := time.Now()
	must(t, fill(t, cache, "key", awaitLease(t, cache), "next"))
	granted := time.Now()
	if stood := granted.Sub(before); stood < processTTL {
		t.Errorf("the lease of a killed process stood for only %v, and its TTL is %v", stood, processTTL)
	}
	if stood := granted.Sub(killed); stood > processTTL+time.Second+muchLater {
		t.Errorf("the lease of a killed process stood for another %v, and its TTL is %v", stood, processTTL)
	}
}
