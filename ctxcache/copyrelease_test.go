package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// keeping is a cache that refuses to store one key, and cannot give its leases back.
type keeping struct {
	ctxcache.Forward[string, string]
	refused string
}

var errKept = errors.New("the server of the lease does not answer")

func (c *keeping) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease,
) error {
	_, refused := entries[c.refused]
	entries = maps.Clone(entries)
	delete(entries, c.refused)
	err := c.Forward.FillMany(ctx, entries, leases)
	if err == nil && refused {
		err = ctxcache.FailEach([]string{c.refused}, ctxcache.ErrValue)
	}
	return err
}

func (c *keeping) ReleaseMany(_ context.Context, leases map[string]ctxcache.Lease) error {
	failed := make(map[string]error)
	for key := range leases {
		failed[key] = errKept
	}
	return ctxcache.NewManyError(failed)
}

// A lease that cannot be given back runs out by itself. Copy goes on.
func TestCopyGoesOnAfterALeaseThatItCannotGiveBack(t *testing.T) {
	src := memory.New[string, string](nil)
	for i := range 300 {
		if err := src.Set(t.Context(), fmt.Sprintf("key%03d", i), "v", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	dst := &keeping{
		Forward: ctxcache.NewForward[string, string](memory.New[string, string](nil), ctxcache.Description{}), refused: "key007",
	}
	counts, err := ctxcache.Copy[string, string](t.Context(), dst, src, &ctxcache.CopyOptions{Batch: 50})
	if counts.Copied != 299 || counts.Failed != 1 || !errors.Is(err, ctxcache.ErrValue) || errors.Is(err, errKept) {
		t.Errorf("%+v, %v", counts, err)
	}
}
