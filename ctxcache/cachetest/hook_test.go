package cachetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

var errDown = errors.New("the server is down")

func TestHookedKeepsTheContract(t *testing.T) {
	wrappers := map[string]func(inner cache) cache{
		"Hooked": func(inner cache) cache {
			pass := func(_ context.Context, _ cachetest.Call[string], next func() error) error { return next() }
			return cachetest.Hooked(inner, pass)
		},
		"Failing":   func(inner cache) cache { c, _ := cachetest.Failing(inner); return c },
		"Stalling":  func(inner cache) cache { c, _ := cachetest.Stalling(inner); return c },
		"Recording": func(inner cache) cache { c, _ := cachetest.Recording(inner); return c },
	}
	inner := map[string]func() cache{
		"reference": func() cache { return newReference() },
		"minimal":   func() cache { return newMinimal() },
	}
	for name, wrap := range wrappers {
		for innerName, newInner := range inner {
			t.Run(name+" of "+innerName, func(t *testing.T) {
				cachetest.Run(t, func(*testing.T) cache { return wrap(newInner()) }, cachetest.FakeTime())
			})
		}
	}
}

// operate calls every operation on c, for the keys of a newReference or one that is wrapped, and ignores the answers.
func operate(ctx context.Context, c cache) {
	value := entry{Value: []byte("value"), TTL: hour}
	_, _ = c.Get(ctx, "get")
	_ = c.Set(ctx, "set", nil, hour)
	_ = c.Delete(ctx, "delete")
	_, _ = ctxcache.Contains(ctx, c, "contains")
	_, _ = ctxcache.Remove(ctx, c, "remove")
	_, _ = ctxcache.GetEntry(ctx, c, "get-entry")
	_ = ctxcache.SetEntry(ctx, c, "set-entry", value)
	_, _ = ctxcache.GetMany(ctx, c, []string{"get-entries"})
	_ = ctxcache.SetEntries(ctx, c, map[string]entry{"set-entries": value})
	_ = ctxcache.DeleteMany(ctx, c, []string{"delete-many"})
	if _, l, _ := ctxcache.GetLease(ctx, c, "get-lease", 0); l != nil {
		_ = l.Fill(ctx, value)
		_ = l.Release(ctx)
	}
	_, _, _ = ctxcache.GetLeases(ctx, c, []string{"get-leases"}, 0)
	_, _ = ctxcache.Len(ctx, c)
	_ = ctxcache.Clear(ctx, c)
	for range ctxcache.Keys(ctx, c) {
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_ = ctxcache.Watch(done, c, func(ctxcache.Event) {})
	_, _ = ctxcache.GetStats(ctx, c)
}

func TestEveryOperationIsHooked(t *testing.T) {
	c, log := cachetest.Recording[string, []byte](newReference())
	operate(t.Context(), c)
	var got []string
	for _, record := range log.Records() {
		got = append(got, record.String())
	}
	want := []string{
		"get [get]: cache miss",
		"set [set]",
		"delete [delete]",
		"contains [contains]",
		"remove [remove]",
		"get-entry [get-entry]: cache miss",
		"set-entry [set-entry]",
		"get-entries [get-entries]",
		"set-entries [set-entries]",
		"delete-many [delete-many]",
		"get-lease [get-lease]: cache miss",
		"fill [get-lease]",
		"release [get-lease]",
		"get-leases [get-leases]",
		"len",
		"clear",
		"keys",
		"watch: context canceled",
		"stats",
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%q, want\n%q", got, want)
	}
}

func TestAHookThatRefusesKeepsTheCacheOut(t *testing.T) {
	inner, log := cachetest.Recording[string, []byte](newReference())
	c := cachetest.Hooked(inner, func(context.Context, cachetest.Call[string], func() error) error { return errDown })
	operate(t.Context(), c)
	if n := log.Count(); n != 0 {
		t.Errorf("%d calls came through: %v", n, log.Records())
	}
	for key, err := range ctxcache.Keys(t.Context(), c) {
		if key != "" || err != errDown {
			t.Errorf("Keys yields %q and %v, want no key and the error", key, err)
		}
	}
}

// TestALostAnswerLeavesNoLease: the lease was granted, and nobody will ever hold it.
func TestALostAnswerLeavesNoLease(t *testing.T) {
	ctx := t.Context()
	inner := newReference()
	lose := func(_ context.Context, _ cachetest.Call[string], next func() error) error {
		_ = next()
		return errDown
	}
	c := cachetest.Hooked[string, []byte](inner, lose)
	if _, l, err := ctxcache.GetLease(ctx, c, "key", 0); l != nil || err != errDown {
		t.Errorf("GetLease: lease %v, error %v", l, err)
	}
	found, leases, err := ctxcache.GetLeases(ctx, c, []string{"key"}, 0)
	if found != nil || leases != nil || err != errDown {
		t.Errorf("GetLeases: %v, %v, error %v", found, leases, err)
	}
	if _, l, _ := ctxcache.GetLease[string, []byte](ctx, inner, "key", 0); l == nil {
		t.Error("the lease of a lost answer is still held")
	}
}

func TestALostAnswerHasNoResult(t *testing.T) {
	ctx := t.Context()
	inner := newReference()
	if err := inner.Set(ctx, "key", []byte("value"), hour); err != nil {
		t.Fatal(err)
	}
	c, faults := cachetest.Failing[string, []byte](inner)
	faults.Fail(errDown, cachetest.On().Answers())
	if value, err := c.Get(ctx, "key"); value != nil || !errors.Is(err, errDown) {
		t.Errorf("Get: %q and %v, want only the error", value, err)
	}
	if err := c.Delete(ctx, "key"); !errors.Is(err, errDown) {
		t.Errorf("Delete: %v, want the error", err)
	}
	if _, err := inner.Get(ctx, "key"); err != ctxcache.ErrMiss {
		t.Errorf("the key whose deletion was not answered: %v, want a miss", err)
	}
}

func TestHookedPanicsOnNil(t *testing.T) {
	for name, build := range map[string]func(){
		"cache": func() { cachetest.Recording[string, []byte](nil) },
		"hook":  func() { cachetest.Hooked[string, []byte](newReference(), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			build()
		})
	}
}
