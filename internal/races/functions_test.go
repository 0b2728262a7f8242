package races_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

func keysUpTo(n int) (keys []string) {
	for i := range n {
		keys = append(keys, "key"+strconv.Itoa(i))
	}
	return keys
}

// valuesOf answers a bulk load.
func valuesOf(keys []string) map[string]string {
	found := make(map[string]string)
	for _, key := range keys {
		found[key] = "value"
	}
	return found
}

// A caller leaves a coalesced load before the source is asked. Nobody has asked the source, so nothing has failed.
func TestFuncCallerLeavesTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard atomic.Value
		f := cached.Bulk(cache(memory.New[string, string](nil)), func(_ context.Context, keys []string) (map[string]string, error) {
			return valuesOf(keys), nil
		}, &cached.Options{
			CoalesceFor: 10 * time.Millisecond, ErrorCooldown: time.Minute,
			OnLoadError: func(_ context.Context, err error) { heard.Store(err) },
		})
		stays := async(func() (string, error) { return f.Get(t.Context(), "stays") })
		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		if _, err := f.Get(ctx, "leaves"); err != context.DeadlineExceeded {
			t.Error(err)
		}
		if r := <-stays; r.err != nil {
			t.Error(r)
		}
		synctest.Wait()
		if err := heard.Load(); err != nil {
			t.Errorf("OnLoadError heard of %v", err)
		}
		if value, err := f.Get(t.Context(), "leaves"); err != nil {
			t.Errorf("the next caller got %q, %v", value, err)
		}
	})
}

// A batch hangs, and ignores its context. LoadTimeout frees its slot.
func TestFuncHungBatchKeepsItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hangs atomic.Bool
		end := make(chan struct{})
		hangs.Store(true)
		f := cached.Bulk(cache(memory.New[string, string](nil)), func(_ context.Context, keys []string) (map[string]string, error) {
			if hangs.Load() {
				<-end
			}
			return valuesOf(keys), nil
		}, &cached.Options{MaxLoads: 1, LoadTimeout: time.Second})
		defer close(end)
		_, err := f.GetMany(t.Context(), []string{"a", "b"})
		if !errors.Is(ctxcache.KeyError(err, "a"), cached.ErrLoadTimeout) {
			t.Fatal(err)
		}
		hangs.Store(false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if value, err := f.Get(ctx, "c"); err != nil {
			t.Errorf("the next load got %q, %v", value, err)
		}
	})
}

// A batch of many keys hangs. It is one load, so it does not make the whole Function fail.
func TestFuncHungBatchCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		var hangs atomic.Bool
		hangs.Store(true)
		f := cached.Bulk(cache(memory.New[string, string](nil)), func(_ context.Context, keys []string) (map[string]string, error) {
			if hangs.Load() {
				<-end
			}
			return valuesOf(keys), nil
		}, &cached.Options{LoadTimeout: time.Second})
		defer close(end)
		if _, err := f.GetMany(t.Context(), keysUpTo(200)); err == nil {
			t.Fatal("no timeout")
		}
		hangs.Store(false)
		if value, err := f.Get(t.Context(), "other"); err != nil {
			t.Errorf("after one batch has hung, a load of another key got %q, %v", value, err)
		}
	})
}

// A batch is split. Its first part has its answer in time, and must not run into LoadTimeout while the others wait.
func TestFuncFirstChunkTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Bulk(cache(memory.New[string, string](nil)), func(_ context.Context, keys []string) (map[string]string, error) {
			time.Sleep(time.Second)
			return valuesOf(keys), nil
		}, &cached.Options{MaxLoads: 1, MaxBatch: 1, LoadTimeout: 3 * time.Second})
		if got, err := f.GetMany(t.Context(), keysUpTo(5)); err != nil || len(got) != 5 {
			t.Errorf("%d values, %v", len(got), err)
		}
	})
}

// A batch is split. Who waits for a key of the first part does not wait for the last one.
func TestFuncFirstChunkWaitsForTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Bulk(cache(memory.New[string, string](nil)), func(_ context.Context, keys []string) (map[string]string, error) {
			if keys[0] == "key0" {
				return valuesOf(keys), nil
			}
			time.Sleep(time.Hour / 60)
			return valuesOf(keys), nil
		}, &cached.Options{MaxBatch: 1})
		many := async(func() (string, error) { _, err := f.GetMany(t.Context(), keysUpTo(2)); return "", err })
		synctest.Wait()
		began := time.Now()
		if _, err := f.Get(t.Context(), "key0"); err != nil || time.Since(began) > time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		<-many
	})
}

