package layers_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// newLocked returns a Locked cache whose shards are unsafe caches.
func newLocked[V any](shards int) ctxcache.Cache[string, V] {
	return layers.Locked(shards, func() ctxcache.Cache[string, V] { return newUnsafe(newMemory[V]()) })
}

func TestLockedConformance(t *testing.T) {
	for _, shards := range []int{1, 2, 17} {
		t.Run(strconv.Itoa(shards), func(t *testing.T) {
			cachetest.Run(t, func(*testing.T) bytesCache { return newLocked[[]byte](shards) }, cachetest.FakeTime())
		})
	}
}

func TestLockedMakesAnUnsafeCacheSafe(t *testing.T) {
	c := newLocked[int](3)
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			for j := range 100 {
				useEverything(t, c, strconv.Itoa((i+j)%10))
			}
		})
	}
	done.Wait()
}

// useEverything calls every operation of a cache.
func useEverything(t *testing.T, c ctxcache.Cache[string, int], key string) {
	t.Helper()
	ctx := t.Context()
	failed := func(err error) {
		if err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrLeaseLost {
			t.Error(err)
		}
	}
	entry := ctxcache.Entry[int]{Value: 1, Meta: ctxcache.Meta{TTL: time.Hour}}
	failed(c.Set(ctx, key, 1, time.Hour))
	failed(ctxcache.SetEntry(ctx, c, key, entry))
	failed(ctxcache.SetMany(ctx, c, map[string]int{key: 1, "another": 2}, time.Hour))
	if _, lease, err := ctxcache.GetLease(ctx, c, key, ctxcache.NoExpiry); lease.Granted() {
		failed(err)
		failed(ctxcache.Fill(ctx, c, key, lease, entry))
		failed(ctxcache.Release(ctx, c, key, lease))
		failed(ctxcache.Drop(ctx, c, key, lease))
	}
	_, leases, err := ctxcache.GetLeases(ctx, c, []string{key, "another"}, ctxcache.NoExpiry)
	failed(err)
	failed(ctxcache.UnlessLost[string](ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{key: entry}, leases)))
	failed(ctxcache.UnlessLost[string](ctxcache.ReleaseMany(ctx, c, leases)))
	for _, read := range layertest.ReadWays[int]() {
		_, err := read.Read(ctx, c, key)
		failed(ctxcache.UnlessLost[string](err)) // others delete and clear meanwhile
	}
	_, err = ctxcache.Contains(ctx, c, key)
	failed(err)
	for _, err := range ctxcache.Keys(ctx, c) {
		failed(err)
	}
	_, err = ctxcache.Len(ctx, c)
	failed(err)
	_, err = ctxcache.GetStats(ctx, c)
	failed(err)
	_, err = ctxcache.Remove(ctx, c, key)
	failed(err)
	failed(ctxcache.DeleteMany(ctx, c, []string{key, "another"}))
	failed(c.Delete(ctx, key))
	failed(ctxcache.ClearIn(ctx, c, ctxcache.Scope[string]{Prefix: key}))
}

func TestLockedWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, stalls := cachetest.Stalling(newMemory[int]())
		c := layers.Locked(1, func() ctxcache.Cache[string, int] { return store })
		_, lease, err := ctxcache.GetLease(t.Context(), c, "leased", 0)
		one := map[string]ctxcache.Lease{"leased": lease}
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		stall := stalls.Stall(cachetest.On(ctxcache.OpSet))
		var holder sync.WaitGroup
		holder.Go(func() { layertest.MustSet(t, c, "key", 1) })
		<-stall.Arrived()

		entry := ctxcache.Entry[int]{Value: 1}
		for name, wait := range map[string]func(ctx context.Context) error{
			"Get":     func(ctx context.Context) error { _, err := c.Get(ctx, "key"); return err },
			"GetMany": func(ctx context.Context) error { _, err := ctxcache.GetMany(ctx, c, []string{"key"}); return err },
			"Len":     func(ctx context.Context) error { _, err := ctxcache.Len(ctx, c); return err },
			"Keys":    func(ctx context.Context) error { return keysError(ctx, c) },
			"Fill":    func(ctx context.Context) error { return ctxcache.Fill(ctx, c, "leased", lease, entry) },
			"Release": func(ctx context.Context) error { return ctxcache.Release(ctx, c, "leased", lease) },
			"Drop":    func(ctx context.Context) error { return ctxcache.Drop(ctx, c, "leased", lease) },
			"FillMany": func(ctx context.Context) error {
				return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"leased": entry}, one)
			},
			"ReleaseMany": func(ctx context.Context) error { return ctxcache.ReleaseMany(ctx, c, one) },
			"SetMany":     func(ctx context.Context) error { return ctxcache.SetMany(ctx, c, map[string]int{"key": 1}, 0) },
			"DeleteMany":  func(ctx context.Context) error { return ctxcache.DeleteMany(ctx, c, []string{"key"}) },
			"GetLeases": func(ctx context.Context) error {
				_, _, err := ctxcache.GetLeases(ctx, c, []string{"key"}, 0)
				return err
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			begun := time.Now()
			if err := wait(ctx); err != context.DeadlineExceeded {
				t.Errorf("%s: %v, want the context's error, bare", name, err)
			}
			if waited := time.Since(begun); waited != time.Second {
				t.Errorf("%s leaves after %v", name, waited)
			}
			cancel()
		}
		stall.Release()
		holder.Wait()
		layertest.WantValue(t, c, "key", 1)
	})
}

