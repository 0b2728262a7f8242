package guarded_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/guarded"
)

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRigOver(t, layers.Stats(memory.New[string, string](nil), "store"), guarded.Options{Name: "far", MaxConcurrent: 1})
		r.open(t)
		for range 5 {
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
		}
		node := ctxcache.NodeOf(layers.Stats(r.Cache, "users"))
		stats, err := ctxcache.StatsOf(t.Context(), node)
		must(t, err)
		far := stats.Children[0]
		if far.Name != "far" || far.Refused != 5 || far.Open != 1 || far.Shed != 0 || far.Entries != 1 {
			t.Errorf("got %+v", far)
		}
		if far.Children[0].Name != "store" {
			t.Errorf("its children are %+v", far.Children)
		}
		if table := stats.String(); !strings.Contains(table, "refused  open") || strings.Contains(table, "shed") {
			t.Errorf("the table is\n%s", table)
		}
	})
}

// The layer's own counters are there, whatever fails.
func TestStatsOfAStoreThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{})
		r.open(t)
		r.faults.Fail(errDown, cachetest.On(ctxcache.OpStats))
		stats, err := ctxcache.GetStats(t.Context(), r.Cache)
		wantIs(t, err, errDown)
		done, cancel := context.WithCancel(t.Context())
		cancel()
		late, err := ctxcache.GetStats(done, r.Cache)
		if stats.Open != 1 || late.Open != 1 || err != context.Canceled {
			t.Errorf("got %+v, and %+v with %v", stats, late, err)
		}
	})
}

// A store without statistics, and without any other capability, has those of the layer.
func TestStatsOfThreeMethods(t *testing.T) {
	c := guarded.New[string, string](threeMethods{memory.New[string, string](nil)}, nil)
	stats, err := ctxcache.GetStats(t.Context(), c)
	if err != nil || stats.Name != "guarded" || stats.Entries != -1 || len(stats.Children) != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestCapabilities(t *testing.T) {
	for _, store := range []ctxcache.Cache[string, string]{
		memory.New[string, string](nil), threeMethods{memory.New[string, string](nil)},
	} {
		got, want := ctxcache.Supports(guarded.New(store, nil)), ctxcache.Supports(store)|ctxcache.CapStats
		if got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
