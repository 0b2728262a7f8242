package twolevel_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestNearCopyLife checks that the shortest cap limits the life of a near copy.
func TestNearCopyLife(t *testing.T) {
	const m = time.Minute
	for name, test := range map[string]struct {
		opts twolevel.Options
		meta ctxcache.Meta
		want time.Duration
	}{
		"the value's":        {twolevel.Options{}, ctxcache.Meta{TTL: 10 * m}, 10 * m},
		"the option's":       {twolevel.Options{NearTTL: 3 * m}, ctxcache.Meta{TTL: 10 * m}, 3 * m},
		"the entry's wish":   {twolevel.Options{}, ctxcache.Meta{TTL: 10 * m, NearTTL: 2 * m}, 2 * m},
		"a shorter wish":     {twolevel.Options{NearTTL: 3 * m}, ctxcache.Meta{TTL: 10 * m, NearTTL: 2 * m}, 2 * m},
		"a longer wish":      {twolevel.Options{NearTTL: 3 * m}, ctxcache.Meta{TTL: 10 * m, NearTTL: 5 * m}, 3 * m},
		"the copies'":        {twolevel.Options{NearTTL: 3 * m}, ctxcache.Meta{TTL: 10 * m, CopyTTL: m, NearTTL: 2 * m}, m},
		"of what is forever": {twolevel.Options{}, ctxcache.Meta{TTL: ctxcache.NoExpiry, NearTTL: 2 * m}, 2 * m},
	} {
		for _, way := range layertest.WriteWays[int]() {
			t.Run(name+"/"+way.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newTwoLevels(&test.opts)
					if err := way.Write(t.Context(), l.cache, "k", ctxcache.Entry[int]{Value: 1, Meta: test.meta}); err != nil {
						t.Fatal(err)
					}
					time.Sleep(test.want - time.Second)
					layertest.WantValue(t, l.near, "k", 1)
					time.Sleep(2 * time.Second)
					wantMiss(t, l.near, "k")
				})
			})
		}
	}
}

// TestNearCapsStayBelow checks that the caps of near copies are not reported to callers, whose copies they do not
// concern.
func TestNearCapsStayBelow(t *testing.T) {
	l := newTwoLevels(&twolevel.Options{NearTTL: time.Minute})
	wrote := ctxcache.Entry[int]{Value: 1, Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, NearTTL: time.Second}}
	if err := ctxcache.SetEntry(t.Context(), l.cache, "k", wrote); err != nil {
		t.Fatal(err)
	}
	if e, err := ctxcache.GetEntry(t.Context(), l.near, "k"); err != nil || e.CopyTTL == 0 {
		t.Fatalf("near has %+v, %v, want a capped copy", e, err)
	}
	want := ctxcache.NewEntry(1, ctxcache.NoExpiry)
	if e, err := ctxcache.GetEntry(t.Context(), l.cache, "k"); err != nil || e != want {
		t.Errorf("GetEntry = %+v, %v", e, err)
	}
	if found, err := ctxcache.GetEntries(t.Context(), l.cache, []string{"k"}); err != nil || found["k"] != want {
		t.Errorf("GetEntries = %+v, %v", found, err)
	}
	if e, _, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0); err != nil || e != want {
		t.Errorf("GetLease = %+v, %v", e, err)
	}
	if found, _, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"k"}, 0); err != nil || found["k"] != want {
		t.Errorf("GetLeases = %+v, %v", found, err)
	}
}

// TestStaleForIsKept checks that near reports far's StaleFor, and that this window stays the last part of the value's
// life, however long far took to answer.
func TestStaleForIsKept(t *testing.T) {
	written := time.Date(2020, time.May, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct{ took, want time.Duration }{
		"at once":               {0, 30 * time.Minute},
		"slowly":                {10 * time.Minute, 30 * time.Minute},
		"when it is stale":      {40 * time.Minute, 20 * time.Minute},
		"when it is just stale": {30 * time.Minute, 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(nil)
				wrote := ctxcache.Entry[int]{Value: 1, Meta: ctxcache.Meta{TTL: time.Hour, StaleFor: 30 * time.Minute, Written: written}}
				if err := ctxcache.SetEntry(t.Context(), l.far, "k", wrote); err != nil {
					t.Fatal(err)
				}
				answer := l.farStall.Stall(cachetest.On(ctxcache.OpGetEntry).Answers())
				go func() {
					time.Sleep(test.took)
					answer.Release()
				}()
				layertest.WantValue(t, l.cache, "k", 1)
				e, err := ctxcache.GetEntry(t.Context(), l.cache, "k")
				if err != nil || e.TTL != time.Hour-test.took || e.StaleFor != test.want || !e.Written.Equal(written) {
					t.Errorf("from near: %+v, %v, want StaleFor %v of %v", e.Meta, err, test.want, time.Hour-test.took)
				}
			})
		})
	}
}
