package rediscache_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leaseholder"
	"github.com/ctxcache/cached/internal/redistest"
)

// processTTL is the life of another process's lease.
const processTTL = renewed

// takeLease is what another process does, see TestMain: it takes a lease on "key", in the server at args[0], with the
// prefix args[1].
func takeLease(ctx context.Context, args []string) (leaseholder.Filler, error) {
	cache := rediscache.New(redis.NewClient(&redis.Options{Addr: args[0], ReadTimeout: redistest.Patience}), &rediscache.Options{
		Prefix: args[1], LeaseTTL: processTTL,
	})
	_, l, err := cache.GetLease(ctx, "key", 0)
	if err != ctxcache.ErrMiss {
		return nil, err
	}
	return func(ctx context.Context, e entry) error { return cache.Fill(ctx, "key", l, e) }, nil
}

// startHolder starts a process that holds a lease on "key", and returns it with a cache over the same keys, and the
// key as it is stored.
func startHolder(t *testing.T, server *redistest.Server) (*leaseholder.Holder, *rediscache.Cache, string) {
	t.Helper()
	prefix := nextPrefix()
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: prefix})
	return leaseholder.Start(t, server.Addr, prefix), cache, prefix + "key"
}

// awaitLease returns a lease on "key" as soon as nobody else has it.
func awaitLease(t *testing.T, cache *rediscache.Cache) lease {
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
	server := redistest.Shared(t)
	client := server.Client(t)
	t.Run("to another", func(t *testing.T) {
		holder, cache, _ := startHolder(t, server)
		holder.Pause()
		must(t, cache.Fill(t.Context(), "key", awaitLease(t, cache), entry{Value: []byte("new")}))
		holder.Resume()
		if err := holder.Fill("old"); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill after the stall: %v", err)
		}
		if got, err := cache.Get(t.Context(), "key"); err != nil || string(got) != "new" {
			t.Errorf("Get: %q, %v", got, err)
		}
	})
	t.Run("to nobody", func(t *testing.T) {
		holder, cache, stored := startHolder(t, server)
		holder.Pause()
		await(t, "the marker ran out", func() bool { return deadline(t, client, stored) == 0 })
		holder.Resume()
		if err := holder.Fill("old"); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill after the stall: %v", err)
		}
		if got, err := cache.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
			t.Errorf("Get: %q, %v", got, err)
		}
	})
}

func TestProcessThatIsKilledLeavesItsLeaseForTheTTL(t *testing.T) {
	t.Parallel()
	const muchLater = 10 * time.Second // for a busy machine
	server := redistest.Shared(t)
	client := server.Client(t)
	holder, cache, stored := startHolder(t, server)
	awaitRenewals(t, client, processTTL/4, stored) // alive
	holder.Stop()
	killed := serverTime(t, client)
	end := time.UnixMilli(int64(deadline(t, client, stored))) // nobody moves it any more
	if left := end.Sub(killed); left > processTTL || left <= 0 {
		t.Fatalf("the lease of a process that was killed stands for %v, of %v", left, processTTL)
	}
	must(t, cache.Fill(t.Context(), "key", awaitLease(t, cache), entry{Value: []byte("next")}))
	if now := serverTime(t, client); now.Before(end) || now.After(end.Add(muchLater)) {
		t.Errorf("the next lease was granted %v after the end of that of the process that was killed", now.Sub(end))
	}
}

// serverTime is the time of the server, which leases go by.
func serverTime(t *testing.T, client *redis.Client) time.Time {
	t.Helper()
	now, err := client.Time(t.Context()).Result()
	must(t, err)
	return now
}
