package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncSetStoresForTheTTL(t *testing.T) {
	for name, test := range map[string]struct {
		opts     *cached.Options
		min, max time.Duration
	}{
		"the cache's default": {nil, ctxcache.NoExpiry, ctxcache.NoExpiry},
		"TTL":                 {&cached.Options{TTL: time.Hour}, 59 * time.Minute, time.Hour},
		"NoExpiry":            {&cached.Options{TTL: ctxcache.NoExpiry, Jitter: 0.5}, ctxcache.NoExpiry, ctxcache.NoExpiry},
		"Jitter":              {&cached.Options{TTL: time.Hour, Jitter: 0.5}, 29 * time.Minute, time.Hour},
	} {
		cache, s := newMemory(), newOrigin("k", "loaded")
		f := cached.Func(cache, s.load, test.opts)
		if err := f.Set(t.Context(), "k", "set"); err != nil {
			t.Fatal(err)
		}
		e, err := cache.GetEntry(t.Context(), "k")
		if e.Value != "set" || e.TTL < test.min || e.TTL > test.max || err != nil {
			t.Errorf("%s: the cache has %q for %v, %v; want it for %v to %v", name, e.Value, e.TTL, err, test.min, test.max)
		}
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "set", nil)
		s.expect(t, 0)
	}
}

func TestFuncSetJittersEachValue(t *testing.T) {
	cache := newMemory()
	f := cached.Func(cache, newOrigin().load, &cached.Options{TTL: 24 * time.Hour, Jitter: 0.5})
	lives := make(map[time.Duration]bool)
	for range 10 {
		if err := f.Set(t.Context(), "k", "v"); err != nil {
			t.Fatal(err)
		}
		e, err := cache.GetEntry(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		lives[e.TTL.Truncate(time.Minute)] = true
	}
	if len(lives) < 2 {
		t.Errorf("10 values live equally long: %v", lives)
	}
}

// writes are the ways to change a key, by name. Value is what a Get returns after that, without a load if it is "set".
var writes = map[string]struct {
	write func(ctx context.Context, f *cached.Function[string, string]) error
	value string
}{
	"Set": {func(ctx context.Context, f *cached.Function[string, string]) error { return f.Set(ctx, "k", "set") }, "set"},
	"Delete": {func(ctx context.Context, f *cached.Function[string, string]) error {
		_, err := f.Delete(ctx, "k")
		return err
	}, "new"},
	"DeleteMany": {func(ctx context.Context, f *cached.Function[string, string]) error {
		return f.DeleteMany(ctx, []string{"other", "k", "k"})
	}, "new"},
	"ClearIn": {func(ctx context.Context, f *cached.Function[string, string]) error {
		return f.ClearIn(ctx, ctxcache.Scope[string]{Match: func(key string) bool { return key == "k" }})
	}, "new"},
	"Clear": {func(ctx context.Context, f *cached.Function[string, string]) error { return f.Clear(ctx) }, "new"},
}

// unleasedStore is memory whose leases nobody sees.
type unleasedStore struct{ store }

func (c *unleasedStore) Supports() ctxcache.Cap {
	return c.store.Supports() &^ (ctxcache.CapLease | ctxcache.CapLeaseShared)
}

// A load began before a write. Whatever the cache can do, its result is not stored over the write, and callers that come
// after the write do not get it.
func TestFuncLoadThatBeganBeforeAWriteIsNotUsedAfterIt(t *testing.T) {
	for cacheName, cache := range map[string]func() ctxcache.Cache[string, string]{
		"leases":    func() ctxcache.Cache[string, string] { return newMemory() },
		"no leases": func() ctxcache.Cache[string, string] { return &unleasedStore{over(newMemory())} },
	} {
		for name, w := range writes {
			for _, refresh := range []bool{false, true} {
				t.Run(cacheName+"/"+name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s, open := newOrigin("k", "old"), make(chan struct{})
						stack := cache()
						f := cached.Func(stack, func(ctx context.Context, key string) (string, error) {
							value, err := s.load(ctx, key)
							<-open
							return value, err
						}, nil)
						call := f.Get
						if refresh {
							call = f.Refresh
						}
						first := async(func() (string, error) { return call(t.Context(), "k") })
						synctest.Wait() // it has read the source
						s.set("k", "new")
						if err := w.write(t.Context(), f); err != nil {
							t.Fatal(err)
						}
						late := async(func() (string, error) { return f.Get(t.Context(), "k") })
						synctest.Wait()
						close(open)
						if r := <-first; r.err != nil { // the value of its own load, which began before the write
							t.Errorf("the first call: %v", r.err)
						}
						r := <-late
						expect(t, r.value, r.err, w.value, nil)
						if value, err := stack.Get(t.Context(), "k"); value != w.value || err != nil {
							t.Errorf("the cache has %q, %v; want %q", value, err, w.value)
						}
					})
				})
			}
		}
	}
}

