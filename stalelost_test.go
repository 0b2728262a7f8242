package cached_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A load that fails does not bring back a stale value that somebody has deleted or replaced meanwhile. The load has lost
// its lease then, even if the change did not go through the Function. Without leases the call reads the cache once more.
func TestFuncStaleValueThatIsChangedDuringALoadThatFails(t *testing.T) {
	for how, c := range map[string]struct {
		change func(ctx context.Context, cache ctxcache.Cache[string, string], other *cached.Function[string, string]) error
		want   string
		err    error
	}{
		"deleted": {
			change: func(ctx context.Context, cache ctxcache.Cache[string, string], _ *cached.Function[string, string]) error {
				return cache.Delete(ctx, "k")
			},
			err: errDown,
		},
		"deleted by another Function": {
			change: func(ctx context.Context, _ ctxcache.Cache[string, string], other *cached.Function[string, string]) error {
				_, err := other.Delete(ctx, "k")
				return err
			},
			err: errDown,
		},
		"replaced": {
			change: func(ctx context.Context, cache ctxcache.Cache[string, string], _ *cached.Function[string, string]) error {
				return cache.Set(ctx, "k", "2", time.Hour)
			},
			want: "2",
		},
		"replaced by another Function": {
			change: func(ctx context.Context, _ ctxcache.Cache[string, string], other *cached.Function[string, string]) error {
				return other.Set(ctx, "k", "2")
			},
			want: "2",
		},
	} {
		for name, many := range map[string]bool{"Get": false, "GetMany": true} {
			t.Run(how+"/"+name, func(t *testing.T) {
				agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
					s, changing := newOrigin("k", "1"), false
					opts := &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour}
					other := cached.Func(cache, s.load, opts)
					f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
						if changing {
							if err := c.change(ctx, cache, other); err != nil {
								t.Error(err)
							}
						}
						return s.load(ctx, key)
					}, opts)
					expectGet(t, f, "1", nil)
					time.Sleep(20 * time.Second)
					s.fail(errDown)
					changing = true
					if !many {
						expectGet(t, f, c.want, c.err)
						return
					}
					found, err := f.GetMany(t.Context(), []string{"k"})
					if len(found) == 1 {
						expect(t, found["k"], err, c.want, c.err)
					} else {
						expect(t, "", ctxcache.KeyError(err, "k"), c.want, c.err)
					}
				})
			})
		}
	}
}

// A stale value that nobody has changed is returned, however its load fails.
func TestFuncStaleValueOfALoadThatFails(t *testing.T) {
	for name, fail := range map[string]func(ctx context.Context) (string, error){
		"error": func(context.Context) (string, error) { return "", errDown },
		"closed": func(context.Context) (string, error) {
			return "", ctxcache.Fail("db", ctxcache.OpGet, ctxcache.ErrClosed)
		},
		"timeout":  func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() },
		"panic":    func(context.Context) (string, error) { panic("bug") },
		"overload": func(context.Context) (string, error) { return "", cached.ErrOverloaded },
	} {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				s, failing := newOrigin("k", "1"), false
				f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
					value, err := s.load(ctx, key)
					if failing {
						return fail(ctx)
					}
					return value, err
				}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, ErrorCooldown: time.Minute, LoadTimeout: time.Second})
				expectGet(t, f, "1", nil)
				time.Sleep(20 * time.Second)
				failing = true
				for range 3 {
					expectGet(t, f, "1", nil)
				}
				found, err := f.GetMany(t.Context(), []string{"k"})
				expect(t, found["k"], err, "1", nil)
				s.expect(t, 2) // the key cools down after the first failure
			})
		})
	}
}

// A loader may use something that is closed. That is a failure of the source, and not the end of the Function.
func TestFuncLoaderWhoseSourceIsClosedCools(t *testing.T) {
	closed := cached.Func(newMemory(), newOrigin("k", "v").load, nil)
	if err := closed.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	loads := 0
	f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
		loads++
		return closed.Get(ctx, key)
	}, &cached.Options{ErrorCooldown: time.Hour})
	for range 3 {
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "", ctxcache.ErrClosed)
	}
	if loads != 1 {
		t.Errorf("the source was asked %d times, want once", loads)
	}
}
