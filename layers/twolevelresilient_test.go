package layers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
)

// reports are what a Resilient hook was told.
type reports struct {
	mu   sync.Mutex
	errs []error
}

func (r *reports) add(_ context.Context, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

// take returns what was reported since it was last called.
func (r *reports) take() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	errs := r.errs
	r.errs = nil
	return errs
}

func newResilient() (*twoLevels, *reports) {
	var told reports
	return newTwoLevels(&layers.TwoLevelOptions{Resilient: told.add}), &told
}

func TestTwoLevelResilientReportsOutages(t *testing.T) {
	l, told := newResilient()
	ctx := t.Context()
	mustSet(t, l.cache, "near", 1)
	_, lease, err := ctxcache.GetLease(ctx, l.cache, "leased", 0)
	if err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	l.farFault.Fail(errFar, cachetest.On())
	entry := ctxcache.Entry[int]{Value: 2, TTL: time.Hour}
	for name, call := range map[string]func() error{
		"Set":      func() error { return l.cache.Set(ctx, "k", 2, time.Hour) },
		"SetEntry": func() error { return ctxcache.SetEntry(ctx, l.cache, "k", entry) },
		"SetEntries": func() error {
			return ctxcache.SetEntries(ctx, l.cache, map[string]ctxcache.Entry[int]{"k": entry, "l": entry})
		},
		"Delete":     func() error { return l.cache.Delete(ctx, "k") },
		"DeleteMany": func() error { return ctxcache.DeleteMany(ctx, l.cache, []string{"k", "l"}) },
		"Clear":      func() error { return ctxcache.ClearIn(ctx, l.cache, ctxcache.Scope[string]{Prefix: "k"}) },
		"Fill":       func() error { return lease.Fill(ctx, entry) },
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
	wantMiss(t, l.near, "k")
	for _, way := range readWays[int]() {
		if _, err := way.read(ctx, l.cache, "k"); err != ctxcache.ErrMiss {
			t.Errorf("%s = %v, want a miss", way.name, err)
		}
		if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
			t.Errorf("%s reported %v, want far's error once", way.name, errs)
		}
		if got, err := way.read(ctx, l.cache, "near"); err != nil || got != 1 || len(told.take()) > 0 {
			t.Errorf("%s of what near has = %v, %v", way.name, got, err)
		}
	}
}

// TestTwoLevelResilientTellsTheCaller what is not an outage.
func TestTwoLevelResilientTellsTheCaller(t *testing.T) {
	for _, want := range []error{ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrCorrupt, ctxcache.ErrClosed} {
		l, told := newResilient()
		l.farFault.Fail(want, cachetest.On())
		for _, way := range readWays[int]() {
			if _, err := way.read(t.Context(), l.cache, "k"); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", way.name, err, want)
			}
		}
		for _, way := range setWays[int]() {
			if err := way.write(t.Context(), l.cache, "k", ctxcache.Entry[int]{TTL: time.Hour}); !errors.Is(err, want) {
				t.Errorf("%s = %v, want %v", way.name, err, want)
			}
		}
		if errs := told.take(); len(errs) > 0 {
			t.Errorf("%v was reported as an outage", errs)
		}
	}
}

func TestTwoLevelResilientCallerRunsOutOfTime(t *testing.T) {
	for _, way := range setWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, told := newResilient()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				l.farStall.Stall(cachetest.On(cachetest.Set, cachetest.SetEntry, cachetest.SetEntries, cachetest.Fill))
				if err := way.write(ctx, l.cache, "k", ctxcache.Entry[int]{TTL: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s = %v, want the context's error", way.name, err)
				}
				if errs := told.take(); len(errs) > 0 {
					t.Errorf("%v was reported as an outage", errs)
				}
			})
		})
	}
}

// TestTwoLevelResilientParts: of a call for many keys only the outages are reported, and only the rest is returned. Near's failures always are.
func TestTwoLevelResilientParts(t *testing.T) {
	l, told := newResilient()
	mixed := &ctxcache.ManyError[string]{Failed: map[string]error{"down": errFar, "damaged": ctxcache.ErrCorrupt}}
	far := cachetest.Hooked(l.far, func(_ context.Context, call cachetest.Call[string], next func() error) error {
		if call.Operation == cachetest.GetEntries || call.Operation == cachetest.SetEntries || call.Operation == cachetest.DeleteMany {
			return mixed
		}
		return next()
	})
	near, faults := cachetest.Failing(l.near)
	c := layers.TwoLevel(near, far, &layers.TwoLevelOptions{Resilient: told.add})
	keys := []string{"down", "damaged", "fine"}
	entry := ctxcache.Entry[int]{Value: 1, TTL: time.Hour}
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
	faults.Fail(errNear, cachetest.On(cachetest.Delete))
	err := ctxcache.SetEntries(t.Context(), c, map[string]ctxcache.Entry[int]{"down": entry})
	if !errors.Is(ctxcache.KeyError(err, "down"), errNear) {
		t.Errorf("SetEntries = %v, want near's error although far's is reported", err)
	}
}
