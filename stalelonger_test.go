package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// shorter are options whose values have a shorter stale window than an hour, or none.
func shorter() map[string]cached.Options {
	return map[string]cached.Options{
		"StaleFor":     {TTL: 10 * time.Second, StaleFor: 5 * time.Second},
		"StaleIfError": {TTL: 10 * time.Second, StaleIfError: 15 * time.Second},
		"RefreshAhead": {TTL: 10 * time.Second, RefreshAhead: 0.9},
	}
}

// single makes a bulk loader of a loader.
func single(load func(context.Context, string) (string, error)) func(context.Context, []string) (map[string]string, error) {
	return func(ctx context.Context, keys []string) (map[string]string, error) {
		found, failed := make(map[string]string), make(map[string]error)
		for _, key := range keys {
			value, err := load(ctx, key)
			if err != nil {
				failed[key] = err
				continue
			}
			found[key] = value
		}
		return found, ctxcache.NewManyError(failed)
	}
}

// A value may be too old for one Function, and not for another one, which has stored it with a longer window. The first
// one replaces it.
func TestFuncReplacesAValueWithALongerWindow(t *testing.T) {
	for name, opts := range shorter() {
		for kind, get := range map[string]func(*testing.T, *cached.Function[string, string]) (string, error){
			"Get": func(t *testing.T, f *cached.Function[string, string]) (string, error) { return f.Get(t.Context(), "k") },
			"GetMany": func(t *testing.T, f *cached.Function[string, string]) (string, error) {
				found, err := f.GetMany(t.Context(), []string{"k"})
				return found["k"], err
			},
		} {
			for maker, newFunction := range map[string]func(
				ctxcache.Cache[string, string], *origin, *cached.Options,
			) *cached.Function[string, string]{
				"Func": func(cache ctxcache.Cache[string, string], s *origin, o *cached.Options) *cached.Function[string, string] {
					return cached.Func(cache, s.load, o)
				},
				"Bulk": func(cache ctxcache.Cache[string, string], s *origin, o *cached.Options) *cached.Function[string, string] {
					return cached.Bulk(cache, single(s.load), o)
				},
			} {
				t.Run(name+"/"+kind+"/"+maker, func(t *testing.T) {
					agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
						s := newOrigin("k", "1")
						opts := opts
						opts.OnUnstored = func(_ context.Context, why cached.Unstored) { t.Errorf("not stored: %v", why) }
						long := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour})
						short := newFunction(cache, s, &opts)
						expectGet(t, long, "1", nil)
						s.set("k", "2")
						time.Sleep(30 * time.Second) // the windows of short are over
						for range 2 {
							value, err := get(t, short)
							expect(t, value, err, "2", nil)
							synctest.Wait()
						}
						s.expect(t, 2) // the second call had a hit
						value, err := cache.Get(t.Context(), "k")
						expect(t, value, err, "2", nil)
					})
				})
			}
		}
	}
}

// A Function that learns that the key is not there takes away the value of the other one, too.
func TestFuncNotFoundReplacesAValueWithALongerWindow(t *testing.T) {
	for name, notFoundTTL := range map[string]time.Duration{"remembered": time.Minute, "not remembered": 0} {
		t.Run(name, func(t *testing.T) {
			for shortName, opts := range shorter() {
				t.Run(shortName, func(t *testing.T) {
					agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
						opts := opts
						if ctxcache.Supports(cache).Has(ctxcache.CapNegative) {
							opts.NotFoundTTL = notFoundTTL
						}
						s := newOrigin("k", "1")
						long := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour})
						short := cached.Func(cache, s.load, &opts)
						expectGet(t, long, "1", nil)
						s.fail(ctxcache.ErrNotFound)
						time.Sleep(30 * time.Second)
						expectGet(t, short, "", ctxcache.ErrNotFound)
						expectGet(t, long, "", ctxcache.ErrNotFound)
						if has, err := ctxcache.Contains(t.Context(), cache, "k"); has || err != nil {
							t.Errorf("the value is still there: %v, %v", has, err)
						}
					})
				})
			}
		})
	}
}

// If the load of the Function with the shorter window fails, the value stays for the other one.
func TestFuncFailureKeepsAValueWithALongerWindow(t *testing.T) {
	for name, opts := range shorter() {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				s := newOrigin("k", "1")
				long := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour})
				short := cached.Func(cache, s.load, &opts)
				expectGet(t, long, "1", nil)
				s.fail(errDown)
				time.Sleep(30 * time.Second)
				expectGet(t, short, "", errDown)
				expectGet(t, long, "1", nil)
			})
		})
	}
}
