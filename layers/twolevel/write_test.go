package twolevel_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

func TestWritesBoth(t *testing.T) {
	for _, way := range layertest.SetWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := way.Write(t.Context(), l.cache, "k", ctxcache.NewEntry(1, time.Hour)); err != nil {
				t.Fatal(err)
			}
			layertest.WantValue(t, l.far, "k", 1)
			layertest.WantValue(t, l.near, "k", 1)
		})
	}
}

// TestDefaultTTLIsFars checks that near gets a value with far's default TTL at the first read, because only far knows
// that TTL.
func TestDefaultTTLIsFars(t *testing.T) {
	for _, way := range layertest.SetWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := way.Write(t.Context(), l.cache, "k", ctxcache.Entry[int]{Value: 1}); err != nil {
				t.Fatal(err)
			}
			wantMiss(t, l.near, "k")
			layertest.WantValue(t, l.cache, "k", 1)
			layertest.WantValue(t, l.near, "k", 1)
		})
	}
}

// TestFailedWriteDeletesNear checks that a write that failed deletes the near copy, even if the caller has left: the
// write may have happened.
func TestFailedWriteDeletesNear(t *testing.T) {
	for _, way := range layertest.SetWays[int]() {
		for _, leaves := range []bool{false, true} {
			t.Run(way.Name, func(t *testing.T) {
				l := newTwoLevels(nil)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				if !strings.HasPrefix(way.Name, "Fill") { // these ways need an absent key
					layertest.MustSet(t, l.cache, "k", 1)
				}
				write := []ctxcache.Operation{ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany}
				l.farFault.Fail(errFar, cachetest.On(write...).Answers())
				want := errFar
				if leaves {
					stall := l.farStall.Stall(cachetest.On(write...).Answers())
					go func() {
						<-stall.Arrived()
						leave()
					}()
					want = context.Canceled
				}
				if err := way.Write(ctx, l.cache, "k", ctxcache.NewEntry(2, time.Hour)); !errors.Is(err, want) {
					t.Errorf("%s = %v, want %v", way.Name, err, want)
				}
				wantMiss(t, l.near, "k")
				layertest.WantValue(t, l.cache, "k", 2)
			})
		}
	}
}

// deletions lists all ways to delete the key k.
var deletions = map[string]func(ctx context.Context, c intCache) error{
	"Delete":     func(ctx context.Context, c intCache) error { return c.Delete(ctx, "k") },
	"DeleteMany": func(ctx context.Context, c intCache) error { return ctxcache.DeleteMany(ctx, c, []string{"k"}) },
	"Clear":      func(ctx context.Context, c intCache) error { return ctxcache.Clear(ctx, c) },
	"Remove": func(ctx context.Context, c intCache) error {
		was, err := ctxcache.Remove(ctx, c, "k")
		if err == nil && !was {
			return errors.New("there was no value")
		}
		return err
	},
}

func TestDeletesBoth(t *testing.T) {
	for name, remove := range deletions {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			layertest.MustSet(t, l.cache, "k", 1)
			if err := remove(t.Context(), l.cache); err != nil {
				t.Fatal(err)
			}
			wantMiss(t, l.near, "k")
			wantMiss(t, l.far, "k")

			errNear := errors.New("near is down")
			layertest.MustSet(t, l.cache, "k", 1)
			l.farFault.Fail(errFar, cachetest.On())
			err := remove(t.Context(), l.cache)
			if !errors.Is(err, errFar) {
				t.Errorf("%s = %v, want far's error", name, err)
			}
			wantMiss(t, l.near, "k")
			l.nearFault.Fail(errNear, cachetest.On())
			if err := remove(t.Context(), l.cache); !errors.Is(err, errFar) || !errors.Is(err, errNear) {
				t.Errorf("%s = %v, want the errors of both", name, err)
			}
		})
	}
}

// TestDeletionIsFinished checks that near's part of a deletion is done even if the caller leaves after far's part.
func TestDeletionIsFinished(t *testing.T) {
	for name, remove := range deletions {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			layertest.MustSet(t, l.cache, "k", 1)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			stall := l.farStall.Stall(cachetest.On().Answers())
			go func() {
				<-stall.Arrived()
				leave()
			}()
			if err := remove(ctx, l.cache); !errors.Is(err, context.Canceled) {
				t.Errorf("%s = %v", name, err)
			}
			wantMiss(t, l.near, "k")
		})
	}
}

func TestScopes(t *testing.T) {
	l := newTwoLevels(nil)
	for i, key := range []string{"a1", "a2", "b1"} {
		layertest.MustSet(t, l.cache, key, i)
	}
	layertest.MustSet(t, l.far, "a3", 3) // not in near
	layertest.WantKeys(t, l.cache, "a1", "a2", "a3", "b1")
	if err := ctxcache.ClearIn(t.Context(), l.cache, ctxcache.Scope[string]{Prefix: "a"}); err != nil {
		t.Fatal(err)
	}
	layertest.WantKeys(t, l.cache, "b1")
	layertest.WantKeys(t, l.near, "b1")
}

func TestStatsAreATree(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "k", 1)
	layertest.MustSet(t, l.far, "far only", 1)
	stats, err := ctxcache.GetStats(t.Context(), l.cache)
	if err != nil || len(stats.Children) != 2 || stats.Entries != 2 || stats.Children[0].Entries != 1 || stats.Children[1].Entries != 2 {
		t.Errorf("Stats = %+v, %v", stats, err)
	}
	half, err := ctxcache.GetStats(t.Context(), twolevel.New(newNear(), intCache(bare{newNear()}), nil))
	if err != nil || len(half.Children) != 1 || half.Entries != -1 {
		t.Errorf("Stats over a far without statistics = %+v, %v", half, err)
	}
}
