package memory_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// GetLeases returns a lease for every key that was due, granted or not.
func TestGetLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		mustSet(t, c, "fresh", 1, time.Hour)
		mustSet(t, c, "due", 2, time.Minute)
		mustLease(t, c, "loading", 0)
		keys := []string{"fresh", "due", "loading", "absent", "due", "absent"}
		found, due, err := c.GetLeases(t.Context(), keys, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]ctxcache.Entry[int]{
			"fresh": ctxcache.NewEntry(1, time.Hour), "due": ctxcache.NewEntry(2, time.Minute),
		}
		if !maps.Equal(found, want) {
			t.Errorf("found %+v, want %+v", found, want)
		}
		if len(due) != 3 || !due["due"].Granted() || !due["absent"].Granted() ||
			due["loading"] != ctxcache.NoLease(ctxcache.Loading) {
			t.Errorf("leases %+v, want those of due and absent, and that loading is loaded by another", due)
		}
	})
}

// FillMany fills what has a lease that stands. The others fail, each by itself.
func TestFillMany(t *testing.T) {
	c := memory.New[string, int](nil)
	ctx := t.Context()
	_, leases, err := c.GetLeases(ctx, []string{"a", "b", "lost", "invalid"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, c, "lost", 0, 0)
	leases["refused"] = ctxcache.NoLease(ctxcache.Loading)
	err = c.FillMany(ctx, map[string]ctxcache.Entry[int]{
		"a": {Value: 1}, "b": {Meta: ctxcache.Meta{Absent: true}},
		"lost": {Value: 3}, "invalid": ctxcache.NewEntry(4, -1), "refused": {Value: 5}, "leaseless": {Value: 6},
	}, leases)
	for key, want := range map[string]error{
		"a": nil, "b": nil, "lost": ctxcache.ErrLeaseLost, "refused": ctxcache.ErrLeaseLost,
		"leaseless": ctxcache.ErrLeaseLost,
	} {
		if got := ctxcache.KeyError(err, key); got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	invalid := ctxcache.KeyError(err, "invalid")
	if failure, ok := errors.AsType[*ctxcache.Error](invalid); !ok || failure.Op != ctxcache.OpFillMany || failure.Err != ctxcache.ErrTTL {
		t.Errorf("invalid: %v, want ErrTTL of fill_many", invalid)
	}
	mustGet(t, c, "a", 1)
	mustGet(t, c, "lost", 0)
	mustMiss(t, c, "refused")
	mustMiss(t, c, "leaseless")
	if _, err := c.Get(ctx, "b"); err != ctxcache.ErrNotFound {
		t.Errorf("Get(b): %v, want ErrNotFound", err)
	}
	if err := c.Fill(ctx, "invalid", leases["invalid"], ctxcache.Entry[int]{Value: 4}); err != nil {
		t.Errorf("Fill after a FillMany that failed: %v", err)
	}
}

// ReleaseMany ends every lease that stands, and names the keys of those that were lost before.
func TestReleaseMany(t *testing.T) {
	c := memory.New[string, int](nil)
	ctx := t.Context()
	_, leases, err := c.GetLeases(ctx, []string{"a", "lost"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, c, "lost", 0, 0)
	leases["refused"] = ctxcache.NoLease(ctxcache.Loading)
	leases["not due"] = ctxcache.Lease{}
	err = c.ReleaseMany(ctx, leases)
	if many, ok := errors.AsType[*ctxcache.ManyError[string]](err); !ok || len(many.Failed) != 1 || many.Failed["lost"] != ctxcache.ErrLeaseLost {
		t.Errorf("ReleaseMany: %v, want ErrLeaseLost of one key", err)
	}
	if _, leases := c.Kept(); leases != 0 {
		t.Errorf("%d leases are kept, want none", leases)
	}
	if err := c.ReleaseMany(ctx, nil); err != nil {
		t.Errorf("ReleaseMany of nothing: %v", err)
	}
}

// GetLeases that is ended half-way leaves no lease behind.
func TestGetLeasesEndedHalfWay(t *testing.T) {
	c := memory.New[string, int](nil)
	ctx := &endingContext{Context: t.Context(), calls: 3}
	found, granted, err := c.GetLeases(ctx, []string{"a", "b", "c", "d"}, 0)
	if err != context.Canceled || found != nil || granted != nil {
		t.Fatalf("GetLeases = %v, %v, %v; want context.Canceled alone", found, granted, err)
	}
	if _, leases := c.Kept(); leases > 0 {
		t.Errorf("%d leases were left behind", leases)
	}
}

// A context that ends half-way is about the call, not about keys.
func TestWritesOfManyEndedHalfWay(t *testing.T) {
	c := memory.New[string, int](nil)
	_, leases, err := c.GetLeases(t.Context(), []string{"a", "b", "c", "d"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	entries := make(map[string]ctxcache.Entry[int])
	for key := range leases {
		entries[key] = ctxcache.NewEntry(1, 0)
	}
	if err := c.FillMany(&endingContext{Context: t.Context(), calls: 3}, entries, leases); err != context.Canceled {
		t.Errorf("FillMany: %v, want context.Canceled", err)
	}
	if err := c.SetEntries(&endingContext{Context: t.Context(), calls: 3}, entries); err != context.Canceled {
		t.Errorf("SetEntries: %v, want context.Canceled", err)
	}
}

// A context that ends while a key is released is about the call, not about keys.
func TestReleaseManyEndedHalfWay(t *testing.T) {
	c := memory.New[string, int](nil)
	_, leases, err := c.GetLeases(t.Context(), []string{"a", "b", "c", "d"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ReleaseMany(&endingContext{Context: t.Context(), calls: 3}, leases); err != context.Canceled {
		t.Errorf("ReleaseMany: %v, want context.Canceled", err)
	}
	if stats, err := c.Stats(t.Context()); stats.Errors != 0 || err != nil {
		t.Errorf("%d errors, %v; want none: the caller has ended the call", stats.Errors, err)
	}
}

// A call whose context ends just after a key has failed returns the error of the context, not the error of that key.
func TestManyEndedAfterAKeyFailed(t *testing.T) {
	lost := map[string]ctxcache.Lease{"a": ctxcache.NewLease("foreign")}
	entries := map[string]ctxcache.Entry[int]{"a": ctxcache.NewEntry(1, 0)}
	invalid := map[string]ctxcache.Entry[int]{"a": ctxcache.NewEntry(1, -1)}
	for name, test := range map[string]struct {
		call   func(ctx context.Context, c *memory.Cache[string, int]) error
		errors uint64 // that are counted: neither ErrLeaseLost nor a done context is a failure
	}{
		"SetEntries": {func(ctx context.Context, c *memory.Cache[string, int]) error {
			return c.SetEntries(ctx, invalid)
		}, 1},
		"FillMany of a lost lease": {func(ctx context.Context, c *memory.Cache[string, int]) error {
			return c.FillMany(ctx, entries, lost)
		}, 0},
		"FillMany of an invalid entry": {func(ctx context.Context, c *memory.Cache[string, int]) error {
			return c.FillMany(ctx, invalid, lost)
		}, 1},
		"ReleaseMany": {func(ctx context.Context, c *memory.Cache[string, int]) error {
			return c.ReleaseMany(ctx, lost)
		}, 0},
	} {
		c := memory.New[string, int](nil)
		// The context is asked once when the call begins, and once for the key.
		if err := test.call(&endingContext{Context: t.Context(), calls: 2}, c); err != context.Canceled {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
		if stats, err := c.Stats(t.Context()); stats.Errors != test.errors || err != nil {
			t.Errorf("%s: %d errors, %v; want %d", name, stats.Errors, err, test.errors)
		}
	}
}

// endingContext is done once its error was asked for that many times.
type endingContext struct {
	context.Context
	calls int
}

func (c *endingContext) Err() error {
	if c.calls--; c.calls < 0 {
		return context.Canceled
	}
	return nil
}
