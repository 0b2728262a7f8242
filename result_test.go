package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

func expectResult(t *testing.T, f *cached.Function[string, string], want cached.Result[string]) {
	t.Helper()
	got, err := f.GetResult(t.Context(), "k")
	if !errors.Is(got.Err, want.Err) || (got.Err == nil) != (want.Err == nil) {
		t.Errorf("Err is %v, want %v", got.Err, want.Err)
	}
	got.Err = want.Err
	if got != want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	synctest.Wait()
}

func TestFuncGetResult(t *testing.T) {
	down := errors.New("source down")
	synctest.Test(t, func(t *testing.T) {
		s, delay := newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{
			TTL: 10 * time.Second, RefreshAhead: 0.9, StaleFor: 10 * time.Second, StaleIfError: 20 * time.Second,
			SoftTimeout: 200 * time.Millisecond,
		})
		const second = time.Second
		expectResult(t, f, cached.Result[string]{Value: "1", Level: cached.LevelSource, TTL: 10 * second, Loaded: true, Why: cached.WhyLoaded})
		time.Sleep(4 * second)
		expectResult(t, f, cached.Result[string]{
			Value: "1", Level: cached.LevelCache, Age: 4 * second, TTL: 6 * second, Why: cached.WhyHit,
		})
		s.fail(down)
		time.Sleep(5 * second)
		expectResult(t, f, cached.Result[string]{Value: "1", Level: cached.LevelCache, Age: 9 * second, TTL: second, Why: cached.WhyAhead})
		expectResult(t, f, cached.Result[string]{
			Value: "1", Level: cached.LevelCache, Age: 9 * second, TTL: second, Why: cached.WhyAhead, Err: down,
		})
		time.Sleep(2 * second)
		expectResult(t, f, cached.Result[string]{Value: "1", Level: cached.LevelCache, Age: 11 * second, Stale: true, Why: cached.WhyStale})
		time.Sleep(12 * second)
		expectResult(t, f, cached.Result[string]{
			Value: "1", Level: cached.LevelCache, Age: 23 * second, Stale: true, Why: cached.WhyFailed, Err: down,
		})
		s.fail(nil)
		delay = second
		time.Sleep(4 * second)
		expectResult(t, f, cached.Result[string]{Value: "1", Level: cached.LevelCache, Age: 27*second + 200*time.Millisecond, Stale: true, Why: cached.WhySlow})
		time.Sleep(second)
	})
}

func TestFuncGetResultOfAJoiner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			time.Sleep(time.Second)
			return "v", nil
		}, nil)
		go func() { _, _ = f.Get(t.Context(), "k") }()
		synctest.Wait()
		expectResult(t, f, cached.Result[string]{
			Value: "v", Level: cached.LevelSource, Age: time.Second, TTL: ctxcache.Unknown, Joined: true, Loaded: true, Why: cached.WhyLoaded,
		})
	})
}

func TestFuncGetResultOfLevels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newMemory(), newMemory()
		f := cached.Func[string, string](twolevel.New(near, ctxcache.Cache[string, string](far), nil), newOrigin().load, nil)
		if err := far.Set(t.Context(), "k", "v", time.Minute); err != nil {
			t.Fatal(err)
		}
		want := cached.Result[string]{Value: "v", Level: cached.LevelFar, Age: ctxcache.Unknown, TTL: time.Minute, Why: cached.WhyHit}
		expectResult(t, f, want)
		want.Level = cached.LevelNear
		expectResult(t, f, want)
	})
}

// Two Functions with other windows share a prefix. The envelope carries the window that each value was stored with.
func TestFuncWindowsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := layers.Encoded(memory.New[string, []byte](nil), layers.JSON[string]{}, &layers.EncodedOptions{Envelope: true})
		s := newOrigin("k", "1")
		short := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Second})
		long := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour})
		expectGet(t, short, "1", nil)
		time.Sleep(9 * time.Second)
		expectGet(t, long, "1", nil)
		s.expect(t, 1) // it is fresh, although the window of long is much longer
		time.Sleep(time.Second)
		expectGet(t, long, "1", nil) // now it is stale
		s.expect(t, 2)
		expectGet(t, short, "1", nil)
		time.Sleep(10*time.Second + time.Second/2)
		expectGet(t, short, "1", nil) // it is stale for half a second, whatever long stored it with
		s.expect(t, 3)
	})
}

// Options that contradict each other are refused, and the error names them.
func TestOptionsThatContradict(t *testing.T) {
	const minute = time.Minute
	for name, opts := range map[string]cached.Options{
		"StaleFor without TTL":               {StaleFor: minute},
		"StaleIfError of what never expires": {TTL: ctxcache.NoExpiry, StaleIfError: minute},
		"RefreshAhead without TTL":           {RefreshAhead: 0.5},
		"RefreshAhead above 1":               {TTL: minute, RefreshAhead: 1.1},
		"RefreshBeta below 0":                {TTL: minute, RefreshBeta: -1},
		"SoftTimeout without StaleIfError":   {TTL: minute, StaleFor: minute, SoftTimeout: 1},
		"SoftTimeout not below LoadTimeout":  {TTL: minute, StaleIfError: minute, SoftTimeout: minute, LoadTimeout: minute},
		"StaleFor without end":               {TTL: minute, StaleFor: ctxcache.NoExpiry},
		"StaleIfError without end":           {TTL: minute, StaleIfError: ctxcache.NoExpiry - minute},
		"StaleIfError shorter than StaleFor": {TTL: minute, StaleIfError: minute - 1, StaleFor: minute},
		"CoalesceFor of one key":             {CoalesceFor: minute, MaxBatch: 1},
		"negative StaleFor":                  {TTL: minute, StaleFor: -1},
		"negative StaleIfError":              {TTL: minute, StaleIfError: -1},
		"negative SoftTimeout":               {TTL: minute, StaleIfError: minute, SoftTimeout: -1},
		"negative ErrorCooldown":             {ErrorCooldown: -1},
	} {
		if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	opts := &cached.Options{TTL: minute, StaleFor: minute}
	if err := opts.ValidateFor(ctxcache.CapContains); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("StaleFor over a cache that does not know remaining lives: %v", err)
	}
	f := cached.Func[string, string](struct{ ctxcache.Cache[string, string] }{newMemory()}, newOrigin().load, opts)
	if _, err := f.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Get: %v", err)
	}
}
