package memory_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A lease that is not this cache's, or none at all, is lost, whatever it is spent on.
func TestForeignLeases(t *testing.T) {
	c, other := memory.New[string, int](nil), memory.New[string, int](nil)
	mustLease(t, c, "k", 0)
	for name, lease := range map[string]ctxcache.Lease{
		"none":                      {},
		"refused":                   ctxcache.NoLease(ctxcache.Loading),
		"of another cache":          mustLease(t, other, "k", 0),
		"of a cache of other types": mustGrant(t.Context(), t, memory.New[int, int](nil), 1),
		"of somebody else":          ctxcache.NewLease("k"),
	} {
		for way, err := range everySpending(t.Context(), c, "k", lease) {
			released := way == "ReleaseMany" && !lease.Granted() // left out
			if want := ctxcache.ErrLeaseLost; err != want && (!released || err != nil) {
				t.Errorf("%s with a lease %s: %v, want ErrLeaseLost", way, name, err)
			}
		}
		mustMiss(t, c, "k")
	}
	mustBeLoading(t, c, "k")
	mustBeLoading(t, other, "k")
	if stats, err := c.Stats(t.Context()); err != nil || stats.Errors != 0 {
		t.Errorf("%d errors, %v; want none: a lost lease is an answer", stats.Errors, err)
	}
}

// A lease is for the key that it was granted on, and stays good for it. Otherwise the value of one tenant could land under
// the key of another.
func TestLeaseOfAnotherKey(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 16}) // each numbers its leases
	ctx := t.Context()
	lease := mustLease(t, c, "mine", 0)
	for i := range 100 {
		theirs := string(rune('a' + i))
		mustSet(t, c, theirs, i, 0)
		mustLease(t, c, theirs, ctxcache.NoExpiry)
		for way, err := range everySpending(ctx, c, theirs, lease) {
			if err != ctxcache.ErrLeaseLost {
				t.Errorf("%s of another key: %v, want ErrLeaseLost", way, err)
			}
		}
		mustBeLoading(t, c, theirs)
		mustGet(t, c, theirs, i)
	}
	if err := c.Fill(ctx, "mine", lease, ctxcache.Entry[int]{Value: 1}); err != nil {
		t.Errorf("Fill: %v", err)
	}
	mustGet(t, c, "mine", 1)
}

// Drop removes what the lease was granted on, and ends the lease.
func TestDrop(t *testing.T) {
	negative := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}
	for name, entry := range map[string]*ctxcache.Entry[int]{"value": {Value: 1}, "negative entry": &negative, "nothing": nil} {
		c := memory.New(&memory.Options[string, int]{MaxEntries: 2, Shards: 1})
		mustSet(t, c, "other", 7, 0)
		deletes := uint64(0)
		if entry != nil {
			deletes = 1
			if err := c.SetEntry(t.Context(), "k", *entry); err != nil {
				t.Fatal(err)
			}
		}
		lease := mustLease(t, c, "k", ctxcache.NoExpiry)
		if err := c.Drop(t.Context(), "k", lease); err != nil {
			t.Errorf("%s: Drop: %v", name, err)
		}
		mustMiss(t, c, "k")
		mustGet(t, c, "other", 7)
		if nodes, leases := c.Kept(); nodes != 1 || leases != 0 {
			t.Errorf("%s: %d nodes and %d leases are kept", name, nodes, leases)
		}
		if stats, err := c.Stats(t.Context()); err != nil || stats.Deletes != deletes {
			t.Errorf("%s: %d deletes, %v; want %d", name, stats.Deletes, err, deletes)
		}
		mustBeSound(t, c)
	}
}

