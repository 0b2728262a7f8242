package twolevel_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// downFars are the kinds of far that tests make fail.
var downFars = map[string]func(intCache) intCache{
	"far with leases":    func(c intCache) intCache { return c },
	"far without leases": func(c intCache) intCache { return bare{c} },
}

// whileDown runs test with two levels whose far is down, and with the injector that makes it so.
func whileDown(
	t *testing.T, opts twolevel.Options, test func(t *testing.T, c *twolevel.Cache[string, int], store intCache, faults *cachetest.Faults),
) {
	opts.Resilient = true
	for name, kind := range downFars {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newNear()
				far, faults := cachetest.Failing(store)
				c := twolevel.New(newNear(), kind(far), &opts)
				defer c.Close()
				faults.Fail(errFar, cachetest.On())
				test(t, c, store, faults)
			})
		})
	}
}

// TestNearAloneAnswersWrites checks that whatever is written while far is down is read back, in every way.
func TestNearAloneAnswersWrites(t *testing.T) {
	for _, write := range writesOver[int]() {
		for _, ttl := range []time.Duration{0, time.Hour, ctxcache.NoExpiry} {
			whileDown(t, twolevel.Options{}, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ *cachetest.Faults) {
				if err := write.Write(t.Context(), c, "k", ctxcache.NewEntry(1, ttl)); err != nil {
					t.Fatalf("%s = %v", write.Name, err)
				}
				for _, read := range layertest.ReadWays[int]() {
					if strings.HasPrefix(read.Name, "GetLease") && !c.Supports().Has(ctxcache.CapLease) {
						continue
					}
					if got, err := read.Read(t.Context(), c, "k"); got != 1 || err != nil {
						t.Errorf("%s after %s = %v, %v", read.Name, write.Name, got, err)
					}
				}
				if has, err := c.Contains(t.Context(), "k"); !has || err != nil {
					t.Errorf("Contains after %s = %v, %v", write.Name, has, err)
				}
				if err := c.Delete(t.Context(), "k"); err != nil {
					t.Error(err)
				}
				wantMiss[string, int](t, c, "k")
			})
		}
	}
}

// TestOutageTTL checks how long an alone copy lives.
func TestOutageTTL(t *testing.T) {
	for _, test := range []struct {
		opts twolevel.Options
		life time.Duration
	}{
		{twolevel.Options{}, 30 * time.Second},
		{twolevel.Options{NearTTL: time.Hour}, 30 * time.Second},
		{twolevel.Options{NearTTL: time.Second}, time.Second},
		{twolevel.Options{OutageTTL: time.Minute}, time.Minute},
		{twolevel.Options{OutageTTL: time.Minute, NearTTL: time.Second}, time.Second},
	} {
		for name, write := range map[string]func(context.Context, *twolevel.Cache[string, int]) error{
			"Set": func(ctx context.Context, c *twolevel.Cache[string, int]) error { return c.Set(ctx, "k", 1, time.Hour) },
			"a load": func(ctx context.Context, c *twolevel.Cache[string, int]) error {
				f := cached.Func(c, func(context.Context, string) (int, error) { return 1, nil }, &cached.Options{TTL: time.Hour})
				_, err := f.Get(ctx, "k")
				return err
			},
		} {
			whileDown(t, test.opts, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ *cachetest.Faults) {
				if err := write(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.life - time.Millisecond)
				if got, err := c.Get(t.Context(), "k"); got != 1 || err != nil {
					t.Errorf("%+v, %s: Get = %v, %v", test.opts, name, got, err)
				}
				time.Sleep(time.Millisecond)
				wantMiss[string, int](t, c, "k")
			})
		}
	}
}

