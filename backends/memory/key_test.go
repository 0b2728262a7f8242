package memory_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// point is a key that contains what cannot be checked by the compiler.
type point struct {
	Name   string
	Coords [2]any
}

func TestKeysThatNoMapCanHold(t *testing.T) {
	t.Run("NaN", func(t *testing.T) { testBadKey(t, 1.5, math.NaN()) })
	t.Run("complex NaN", func(t *testing.T) { testBadKey(t, 1i, complex(0, math.NaN())) })
	t.Run("slice in an interface", func(t *testing.T) { testBadKey[any](t, "ok", []byte("bad")) })
	t.Run("NaN in an interface", func(t *testing.T) { testBadKey[any](t, 1, math.NaN()) })
	t.Run("deep inside a struct", func(t *testing.T) {
		testBadKey(t, point{"a", [2]any{1, "x"}}, point{"a", [2]any{1, map[int]int{}}})
	})
}

func testBadKey[K comparable](t *testing.T, good, bad K) {
	c := memory.New(&memory.Options[K, int]{MaxEntries: memory.Unbounded, Shards: 4})
	ctx := t.Context()
	mustSet(t, c, good, 1, 0)
	mustGet(t, c, good, 1)

	errs := make(map[string]error)
	_, errs["Get"] = c.Get(ctx, bad)
	errs["Set"] = c.Set(ctx, bad, 1, 0)
	errs["Delete"] = c.Delete(ctx, bad)
	_, errs["Contains"] = c.Contains(ctx, bad)
	_, errs["Remove"] = c.Remove(ctx, bad)
	_, errs["GetEntry"] = c.GetEntry(ctx, bad)
	errs["SetEntry"] = c.SetEntry(ctx, bad, ctxcache.Entry[int]{})
	_, errs["GetEntries"] = c.GetEntries(ctx, []K{good, bad})
	errs["DeleteMany"] = c.DeleteMany(ctx, []K{good, bad})
	_, _, errs["GetLease"] = c.GetLease(ctx, bad, 0)
	_, _, errs["GetLeases"] = c.GetLeases(ctx, []K{good, bad}, ctxcache.NoExpiry)
	lease := mustGrantAndKill(t, c, good)
	errs["Fill"] = c.Fill(ctx, bad, lease, ctxcache.Entry[int]{})
	errs["Release"] = c.Release(ctx, bad, lease)
	errs["Drop"] = c.Drop(ctx, bad, lease)
	for call, err := range errs {
		if !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s: %v, want ErrKey", call, err)
		}
	}
	mustGet(t, c, good, 1) // the calls for many failed before they did anything
	if nodes, leases := c.Kept(); nodes != 1 || leases != 0 {
		t.Errorf("%d nodes and %d leases, want only the good key", nodes, leases)
	}
}

// mustGrantAndKill returns a lease on key that does not stand any more.
func mustGrantAndKill[K comparable](t *testing.T, c *memory.Cache[K, int], key K) ctxcache.Lease {
	t.Helper()
	_, lease, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry)
	if err != nil || !lease.Granted() {
		t.Fatalf("GetLease: %+v, %v; want a lease", lease, err)
	}
	mustSet(t, c, key, 1, 0)
	return lease
}

// A NaN can be in the map that SetEntries, FillMany and ReleaseMany are given.
func TestNaNAmongEntries(t *testing.T) {
	c := memory.New[float64, int](nil)
	err := c.SetEntries(t.Context(), map[float64]ctxcache.Entry[int]{1: {}, math.NaN(): {}, 2: {}})
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("SetEntries: %v, want ErrKey", err)
	}
	err = c.FillMany(t.Context(), map[float64]ctxcache.Entry[int]{1: {}, math.NaN(): {}, 2: {}}, nil)
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("FillMany: %v, want ErrKey", err)
	}
	err = c.ReleaseMany(t.Context(), map[float64]ctxcache.Lease{1: {}, math.NaN(): {}, 2: {}})
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("ReleaseMany: %v, want ErrKey", err)
	}
	if nodes, _ := c.Kept(); nodes > 0 {
		t.Errorf("%d entries were stored by a call that failed, want none", nodes)
	}
}

// Any type of key works, in any number of shards.
func TestKeyTypes(t *testing.T) {
	testKeys(t, "", "a", "a\x00b", "\xff")
	testKeys(t, 0, -1, math.MaxInt)
	testKeys(t, false, true)
	testKeys(t, 0.0, 1.5, math.Inf(1))
	testKeys(t, struct{ A, B string }{"a", "b"}, struct{ A, B string }{"ab", ""})
	testKeys(t, [2]byte{1, 2}, [2]byte{2, 1})
	testKeys(t, new(int), new(int))
	testKeys[any](t, nil, 1, int64(1), "1", 1.0)
}

func testKeys[K comparable](t *testing.T, keys ...K) {
	t.Helper()
	for _, shards := range []int{1, 16} {
		c := memory.New(&memory.Options[K, int]{MaxEntries: memory.Unbounded, Shards: shards})
		for i, key := range keys {
			mustSet(t, c, key, i, 0)
		}
		for i, key := range keys {
			mustGet(t, c, key, i)
		}
	}
}

// Zero and its negative are equal, so they are one key.
func TestNegativeZero(t *testing.T) {
	c := memory.New(&memory.Options[float64, int]{MaxEntries: memory.Unbounded, Shards: 64})
	mustSet(t, c, 0.0, 1, 0)
	mustGet(t, c, math.Copysign(0, -1), 1)
}
