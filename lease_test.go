package cached_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// ledger is memory that writes down the operations on leases, and the load for which a lease was asked for.
type ledger struct {
	store
	mu     sync.Mutex // guards done and load
	done   []ctxcache.Operation
	fails  map[ctxcache.Operation]error // instead of doing it
	refuse ctxcache.Refusal             // grants no lease, for this reason
	load   context.Context              // of the last GetLease
}

func newLedger() *ledger {
	return &ledger{store: over(newMemory()), fails: make(map[ctxcache.Operation]error)}
}

// write writes op down, and returns the error that it is to have.
func (c *ledger) write(op ctxcache.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = append(c.done, op)
	return c.fails[op]
}

func (c *ledger) GetLease(
	ctx context.Context, key string, below time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	c.mu.Lock()
	c.load = ctxcache.LoadContext(ctx)
	c.mu.Unlock()
	if err := c.fails[ctxcache.OpGetLease]; err != nil {
		return ctxcache.Entry[string]{}, ctxcache.Lease{}, err
	}
	if c.refuse == ctxcache.NotDue {
		return c.store.GetLease(ctx, key, below)
	}
	e, err := c.GetEntry(ctx, key)
	return e, ctxcache.NoLease(c.refuse), err
}

func (c *ledger) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	if err := c.write(ctxcache.OpFill); err != nil {
		return err
	}
	return c.store.Fill(ctx, key, lease, e)
}

func (c *ledger) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	if err := c.write(ctxcache.OpRelease); err != nil {
		return err
	}
	return c.store.Release(ctx, key, lease)
}

func (c *ledger) Drop(ctx context.Context, key string, lease ctxcache.Lease) error {
	if err := c.write(ctxcache.OpDrop); err != nil {
		return err
	}
	return c.store.Drop(ctx, key, lease)
}

func (c *ledger) expect(t *testing.T, want ...ctxcache.Operation) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.done, want) {
		t.Errorf("by lease: %q, want %q", c.done, want)
	}
	c.done = nil
}

// expectNoLease fails the test unless a lease on key can be had, which is so if nobody has one.
func expectNoLease(t *testing.T, c *ledger, key string) {
	t.Helper()
	_, lease, err := c.store.GetLease(t.Context(), key, ctxcache.NoExpiry)
	if !lease.Granted() {
		t.Fatalf("a lease was left behind: %v, %v", lease.Refusal(), err)
	}
	if err := c.store.Release(t.Context(), key, lease); err != nil {
		t.Fatal(err)
	}
}

func TestFuncEndsEveryLease(t *testing.T) {
	down := errors.New("cache down")
	source := errors.New("source down")
	for _, test := range []struct {
		name   string
		fill   error // what Fill fails with
		source error
		before func(t *testing.T, c *ledger) // called by the load
		want   []ctxcache.Operation
		errors uint64 // counted
	}{
		{name: "stored", want: []ctxcache.Operation{ctxcache.OpFill}},
		{name: "the source failed", source: source, want: []ctxcache.Operation{ctxcache.OpRelease}},
		{name: "no such thing", source: ctxcache.ErrNotFound, want: []ctxcache.Operation{ctxcache.OpRelease}},
		{
			name: "lost", want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpRelease},
			before: func(t *testing.T, c *ledger) {
				if err := c.Delete(t.Context(), "k"); err != nil {
					t.Error(err)
				}
			},
		},
		{name: "the fill failed", fill: down, want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpDrop}, errors: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newLedger()
			c.fails[ctxcache.OpFill] = test.fill
			f := cached.Func(c, func(context.Context, string) (string, error) {
				if test.before != nil {
					test.before(t, c)
				}
				return "v", test.source
			}, nil)
			_, err := f.Get(t.Context(), "k")
			if !errors.Is(err, test.source) {
				t.Errorf("got %v", err)
			}
			c.expect(t, test.want...)
			expectNoLease(t, c, "k")
			if stats, err := f.Stats(t.Context()); stats.Errors != test.errors || err != nil {
				t.Errorf("%d errors counted, %v; want %d", stats.Errors, err, test.errors)
			}
		})
	}
}

// If a refresh cannot store, the old value does not stay: its callers have seen the new one.
func TestFuncRefreshThatCannotBeStoredTakesTheOldValueAway(t *testing.T) {
	c, s := newLedger(), newOrigin("k", "new")
	if err := c.Set(t.Context(), "k", "old", 0); err != nil {
		t.Fatal(err)
	}
	c.fails[ctxcache.OpFill] = errors.New("cache down")
	f := cached.Func(c, s.load, nil)
	value, err := f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	c.expect(t, ctxcache.OpFill, ctxcache.OpDrop)
	if has, err := f.Contains(t.Context(), "k"); has || err != nil {
		t.Errorf("the old value is still there: %v, %v", has, err)
	}
}

