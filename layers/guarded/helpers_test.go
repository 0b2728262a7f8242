package guarded_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

var errDown = errors.New("connection refused")

// rig is a guarded cache over a store that fails and stalls as a test wants.
type rig struct {
	ctxcache.Cache[string, string]
	faults *cachetest.Faults
	stalls *cachetest.Stalls[string]
	log    *cachetest.Log[string] // of the calls that have reached the store
}

// minCalls is small, so that a test needs few calls to open a circuit.
const minCalls = 4

// newRig returns a rig that has the value "1" under "a". Options without MinCalls have minCalls.
func newRig(t *testing.T, opts guarded.Options) *rig {
	t.Helper()
	return newRigOver(t, memory.New[string, string](nil), opts)
}

func newRigOver(t *testing.T, store ctxcache.Cache[string, string], opts guarded.Options) *rig {
	t.Helper()
	if opts.MinCalls == 0 {
		opts.MinCalls = minCalls
	}
	must(t, store.Set(t.Context(), "a", "1", ctxcache.NoExpiry))
	r := &rig{}
	store, r.faults = cachetest.Failing(store)
	store, r.stalls = cachetest.Stalling(store)
	store, r.log = cachetest.Recording(store)
	r.Cache = guarded.New(store, &opts)
	return r
}

// open makes the store fail until the circuit opens. The store is down after that.
func (r *rig) open(t *testing.T) {
	t.Helper()
	r.faults.Fail(errDown, everything())
	for range minCalls {
		_, err := r.Get(t.Context(), "a")
		wantIs(t, err, errDown)
	}
	r.wantState(t, 1)
}

// halfOpen opens the circuit, and lets the time pass until a probe is due. The store works after that.
func (r *rig) halfOpen(t *testing.T) {
	t.Helper()
	r.open(t)
	r.faults.Heal()
	r.log.Reset()
	untilProbe()
}

// untilProbe lets the time pass until an open circuit of default options is half-open. It is called in a bubble of
// package synctest.
func untilProbe() { time.Sleep(5*time.Second + time.Nanosecond) }

// reads makes a call of one key, and returns its error.
func (r *rig) reads(t *testing.T, ctx context.Context) error {
	t.Helper()
	_, err := r.Get(ctx, "a")
	return err
}

func (r *rig) stats(t *testing.T) ctxcache.Stats {
	t.Helper()
	stats, err := ctxcache.GetStats(t.Context(), r.Cache)
	must(t, err)
	return stats
}

// wantState fails the test unless Stats reports this number of open circuits.
func (r *rig) wantState(t *testing.T, open int64) {
	t.Helper()
	if got := r.stats(t).Open; got != open {
		t.Fatalf("Stats.Open is %d, want %d", got, open)
	}
}

// wantAsked fails the test unless exactly these calls have reached the store since the last look, in this order.
func (r *rig) wantAsked(t *testing.T, want ...ctxcache.Operation) {
	t.Helper()
	records := slices.DeleteFunc(r.log.Records(), func(made cachetest.Record[string]) bool { return made.Operation == ctxcache.OpStats })
	r.log.Reset()
	same := len(records) == len(want)
	for i := range records {
		same = same && records[i].Operation == want[i]
	}
	if !same {
		t.Fatalf("the store was asked %v, want %v", records, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantIs(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

// everything selects the calls that ask the store: all but Stats, which tests use to look at the state.
func everything() cachetest.Target {
	var ops []ctxcache.Operation
	for _, o := range slices.Concat(probing(), waiting()) {
		ops = append(ops, o.op)
	}
	return cachetest.On(ops...)
}

// operation is one way to call a cache.
type operation struct {
	op   ctxcache.Operation
	call func(ctx context.Context, c ctxcache.Cache[string, string]) error
}

// probing are the operations that may be the probe.
func probing() []operation {
	return []operation{
		{ctxcache.OpGet, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := c.Get(ctx, "a")
			return err
		}},
		{ctxcache.OpContains, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := ctxcache.Contains(ctx, c, "a")
			return err
		}},
		{ctxcache.OpGetEntry, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := ctxcache.GetEntry(ctx, c, "a")
			return err
		}},
		{ctxcache.OpGetEntries, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := ctxcache.GetEntries(ctx, c, []string{"a", "b"})
			return err
		}},
		{ctxcache.OpGetEntries, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := ctxcache.GetMany(ctx, c, []string{"a", "b"})
			return err
		}},
	}
}

// waiting are the operations that are made only if the circuit is closed.
func waiting() []operation {
	entry := ctxcache.NewEntry("2", time.Hour)
	return []operation{
		{ctxcache.OpSet, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return c.Set(ctx, "a", "2", time.Hour)
		}},
		{ctxcache.OpDelete, func(ctx context.Context, c ctxcache.Cache[string, string]) error { return c.Delete(ctx, "a") }},
		{ctxcache.OpRemove, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := ctxcache.Remove(ctx, c, "a")
			return err
		}},
		{ctxcache.OpSetEntry, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return ctxcache.SetEntry(ctx, c, "a", entry)
		}},
		{ctxcache.OpSetEntries, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return ctxcache.SetEntries(ctx, c, map[string]ctxcache.Entry[string]{"a": entry, "b": entry})
		}},
		{ctxcache.OpDeleteMany, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return ctxcache.DeleteMany(ctx, c, []string{"a", "b"})
		}},
		{ctxcache.OpGetLease, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, lease, err := ctxcache.GetLease(ctx, c, "a", 0)
			if lease.Granted() {
				return unlessLost(ctxcache.Release(ctx, c, "a", lease)) // lost to another caller of the test
			}
			return err
		}},
		{ctxcache.OpGetLeases, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, leases, err := ctxcache.GetLeases(ctx, c, []string{"a"}, 0)
			if leases["a"].Granted() {
				return unlessLost(ctxcache.ReleaseMany(ctx, c, leases))
			}
			return err
		}},
		{ctxcache.OpFill, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return unlessLost(ctxcache.Fill(ctx, c, "a", ctxcache.Lease{}, entry))
		}},
		{ctxcache.OpFillMany, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			entries, leases := map[string]ctxcache.Entry[string]{"a": entry}, map[string]ctxcache.Lease{"a": {}}
			return unlessLost(ctxcache.FillMany(ctx, c, entries, leases))
		}},
		{ctxcache.OpRelease, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return unlessLost(ctxcache.Release(ctx, c, "a", ctxcache.NewLease("foreign")))
		}},
		{ctxcache.OpReleaseMany, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return unlessLost(ctxcache.ReleaseMany(ctx, c, map[string]ctxcache.Lease{"a": ctxcache.NewLease("foreign")}))
		}},
		{ctxcache.OpDrop, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			return unlessLost(ctxcache.Drop(ctx, c, "a", ctxcache.NewLease("foreign")))
		}},
		{ctxcache.OpLen, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			_, err := ctxcache.Len(ctx, c)
			return err
		}},
		{ctxcache.OpClear, ctxcache.Clear[string, string]},
		{ctxcache.OpKeys, func(ctx context.Context, c ctxcache.Cache[string, string]) error {
			for _, err := range ctxcache.Keys(ctx, c) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

func unlessLost(err error) error {
	if errors.Is(err, ctxcache.ErrLeaseLost) {
		return nil
	}
	return err
}
