package cached_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// The holder of the leases on many keys dies, and they are loaded in parts of MaxBatch, one after the other. The loads of
// the first part do not wait for the second one, so they are not late.
func TestBulkOncePerClusterPartsDoNotWaitForEachOther(t *testing.T) {
	bulkClusterTest(t, func(t *testing.T, store clusterOfInts, process func() ctxcache.Cache[int, string]) {
		if _, leases, err := store.GetLeases(context.WithoutCancel(t.Context()), upTo(20), 0); len(leases) != 20 || err != nil {
			t.Fatal(leases, err)
		}
		s := newShelf()
		s.delay = 600 * time.Millisecond
		f := cached.Bulk(process(), s.load, &cached.Options{
			TTL: time.Hour, OncePerCluster: true, MaxBatch: 10, MaxLoads: 1, LoadTimeout: 11 * time.Second,
		})
		s.change = func(ctx context.Context, _ []int, found map[int]string) (map[int]string, error) {
			time.Sleep(10 * time.Second) // with the other part it takes longer than LoadTimeout
			return found, ctx.Err()
		}
		got, err := f.GetMany(t.Context(), upTo(20))
		if err != nil {
			t.Error(err)
		}
		wantValues(t, got, upTo(20)...)
		if len(s.calls) != 2 {
			t.Errorf("%d loads", len(s.calls))
		}
	})
}