// If a refresh gets no lease because the cache fails, the old value does not stay, either.
func TestFuncRefreshAfterAnOutageTakesTheOldValueAway(t *testing.T) {
	c, s := newLedger(), newOrigin("k", "new")
	if err := c.Set(t.Context(), "k", "old", 0); err != nil {
		t.Fatal(err)
	}
	c.fails[ctxcache.OpGetLease] = errors.New("cache down")
	f := cached.Func(c, s.load, nil)
	value, err := f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	if has, err := f.Contains(t.Context(), "k"); has || err != nil {
		t.Errorf("the old value is still there: %v, %v", has, err)
	}
	if stats, err := f.Stats(t.Context()); stats.Errors != 1 || err != nil {
		t.Errorf("%d errors counted, %v; want 1", stats.Errors, err)
	}
}

func TestFuncStrictStores(t *testing.T) {
	down := errors.New("cache down")
	for _, op := range []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpRelease} {
		c, s := newLedger(), newOrigin("k", "v")
		c.fails[op] = down
		if op == ctxcache.OpRelease {
			s = newOrigin()
		}
		f := cached.Func(c, s.load, &cached.Options{Strict: true})
		_, err := f.Get(t.Context(), "k")
		if err != down {
			t.Errorf("%s: got %v", op, err)
		}
	}
}

// Where leases cannot be had, as in a resilient stack during an outage, the value is loaded, nothing is stored, and there
// is nothing to report: the stack has done that.
func TestFuncWithoutLeasesToBeHad(t *testing.T) {
	c, s := newLedger(), newOrigin("k", "v")
	c.refuse = ctxcache.Unavailable
	seen := "" // in the cache, while the source was last asked
	f := cached.Func(c, func(ctx context.Context, key string) (string, error) {
		seen, _ = c.Get(ctx, key)
		return s.load(ctx, key)
	}, &cached.Options{Strict: true, OnCacheError: func(_ context.Context, err error) { t.Errorf("reported %v", err) }})
	for range 2 {
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	}
	s.expect(t, 2)
	if err := c.Set(t.Context(), "k", "old", 0); err != nil { // where it can be written
		t.Fatal(err)
	}
	value, err := f.Refresh(t.Context(), "k")
	expect(t, value, err, "v", nil)
	if seen != "old" {
		t.Error("the refresh deleted the old value before it had a new one")
	}
	if has, err := f.Contains(t.Context(), "k"); has || err != nil {
		t.Errorf("after a refresh the old value is still there: %v, %v", has, err)
	}
	c.expect(t)
	if stats, err := f.Stats(t.Context()); stats.Errors != 0 || err != nil {
		t.Errorf("%d errors counted, %v", stats.Errors, err)
	}
}

// A value that another holder is loading is loaded here, too, and left to the other to store.
func TestFuncLeavesStoringToAnotherHolder(t *testing.T) {
	c, s := newLedger(), newOrigin("k", "v")
	_, other, err := c.store.GetLease(t.Context(), "k", 0)
	if err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	f := cached.Func(c, s.load, nil)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	c.expect(t)
	if err := c.store.Fill(t.Context(), "k", other, ctxcache.NewEntry("other", 0)); err != nil {
		t.Errorf("the other's fill: %v", err)
	}
}

// A lease lives as long as the load: its context is the load's, whatever a layer makes of the call's, and it ends
// with the load.
func TestFuncLeaseLivesWithTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newLedger()
		bounded := &bounding{ctxcache.NewForward[string, string](c, ctxcache.Description{Kind: "bounding"})}
		f := cached.Func(bounded, func(context.Context, string) (string, error) {
			if err := c.load.Err(); err != nil {
				t.Errorf("the lease ended before the load did: %v", err)
			}
			return "v", nil
		}, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		synctest.Wait()
		if c.load.Err() == nil {
			t.Error("the lease did not end with the load")
		}
	})
}

// bounding bounds each GetLease by a timeout, as layers do.
type bounding struct {
	ctxcache.Forward[string, string]
}

func (c *bounding) GetLease(
	ctx context.Context, key string, below time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return c.Forward.GetLease(ctx, key, below)
}
