package twolevel_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// mustLeases takes the leases on keys, which must be absent, and returns them.
func mustLeases(t *testing.T, c intCache, keys ...string) map[string]ctxcache.Lease {
	t.Helper()
	_, leases, err := ctxcache.GetLeases(t.Context(), c, keys, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if !leases[key].Granted() {
			t.Fatalf("no lease on %s: %v", key, leases[key].Refusal())
		}
	}
	return leases
}

func entriesOf(value int, keys ...string) map[string]ctxcache.Entry[int] {
	entries := make(map[string]ctxcache.Entry[int])
	for _, key := range keys {
		entries[key] = ctxcache.NewEntry(value, time.Hour)
	}
	return entries
}

func TestFillManyIsOneCallOfEach(t *testing.T) {
	l := newTwoLevels(nil)
	leases := mustLeases(t, l.cache, "a", "b")
	l.nearLog.Reset()
	l.farLog.Reset()
	if err := ctxcache.FillMany(t.Context(), l.cache, entriesOf(1, "a", "b"), leases); err != nil {
		t.Fatal(err)
	}
	for name, log := range map[string]*cachetest.Log[string]{"near": l.nearLog, "far": l.farLog} {
		if r := onlyRecord(t, log); r.Operation != ctxcache.OpFillMany || !slices.Equal(r.Keys, []string{"a", "b"}) {
			t.Errorf("%s was called for %v", name, r)
		}
	}
	layertest.WantKeys(t, l.near, "a", "b")
	layertest.WantKeys(t, l.far, "a", "b")
	wantFree(t, l.near, "a")
	wantFree(t, l.far, "a")
}

func TestReleaseManyIsOneCallOfEach(t *testing.T) {
	l := newTwoLevels(nil)
	leases := mustLeases(t, l.cache, "a", "b")
	leases["refused"] = ctxcache.NoLease(ctxcache.Loading)
	l.nearLog.Reset()
	l.farLog.Reset()
	if err := ctxcache.ReleaseMany(t.Context(), l.cache, leases); err != nil {
		t.Fatal(err)
	}
	for name, log := range map[string]*cachetest.Log[string]{"near": l.nearLog, "far": l.farLog} {
		if r := onlyRecord(t, log); r.Operation != ctxcache.OpReleaseMany || !slices.Equal(r.Keys, []string{"a", "b"}) {
			t.Errorf("%s was called for %v", name, r)
		}
	}
	wantFree(t, l.near, "a")
	wantFree(t, l.far, "b")
}

// TestManyAskNearOnce checks that calls for many keys call near once, because near may be a disk.
func TestManyAskNearOnce(t *testing.T) {
	for name, call := range map[string]func(c intCache) error{
		"SetEntries": func(c intCache) error { return ctxcache.SetEntries(t.Context(), c, entriesOf(1, "a", "b")) },
		"GetEntries": func(c intCache) error {
			_, err := ctxcache.GetEntries(t.Context(), c, []string{"a", "b"})
			return err
		},
		"GetLeases": func(c intCache) error {
			_, _, err := ctxcache.GetLeases(t.Context(), c, []string{"a", "b"}, 0)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := ctxcache.SetEntries(t.Context(), l.far, entriesOf(1, "a", "b")); err != nil {
				t.Fatal(err)
			}
			if err := call(l.cache); err != nil {
				t.Fatal(err)
			}
			if fills := l.nearLog.Count(ctxcache.OpFillMany); fills != 1 {
				t.Errorf("near was filled %d times", fills)
			}
			for _, op := range []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpRelease, ctxcache.OpDelete} {
				if n := l.nearLog.Count(op); n > 0 {
					t.Errorf("near was called for %s, %d times", op, n)
				}
			}
			layertest.WantKeys(t, l.near, "a", "b")
			wantFree(t, l.near, "a")
		})
	}
}

