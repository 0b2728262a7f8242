package cached_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// shelf is a source that is asked for many keys at once. The value of key 7 is "v7". Keys from absentFrom are not there.
type shelf struct {
	delay      time.Duration
	absentFrom int
	change     func(ctx context.Context, keys []int, found map[int]string) (map[int]string, error) // of an answer; may be nil

	mu    sync.Mutex
	asked map[int]int // how often each key was asked for
	calls [][]int
	now   atomic.Int64
	most  atomic.Int64 // calls at the same time
}

func newShelf() *shelf { return &shelf{absentFrom: 1 << 30, asked: make(map[int]int)} }

func (s *shelf) load(ctx context.Context, keys []int) (map[int]string, error) {
	now := s.now.Add(1)
	defer s.now.Add(-1)
	s.mu.Lock()
	if now > s.most.Load() {
		s.most.Store(now)
	}
	s.calls = append(s.calls, slices.Sorted(slices.Values(keys)))
	found := make(map[int]string)
	for _, key := range keys {
		s.asked[key]++
		if key < s.absentFrom {
			found[key] = "v" + strconv.Itoa(key)
		}
	}
	s.mu.Unlock()
	time.Sleep(s.delay)
	if s.change != nil {
		return s.change(ctx, keys, found)
	}
	return found, nil
}

// expectOnce fails the test unless each of n keys was asked for once.
func (s *shelf) expectOnce(t *testing.T, n int) {
	t.Helper()
	for key, times := range s.asked {
		if times != 1 {
			t.Errorf("key %d was asked for %d times", key, times)
		}
	}
	if len(s.asked) != n {
		t.Errorf("%d keys were asked for, want %d", len(s.asked), n)
	}
}

func upTo(n int) []int {
	keys := make([]int, n)
	for i := range keys {
		keys[i] = i
	}
	return keys
}

func wantValues(t *testing.T, got map[int]string, keys ...int) {
	t.Helper()
	want := make(map[int]string)
	for _, key := range keys {
		want[key] = "v" + strconv.Itoa(key)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// trips counts the calls of a cache.
type trips struct {
	ctxcache.Observed[int, string, struct{}]
	mu    sync.Mutex
	calls map[ctxcache.Operation]int
}

func newTrips(inner ctxcache.Cache[int, string]) *trips {
	c := &trips{calls: make(map[ctxcache.Operation]int)}
	c.Observed = ctxcache.NewObserved[int, string, struct{}](inner, ctxcache.Description{Kind: "trips"}, c)
	return c
}

func (c *trips) Before(ctx context.Context, call ctxcache.Call[int]) (context.Context, struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[call.Op]++
	return ctx, struct{}{}
}

func (c *trips) After(context.Context, ctxcache.Call[int], struct{}, ctxcache.Outcome) {}

// In a bubble, where nothing takes long: a caller waits for a store for a moment only.
func TestBulkGetMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, cache := newShelf(), newTrips(newInts())
		s.absentFrom = 400
		f := cached.Bulk(cache, s.load, &cached.Options{TTL: time.Hour, NotFoundTTL: time.Hour})
		for range 2 {
			got, err := f.GetMany(t.Context(), slices.Concat(upTo(500), upTo(10)))
			if err != nil {
				t.Fatal(err)
			}
			wantValues(t, got, upTo(400)...)
		}
		s.expectOnce(t, 500)
		want := map[ctxcache.Operation]int{ctxcache.OpGetEntries: 2, ctxcache.OpGetLeases: 1, ctxcache.OpFillMany: 1}
		if !maps.Equal(cache.calls, want) {
			t.Errorf("calls of the cache: %v, want %v", cache.calls, want)
		}
		if stats, err := f.Stats(t.Context()); stats.Loads != 1 || err != nil {
			t.Errorf("%d loads counted, %v", stats.Loads, err)
		}
		value, err := f.Get(t.Context(), 399)
		expect(t, value, err, "v399", nil)
		value, err = f.Get(t.Context(), 400)
		expect(t, value, err, "", ctxcache.ErrNotFound)
		s.expectOnce(t, 500)
	})
}

// Without NotFoundTTL, the leases of keys that are not found are released in one call.
func TestBulkReleasesTogether(t *testing.T) {
	s, cache := newShelf(), newTrips(newInts())
	s.absentFrom = 5
	f := cached.Bulk(cache, s.load, nil)
	got, err := f.GetMany(t.Context(), upTo(10))
	if err != nil {
		t.Fatal(err)
	}
	wantValues(t, got, upTo(5)...)
	want := map[ctxcache.Operation]int{
		ctxcache.OpGetEntries: 1, ctxcache.OpGetLeases: 1, ctxcache.OpFillMany: 1, ctxcache.OpReleaseMany: 1,
	}
	if !maps.Equal(cache.calls, want) {
		t.Errorf("calls of the cache: %v, want %v", cache.calls, want)
	}
}

