package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// slowEntries is a cache without leases that takes a second to store entries, and another one to answer.
type slowEntries struct{ unleasedStore }

func (c *slowEntries) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	time.Sleep(time.Second)
	err := c.unleasedStore.SetEntries(ctx, entries)
	time.Sleep(time.Second)
	return err
}

// A bulk loader has returned more than it was asked for. A write that comes while this is stored, without leases, waits for
// that. So nobody reads the old value after the write.
func TestBulkExtraThatIsBeingStoredDuringAWrite(t *testing.T) {
	for name, w := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := &slowEntries{unleasedStore{over(newMemory())}}
				f := cached.Bulk(cache, func(context.Context, []string) (map[string]string, error) {
					return map[string]string{"asked": "v", "k": "old"}, nil
				}, nil)
				value, err := f.Get(t.Context(), "asked")
				expect(t, value, err, "v", nil)
				synctest.Wait() // it stores the value of k
				if err := w.write(t.Context(), f); err != nil {
					t.Fatal(err)
				}
				for range 10 {
					if value, err := cache.Get(t.Context(), "k"); value == "old" || err != nil && err != ctxcache.ErrMiss {
						t.Fatalf("after the write the cache has %q, %v", value, err)
					}
					time.Sleep(time.Second / 4)
				}
			})
		})
	}
}
