package layers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
)

func TestTwoLevelWritesBoth(t *testing.T) {
	for _, way := range setWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := way.write(t.Context(), l.cache, "k", ctxcache.Entry[int]{Value: 1, TTL: time.Hour}); err != nil {
				t.Fatal(err)
			}
			wantValue(t, l.far, "k", 1)
			wantValue(t, l.near, "k", 1)
		})
	}
}

// TestTwoLevelDefaultTTLIsFars: near does not know it, so it waits for the first read to tell.
func TestTwoLevelDefaultTTLIsFars(t *testing.T) {
	for _, way := range setWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := way.write(t.Context(), l.cache, "k", ctxcache.Entry[int]{Value: 1}); err != nil {
				t.Fatal(err)
			}
			wantMiss(t, l.near, "k")
			wantValue(t, l.cache, "k", 1)
			wantValue(t, l.near, "k", 1)
		})
	}
}

// TestTwoLevelFailedWriteDeletesNear: it may have happened, so the near copy cannot be trusted any more, even if the
// caller has left meanwhile.
func TestTwoLevelFailedWriteDeletesNear(t *testing.T) {
	for _, way := range setWays[int]() {
		for _, leaves := range []bool{false, true} {
			t.Run(way.name, func(t *testing.T) {
				l := newTwoLevels(nil)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				if way.name != "Fill/GetLease" && way.name != "Fill/GetLeases" { // these want an absent key
					mustSet(t, l.cache, "k", 1)
				}
				write := []cachetest.Operation{cachetest.Set, cachetest.SetEntry, cachetest.SetEntries, cachetest.Fill}
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
				if err := way.write(ctx, l.cache, "k", ctxcache.Entry[int]{Value: 2, TTL: time.Hour}); !errors.Is(err, want) {
					t.Errorf("%s = %v, want %v", way.name, err, want)
				}
				wantMiss(t, l.near, "k")
				wantValue(t, l.cache, "k", 2)
			})
		}
	}
}

// deletions are all ways to delete the key k.
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

func TestTwoLevelDeletesBoth(t *testing.T) {
	for name, remove := range deletions {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			mustSet(t, l.cache, "k", 1)
			if err := remove(t.Context(), l.cache); err != nil {
				t.Fatal(err)
			}
			wantMiss(t, l.near, "k")
			wantMiss(t, l.far, "k")

			errNear := errors.New("near is down")
			mustSet(t, l.cache, "k", 1)
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

// TestTwoLevelDeletionIsFinished even if the caller leaves when far has done its part.
func TestTwoLevelDeletionIsFinished(t *testing.T) {
	for name, remove := range deletions {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			mustSet(t, l.cache, "k", 1)
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

func TestTwoLevelScopes(t *testing.T) {
	l := newTwoLevels(nil)
	for i, key := range []string{"a1", "a2", "b1"} {
		mustSet(t, l.cache, key, i)
	}
	mustSet(t, l.far, "a3", 3) // not in near
	wantKeys(t, l.cache, "a1", "a2", "a3", "b1")
	if err := ctxcache.ClearIn(t.Context(), l.cache, ctxcache.Scope[string]{Prefix: "a"}); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, l.cache, "b1")
	wantKeys(t, l.near, "b1")
}

func TestTwoLevelStatsAreATree(t *testing.T) {
	l := newTwoLevels(nil)
	mustSet(t, l.cache, "k", 1)
	mustSet(t, l.far, "far only", 1)
	stats, err := ctxcache.GetStats(t.Context(), l.cache)
	if err != nil || len(stats.Children) != 2 || stats.Entries != 2 || stats.Children[0].Entries != 1 || stats.Children[1].Entries != 2 {
		t.Errorf("Stats = %+v, %v", stats, err)
	}
	half, err := ctxcache.GetStats(t.Context(), layers.TwoLevel(newNear(), intCache(bare{newNear()}), nil))
	if err != nil || len(half.Children) != 1 || half.Entries != -1 {
		t.Errorf("Stats over a far that has none = %+v, %v", half, err)
	}
}