// slowStore is a cache without leases that stops in the next write of an entry, before it is stored. It stores it even if
// the caller's time is over, as a server does that got the write in time.
type slowStore struct {
	unleasedStore
	storing, open chan struct{}
}

func (c *slowStore) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	close(c.storing)
	<-c.open
	return c.unleasedStore.SetEntry(context.WithoutCancel(ctx), key, e)
}

// Without leases a load may be past its first look at its flight when a write comes. Then the old value does not stay,
// even if the store has taken longer than it may.
func TestFuncLoadThatIsBeingStoredDuringAWriteDoesNotStay(t *testing.T) {
	for name, w := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := &slowStore{unleasedStore{over(newMemory())}, make(chan struct{}), make(chan struct{})}
				f := cached.Func[string, string](cache, newOrigin("k", "old").load, nil)
				first := async(func() (string, error) { return f.Get(t.Context(), "k") })
				<-cache.storing
				if err := w.write(t.Context(), f); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute) // the time of the store is over
				close(cache.open)
				r := <-first
				expect(t, r.value, r.err, "old", nil)
				synctest.Wait()
				if value, err := cache.Get(t.Context(), "k"); value == "old" || err != nil && err != ctxcache.ErrMiss {
					t.Errorf("the cache has %q, %v", value, err)
				}
			})
		})
	}
}

// Loads of keys that a write does not name are joined and stored all the same.
func TestFuncWritesLeaveTheLoadsOfOtherKeysAlone(t *testing.T) {
	for name, w := range writes {
		if name == "Clear" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, open := newOrigin("x", "v"), make(chan struct{})
				f := cached.Func[string, string](&unleasedStore{over(newMemory())}, func(ctx context.Context, key string) (string, error) {
					<-open
					return s.load(ctx, key)
				}, nil)
				first := async(func() (string, error) { return f.Get(t.Context(), "x") })
				synctest.Wait()
				if err := w.write(t.Context(), f); err != nil {
					t.Fatal(err)
				}
				second := async(func() (string, error) { return f.Get(t.Context(), "x") })
				synctest.Wait()
				close(open)
				for _, r := range []result{<-first, <-second} {
					expect(t, r.value, r.err, "v", nil)
				}
				value, err := f.Get(t.Context(), "x")
				expect(t, value, err, "v", nil)
				s.expect(t, 1)
			})
		})
	}
}

func TestFuncClearInDeletesTheScopeOnly(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin("a1", "v", "b1", "v").load, nil)
	for _, key := range []string{"a1", "b1"} {
		if _, err := f.Get(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.ClearIn(t.Context(), ctxcache.Scope[string]{Prefix: "a"}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"a1": false, "b1": true} {
		if has, err := f.Contains(t.Context(), key); has != want || err != nil {
			t.Errorf("Contains(%q): %v, %v", key, has, err)
		}
	}
}

// Match is called with the locks of the flights held. They are free again after its panic.
func TestFuncClearInWhoseMatchPanicsLeavesNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which finds a deadlock
		s, open := newOrigin("k", "v"), make(chan struct{})
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			<-open
			return s.load(ctx, key)
		}, nil)
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("ClearIn does not panic")
				}
			}()
			_ = f.ClearIn(t.Context(), ctxcache.Scope[string]{Match: func(string) bool { panic("broken") }})
		}()
		close(open)
		r := <-first
		expect(t, r.value, r.err, "v", nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	})
}

func TestFuncCacheIsTheCacheUnderIt(t *testing.T) {
	cache := newMemory()
	if got := cached.Func(cache, newOrigin().load, nil).Cache(); got != ctxcache.Cache[string, string](cache) {
		t.Errorf("Func: got %v", got)
	}
	if got := cached.KeyedFunc(cache, cached.JSONKeyOf, describe, nil).Cache(); got != ctxcache.Cache[string, string](cache) {
		t.Errorf("KeyedFunc: got %v", got)
	}
}

func TestTracerHearsOfWrites(t *testing.T) {
	var heard events
	plain := struct{ ctxcache.Cache[string, string] }{newMemory()}
	for _, test := range []struct {
		cache      ctxcache.Cache[string, string]
		name, want string
	}{
		{newMemory(), "Set", "set ok <nil>"},
		{newMemory(), "DeleteMany", "delete_many ok <nil>"},
		{newMemory(), "ClearIn", "clear ok <nil>"},
		{plain, "ClearIn", "clear unsupported struct { ctxcache.Cache[string,string] } clear: unsupported operation"},
	} {
		f := cached.Func(test.cache, newOrigin().load, &cached.Options{Tracer: &heard})
		_ = writes[test.name].write(t.Context(), f) // the Tracer hears of the error
		heard.expect(t, test.want)
	}
}
