package remotetest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
)

type (
	entry = ctxcache.Entry[[]byte]
	lease = ctxcache.Lease
)

const hour = time.Hour

// fails ends the test unless err is an *Error of op, from the layer of this kind of server.
func fails(t *testing.T, kind remotetest.Kind, err error, op ctxcache.Operation) {
	t.Helper()
	var failure *ctxcache.Error
	if !errors.As(err, &failure) || failure.Layer != kind.Name || failure.Op != op {
		t.Fatalf("got error %v (%T), want one of %s %s", err, err, kind.Name, op)
	}
	if errors.Is(err, ctxcache.ErrMiss) || errors.Is(err, ctxcache.ErrNotFound) {
		t.Fatalf("the failure %v can be taken for a miss", err)
	}
}

// discreet fails the test if the message of err contains a key or a value.
func discreet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"held", "free", "gone", "denied", "secret value"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message contains a key or a value: %v", err)
		}
	}
}

// isLost fails the test unless err is the bare ErrLeaseLost.
func isLost(t *testing.T, what string, err error) {
	t.Helper()
	if err != ctxcache.ErrLeaseLost {
		t.Errorf("%s: %v, want the bare %v", what, err, ctxcache.ErrLeaseLost)
	}
}

// fill fills the lease on key.
func fill(t *testing.T, c remotetest.Cache, key string, l lease, value string) error {
	t.Helper()
	return c.Fill(t.Context(), key, l, ctxcache.NewEntry([]byte(value), 0))
}

// holds fails the test if key does not have value.
func holds(t *testing.T, c remotetest.Cache, key, value string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != nil || string(got) != value {
		t.Errorf("Get: %q, %v, want %q", got, err, value)
	}
}

// misses fails the test if key has a value.
func misses(t *testing.T, c remotetest.Cache, key string) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != ctxcache.ErrMiss {
		t.Errorf("Get: %q, %v, want a miss", got, err)
	}
}

// absentLease returns a lease on key, which must be absent.
func absentLease(t *testing.T, ctx context.Context, c remotetest.Cache, key string) lease {
	t.Helper()
	_, l, err := c.GetLease(ctx, key, 0)
	if err != ctxcache.ErrMiss || !l.Granted() {
		t.Fatalf("GetLease of an absent key: lease %v, %v", l, err)
	}
	return l
}

// awaitLease takes a lease on key, which must be absent, as soon as nobody else holds it.
func awaitLease(t *testing.T, c remotetest.Cache, key string) lease {
	t.Helper()
	var next lease
	remotetest.Await(t, "the lease ran out", func() bool {
		_, l, err := c.GetLease(t.Context(), key, 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		next = l
		return l.Granted()
	})
	return next
}

// leaseKinds are the two kinds of leases: on an absent key, and to refresh a present one.
var leaseKinds = []struct {
	name string
	take func(t *testing.T, c remotetest.Cache, key string) lease
}{
	{"Absent", func(t *testing.T, c remotetest.Cache, key string) lease { return absentLease(t, t.Context(), c, key) }},
	{"Present", func(t *testing.T, c remotetest.Cache, key string) lease {
		t.Helper()
		remotetest.Must(t, c.Set(t.Context(), key, []byte("old"), hour))
		_, l, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry)
		if err != nil || !l.Granted() {
			t.Fatalf("GetLease to refresh: lease %v, %v", l, err)
		}
		return l
	}},
}
