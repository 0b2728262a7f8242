package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// newLevels returns two levels whose near copies live for 100 ms, and the far level.
func newLevels() (both, far ctxcache.Cache[string, string]) {
	far = newMemory()
	return twolevel.New(newMemory(), far, &twolevel.Options{NearTTL: 100 * time.Millisecond}), far
}

// While a key cools down, another process may store its value in the far level.
func TestFuncCooldownDoesNotHideFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both, far := newLevels()
		s := newOrigin()
		s.fail(errDown)
		f := cached.Func(both, s.load, &cached.Options{TTL: time.Hour, NotFoundTTL: time.Hour, ErrorCooldown: time.Minute})
		expectGet(t, f, "", errDown)
		if err := far.Set(t.Context(), "k", "theirs", time.Hour); err != nil {
			t.Fatal(err)
		}
		expectGet(t, f, "theirs", nil)
		found, err := f.GetMany(t.Context(), []string{"k"})
		expect(t, found["k"], err, "theirs", nil)
		time.Sleep(time.Second) // the near copy is gone
		negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
		if err := ctxcache.SetEntry(t.Context(), far, "k", negative); err != nil {
			t.Fatal(err)
		}
		expectGet(t, f, "", ctxcache.ErrNotFound)
		s.expect(t, 1)
	})
}

// A key cools down, and only far has its stale value. It is served, and the source is not asked.
func TestFuncCooldownDoesNotHideStaleFar(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"StaleFor":                {TTL: 10 * time.Second, StaleFor: time.Hour, ErrorCooldown: time.Minute},
		"StaleIfError":            {TTL: 10 * time.Second, StaleIfError: time.Hour, ErrorCooldown: time.Minute},
		"StaleIfError, a second":  {TTL: 10 * time.Second, StaleIfError: time.Hour},
		"StaleIfError, in a pool": {TTL: 10 * time.Second, StaleIfError: time.Hour, ErrorCooldown: time.Minute, MaxLoads: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				both, _ := newLevels()
				s := newOrigin("k", "1")
				f := cached.Func(both, s.load, opts)
				expectGet(t, f, "1", nil)
				time.Sleep(20 * time.Second)
				s.fail(errDown)
				expectGet(t, f, "1", nil)
				for range 3 {
					time.Sleep(300 * time.Millisecond) // the near copy is gone
					r, err := f.GetResult(t.Context(), "k")
					expect(t, r.Value, err, "1", nil)
					if !r.Stale || r.Level != cached.LevelFar {
						t.Errorf("got %+v", r)
					}
					synctest.Wait()
				}
				s.expect(t, 2)
			})
		})
	}
}

// A source that hangs makes the key cool down, too.
func TestFuncCooldownOfATimeoutDoesNotHideStaleFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both, _ := newLevels()
		s := newOrigin("k", "1")
		hangs := false
		f := cached.Func(both, func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			if hangs {
				<-ctx.Done()
			}
			return value, err
		}, &cached.Options{
			TTL: 10 * time.Second, StaleIfError: time.Hour, LoadTimeout: 2 * time.Second, ErrorCooldown: 5 * time.Second,
		})
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		hangs = true
		began := time.Now()
		for range 3 {
			expectGet(t, f, "1", nil)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
			time.Sleep(200 * time.Millisecond)
		}
		s.expect(t, 2)
	})
}

// Several callers need a stale value that only far has, while its load waits for a slot. Each gets it after SoftTimeout
// at the latest, counted from the beginning of the load.
func TestFuncSoftTimeoutOfAValueInFarOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both, _ := newLevels()
		s := newOrigin("k", "1", "l", "2")
		f := cached.Func(both, slowly(s), &cached.Options{
			TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: 200 * time.Millisecond, MaxLoads: 1,
		})
		for key, want := range map[string]string{"k": "1", "l": "2"} {
			value, err := f.Get(t.Context(), key)
			expect(t, value, err, want, nil)
		}
		time.Sleep(20 * time.Second)
		began := time.Now()
		for _, c := range []struct {
			key, want string
			after     time.Duration
		}{
			{"k", "1", 200 * time.Millisecond},
			{"k", "1", 200 * time.Millisecond}, // at once
			{"l", "2", 400 * time.Millisecond}, // its load waits for the other one
			{"l", "2", 400 * time.Millisecond},
		} {
			value, err := f.Get(t.Context(), c.key)
			expect(t, value, err, c.want, nil)
			if took := time.Since(began); took != c.after {
				t.Errorf("%s came after %v, want %v", c.key, took, c.after)
			}
		}
		time.Sleep(time.Minute)
		s.expect(t, 4)
	})
}

// The same holds while the load waits for another process.
func TestFuncOncePerClusterStaleInFarOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := newCluster(), newOrigin("k", "1")
		f := cached.Func(twolevel.New(newMemory(), ctxcache.Cache[string, string](store), &twolevel.Options{
			NearTTL: 50 * time.Millisecond,
		}), s.load, &cached.Options{
			TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: 100 * time.Millisecond, OncePerCluster: true,
		})
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		holdForever(t, store)
		for range 20 {
			began := time.Now()
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "1", nil)
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			time.Sleep(60 * time.Millisecond)
		}
		s.expect(t, 1)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A hit in far does not wait until a batch is complete.
func TestBulkCoalesceDoesNotDelayFar(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"values":           {TTL: time.Hour, CoalesceFor: 50 * time.Millisecond},
		"values with ages": {TTL: time.Hour, StaleFor: time.Hour, CoalesceFor: 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				both, far := newLevels()
				s := newOrigin("new", "n")
				f := cached.Bulk(both, single(s.load), opts)
				if err := ctxcache.SetEntry(t.Context(), far, "k", ctxcache.Entry[string]{
					Value: "v", Meta: ctxcache.Meta{TTL: 2 * time.Hour, StaleFor: time.Hour},
				}); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				expectGet(t, f, "v", nil)
				if took := time.Since(began); took != 0 {
					t.Errorf("a hit in far took %v", took)
				}
				value, err := f.Get(t.Context(), "new")
				expect(t, value, err, "n", nil)
				if took := time.Since(began); took != 50*time.Millisecond {
					t.Errorf("a load took %v", took)
				}
				s.expect(t, 1)
			})
		})
	}
}
