package cached_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// directedMany makes a function of one kind, with "a" and "b" in its cache. It returns a func that reports which keys were
// loaded since the last time.
func directedMany(t *testing.T, bulk bool) (f *cached.Function[string, string], s *origin, loaded func() []string) {
	t.Helper()
	s = newOrigin("a", "1", "b", "1", "c", "1")
	asked := make(chan string, 100)
	opts := &cached.Options{TTL: time.Minute, NotFoundTTL: time.Minute}
	one := func(ctx context.Context, key string) (string, error) {
		asked <- key
		return s.load(ctx, key)
	}
	if f = cached.Func(newMemory(), one, opts); bulk {
		f = cached.Bulk(newMemory(), func(ctx context.Context, keys []string) (map[string]string, error) {
			found := make(map[string]string)
			for _, key := range keys {
				if value, err := one(ctx, key); err == nil {
					found[key] = value
				}
			}
			return found, nil
		}, opts)
	}
	loaded = func() (keys []string) {
		for len(asked) > 0 {
			keys = append(keys, <-asked)
		}
		slices.Sort(keys)
		return keys
	}
	if _, err := f.GetMany(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	loaded()
	return f, s, loaded
}

func TestGetManyWithDirectives(t *testing.T) {
	both := func(ctx context.Context) context.Context { return ctxcache.WithOnlyCached(atMost(time.Second)(ctx)) }
	for name, c := range map[string]struct {
		direct func(context.Context) context.Context
		after  time.Duration
		want   map[string]string
		failed []string // with ErrMiss
		loaded []string
		stored string // of "a", after the call
	}{
		"bypass":  {ctxcache.WithBypass, 0, map[string]string{"a": "2", "b": "2", "c": "1"}, nil, []string{"a", "b", "c", "d"}, "1"},
		"refresh": {ctxcache.WithRefresh, 0, map[string]string{"a": "2", "b": "2", "c": "1"}, nil, []string{"a", "b", "c", "d"}, "2"},
		"only cached": {
			ctxcache.WithOnlyCached, 0, map[string]string{"a": "1", "b": "1"}, []string{"c", "d"}, nil, "1",
		},
		"young":   {atMost(time.Second), time.Second, map[string]string{"a": "1", "b": "1", "c": "1"}, nil, []string{"c", "d"}, "1"},
		"too old": {atMost(time.Second), time.Second + tick, map[string]string{"a": "2", "b": "2", "c": "1"}, nil, []string{"a", "b", "c", "d"}, "2"},
		"too old, only cached": {
			both, time.Second + tick, map[string]string{}, []string{"a", "b", "c", "d"}, nil, "1",
		},
	} {
		for _, bulk := range []bool{false, true} {
			kind := map[bool]string{false: "/func", true: "/bulk"}[bulk]
			t.Run(name+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f, s, loaded := directedMany(t, bulk)
					s.set("a", "2")
					s.set("b", "2")
					time.Sleep(c.after)
					got, err := f.GetMany(c.direct(t.Context()), []string{"a", "b", "c", "d", "a"})
					many := new(ctxcache.ManyError[string])
					if c.failed != nil && !errors.As(err, &many) || c.failed == nil && err != nil {
						t.Fatalf("got %v", err)
					}
					if failed := slices.Sorted(maps.Keys(many.Failed)); !slices.Equal(failed, c.failed) {
						t.Errorf("failed: %v, want %v", failed, c.failed)
					}
					for key, err := range many.Failed {
						if err != ctxcache.ErrMiss {
							t.Errorf("%s failed with %v", key, err)
						}
					}
					if !maps.Equal(got, c.want) {
						t.Errorf("got %v, want %v", got, c.want)
					}
					if keys := loaded(); !slices.Equal(keys, c.loaded) {
						t.Errorf("loaded %v, want %v", keys, c.loaded)
					}
					if value, err := f.Get(t.Context(), "a"); value != c.stored || err != nil {
						t.Errorf("stored %q, %v; want %q", value, err, c.stored)
					}
				})
			})
		}
	}
}

func TestBulkBypassesInOneLoad(t *testing.T) {
	loads := 0
	f := cached.Bulk(newMemory(), func(_ context.Context, keys []string) (map[string]string, error) {
		loads++
		found := make(map[string]string)
		for _, key := range keys {
			found[key] = "v"
		}
		return found, nil
	}, &cached.Options{CoalesceFor: time.Hour})
	for _, direct := range []func(context.Context) context.Context{ctxcache.WithBypass, ctxcache.WithRefresh} {
		loads = 0
		if got, err := f.GetMany(direct(t.Context()), []string{"a", "b", "c"}); len(got) != 3 || err != nil || loads != 1 {
			t.Errorf("got %v, %v, by %d loads", got, err, loads)
		}
	}
	if value, err := f.Get(ctxcache.WithBypass(t.Context()), "a"); value != "v" || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
}
