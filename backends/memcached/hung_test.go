package memcached_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// TestOneServerHangs: the keys of a server that hangs fail, each with ErrTimeout, and the keys of the others do not.
func TestOneServerHangs(t *testing.T) {
	t.Parallel()
	cache, servers, keys := threeServers(t, &memcached.Options{ReadTimeout: aWhile, WriteTimeout: aWhile, LeaseTTL: hour})
	ctx := t.Context()
	entries, leases := make(map[string]entry), make(map[string]lease)
	for _, key := range keys {
		must(t, cache.Set(ctx, key, []byte(key), hour))
		entries[key] = ctxcache.NewEntry([]byte(key), hour)
		leases[key] = refreshLease(t, cache, key)
	}
	hung := keys[1]
	servers[1].Pause()
	defer servers[1].Resume()
	only := func(err error, op ctxcache.Operation) {
		t.Helper()
		many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
		if !ok || len(many.Failed) != 1 {
			t.Fatalf("%s returns %v, want an error about one key", op, err)
		}
		if fails(t, many.Failed[hung], op); !errors.Is(many.Failed[hung], ctxcache.ErrTimeout) {
			t.Errorf("%s: %v, want %v", op, err, ctxcache.ErrTimeout)
		}
	}
	found, err := cache.GetEntries(ctx, keys)
	if only(err, ctxcache.OpGetEntries); len(found) != 2 {
		t.Errorf("GetEntries finds %d keys, want 2", len(found))
	}
	found, granted, err := cache.GetLeases(ctx, keys, ctxcache.NoExpiry)
	if only(err, ctxcache.OpGetLeases); len(found) != 2 || !granted[keys[0]].Granted() || !granted[keys[2]].Granted() {
		t.Errorf("GetLeases finds %d keys and grants %v", len(found), granted)
	}
	only(cache.ReleaseMany(ctx, leases), ctxcache.OpReleaseMany)
	for _, key := range []string{keys[0], keys[2]} {
		leases[key] = refreshLease(t, cache, key)
	}
	only(cache.FillMany(ctx, entries, leases), ctxcache.OpFillMany)
	only(cache.SetEntries(ctx, entries), ctxcache.OpSetEntries)
	stats, err := cache.ServerStats(ctx)
	if fails(t, err, ctxcache.OpStats); !errors.Is(err, ctxcache.ErrTimeout) || stats.Reads == 0 {
		t.Errorf("ServerStats returns %+v, %v", stats, err)
	}
	only(cache.DeleteMany(ctx, keys), ctxcache.OpDeleteMany)
	for _, key := range []string{keys[0], keys[2]} {
		if _, err := cache.Get(ctx, key); err != ctxcache.ErrMiss {
			t.Errorf("Get after DeleteMany: %v", err)
		}
	}
}

// TestOneServerHangsLongerThanTheCaller: the entries that have come are returned with the error of the context.
func TestOneServerHangsLongerThanTheCaller(t *testing.T) {
	t.Parallel()
	cache, servers, keys := threeServers(t, &memcached.Options{})
	for _, key := range keys {
		must(t, cache.Set(t.Context(), key, []byte(key), hour))
	}
	servers[1].Pause()
	defer servers[1].Resume()
	ctx, cancel := context.WithTimeout(t.Context(), aWhile)
	defer cancel()
	if found, err := cache.GetEntries(ctx, keys); err != context.DeadlineExceeded || len(found) != 2 {
		t.Errorf("GetEntries finds %d keys, %v", len(found), err)
	}
}

// TestRenewalGoesOnWhileAServerHangs: the leases of one call are on three servers.
func TestRenewalGoesOnWhileAServerHangs(t *testing.T) {
	t.Parallel()
	cache, servers, keys := threeServers(t, &memcached.Options{LeaseTTL: renewed})
	_, leases, err := cache.GetLeases(t.Context(), keys, 0)
	must(t, err)
	servers[1].Pause()
	defer servers[1].Resume()
	for _, i := range []int{0, 2} {
		client, seen := newClient(t, servers[i]), make(map[uint64]bool)
		await(t, "the marker was renewed three times", func() bool {
			item, err := client.Get(keys[i])
			must(t, err)
			seen[item.CasID] = true
			return len(seen) > 3
		})
		must(t, fill(t, cache, keys[i], leases[keys[i]], "value"))
	}
}

// TestLimits: a caller waits as long as the limit says, in the time of the test, and no server ever answers.
func TestLimits(t *testing.T) {
	for _, operation := range operations() {
		for name, options := range map[string]memcached.Options{
			"default": {},
			"longer":  {ReadTimeout: 7 * time.Second, WriteTimeout: 8 * time.Second},
			"none":    {ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry},
		} {
			t.Run(operation.Name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var servers memcache.ServerList
					must(t, servers.SetServers("127.0.0.1:1")) // nobody dials it
					options.Timeout = hour
					options.DialContext = func(context.Context, string, string) (net.Conn, error) {
						ours, theirs := net.Pipe()
						context.AfterFunc(t.Context(), func() { theirs.Close() })
						return ours, nil
					}
					cache := memcached.New(&servers, &options)
					defer cache.Close()
					began := time.Now()
					err := operation.Call(t.Context(), cache)
					fails(t, err, operation.Op)
					limits, took := cache.Timeouts(), time.Since(began)
					if name == "none" {
						if errors.Is(err, ctxcache.ErrTimeout) || took < hour || limits.Read != ctxcache.NoExpiry || limits.Write != ctxcache.NoExpiry {
							t.Errorf("without limits %+v: %v after %v", limits, err, took)
						}
						return
					}
					limit := limits.Write
					switch operation.Op {
					case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases, ctxcache.OpStats:
						limit = limits.Read
					}
					if operation.Op.Many() {
						limit += time.Millisecond // for its key
					}
					if !errors.Is(err, ctxcache.ErrTimeout) || took != limit {
						t.Errorf("%v after %v, want %v after %v", err, took, ctxcache.ErrTimeout, limit)
					}
					want := ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second, Late: 7 * hour} // Options.Timeout is an hour
					if name == "longer" {
						want = ctxcache.Timeouts{Read: 7 * time.Second, Write: 8 * time.Second, Late: 7 * hour}
					}
					if limits != want || ctxcache.TimeoutsOf[string, []byte](cache) != want {
						t.Errorf("Timeouts: %+v, want %+v", limits, want)
					}
				})
			})
		}
	}
}

// TestDeadServerIsDialledOnce: a call does not try to reach a server again that it could not reach.
func TestDeadServerIsDialledOnce(t *testing.T) {
	for _, operation := range operations() {
		var dials atomic.Int32
		cache := newCacheOver(t, list(t, memcachedtest.Shared(t)), &memcached.Options{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				dials.Add(1)
				return nil, errOops
			},
		})
		err := operation.Call(t.Context(), cache)
		if fails(t, err, operation.Op); !errors.Is(err, errOops) || dials.Load() != 1 {
			t.Errorf("%s dialled %d times: %v", operation.Name, dials.Load(), err)
		}
	}
}
