package memcached_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

type (
	cacheOfBytes = memcached.Cache[[]byte]
	entry        = ctxcache.Entry[[]byte]
	lease        = ctxcache.Lease
)

const hour = time.Hour

// renewed is the LeaseTTL of tests that wait for renewals. A busy machine still renews within a third of it.
const renewed = 5 * time.Second

// These flags mark items that are not values. The package comment names them.
const (
	markerFlags   = 0xCAC4ED01
	negativeFlags = 0xCAC4ED02
)

// markerFlagsText is markerFlags as a server writes it.
var markerFlagsText = strconv.FormatInt(markerFlags, 10)

// prefixes counts the prefixes of tests that share a server.
var prefixes atomic.Int64

// nextPrefix returns a prefix that no other test uses.
func nextPrefix() string { return "test" + strconv.FormatInt(prefixes.Add(1), 10) + ":" }

// list returns a selector of the servers.
func list(t testing.TB, servers ...*memcachedtest.Server) *memcache.ServerList {
	t.Helper()
	addrs := make([]string, len(servers))
	for i, server := range servers {
		addrs[i] = server.Addr
	}
	var selector memcache.ServerList
	must(t, selector.SetServers(addrs...))
	return &selector
}

// newCache returns a cache over server. It is closed when t ends.
func newCache(t testing.TB, server *memcachedtest.Server, options *memcached.Options) *cacheOfBytes {
	t.Helper()
	return newCacheOver(t, list(t, server), options)
}

// newCacheOver returns a cache over servers. It is closed when t ends. Its timeouts are patiently unless options has
// others.
func newCacheOver(t testing.TB, servers memcache.ServerSelector, options *memcached.Options) *cacheOfBytes {
	t.Helper()
	must(t, options.Validate())
	patient := memcached.Options{}
	if options != nil {
		patient = *options
	}
	for _, timeout := range []*time.Duration{&patient.ReadTimeout, &patient.WriteTimeout, &patient.Timeout} {
		if *timeout == 0 {
			*timeout = patiently
		}
	}
	c := memcached.New(servers, &patient)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// newClient returns a client that does not belong to a cache. It is closed when t ends.
func newClient(t testing.TB, server *memcachedtest.Server) *memcache.Client {
	t.Helper()
	client := memcache.New(server.Addr)
	client.Timeout = patiently
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// second returns the second result of a call.
func second[T any](_ T, err error) error { return err }

// await calls done again and again until it returns true.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patiently); !done(); <-again.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

// negative returns a negative entry.
func negative(ttl time.Duration) entry { return entry{Meta: ctxcache.Meta{Absent: true, TTL: ttl}} }

// filling returns an entry to fill a lease with.
func filling(value string) entry { return ctxcache.NewEntry([]byte(value), 0) }

// fill fills the lease on key.
func fill(t testing.TB, c *cacheOfBytes, key string, l lease, value string) error {
	t.Helper()
	return c.Fill(t.Context(), key, l, filling(value))
}

// isLost fails the test unless err is the bare ErrLeaseLost.
func isLost(t testing.TB, what string, err error) {
	t.Helper()
	if err != ctxcache.ErrLeaseLost {
		t.Errorf("%s: %v, want the bare %v", what, err, ctxcache.ErrLeaseLost)
	}
}

// fails ends the test unless err is an *Error of op, from the memcached layer.
func fails(t testing.TB, err error, op ctxcache.Operation) {
	t.Helper()
	var failure *ctxcache.Error
	if !errors.As(err, &failure) || failure.Layer != "memcached" || failure.Op != op {
		t.Fatalf("got error %v (%T), want one of memcached %s", err, err, op)
	}
	if errors.Is(err, ctxcache.ErrMiss) || errors.Is(err, ctxcache.ErrNotFound) {
		t.Fatalf("the failure %v can be taken for a miss", err)
	}
}

// corrupt ends the test unless err is an ErrCorrupt of op.
func corrupt(t testing.TB, err error, op ctxcache.Operation) {
	t.Helper()
	fails(t, err, op)
	if !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Fatalf("got error %v, want %v", err, ctxcache.ErrCorrupt)
	}
}

// absentLease returns a lease on key, which must be absent.
func absentLease(t testing.TB, ctx context.Context, c *cacheOfBytes, key string) lease {
	t.Helper()
	_, l, err := c.GetLease(ctx, key, 0)
	if err != ctxcache.ErrMiss || !l.Granted() {
		t.Fatalf("GetLease of an absent key: lease %v, %v", l, err)
	}
	return l
}

// refreshLease returns a lease on key, which must have a value.
func refreshLease(t testing.TB, c *cacheOfBytes, key string) lease {
	t.Helper()
	_, l, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry)
	if err != nil || !l.Granted() {
		t.Fatalf("GetLease to refresh: lease %v, %v", l, err)
	}
	return l
}

// holds fails the test if key does not have value.
func holds(t testing.TB, c *cacheOfBytes, key, value string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || string(got) != value {
		t.Errorf("Get: %q, %v, want %q", got, err, value)
	}
}
