package cached_test

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// clusterOfInts is a store that processes share, and that counts its calls.
type clusterOfInts struct{ *trips }

func newClusterOfInts() clusterOfInts {
	return clusterOfInts{newTrips(memory.New(&memory.Options[int, string]{MaxEntries: memory.Unbounded, LeaseTTL: clusterLease}))}
}

func (c clusterOfInts) Supports() ctxcache.Cap { return c.trips.Supports() | ctxcache.CapLeaseShared }

func (c clusterOfInts) count(op ctxcache.Operation) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[op]
}

// bulkClusterTest is clusterTest for keys that are numbers.
func bulkClusterTest(t *testing.T, test func(t *testing.T, store clusterOfInts, process func() ctxcache.Cache[int, string])) {
	t.Run("one level", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newClusterOfInts()
			test(t, store, func() ctxcache.Cache[int, string] { return store })
		})
	})
	t.Run("two levels", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newClusterOfInts()
			test(t, store, func() ctxcache.Cache[int, string] {
				return twolevel.New(newInts(), ctxcache.Cache[int, string](store), nil)
			})
		})
	})
}

// Overlapping calls of several processes: each key is loaded once.
func TestBulkOncePerCluster(t *testing.T) {
	bulkClusterTest(t, func(t *testing.T, _ clusterOfInts, process func() ctxcache.Cache[int, string]) {
		s := newShelf()
		s.delay, s.absentFrom = time.Second, 400
		began := time.Now()
		var all sync.WaitGroup
		for i := range 4 {
			f := cached.Bulk(process(), s.load, &cached.Options{
				TTL: time.Hour, NotFoundTTL: time.Hour, MaxBatch: 50, OncePerCluster: true,
			})
			for j := range 10 {
				all.Go(func() {
					from := 50*i + 10*j
					keys := upTo(from + 200)[from:]
					got, err := f.GetMany(t.Context(), keys)
					if err != nil {
						t.Error(err)
					}
					wantValues(t, got, slices.DeleteFunc(keys, func(key int) bool { return key >= 400 })...)
					lateBy(t, began, time.Second)
				})
			}
		}
		all.Wait()
		s.expectOnce(t, 50*3+10*9+200)
	})
}

// Keys that another process loads do not keep the others of the call from being loaded. They are polled in common calls.
func TestBulkOncePerClusterOthersGoOn(t *testing.T) {
	bulkClusterTest(t, func(t *testing.T, store clusterOfInts, process func() ctxcache.Cache[int, string]) {
		_, leases, err := store.GetLeases(context.WithoutCancel(t.Context()), upTo(100), 0)
		if len(leases) != 100 || err != nil {
			t.Fatal(leases, err)
		}
		s := newShelf()
		f := cached.Bulk(process(), s.load, &cached.Options{TTL: time.Hour, OncePerCluster: true})
		began := time.Now()
		waiting := async(func() (string, error) {
			got, err := f.GetMany(t.Context(), upTo(200))
			wantValues(t, got, upTo(200)...)
			return "", err
		})
		synctest.Wait()
		if len(s.asked) != 100 || s.asked[0] != 0 {
			t.Errorf("%d keys were asked for at once", len(s.asked))
		}
		got, err := f.GetMany(t.Context(), upTo(200)[100:])
		wantValues(t, got, upTo(200)[100:]...)
		if err != nil || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(time.Second)
		entries := make(map[int]ctxcache.Entry[string])
		for i := range 100 {
			entries[i] = ctxcache.NewEntry("v"+strconv.Itoa(i), time.Hour)
		}
		if err := store.FillMany(t.Context(), entries, leases); err != nil {
			t.Fatal(err)
		}
		if r := <-waiting; r.err != nil {
			t.Error(r.err)
		}
		lateBy(t, began, time.Second)
		s.expectOnce(t, 100)
		// 4 + 8 + ... + 64 ms, and then 100 ms each, of which a half is left to chance; and one call before that.
		if polls := store.count(ctxcache.OpGetLeases) - 1; polls > 1+5+2*11 {
			t.Errorf("%d calls of the store for a hundred keys in a second", polls)
		}
		if n := store.count(ctxcache.OpGetLease); n != 0 {
			t.Errorf("%d polls of single keys", n)
		}
	})
}

// When the holder of many keys dies, they are loaded in one call.
func TestBulkOncePerClusterTakesOver(t *testing.T) {
	bulkClusterTest(t, func(t *testing.T, store clusterOfInts, process func() ctxcache.Cache[int, string]) {
		if _, leases, err := store.GetLeases(context.WithoutCancel(t.Context()), upTo(100), 0); len(leases) != 100 || err != nil {
			t.Fatal(leases, err)
		}
		s := newShelf()
		f := cached.Bulk(process(), s.load, &cached.Options{TTL: time.Hour, OncePerCluster: true})
		began := time.Now()
		got, err := f.GetMany(t.Context(), upTo(100))
		if err != nil {
			t.Error(err)
		}
		wantValues(t, got, upTo(100)...)
		lateBy(t, began, clusterLease)
		s.expectOnce(t, 100)
		if len(s.calls) != 1 || store.count(ctxcache.OpFillMany) != 1 {
			t.Errorf("%d loads, %d fills", len(s.calls), store.count(ctxcache.OpFillMany))
		}
	})
}

// A caller that leaves lets the other keys of its call go on, if others wait for them.
func TestBulkOncePerClusterContextEnds(t *testing.T) {
	bulkClusterTest(t, func(t *testing.T, store clusterOfInts, process func() ctxcache.Cache[int, string]) {
		held, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, leases, err := store.GetLeases(held, upTo(10), 0)
		if len(leases) != 10 || err != nil {
			t.Fatal(leases, err)
		}
		s := newShelf()
		f := cached.Bulk(process(), s.load, &cached.Options{TTL: time.Hour, OncePerCluster: true})
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		began := time.Now()
		staying := async(func() (string, error) { return f.Get(t.Context(), 7) })
		synctest.Wait()
		if _, err := f.GetMany(ctx, upTo(20)); err != context.DeadlineExceeded || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := store.ReleaseMany(t.Context(), leases); err != nil {
			t.Fatal(err)
		}
		r := <-staying
		expect(t, r.value, r.err, "v7", nil)
		lateBy(t, began, time.Second)
		s.expectOnce(t, 11)
	})
}

// Loads that wait for another holder poll together, again and again. No poll leaves anything behind.
func TestFuncOncePerClusterPollsLeaveNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newCluster()
		keys := []string{"a", "b"}
		_, leases, err := store.Forward.GetLeases(t.Context(), keys, 0)
		if len(leases) != 2 || err != nil {
			t.Fatal(leases, err)
		}
		f := cached.Func[string, string](store, newOrigin("a", "v", "b", "v").load, &cached.Options{OncePerCluster: true})
		var calls []<-chan result
		for _, key := range keys {
			calls = append(calls, async(func() (string, error) { return f.Get(t.Context(), key) }))
		}
		time.Sleep(time.Second)
		before := runtime.NumGoroutine()
		time.Sleep(30 * time.Second)
		if after := runtime.NumGoroutine(); after > before+10 {
			t.Errorf("%d goroutines after a second, and %d after 31", before, after)
		}
		if err := store.ReleaseMany(t.Context(), leases); err != nil {
			t.Fatal(err)
		}
		for _, call := range calls {
			r := <-call
			expect(t, r.value, r.err, "v", nil)
		}
	})
}