// A bulk loader panics. Each of its keys cools down.
func TestFuncPanicCoolsOneKey(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic("bug") }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var loads atomic.Int64
				f := cached.Bulk(cache(memory.New[string, string](nil)), func(_ context.Context, keys []string) (map[string]string, error) {
					loads.Add(1)
					fail()
					return valuesOf(keys), nil
				}, &cached.Options{ErrorCooldown: time.Minute})
				for range 2 {
					if _, err := f.GetMany(t.Context(), keysUpTo(3)); err == nil {
						t.Error("no error")
					}
				}
				if n := loads.Load(); n != 1 {
					t.Errorf("%d loads, want 1", n)
				}
			})
		})
	}
}

// A load fails that began before a Delete. The Delete has ended the cooldown of the key, so the next caller asks the source.
func TestFuncCooldownFromBeforeADelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := newSource("old")
		origin.change(reply{err: errors.New("source down")})
		f := cached.Func(cache(memory.New[string, string](nil)), origin.load, &cached.Options{ErrorCooldown: time.Minute})
		first := async(func() (string, error) { return f.Get(t.Context(), key) })
		load := <-origin.loads
		origin.change(reply{value: "new"})
		if _, err := f.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		load.release()
		<-first
		origin.free()
		if value, err := f.Get(t.Context(), key); err != nil {
			t.Errorf("after the Delete: %q, %v", value, err)
		}
	})
}

// A caller has a stale value, and waits for another's load. The key is deleted elsewhere. The caller asks again, and sees
// that the key is gone. It must not return what is gone when its own load is slow.
func TestFuncStandbyAfterAMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New[string, string](nil)
		c, stalls := cachetest.Stalling(cache(store))
		loads := 0
		f := cached.Func(c, func(context.Context, string) (string, error) {
			loads++
			switch loads {
			case 1:
				return "old", nil
			case 2:
				time.Sleep(2 * time.Second)
				return "old", nil
			}
			time.Sleep(time.Minute)
			return "new", nil
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: 5 * time.Second})
		_ = stalls
		if _, err := f.Get(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		first := async(func() (string, error) { return f.Get(t.Context(), key) })
		time.Sleep(time.Second)
		second := async(func() (string, error) { return f.Get(t.Context(), key) })
		synctest.Wait()
		if err := store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		<-first
		r := <-second
		time.Sleep(time.Hour)
		if r.value != "new" {
			t.Errorf("a caller that has seen the deletion got %v", r)
		}
	})
}

// A cache that is down, and a key that cannot be in a map.
func TestFuncKeyThatCannotBeHashed(t *testing.T) {
	c := ctxcache.Invalid[any, string](ctxcache.Description{Kind: "down"}, errors.New("down"))
	f := cached.Func(c, func(context.Context, any) (string, error) { return "value", nil }, &cached.Options{ErrorCooldown: time.Second})
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	if _, err := f.Get(t.Context(), []int{1}); !errors.Is(err, ctxcache.ErrKey) {
		t.Error(err)
	}
}

// A bulk loader returns an extra key, and the cache hangs. The callers do not wait for what they have not asked for.
func TestFuncCallersWaitForExtraKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stalls := cachetest.Stalling(cache(memory.New[string, string](nil)))
		f := cached.Bulk(c, func(_ context.Context, keys []string) (map[string]string, error) {
			return valuesOf(append(keys, "extra")), nil
		}, nil)
		stores := stalls.Stall(cachetest.On(ctxcache.OpFillMany, ctxcache.OpGetLeases).First(1))
		defer stores.Release()
		began := time.Now()
		_, err := f.Get(t.Context(), "a")
		if took := time.Since(began); err != nil || took > 100*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// Keys of one batch have different lives. Another process has just refreshed one of them, so it is not loaded again.
func TestFuncBatchRefreshesWhatIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New[string, string](nil)
		c, stalls := cachetest.Stalling(cache(store))
		var asked atomic.Int64
		f := cached.Bulk(c, func(_ context.Context, keys []string) (map[string]string, error) {
			for _, k := range keys {
				if k == "short" {
					asked.Add(1)
				}
			}
			return valuesOf(keys), nil
		}, &cached.Options{TTL: time.Hour, RefreshAhead: 0.5})
		set := func(k string, ttl, age time.Duration) {
			e := ctxcache.Entry[string]{Value: "old", Meta: ctxcache.Meta{TTL: ttl, Written: time.Now().Add(-age)}}
			if err := store.SetEntry(t.Context(), k, e); err != nil {
				t.Fatal(err)
			}
		}
		set("short", time.Second, 9*time.Second)
		set("long", 20*time.Minute, 40*time.Minute)
		lease := stalls.Stall(cachetest.On(ctxcache.OpGetLeases).First(1))
		if _, err := f.GetMany(t.Context(), []string{"short", "long"}); err != nil {
			t.Fatal(err)
		}
		<-lease.Arrived()
		set("short", 10*time.Second, 0) // by another process
		lease.Release()
		if err := f.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := asked.Load(); n != 0 {
			t.Errorf("a key that was just refreshed was loaded %d times", n)
		}
	})
}
