package ctxcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// remote is a cache whose server has counters.
type remote struct {
	ctxcache.Forward[string, string]
	hits uint64
	down error
}

func (r *remote) ServerStats(context.Context) (ctxcache.Stats, error) {
	if r.down != nil {
		return ctxcache.Stats{}, r.down
	}
	return ctxcache.Stats{Hits: r.hits}, nil
}

func newRemote(hits uint64, down error) *remote {
	inner := memory.New(&memory.Options[string, string]{MaxEntries: 10})
	return &remote{Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "remote"}), hits: hits, down: down}
}

func TestServerStatsAsksEachCacheOnce(t *testing.T) {
	broken := errors.New("the server is down")
	shared, down := newRemote(3, nil), newRemote(4, broken)
	above := func(inner ctxcache.Cache[string, string]) ctxcache.Node { return newWarned(inner, "", nil) }
	stats, err := ctxcache.ServerStats(t.Context(), above(shared), above(down), above(shared))
	if len(stats) != 1 || stats[0].Hits != 3 || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", stats, err)
	}
	_, err = ctxcache.ServerStats(t.Context(), above(newRemote(0, errors.ErrUnsupported)))
	if !errors.Is(err, errors.ErrUnsupported) || err.Error() != "remote stats: unsupported operation" {
		t.Errorf("of servers that it does not know: %v, want the name of the cache", err)
	}
	stats, err = ctxcache.ServerStats(t.Context(), ctxcache.NodeOf(memory.New[string, string](nil)))
	if len(stats) != 0 || err != nil {
		t.Errorf("without a server: %v, %v", stats, err)
	}
}
