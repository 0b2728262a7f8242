package cached_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// slowFills is a cache that stores the results of bulk loads only when it may, and counts reads.
type slowFills struct {
	ctxcache.Forward[string, string]
	may chan struct{}

	mu           sync.Mutex
	single, many int
}

func (c *slowFills) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease,
) error {
	<-c.may
	return c.Forward.FillMany(ctx, entries, leases)
}

func (c *slowFills) Get(ctx context.Context, key string) (string, error) {
	c.count(&c.single)
	return c.Forward.Get(ctx, key)
}

func (c *slowFills) GetEntry(ctx context.Context, key string) (ctxcache.Entry[string], error) {
	c.count(&c.single)
	return c.Forward.GetEntry(ctx, key)
}

func (c *slowFills) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	c.count(&c.many)
	return c.Forward.GetEntries(ctx, keys)
}

func (c *slowFills) count(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}

// A call that comes when the source has answered already, and the results are being stored, reads the cache once more.
// It does so for all its keys together.
func TestLateGetManyReadsAllKeysTogether(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"values":           {TTL: time.Hour, NotFoundTTL: time.Hour},
		"values with ages": {TTL: time.Hour, NotFoundTTL: time.Hour, StaleFor: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &slowFills{
					Forward: ctxcache.NewForward[string, string](
						memory.New(&memory.Options[string, string]{MaxEntries: 1000}), ctxcache.Description{Kind: "slow"}),
					may: make(chan struct{}),
				}
				loads := 0
				f := cached.Bulk(c, func(_ context.Context, keys []string) (map[string]string, error) {
					loads++
					found := make(map[string]string)
					for _, key := range keys {
						if key != "absent" {
							found[key] = "value of " + key
						}
					}
					return found, nil
				}, opts)
				keys := []string{"absent"}
				for i := range 100 {
					keys = append(keys, fmt.Sprint("key", i))
				}
				for range 2 {
					go func() {
						found, err := f.GetMany(t.Context(), keys)
						if err != nil || len(found) != 100 || found["key7"] != "value of key7" {
							t.Errorf("got %d values, %v", len(found), err)
						}
					}()
					synctest.Wait() // the loads are being stored
				}
				close(c.may)
				synctest.Wait()
				c.mu.Lock()
				defer c.mu.Unlock()
				if c.single > 0 || c.many != 3 || loads != 1 {
					t.Errorf("%d reads of single keys, %d of many, %d loads; want 0, 3, 1", c.single, c.many, loads)
				}
			})
		})
	}
}