// Calls that overlap, bulk or single, never load a key twice.
func TestBulkOverlapping(t *testing.T) {
	for name, single := range map[string]bool{"bulk": false, "bulk and single": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShelf()
				s.delay = time.Second
				f := cached.Bulk(newInts(), s.load, nil)
				var all sync.WaitGroup
				for i := range 100 {
					all.Go(func() {
						time.Sleep(time.Duration(i%7) * 100 * time.Millisecond)
						if single && i%2 == 0 {
							value, err := f.Get(t.Context(), 10*i)
							expect(t, value, err, "v"+strconv.Itoa(10*i), nil)
							return
						}
						keys := make([]int, 100)
						for j := range keys {
							keys[j] = 10*i + j
						}
						got, err := f.GetMany(t.Context(), keys)
						if err != nil {
							t.Error(err)
						}
						wantValues(t, got, keys...)
					})
				}
				all.Wait()
				s.expectOnce(t, len(s.asked))
			})
		})
	}
}

func TestBulkSplitsBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.delay = time.Second
		f := cached.Bulk(newInts(), s.load, &cached.Options{MaxBatch: 10, MaxLoads: 3})
		began := time.Now()
		got, err := f.GetMany(t.Context(), upTo(95))
		if err != nil {
			t.Fatal(err)
		}
		wantValues(t, got, upTo(95)...)
		s.expectOnce(t, 95)
		for _, keys := range s.calls {
			if len(keys) > 10 {
				t.Errorf("asked for %d keys at once", len(keys))
			}
		}
		if len(s.calls) != 10 || s.most.Load() != 3 || time.Since(began) != 4*time.Second {
			t.Errorf("%d calls, at most %d at the same time, in %v", len(s.calls), s.most.Load(), time.Since(began))
		}
	})
}

// Single Gets that come within CoalesceFor are one load.
func TestBulkCoalesces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, cache := newShelf(), newTrips(newInts())
		f := cached.Bulk(cache, s.load, &cached.Options{CoalesceFor: 10 * time.Millisecond, MaxBatch: 50})
		began := time.Now()
		var all sync.WaitGroup
		get := func(key int) {
			all.Go(func() {
				value, err := f.Get(t.Context(), key)
				expect(t, value, err, "v"+strconv.Itoa(key), nil)
			})
		}
		for key := range 20 {
			get(key)
		}
		time.Sleep(9 * time.Millisecond)
		get(20)
		all.Wait()
		if len(s.calls) != 1 || len(s.calls[0]) != 21 || time.Since(began) != 10*time.Millisecond {
			t.Errorf("%v after %v", s.calls, time.Since(began))
		}
		if cache.calls[ctxcache.OpGetLeases] != 1 || cache.calls[ctxcache.OpFillMany] != 1 {
			t.Errorf("%v", cache.calls)
		}
		began = time.Now()
		for key := range 50 { // as many as a batch may have, so they do not wait
			get(1000 + key)
		}
		all.Wait()
		if len(s.calls) != 2 || time.Since(began) != 0 {
			t.Errorf("%d calls after %v", len(s.calls), time.Since(began))
		}
	})
}

// A key that is deleted while its load waits for others gets a load of its own: both cannot have one lease.
func TestBulkCoalescesNoKeyTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, cache := newShelf(), newInts()
		f := cached.Bulk(cache, s.load, &cached.Options{CoalesceFor: 10 * time.Millisecond})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				value, err := f.Get(t.Context(), 7)
				expect(t, value, err, "v7", nil)
			})
			synctest.Wait()
			if _, err := f.Delete(t.Context(), 7); err != nil {
				t.Fatal(err)
			}
		}
		all.Wait()
		for _, keys := range s.calls {
			if len(keys) != 1 {
				t.Errorf("asked for %v", keys)
			}
		}
	})
}

// Stale values are returned at once, and refreshed behind the caller in one batch.
func TestBulkRefreshesBehindTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.delay = time.Second
		f := cached.Bulk(newInts(), s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute})
		if _, err := f.GetMany(t.Context(), upTo(30)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		began := time.Now()
		got, err := f.GetMany(t.Context(), upTo(30))
		if err != nil || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		wantValues(t, got, upTo(30)...)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(s.calls) != 2 || len(s.calls[1]) != 30 {
			t.Errorf("%v", s.calls)
		}
	})
}
