package ctxcache_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
)

var errOdd = errors.New("odd")

// even is a layer that encodes only even numbers. It panics for 13.
type even struct {
	ctxcache.Mapped[string, int, string, string]
}

func newEven(inner ctxcache.Cache[string, string]) *even {
	return &even{ctxcache.NewMapped(inner, ctxcache.Hooks[string, int, string, string]{
		About: ctxcache.Description{Kind: "even"},
		Key:   func(key string) (string, error) { return "e:" + key, nil },
		Encode: func(_ string, n int) (string, error) {
			switch {
			case n == 13:
				panic(errOdd)
			case n%2 != 0:
				return "", errOdd
			}
			return strconv.Itoa(n), nil
		},
		Decode: func(_, text string) (int, error) { return strconv.Atoi(text) },
	})}
}

// plainWrites are the ways to store a value without a lease.
func plainWrites() (ways []layertest.WriteWay[int]) {
	for _, way := range layertest.SetWays[int]() {
		switch way.Name {
		case "Set", "SetEntry", "SetEntries", "SetMany":
			ways = append(ways, way)
		}
	}
	return ways
}

// TestMappedTakesTheOldValueAway checks that the old value does not stay after a value that does not encode.
func TestMappedTakesTheOldValueAway(t *testing.T) {
	for _, way := range plainWrites() {
		t.Run(way.Name, func(t *testing.T) {
			inner := memory.New[string, string](nil)
			c := newEven(inner)
			layertest.MustSet(t, c, "k", 2)
			layertest.MustSet(t, c, "other", 4)
			err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(3, time.Hour))
			if !errors.Is(err, ctxcache.ErrValue) || !errors.Is(err, errOdd) {
				t.Errorf("%s: %v, want ErrValue and its cause", way.Name, err)
			}
			if _, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
				t.Errorf("Get: %v, want a miss", err)
			}
			layertest.WantValue(t, c, "other", 4)
		})
	}
}

// TestMappedTakesTheOldValueAwayIfEncodePanics is the same for a panic, which goes on.
func TestMappedTakesTheOldValueAwayIfEncodePanics(t *testing.T) {
	for _, way := range plainWrites() {
		t.Run(way.Name, func(t *testing.T) {
			c := newEven(memory.New[string, string](nil))
			layertest.MustSet(t, c, "k", 2)
			func() {
				defer func() {
					if recover() != errOdd {
						t.Error("the panic has not reached the caller")
					}
				}()
				_ = way.Write(t.Context(), c, "k", ctxcache.NewEntry(13, time.Hour))
			}()
			if _, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
				t.Errorf("Get: %v, want a miss", err)
			}
		})
	}
}

// TestMappedTakesAwayOnlyWhatFailedOfMany checks that the other values of the call are stored.
func TestMappedTakesAwayOnlyWhatFailedOfMany(t *testing.T) {
	ctx := t.Context()
	c := newEven(memory.New[string, string](nil))
	for _, key := range []string{"a", "b", "c"} {
		layertest.MustSet(t, c, key, 2)
	}
	err := ctxcache.SetMany(ctx, c, map[string]int{"a": 4, "b": 5, "c": 7}, time.Hour)
	for _, key := range []string{"b", "c"} {
		if !errors.Is(ctxcache.KeyError(err, key), ctxcache.ErrValue) {
			t.Errorf("%s: %v, want ErrValue", key, err)
		}
		if _, err := c.Get(ctx, key); err != ctxcache.ErrMiss {
			t.Errorf("Get of %s: %v, want a miss", key, err)
		}
	}
	if err := ctxcache.KeyError(err, "a"); err != nil {
		t.Errorf("a: %v", err)
	}
	layertest.WantValue(t, c, "a", 4)
}

// TestMappedReportsBothFailures checks that the caller learns that the old value may still be there.
func TestMappedReportsBothFailures(t *testing.T) {
	errDown := errors.New("down")
	for _, way := range plainWrites() {
		inner, faults := cachetest.Failing(ctxcache.Cache[string, string](memory.New[string, string](nil)))
		c := newEven(inner)
		layertest.MustSet(t, c, "k", 2)
		faults.Fail(errDown, cachetest.On(ctxcache.OpDelete, ctxcache.OpDeleteMany))
		err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(3, time.Hour))
		if err = ctxcache.KeyError(err, "k"); !errors.Is(err, ctxcache.ErrValue) || !errors.Is(err, errDown) {
			t.Errorf("%s: %v, want both errors", way.Name, err)
		}
	}
}

// TestMappedLeavesTheOldValueAfterAMistake checks that calls which are refused before any effect change nothing.
func TestMappedLeavesTheOldValueAfterAMistake(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	odd := ctxcache.NewEntry(3, time.Hour)
	for _, tc := range []struct {
		name string
		ctx  context.Context
		e    ctxcache.Entry[int]
		want error
	}{
		{"a negative TTL", t.Context(), ctxcache.NewEntry(3, -1), ctxcache.ErrTTL},
		{"a stale window longer than the TTL", t.Context(), ctxcache.Entry[int]{
			Value: 3, Meta: ctxcache.Meta{TTL: 1, StaleFor: 2},
		}, ctxcache.ErrTTL},
		{"a done context", done, odd, context.Canceled},
	} {
		for _, way := range plainWrites() {
			if tc.e.StaleFor > 0 && (way.Name == "Set" || way.Name == "SetMany") {
				continue // these have a TTL only
			}
			c := newEven(memory.New[string, string](nil))
			layertest.MustSet(t, c, "k", 2)
			err := ctxcache.KeyError(way.Write(tc.ctx, c, "k", tc.e), "k")
			if !errors.Is(err, tc.want) || errors.Is(err, ctxcache.ErrValue) {
				t.Errorf("%s, %s: %v, want %v", tc.name, way.Name, err, tc.want)
			}
			layertest.WantValue(t, c, "k", 2)
		}
	}
}

// TestMappedFillOfAValueThatDoesNotEncode checks that the lease stands, so that the holder can drop the old value.
func TestMappedFillOfAValueThatDoesNotEncode(t *testing.T) {
	ctx := t.Context()
	c := newEven(memory.New[string, string](nil))
	for name, fill := range map[string]func(lease ctxcache.Lease) error{
		"Fill": func(lease ctxcache.Lease) error { return c.Fill(ctx, "k", lease, ctxcache.NewEntry(3, time.Hour)) },
		"FillMany": func(lease ctxcache.Lease) error {
			entries := map[string]ctxcache.Entry[int]{"k": ctxcache.NewEntry(3, time.Hour)}
			return ctxcache.KeyError(c.FillMany(ctx, entries, map[string]ctxcache.Lease{"k": lease}), "k")
		},
	} {
		layertest.MustSet(t, c, "k", 2)
		_, lease, err := c.GetLease(ctx, "k", ctxcache.NoExpiry)
		if err != nil || !lease.Granted() {
			t.Fatalf("%s: GetLease: %v, %v", name, lease, err)
		}
		if err := fill(lease); !errors.Is(err, ctxcache.ErrValue) {
			t.Errorf("%s: %v, want ErrValue", name, err)
		}
		layertest.WantValue(t, c, "k", 2)
		if err := c.Drop(ctx, "k", lease); err != nil {
			t.Errorf("%s: Drop: %v, want a lease that stands", name, err)
		}
		if _, err := c.Get(ctx, "k"); err != ctxcache.ErrMiss {
			t.Errorf("%s: Get: %v, want a miss", name, err)
		}
	}
}
