package twolevel_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// unreleasable is a memory cache whose ReleaseMany fails.
type unreleasable struct {
	ctxcache.Forward[string, int]
	err error
}

func (c *unreleasable) ReleaseMany(_ context.Context, leases map[string]ctxcache.Lease) error {
	return ctxcache.FailEach(slices.Collect(maps.Keys(leases)), c.err)
}

// halved is a memory cache that fails to read one of its keys.
type halved struct {
	ctxcache.Forward[string, int]
	bad string
	err error
}

func (c *halved) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[int], error) {
	found, err := c.Forward.GetEntries(ctx, keys)
	delete(found, c.bad)
	return found, errors.Join(err, ctxcache.FailEach([]string{c.bad}, c.err))
}

func TestManyTellsOfBothLevels(t *testing.T) {
	near, far := errors.New("near is down"), errors.New("far is down")
	c := twolevel.New(
		intCache(&unreleasable{ctxcache.NewForward(newNear(), ctxcache.Description{}), near}),
		&halved{ctxcache.NewForward(newNear(), ctxcache.Description{}), "a", far},
		nil,
	)
	_, err := ctxcache.GetMany(t.Context(), c, []string{"a", "b"})
	if a := ctxcache.KeyError(err, "a"); !errors.Is(a, far) || !errors.Is(a, near) {
		t.Errorf("of a it says %v", a)
	}
	if b := ctxcache.KeyError(err, "b"); !errors.Is(b, near) || errors.Is(b, far) {
		t.Errorf("of b it says %v", b)
	}
}
