package cached_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// downFor is a cache whose calls of one operation on many keys fail.
type downFor struct {
	ctxcache.Forward[string, string]
	op ctxcache.Operation
}

func (c *downFor) fail(op ctxcache.Operation) error {
	if op == c.op {
		return ctxcache.Fail("down", op, errDown)
	}
	return nil
}

func (c *downFor) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	if err := c.fail(ctxcache.OpGetEntries); err != nil {
		return nil, err
	}
	return c.Forward.GetEntries(ctx, keys)
}

func (c *downFor) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	if err := c.fail(ctxcache.OpGetLeases); err != nil {
		return nil, nil, err
	}
	return c.Forward.GetLeases(ctx, keys, below)
}

func (c *downFor) FillMany(ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease) error {
	if err := c.fail(ctxcache.OpFillMany); err != nil {
		return err
	}
	return c.Forward.FillMany(ctx, entries, leases)
}

func (c *downFor) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	if err := c.fail(ctxcache.OpReleaseMany); err != nil {
		return err
	}
	return c.Forward.ReleaseMany(ctx, leases)
}

// One call of the cache that fails is one failure, however many keys it was for.
func TestBulkReportsOneFailureOnce(t *testing.T) {
	load := func(_ context.Context, keys []string) (map[string]string, error) {
		found := make(map[string]string)
		for _, key := range keys {
			if key != "absent" && key != "absent too" {
				found[key] = "v"
			}
		}
		return found, nil
	}
	for _, op := range []ctxcache.Operation{
		ctxcache.OpGetEntries, ctxcache.OpGetLeases, ctxcache.OpFillMany, ctxcache.OpReleaseMany,
	} {
		for _, strict := range []bool{false, true} {
			heard := 0
			cache := &downFor{ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{}), op}
			f := cached.Bulk[string, string](cache, load, &cached.Options{Strict: strict, OnCacheError: func(_ context.Context, err error) {
				if heard++; !errors.Is(err, errDown) {
					t.Errorf("%s: heard %v", op, err)
				}
			}})
			got, err := f.GetMany(t.Context(), []string{"a", "b", "c", "absent", "absent too"})
			if !strict && (len(got) != 3 || err != nil) || strict && !errors.Is(err, errDown) {
				t.Errorf("%s, strict %v: got %v, %v", op, strict, got, err)
			}
			stats, err := f.Stats(t.Context())
			if heard != 1 || stats.Errors != 1 || err != nil {
				t.Errorf("%s, strict %v: heard %d times, counted %d times, %v", op, strict, heard, stats.Errors, err)
			}
		}
	}
}