// Drop with a lease that was lost leaves what is newer alone: values, and the leases of others.
func TestDropOfALostLease(t *testing.T) {
	c := memory.New[string, int](nil)
	mustSet(t, c, "k", 1, 0)
	lost := mustLease(t, c, "k", ctxcache.NoExpiry)
	mustSet(t, c, "k", 2, 0)
	if err := c.Drop(t.Context(), "k", lost); err != ctxcache.ErrLeaseLost {
		t.Errorf("Drop: %v, want ErrLeaseLost", err)
	}
	mustGet(t, c, "k", 2)
	newer := mustLease(t, c, "k", ctxcache.NoExpiry)
	if err := c.Drop(t.Context(), "k", lost); err != ctxcache.ErrLeaseLost {
		t.Errorf("Drop: %v, want ErrLeaseLost", err)
	}
	if err := c.Fill(t.Context(), "k", newer, ctxcache.Entry[int]{Value: 3}); err != nil {
		t.Errorf("Fill of the newer holder: %v", err)
	}
	mustGet(t, c, "k", 3)
}

// A Fill that fails leaves the lease to Drop, however full the cache is.
func TestDropAfterAFillThatFailed(t *testing.T) {
	c := memory.New(&memory.Options[string, string]{MaxCost: 4, Cost: length})
	mustSet(t, c, "k", "old", 0)
	lease := mustLease(t, c, "k", ctxcache.NoExpiry)
	if err := c.Fill(t.Context(), "k", lease, ctxcache.Entry[string]{Value: "much too much"}); err == nil {
		t.Fatal("what is too large was stored")
	}
	mustMiss(t, c, "k") // the old value is gone already
	mustSet(t, c, "o", "any", 0)
	mustCost(t, c, 4)
	if err := c.Drop(t.Context(), "k", lease); err != nil {
		t.Errorf("Drop: %v", err)
	}
	mustGet(t, c, "o", "any")
	if _, leases := c.Kept(); leases != 0 {
		t.Errorf("%d leases are kept, want none", leases)
	}
}

// A Fill that stores nothing, because its lease is lost, counts as such. The other ways to spend a lease store nothing
// anyway, and fail without a lost value.
func TestStatsCountLostFills(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 4})
	ctx := t.Context()
	lost := func(want uint64, after string) {
		t.Helper()
		stats, err := c.Stats(ctx)
		if err != nil || stats.FillsLost != want || stats.Writes != 1 || stats.Errors != 0 {
			t.Errorf("%s: %v, %v; want 1 write, %d lost fills and no errors", after, stats, err, want)
		}
	}
	lease := mustLease(t, c, "k", 0)
	if err := c.Fill(ctx, "k", lease, ctxcache.Entry[int]{Value: 1}); err != nil {
		t.Fatal(err)
	}
	lost(0, "a Fill that stored its value")
	for way, err := range everySpending(ctx, c, "k", lease) { // one Fill, one FillMany
		if err != ctxcache.ErrLeaseLost {
			t.Errorf("%s with a lease that was spent: %v", way, err)
		}
	}
	lost(2, "a lease that was spent")
	everySpending(ctx, c, "other", ctxcache.NoLease(ctxcache.Loading))
	lost(4, "a lease that was not granted")
	deleted := mustLease(t, c, "deleted", 0)
	if err := c.Delete(ctx, "deleted"); err != nil {
		t.Fatal(err)
	}
	entries := map[string]ctxcache.Entry[int]{"deleted": {Value: 1}, "none": {Value: 1}}
	if err := c.FillMany(ctx, entries, map[string]ctxcache.Lease{"deleted": deleted}); err == nil {
		t.Error("FillMany without leases succeeds")
	}
	lost(6, "FillMany of two keys")
}

// The functions of the options are not called for a value that is certainly not stored.
func TestFillWithoutALeaseDoesNotAskForTheCost(t *testing.T) {
	asked := 0
	c := memory.New(&memory.Options[string, int]{MaxCost: 10, Cost: func(string, int) int64 { asked++; return 1 }})
	if err := c.Fill(t.Context(), "k", ctxcache.Lease{}, ctxcache.Entry[int]{Value: 1}); err != ctxcache.ErrLeaseLost || asked != 0 {
		t.Errorf("Fill: %v, and Cost was called %d times", err, asked)
	}
}