// keysError returns the error that ends Keys, or nil.
func keysError[K comparable, V any](ctx context.Context, c ctxcache.Cache[K, V]) error {
	for _, err := range ctxcache.Keys(ctx, c) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestLockedYieldsOutsideOfTheLock(t *testing.T) {
	c := newLocked[int](1)
	for _, key := range []string{"a", "b"} {
		layertest.MustSet(t, c, key, 1)
	}
	yielded := 0
	for key, err := range ctxcache.Keys(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Delete(t.Context(), key); err != nil { // would be a deadlock if the lock were held
			t.Fatal(err)
		}
		yielded++
	}
	if yielded != 2 {
		t.Errorf("%d keys, want 2", yielded)
	}
}

func TestLockedStaysUsableAfterAPanic(t *testing.T) {
	c := newLocked[int](1)
	layertest.MustSet(t, c, "key", 1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of a Match got lost")
			}
		}()
		_, err := ctxcache.LenIn(t.Context(), c, ctxcache.Scope[string]{Match: func(string) bool { panic("match") }})
		t.Errorf("Len returned %v", err)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := c.Get(ctx, "key"); err != nil {
		t.Errorf("Get: %v", err)
	}
}

func TestLockedAddsStatsUp(t *testing.T) {
	c := layers.Locked(4, func() ctxcache.Cache[string, int] {
		return layers.Stats(newUnsafe(newMemory[int]()), "shard")
	})
	const keys = 100
	for i := range keys {
		layertest.MustSet(t, c, strconv.Itoa(i), i)
		layertest.WantValue(t, c, strconv.Itoa(i), i)
	}
	stats, err := ctxcache.GetStats(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	child := ctxcache.Stats{}
	if len(stats.Children) == 1 {
		child = stats.Children[0]
	}
	if stats.Name != "shard" || stats.Writes != keys || stats.Hits != keys || stats.Entries != keys || child.Hits != keys {
		t.Errorf("stats:\n%v", stats)
	}
}

func TestLockedSpreadsKeys(t *testing.T) {
	var shards []ctxcache.Cache[string, int]
	c := layers.Locked(4, func() ctxcache.Cache[string, int] {
		shards = append(shards, newMemory[int]())
		return shards[len(shards)-1]
	})
	const keys = 1000
	for i := range keys {
		layertest.MustSet(t, c, strconv.Itoa(i), i)
	}
	for i, shard := range shards {
		if n, err := ctxcache.Len(t.Context(), shard); n < keys/8 || n > keys/2 || err != nil {
			t.Errorf("shard %d has %d of %d keys, %v", i, n, keys, err)
		}
	}
}

func TestLockedNeedsAShard(t *testing.T) {
	for _, shards := range []int{0, -1} {
		c := newLocked[int](shards)
		if _, err := c.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%d shards: Get: %v, want ErrOptions", shards, err)
		}
		if _, err := ctxcache.Len(t.Context(), c); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%d shards: Len: %v, want ErrOptions", shards, err)
		}
	}
}

func TestLockedHitDoesNotAllocate(t *testing.T) {
	c := layers.Locked(4, newMemory[int])
	layertest.MustSet(t, c, "key", 1)
	ctx := t.Context()
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := c.Get(ctx, "key"); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("a hit allocates %v times", allocs)
	}
}
