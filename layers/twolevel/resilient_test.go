package twolevel_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// reports records the errors that OnFarError got.
type reports struct {
	mu   sync.Mutex
	errs []error
}

func (r *reports) add(_ context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

// take returns the errors recorded since it was last called.
func (r *reports) take() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	errs := r.errs
	r.errs = nil
	return errs
}

func newResilient() (*twoLevels, *reports) {
	var told reports
	return newTwoLevels(&twolevel.Options{Resilient: true, OnFarError: told.add}), &told
}

func TestResilientReportsOutages(t *testing.T) {
	l, told := newResilient()
	ctx := t.Context()
	layertest.MustSet(t, l.cache, "near", 1)
	_, lease, err := ctxcache.GetLease(ctx, l.cache, "leased", 0)
	if err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	_, leases, err := ctxcache.GetLeases(ctx, l.cache, []string{"many"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	dropped := mustLease(t, l.cache, "dropped", 0)
	l.farFault.Fail(errFar, cachetest.On())
	entry := ctxcache.NewEntry(2, time.Hour)
	for name, call := range map[string]func() error{
		"Set":      func() error { return l.cache.Set(ctx, "k", 2, time.Hour) },
		"SetEntry": func() error { return ctxcache.SetEntry(ctx, l.cache, "k", entry) },
		"SetEntries": func() error {
			return ctxcache.SetEntries(ctx, l.cache, map[string]ctxcache.Entry[int]{"k": entry, "l": entry})
		},
		"Delete":     func() error { return l.cache.Delete(ctx, "k") },
		"DeleteMany": func() error { return ctxcache.DeleteMany(ctx, l.cache, []string{"k", "l"}) },
		"Clear":      func() error { return ctxcache.ClearIn(ctx, l.cache, ctxcache.Scope[string]{Prefix: "k"}) },
		"Fill":       func() error { return ctxcache.Fill(ctx, l.cache, "leased", lease, entry) },
		"FillMany": func() error {
			return ctxcache.FillMany(ctx, l.cache, map[string]ctxcache.Entry[int]{"many": entry}, leases)
		},
		"Drop": func() error { return ctxcache.Drop(ctx, l.cache, "dropped", dropped) },
		"Remove": func() error {
			_, err := ctxcache.Remove(ctx, l.cache, "k")
			return err
		},
	} {
		if err := call(); err != nil {
			t.Errorf("%s = %v, want success", name, err)
		}
		if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
			t.Errorf("%s reported %v, want far's error once", name, errs)
		}
	}
	for _, way := range layertest.ReadWays[int]() {
		// Each way asks for a key of its own, because a GetLease after another read that failed does not ask far.
		if _, err := way.Read(ctx, l.cache, "missed by "+way.Name); err != ctxcache.ErrMiss {
			t.Errorf("%s = %v, want a miss", way.Name, err)
		}
		if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
			t.Errorf("%s reported %v, want far's error once", way.Name, errs)
		}
		if got, err := way.Read(ctx, l.cache, "near"); err != nil || got != 1 || len(told.take()) > 0 {
			t.Errorf("%s of a key in near = %v, %v", way.Name, got, err)
		}
	}
}

// TestResilientTellsTheCaller checks that callers get errors that are not outages.
func TestResilientTellsTheCaller(t *testing.T) {
	for _, want := range []error{ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrCorrupt, ctxcache.ErrClosed} {
		l, told := newResilient()
		l.farFault.Fail(want, cachetest.On())
		for _, way := range layertest.ReadWays[int]() {
			if _, err := way.Read(t.Context(), l.cache, "k"); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", way.Name, err, want)
			}
		}
		for _, way := range layertest.SetWays[int]() {
			if err := way.Write(t.Context(), l.cache, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: time.Hour}}); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", way.Name, err, want)
			}
		}
		if errs := told.take(); len(errs) > 0 {
			t.Errorf("%v was reported as an outage", errs)
		}
	}
}

func TestResilientCallerRunsOutOfTime(t *testing.T) {
	for _, way := range layertest.SetWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, told := newResilient()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				l.farStall.Stall(cachetest.On(ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany))
				if err := way.Write(ctx, l.cache, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: time.Hour}}); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s = %v, want the context's error", way.Name, err)
				}
				if errs := told.take(); len(errs) > 0 {
					t.Errorf("%v was reported as an outage", errs)
				}
			})
		})
	}
}

// TestResilientParts checks that OnFarError gets only the outages of a call for many keys, and that the caller gets
// only the other errors. The caller always gets near's errors.
func TestResilientParts(t *testing.T) {
	l, told := newResilient()
	mixed := &ctxcache.ManyError[string]{Failed: map[string]error{"down": errFar, "damaged": ctxcache.ErrCorrupt}}
	far := cachetest.Hooked(l.far, cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
		switch call.Operation {
		case ctxcache.OpGetEntries, ctxcache.OpSetEntries, ctxcache.OpDeleteMany:
			return mixed
		}
		return nil
	}})
	near, faults := cachetest.Failing(l.near)
	c := twolevel.New(near, far, &twolevel.Options{Resilient: true, OnFarError: told.add})
	keys := []string{"down", "damaged", "fine"}
	entry := ctxcache.NewEntry(1, time.Hour)
	for name, call := range map[string]func() error{
		"GetEntries": func() error { _, err := ctxcache.GetEntries(t.Context(), c, keys); return err },
		"DeleteMany": func() error { return ctxcache.DeleteMany(t.Context(), c, keys) },
		"SetEntries": func() error {
			return ctxcache.SetEntries(t.Context(), c, map[string]ctxcache.Entry[int]{"down": entry, "damaged": entry, "fine": entry})
		},
	} {
		err := call()
		if ctxcache.KeyError(err, "down") != nil || ctxcache.KeyError(err, "damaged") != ctxcache.ErrCorrupt || ctxcache.KeyError(err, "fine") != nil {
			t.Errorf("%s = %v, want ErrCorrupt for one key", name, err)
		}
		errs := told.take()
		if len(errs) != 1 || !errors.Is(ctxcache.KeyError(errs[0], "down"), errFar) || ctxcache.KeyError(errs[0], "damaged") != nil {
			t.Errorf("%s reported %v, want the outage of one key", name, errs)
		}
	}
	errNear := errors.New("near is down")
	faults.Fail(errNear, cachetest.On(ctxcache.OpFillMany, ctxcache.OpDeleteMany))
	err := ctxcache.SetEntries(t.Context(), c, map[string]ctxcache.Entry[int]{"down": entry})
	if !errors.Is(ctxcache.KeyError(err, "down"), errNear) {
		t.Errorf("SetEntries = %v, want near's error although far's is reported", err)
	}
}
