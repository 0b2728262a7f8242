package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

const lateValue, newValue = 1, 2

// lateFar is a far whose server does not answer writes. They arrive 2 s later, and lateFar deletes their keys after 3 s.
type lateFar struct {
	ctxcache.Forward[string, int]
	inner ctxcache.Cache[string, int]
	late  time.Duration
	hangs bool
	slow  time.Duration // how long the answers to reads are under way
}

func newLateFar() *lateFar {
	inner := memory.New(&memory.Options[string, int]{MaxEntries: 10})
	return &lateFar{Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "late"}), inner: inner, late: 3 * time.Second}
}

func (f *lateFar) Timeouts() ctxcache.Timeouts {
	return ctxcache.Timeouts{Read: 3 * time.Second, Write: time.Second, Late: f.late}
}

func (f *lateFar) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	return f.SetEntry(ctx, key, ctxcache.NewEntry(value, ttl))
}

func (f *lateFar) SetEntry(ctx context.Context, key string, e ctxcache.Entry[int]) error {
	return ctxcache.KeyError(f.SetEntries(ctx, map[string]ctxcache.Entry[int]{key: e}), key)
}

func (f *lateFar) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[int]) error {
	if !f.hangs {
		return f.Forward.SetEntries(ctx, entries)
	}
	detached := context.WithoutCancel(ctx)
	for key, e := range entries {
		time.AfterFunc(2*time.Second, func() { _ = f.inner.Set(detached, key, e.Value, e.TTL) })
		time.AfterFunc(3*time.Second, func() { _ = f.inner.Delete(detached, key) })
	}
	failed := make(map[string]error)
	for key := range entries {
		failed[key] = ctxcache.ErrTimeout
	}
	return ctxcache.NewManyError(failed)
}

func (f *lateFar) GetEntry(ctx context.Context, key string) (ctxcache.Entry[int], error) {
	defer time.Sleep(f.slow)
	return f.Forward.GetEntry(ctx, key)
}

func (f *lateFar) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[int], error) {
	defer time.Sleep(f.slow)
	return f.Forward.GetEntries(ctx, keys)
}

func (f *lateFar) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[int], ctxcache.Lease, error) {
	defer time.Sleep(f.slow)
	return f.Forward.GetLease(ctx, key, refreshBelow)
}

func (f *lateFar) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[int], map[string]ctxcache.Lease, error) {
	defer time.Sleep(f.slow)
	return f.Forward.GetLeases(ctx, keys, refreshBelow)
}

// A write is not answered, somebody deletes the key, and the write arrives late. Until far deletes the key once more, a
// reader may get the late value from far. Near must not keep it.
func TestNearKeepsNoLateWrite(t *testing.T) {
	for name, set := range map[string]func(context.Context, ctxcache.Cache[string, int]) error{
		"Set": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
			return c.Set(ctx, "key", lateValue, time.Hour)
		},
		"SetMany": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
			return ctxcache.SetMany(ctx, c, map[string]int{"key": lateValue}, time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, far := t.Context(), newLateFar()
				near := memory.New(&memory.Options[string, int]{MaxEntries: 10})
				c := twolevel.New[string, int](near, far, nil)
				far.hangs = true
				if err := set(ctx, c); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Fatalf("the write: %v", err)
				}
				if err := c.Delete(ctx, "key"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2500 * time.Millisecond)
				_, _ = c.Get(ctx, "key") // it may see the late value, for half a second
				_, _ = ctxcache.GetMany(ctx, c, []string{"key"})
				time.Sleep(time.Second)
				if value, err := c.Get(ctx, "key"); err != ctxcache.ErrMiss {
					t.Errorf("after far has deleted the key: %d, %v", value, err)
				}

				far.hangs = false
				if err := c.Set(ctx, "key", newValue, time.Hour); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second) // now the late write cannot come any more
				if _, err := c.Get(ctx, "key"); err != nil {
					t.Fatal(err)
				}
				if value, err := near.Get(ctx, "key"); value != newValue || err != nil {
					t.Errorf("near has %d, %v, want a copy again", value, err)
				}
			})
		})
	}
}

// A far that answers, and refuses a deletion, is not in an outage: readers get the old value from it.
func TestResilientReportsARefusal(t *testing.T) {
	ctx := t.Context()
	far := &refusing{Forward: ctxcache.NewForward[string, int](memory.New(&memory.Options[string, int]{MaxEntries: 10}), ctxcache.Description{})}
	c := twolevel.New[string, int](memory.New(&memory.Options[string, int]{MaxEntries: 10}), far, &twolevel.Options{Resilient: true})
	if err := c.Delete(ctx, "key"); !errors.Is(err, ctxcache.ErrRefused) {
		t.Errorf("Delete: %v, want ErrRefused", err)
	}
	if err := c.Set(ctx, "key", newValue, time.Hour); !errors.Is(err, ctxcache.ErrRefused) {
		t.Errorf("Set: %v, want ErrRefused", err)
	}
}

type refusing struct {
	ctxcache.Forward[string, int]
}

func (r *refusing) Set(context.Context, string, int, time.Duration) error {
	return errors.Join(errors.New("no replicas"), ctxcache.ErrRefused)
}

func (r *refusing) Delete(context.Context, string) error { return ctxcache.ErrRefused }

// The same, over a far that does not say when its writes cannot come any more.
func TestNearKeepsNoEndlesslyLateWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, far := t.Context(), newLateFar()
		far.late, far.hangs = ctxcache.NoExpiry, true
		c := twolevel.New[string, int](memory.New[string, int](nil), far, nil)
		if err := c.Set(ctx, "key", lateValue, time.Hour); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Fatalf("the write: %v", err)
		}
		if err := c.Delete(ctx, "key"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2500 * time.Millisecond)
		_, _ = c.Get(ctx, "key")
		time.Sleep(time.Second)
		if value, err := c.Get(ctx, "key"); err != ctxcache.ErrMiss {
			t.Errorf("after far has deleted the key: %d, %v", value, err)
		}
	})
}

// A reader gets the late value from far, and its answer is under way until the late write counts as settled. Near must not
// keep the value then, either.
func TestNearKeepsNoLateWriteOfASlowRead(t *testing.T) {
	for _, read := range layertest.ReadWays[int]() {
		t.Run(read.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, far := t.Context(), newLateFar()
				c := twolevel.New[string, int](newMemory[int](), far, nil)
				far.hangs = true
				if err := c.Set(ctx, "key", lateValue, time.Hour); !errors.Is(err, ctxcache.ErrTimeout) {
					t.Fatalf("the write: %v", err)
				}
				if err := c.Delete(ctx, "key"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2500 * time.Millisecond)
				far.slow = 2 * time.Second
				if got, err := read.Read(ctx, c, "key"); got != lateValue || err != nil {
					t.Errorf("far has the late value, and %s = %d, %v", read.Name, got, err)
				}
				far.slow = 0
				if got, err := c.Get(ctx, "key"); err != ctxcache.ErrMiss {
					t.Errorf("after far has deleted the key: %d, %v", got, err)
				}
			})
		})
	}
}
