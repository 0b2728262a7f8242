package layers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// unreleasable is memory whose leases cannot be given back.
type unreleasable struct {
	*memory.Cache[string, string]
	err error
}

func (c unreleasable) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease[string], error) {
	found, leases, err := c.Cache.GetLeases(ctx, keys, below)
	for key, lease := range leases {
		leases[key] = kept{lease, c.err}
	}
	return found, leases, err
}

type kept struct {
	ctxcache.Lease[string]
	err error
}

func (l kept) Release(context.Context) error { return l.err }

// halved is memory that cannot read one of its keys.
type halved struct {
	*memory.Cache[string, string]
	bad string
	err error
}

func (c halved) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	found, err := c.Cache.GetEntries(ctx, keys)
	delete(found, c.bad)
	return found, errors.Join(err, ctxcache.FailEach([]string{c.bad}, c.err))
}

func TestTwoLevelManyTellsOfBothLevels(t *testing.T) {
	near, far := errors.New("near is down"), errors.New("far is down")
	c := layers.TwoLevel(
		unreleasable{memory.New[string, string](nil), near},
		halved{memory.New[string, string](nil), "a", far},
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
