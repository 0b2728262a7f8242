package coldstart_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// cold is a bulk function over an empty Redis. Its source notes how often it loads each key.
type cold struct {
	*cached.Function[string, []byte]
	trips *trips
	asked chan struct{} // loads wait until it is closed

	mu    sync.Mutex
	loads map[string]int
	calls int // of the loader
}

// newCold returns a function whose loads wait until so many reads of many keys have ended.
func newCold(t *testing.T, reads int64) *cold {
	t.Helper()
	c := &cold{trips: &trips{}, asked: make(chan struct{}), loads: make(map[string]int)}
	store := c.trips.open(t)
	warmUp(t, store)
	cache := &reading{
		Forward: ctxcache.NewForward(ctxcache.Cache[string, []byte](store), ctxcache.Description{Kind: "reading"}),
		all:     c.asked,
	}
	cache.left.Store(reads)
	c.Function = cached.Bulk(cache, c.load, &cached.Options{TTL: time.Hour, Strict: true})
	return c
}

func (c *cold) load(ctx context.Context, keys []string) (map[string][]byte, error) {
	select {
	case <-c.asked:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	for _, key := range keys {
		c.loads[key]++
	}
	return valuesOf(ctx, keys)
}

func valuesOf(_ context.Context, keys []string) (map[string][]byte, error) {
	values := make(map[string][]byte, len(keys))
	for _, key := range keys {
		values[key] = []byte(valueOf(key))
	}
	return values, nil
}

// reading is a cache that closes a channel when so many reads of many keys have ended.
type reading struct {
	ctxcache.Forward[string, []byte]
	left atomic.Int64
	all  chan struct{}
}

func (r *reading) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[[]byte], error) {
	found, err := r.Forward.GetEntries(ctx, keys)
	if r.left.Add(-1) == 0 {
		close(r.all)
	}
	return found, err
}

// warmUp makes the server know the scripts, by keys that no test uses.
func warmUp(t *testing.T, store ctxcache.Cache[string, []byte]) {
	t.Helper()
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("warm", i)
	}
	values := cached.Bulk(store, valuesOf, &cached.Options{TTL: time.Hour, Strict: true})
	_, err := values.GetMany(t.Context(), keys)
	must(t, err)
	must(t, values.Close(t.Context()))
}

// TestOverlappingBulkLoads lets 100 calls ask for 1,000 keys each. Each call begins 10 keys further than the one
// before. The loads wait until all calls have found that the cache is empty, so they all want their keys from the
// source.
func TestOverlappingBulkLoads(t *testing.T) {
	const calls, keys, step = 100, 1000, 10
	c := newCold(t, calls)
	all := keysOf(keys + (calls-1)*step)
	before := c.trips.Load()
	var running sync.WaitGroup
	for i := range calls {
		running.Go(func() {
			wanted := all[i*step:][:keys]
			found, err := c.GetMany(t.Context(), wanted)
			if err != nil {
				t.Error(err)
			}
			for _, key := range wanted {
				if err := wrong(key, found[key]); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	must(t, c.Close(t.Context()))
	for _, key := range all {
		if c.loads[key] != 1 {
			t.Errorf("%s was loaded %d times, want once", key, c.loads[key])
		}
	}
	made := int(c.trips.Load() - before)
	t.Logf("%d round trips and %d calls of the loader for %d keys", made, c.calls, len(all))
	// Each call reads the cache. It reads it once more if it came while results were being stored, and that may take two
	// round trips. Each call of the loader is between two more: for its leases, and for its results.
	if most := 3*calls + 2*c.calls; made > most {
		t.Errorf("%d round trips, want at most %d", made, most)
	}
}

// TestBulkLoadTakesThreeRoundTrips counts them for a cold call of many keys, and for one that finds a half of them.
func TestBulkLoadTakesThreeRoundTrips(t *testing.T) {
	c := newCold(t, 1)
	keys := keysOf(1000)
	for _, test := range []struct {
		name string
		keys []string
		want int64
	}{
		{"cold", keys[:500], 3}, // it reads, takes leases, and stores the results
		{"half", keys, 3},
		{"warm", keys, 1},
	} {
		before := c.trips.Load()
		_, err := c.GetMany(t.Context(), test.keys)
		must(t, err)
		if made := c.trips.Load() - before; made != test.want {
			t.Errorf("%s: %d round trips, want %d", test.name, made, test.want)
		}
	}
	must(t, c.Close(t.Context()))
	if c.calls != 2 {
		t.Errorf("the source was asked %d times, want twice", c.calls)
	}
}
