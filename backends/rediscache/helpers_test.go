package rediscache_test

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

type (
	entry = ctxcache.Entry[[]byte]
	lease = ctxcache.Lease
	scope = ctxcache.Scope[string]
)

const hour = time.Hour

// renewed is the LeaseTTL of tests that wait for renewals. A busy machine still renews within a third of it.
const renewed = 3 * time.Second

// prefixes makes prefixes for tests that share a server.
var prefixes atomic.Int64

// nextPrefix returns a prefix that no other test has.
func nextPrefix() string { return "test" + strconv.FormatInt(prefixes.Add(1), 10) + ":" }

// patient returns options without the limits that are not set. A busy machine may take long to answer, and most tests are
// not about that.
func patient(options *rediscache.Options) *rediscache.Options {
	var o rediscache.Options
	if options != nil {
		o = *options
	}
	o.ReadTimeout, o.WriteTimeout = cmp.Or(o.ReadTimeout, ctxcache.NoExpiry), cmp.Or(o.WriteTimeout, ctxcache.NoExpiry)
	return &o
}

// newCache returns a cache over client that is closed when t ends. It has no limits but those that options set.
func newCache(t testing.TB, client redis.UniversalClient, options *rediscache.Options) *rediscache.Cache {
	t.Helper()
	must(t, options.Validate())
	c := rediscache.New(client, patient(options))
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// await asks again and again until done says so.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(redistest.Patience); !done(); <-again.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

// negative returns a negative entry.
func negative(ttl time.Duration) entry { return entry{Meta: ctxcache.Meta{Absent: true, TTL: ttl}} }

// fails ends the test if err is not an *Error of op, of the redis layer.
func fails(t testing.TB, err error, op ctxcache.Operation) {
	t.Helper()
	var failure *ctxcache.Error
	if !errors.As(err, &failure) || failure.Layer != "redis" || failure.Op != op {
		t.Fatalf("got error %v (%T), want one of redis %s", err, err, op)
	}
	if errors.Is(err, ctxcache.ErrMiss) || errors.Is(err, ctxcache.ErrNotFound) {
		t.Fatalf("the failure %v passes for a miss", err)
	}
}

// absentLease returns a lease on key, which must be absent.
func absentLease(t testing.TB, ctx context.Context, c *rediscache.Cache, key string) lease {
	t.Helper()
	_, l, err := c.GetLease(ctx, key, 0)
	if err != ctxcache.ErrMiss || !l.Granted() {
		t.Fatalf("GetLease of an absent key: lease %v, %v", l, err)
	}
	return l
}

// corrupt ends the test if err is not ErrCorrupt of op.
func corrupt(t testing.TB, err error, op ctxcache.Operation) {
	t.Helper()
	fails(t, err, op)
	if !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Fatalf("got error %v, want %v", err, ctxcache.ErrCorrupt)
	}
}

// commandCalls returns how often the server was asked for a command, by a script, too.
func commandCalls(t testing.TB, client *redis.Client, command string) int {
	t.Helper()
	info, err := client.Info(t.Context(), "commandstats").Result()
	must(t, err)
	_, rest, found := strings.Cut(info, "cmdstat_"+command+":calls=")
	if !found {
		return 0
	}
	digits, _, _ := strings.Cut(rest, ",")
	calls, err := strconv.Atoi(digits)
	must(t, err)
	return calls
}