// TestFillManyInPart checks that each key has its own result, and that near only has the values that far accepted.
func TestFillManyInPart(t *testing.T) {
	l := newTwoLevels(nil)
	leases := mustLeases(t, l.cache, "good", "lost", "far lost", "bad")
	layertest.MustSet(t, l.far, "far lost", 2)
	delete(leases, "lost")
	entries := entriesOf(1, "good", "lost", "far lost", "none")
	entries["bad"] = ctxcache.NewEntry(1, -1)
	err := ctxcache.FillMany(t.Context(), l.cache, entries, leases)
	for key, want := range map[string]error{
		"good": nil, "lost": ctxcache.ErrLeaseLost, "far lost": ctxcache.ErrLeaseLost, "none": ctxcache.ErrLeaseLost, "bad": ctxcache.ErrTTL,
	} {
		if err := ctxcache.KeyError(err, key); !errors.Is(err, want) {
			t.Errorf("FillMany says of %q: %v, want %v", key, err, want)
		}
	}
	layertest.WantKeys(t, l.near, "good")
	layertest.WantKeys(t, l.far, "good", "far lost")
	wantFree(t, l.near, "far lost")
	if err := ctxcache.Release(t.Context(), l.cache, "bad", leases["bad"]); err != nil {
		t.Errorf("Release of a lease that was not spent: %v", err)
	}
}

// TestGetLeasesInPart checks that the other key has its lease if far fails for one key.
func TestGetLeasesInPart(t *testing.T) {
	far := &partial{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{Kind: "partial"}), bad: "bad"}
	near := newNear()
	c := twolevel.New(near, far, nil)
	_, leases, err := ctxcache.GetLeases(t.Context(), c, []string{"good", "bad"}, 0)
	if !errors.Is(ctxcache.KeyError(err, "bad"), errFar) || ctxcache.KeyError(err, "good") != nil {
		t.Errorf("GetLeases: %v, want far's error for one key", err)
	}
	if err := ctxcache.Fill(t.Context(), c, "good", leases["good"], ctxcache.NewEntry(1, time.Hour)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	wantFree(t, near, "bad")
}

// partial is a far that fails for one key.
type partial struct {
	ctxcache.Forward[string, int]
	bad string
}

func (c *partial) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]ctxcache.Entry[int], map[string]ctxcache.Lease, error) {
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == c.bad })
	found, leases, err := c.Forward.GetLeases(ctx, keys, below)
	return found, leases, errors.Join(err, ctxcache.FailEach([]string{c.bad}, errFar))
}

func (c *partial) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[int], leases map[string]ctxcache.Lease,
) error {
	entries = maps.Clone(entries)
	delete(entries, c.bad)
	return errors.Join(c.Forward.FillMany(ctx, entries, leases), ctxcache.FailEach([]string{c.bad}, errFar))
}

// TestGetLeasesPassesRefusalsOn checks that GetLeases returns the refusal for a key that another holder leases.
func TestGetLeasesPassesRefusalsOn(t *testing.T) {
	l := newTwoLevels(nil)
	mustLease(t, l.far, "k", 0)
	_, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"k", "free"}, 0)
	if err != nil || len(leases) != 2 || leases["k"] != ctxcache.NoLease(ctxcache.Loading) || !leases["free"].Granted() {
		t.Errorf("GetLeases = %v, %v", leases, err)
	}
	wantFree(t, l.near, "k")
}

// TestNearPanics checks that far's leases are released if near panics while GetLeases fills it.
func TestNearPanics(t *testing.T) {
	far := newNear()
	layertest.MustSet(t, far, "there", 1)
	near := cachetest.Hooked(newNear(), cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			if call.Operation == ctxcache.OpFillMany {
				panic("near panics")
			}
			return nil
		},
	})
	c := twolevel.New(near, far, nil)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _, _ = ctxcache.GetLeases(t.Context(), c, []string{"there", "none"}, 0)
	}()
	wantFree(t, far, "none")
	wantFree(t, near, "none")
	wantFree(t, near, "there")
}
