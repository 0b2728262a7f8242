package layers_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// versions is a source whose value changes with each load.
type versions struct{ loads int }

func (v *versions) load(context.Context, string) (string, error) {
	v.loads++
	return strconv.Itoa(v.loads), nil
}

// TestFunctionOverRequestScoped checks what a request sees of a cached function: it loads once, reads the cache no
// more, and has the new value after each way to change it.
func TestFunctionOverRequestScoped(t *testing.T) {
	source := &versions{}
	counted, asked := counting(newMemory[string]())
	c, ctx := layers.RequestScoped(counted), layers.WithRequestScope(t.Context())
	users := cached.Func(c, source.load, &cached.Options{TTL: time.Hour})
	want := func(what string, ctx context.Context, value string) {
		t.Helper()
		if got, err := users.Get(ctx, "k"); got != value || err != nil {
			t.Errorf("%s: %s, %v, want %s", what, got, err, value)
		}
	}
	want("loaded", ctx, "1")
	asked.take()
	want("again", ctx, "1")
	if found, err := users.GetMany(ctx, []string{"k"}); found["k"] != "1" || err != nil {
		t.Errorf("GetMany = %v, %v", found, err)
	}
	wantAsked(t, "after the load", asked)
	if value, err := users.Refresh(ctx, "k"); value != "2" || err != nil {
		t.Errorf("Refresh = %s, %v", value, err)
	}
	want("after Refresh", ctx, "2")
	if _, err := users.Delete(ctx, "k"); err != nil {
		t.Error(err)
	}
	want("after Delete", ctx, "3")
	if err := users.Set(ctx, "k", "10"); err != nil {
		t.Error(err)
	}
	want("after Set", ctx, "10")
	if err := users.Clear(ctx); err != nil {
		t.Error(err)
	}
	want("after Clear", ctx, "4")

	other := layers.WithRequestScope(t.Context())
	want("in another request", other, "4")
	if _, err := users.Refresh(ctx, "k"); err != nil {
		t.Error(err)
	}
	want("in another request, which goes on", other, "4")
	want("in the request that has refreshed", ctx, "5")
}

// TestRefreshBehindRequestScoped checks that a refresh behind a request stores its value for all, although the request
// has ended, and that a request which goes on has it, too.
func TestRefreshBehindRequestScoped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &versions{}
		store := newMemory[string]()
		users := cached.Func(layers.RequestScoped(store), source.load, &cached.Options{TTL: time.Minute, StaleFor: time.Hour})
		for _, ends := range []bool{true, false} {
			request, finish := context.WithCancel(t.Context())
			ctx := layers.WithRequestScope(request)
			if _, err := users.Get(ctx, "k"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Minute)
			stale, fresh := strconv.Itoa(source.loads), strconv.Itoa(source.loads+1)
			if value, err := users.Get(ctx, "k"); value != stale || err != nil {
				t.Errorf("%s, %v, want the stale %s", value, err, stale)
			}
			if ends {
				finish()
			}
			synctest.Wait()
			layertest.WantValue(t, store, "k", fresh)
			if !ends {
				if value, err := users.Get(ctx, "k"); value != fresh || err != nil {
					t.Errorf("in the scope: %s, %v, want %s", value, err, fresh)
				}
			}
			finish()
		}
	})
}

// TestLoaderOutsideTheRequestScope checks that a loader does not read from the scope of the request that came first: its
// result is for other requests, too. What it writes is forgotten in the scope.
func TestLoaderOutsideTheRequestScope(t *testing.T) {
	parts := newMemory[string]()
	scoped := layers.RequestScoped(parts)
	whole := cached.Func(newMemory[string](), func(ctx context.Context, key string) (string, error) {
		value, err := scoped.Get(ctx, key)
		return value, errors.Join(err, scoped.Set(ctx, key, "3", 0))
	}, nil)
	ctx := layers.WithRequestScope(t.Context())
	layertest.MustSet(t, parts, "k", "1")
	layertest.WantValue(t, scopedBy(ctx, scoped), "k", "1")
	layertest.MustSet(t, scoped, "k", "2") // by another request
	if value, err := whole.Get(ctx, "k"); value != "2" || err != nil {
		t.Errorf("the load has %s, %v, want 2", value, err)
	}
	layertest.WantValue(t, scopedBy(ctx, scoped), "k", "3")
}

// TestRequestScopeForgetsForJoiners checks that the scope does not go on with the old value if a request has got a newer
// one from the load of another request.
func TestRequestScopeForgetsForJoiners(t *testing.T) {
	for name, newer := range map[string]func(ctx context.Context, f *cached.Function[string, string]) (string, error){
		"Refresh": func(ctx context.Context, f *cached.Function[string, string]) (string, error) {
			return f.Refresh(ctx, "k")
		},
		"WithRefresh": func(ctx context.Context, f *cached.Function[string, string]) (string, error) {
			return f.Get(ctxcache.WithRefresh(ctx), "k")
		},
		"WithMaxAge": func(ctx context.Context, f *cached.Function[string, string]) (string, error) {
			return f.Get(ctxcache.WithMaxAge(ctx, time.Second), "k")
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			loads := 0
			f := cached.Func(layers.RequestScoped(newMemory[string]()), func(context.Context, string) (string, error) {
				time.Sleep(time.Second)
				loads++
				return strconv.Itoa(loads), nil
			}, nil)
			requests := []context.Context{layers.WithRequestScope(t.Context()), layers.WithRequestScope(t.Context()), layers.WithRequestScope(t.Context())}
			for _, ctx := range requests {
				if value, err := f.Get(ctx, "k"); value != "1" || err != nil {
					t.Fatal(value, err)
				}
			}
			time.Sleep(time.Minute)
			var all sync.WaitGroup
			for _, ctx := range requests {
				all.Go(func() {
					got, err := newer(ctx, f)
					if again, againErr := f.Get(ctx, "k"); again != got || err != nil || againErr != nil {
						t.Errorf("%s: %s, %v, and then %s, %v", name, got, err, again, againErr)
					}
				})
			}
			all.Wait()
		})
	}
}