// TestOneLoadInAnOutage checks that a cached function loads a key once for 100 calls while far is down.
func TestOneLoadInAnOutage(t *testing.T) {
	for _, opts := range []cached.Options{{TTL: time.Hour}, {}, {TTL: time.Hour, StaleFor: time.Minute, RefreshAhead: 0.1}} {
		whileDown(t, twolevel.Options{}, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ *cachetest.Faults) {
			if opts.StaleFor > 0 && !c.Supports().Has(ctxcache.CapEntry) {
				return // such a far does not know remaining lives
			}
			loads := 0
			f := cached.Func(c, func(context.Context, string) (int, error) { loads++; return 1, nil }, &opts)
			for range 100 {
				if got, err := f.Get(t.Context(), "k"); got != 1 || err != nil {
					t.Fatalf("Get = %v, %v", got, err)
				}
			}
			if loads != 1 {
				t.Errorf("%d loads", loads)
			}
		})
	}
}

// TestOneBulkLoadInAnOutage is the same for many keys at once.
func TestOneBulkLoadInAnOutage(t *testing.T) {
	whileDown(t, twolevel.Options{}, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ *cachetest.Faults) {
		loads := 0
		f := cached.Bulk(c, func(_ context.Context, keys []string) (map[string]int, error) {
			loads += len(keys)
			found := make(map[string]int)
			for _, key := range keys {
				found[key] = 1
			}
			return found, nil
		}, &cached.Options{TTL: time.Hour})
		for range 100 {
			if found, err := f.GetMany(t.Context(), []string{"a", "b", "c"}); len(found) != 3 || err != nil {
				t.Fatalf("GetMany = %v, %v", found, err)
			}
		}
		if loads != 3 {
			t.Errorf("%d keys were loaded", loads)
		}
	})
}

// TestJoinersOfALoadInAnOutage checks that callers that come while the value is loaded do not load it again.
func TestJoinersOfALoadInAnOutage(t *testing.T) {
	whileDown(t, twolevel.Options{}, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ *cachetest.Faults) {
		loads, answer := 0, make(chan struct{})
		f := cached.Func(c, func(context.Context, string) (int, error) { loads++; <-answer; return 1, nil }, &cached.Options{TTL: time.Hour})
		results := make(chan int)
		for range 10 {
			go func() {
				got, _ := f.Get(t.Context(), "k")
				results <- got
			}()
		}
		synctest.Wait()
		close(answer)
		for range 10 {
			if got := <-results; got != 1 {
				t.Errorf("a caller got %d", got)
			}
		}
		if loads != 1 {
			t.Errorf("%d loads", loads)
		}
	})
}

// TestWritesGoOnWhileReadsFail checks that far gets writes and deletions while it fails to read.
func TestWritesGoOnWhileReadsFail(t *testing.T) {
	l, _ := newResilient()
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases))
	wantMiss(t, l.cache, "k")
	layertest.MustSet(t, l.cache, "k", 1)
	layertest.WantValue(t, l.far, "k", 1)
	if stats, err := ctxcache.GetStats(t.Context(), l.cache); stats.Missed != 0 || err != nil {
		t.Errorf("far has missed %d keys, %v", stats.Missed, err)
	}
}

// TestOncePerClusterDoesNotWaitInAnOutage checks that a load with a local lease does not wait for other processes, which
// cannot be asked, and that a load that has begun before the outage is not waited for either.
func TestOncePerClusterDoesNotWaitInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, faults := cachetest.Failing(newLimited(func(caps ctxcache.Cap) ctxcache.Cap { return caps | ctxcache.CapLeaseShared }))
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
		defer c.Close()
		mustLease(t, far, "k", 0) // by another process
		faults.Fail(errFar, cachetest.On())
		loads := 0
		f := cached.Func(c, func(context.Context, string) (int, error) { loads++; return 1, nil }, &cached.Options{TTL: time.Hour, OncePerCluster: true})
		began := time.Now()
		for range 100 {
			if got, err := f.Get(t.Context(), "k"); got != 1 || err != nil {
				t.Fatalf("Get = %v, %v", got, err)
			}
		}
		if loads != 1 || time.Since(began) > 0 {
			t.Errorf("%d loads, after %v", loads, time.Since(began))
		}
	})
}
