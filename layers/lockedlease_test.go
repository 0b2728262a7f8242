package layers_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// manyKeys are so many that both of two shards get some: the chance that one gets none is 1 in 2^31.
var manyKeys = func() (keys []string) {
	for i := range 32 {
		keys = append(keys, strconv.Itoa(i))
	}
	return keys
}()

func TestLockedFillsEachShardsOwn(t *testing.T) {
	ctx, c := t.Context(), newLocked[int](2)
	_, leases, err := ctxcache.GetLeases(ctx, c, manyKeys, 0)
	if err != nil || len(leases) != len(manyKeys) {
		t.Fatalf("GetLeases: %d leases, %v", len(leases), err)
	}
	entries := make(map[string]ctxcache.Entry[int])
	for i, key := range manyKeys {
		entries[key] = ctxcache.NewEntry(i, time.Hour)
	}
	delete(leases, "0")
	layertest.MustSet(t, c, "1", -1)
	err = ctxcache.FillMany(ctx, c, entries, leases)
	many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
	if !ok || len(many.Failed) != 2 || many.Failed["0"] != ctxcache.ErrLeaseLost || many.Failed["1"] != ctxcache.ErrLeaseLost {
		t.Errorf("FillMany: %v, want a lost lease for the keys without one, and nothing else", err)
	}
	layertest.WantValue(t, c, "1", -1)
	layertest.WantValue(t, c, "2", 2)
	layertest.WantValue(t, c, "31", 31)
}

func TestLockedKnowsALeaseOfAnotherKey(t *testing.T) {
	ctx, c := t.Context(), newLocked[int](2)
	_, lease, err := ctxcache.GetLease(ctx, c, "key", 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatal(lease, err)
	}
	for _, other := range manyKeys {
		if err := ctxcache.Fill(ctx, c, other, lease, ctxcache.NewEntry(1, time.Hour)); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill of %s: %v, want ErrLeaseLost", other, err)
		}
	}
	if err := ctxcache.Fill(ctx, c, "key", lease, ctxcache.NewEntry(1, time.Hour)); err != nil {
		t.Errorf("Fill: %v", err)
	}
}

// panickingLeases panics when it is asked for leases.
type panickingLeases struct {
	ctxcache.Forward[string, int]
}

func (*panickingLeases) GetLeases(
	context.Context, []string, time.Duration,
) (map[string]ctxcache.Entry[int], map[string]ctxcache.Lease, error) {
	panic(errPanic)
}

// TestLockedGivesLeasesBackIfAShardPanics tries often, because the order of the shards is random.
func TestLockedGivesLeasesBackIfAShardPanics(t *testing.T) {
	ctx := t.Context()
	for range 20 {
		good := newMemory[int]()
		built := []ctxcache.Cache[string, int]{
			good, &panickingLeases{ctxcache.NewForward(newMemory[int](), ctxcache.Description{Kind: "panicking"})},
		}
		c := layers.Locked(2, func() ctxcache.Cache[string, int] {
			next := built[0]
			built = built[1:]
			return next
		})
		panics(t, func() { _, _, _ = ctxcache.GetLeases(ctx, c, manyKeys, 0) })
		_, leases, err := ctxcache.GetLeases(ctx, good, manyKeys, 0)
		if err != nil {
			t.Fatal(err)
		}
		for key, lease := range leases {
			if !lease.Granted() {
				t.Fatalf("%s is still leased: %v", key, lease.Refusal())
			}
		}
	}
}

// valuesOnly is a cache that does not support negative entries.
type valuesOnly struct {
	ctxcache.Forward[string, int]
}

func (c *valuesOnly) Supports() ctxcache.Cap { return c.Forward.Supports() &^ ctxcache.CapNegative }

func (c *valuesOnly) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[int]) error {
	for _, e := range entries {
		if e.Absent {
			return errors.ErrUnsupported
		}
	}
	return c.Forward.SetEntries(ctx, entries)
}

// TestLockedRefusesBeforeAnyEffect checks that no shard stores anything if one of the entries is negative.
func TestLockedRefusesBeforeAnyEffect(t *testing.T) {
	ctx := t.Context()
	c := layers.Locked(2, func() ctxcache.Cache[string, int] {
		return &valuesOnly{ctxcache.NewForward(newMemory[int](), ctxcache.Description{Kind: "values"})}
	}).(ctxcache.ManyCache[string, int])
	entries := map[string]ctxcache.Entry[int]{"negative": {Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}}
	for i, key := range manyKeys {
		entries[key] = ctxcache.NewEntry(i, time.Hour)
	}
	leasing := c.(ctxcache.LeaseCache[string, int])
	_, leases, err := leasing.GetLeases(ctx, append(manyKeys, "negative"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := leasing.FillMany(ctx, entries, leases); err != errors.ErrUnsupported {
		t.Errorf("FillMany: %v, want ErrUnsupported", err)
	}
	if err := c.SetEntries(ctx, entries); err != errors.ErrUnsupported {
		t.Errorf("SetEntries: %v, want ErrUnsupported", err)
	}
	if found, err := c.GetEntries(ctx, manyKeys); len(found) > 0 || err != nil {
		t.Errorf("%d entries were stored all the same, %v", len(found), err)
	}
}

// TestLockedAddsUpWhatThereIs checks that shards which fail to report their counters do not hide the others' counters.
func TestLockedAddsUpWhatThereIs(t *testing.T) {
	shards := 0
	c := layers.Locked(2, func() ctxcache.Cache[string, string] {
		if shards++; shards == 1 {
			return &muted{ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "muted"})}
		}
		return layers.Stats(newMemory[string](), "shard")
	})
	for _, key := range manyKeys {
		layertest.MustSet(t, c, key, "")
	}
	stats, err := ctxcache.GetStats(t.Context(), c)
	if err != errOutage || stats.Writes == 0 {
		t.Errorf("Stats = %+v, %v; want the second shard's writes, and the first one's error", stats, err)
	}
}
