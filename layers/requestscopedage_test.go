package layers_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestRequestScopedEntriesAge checks that what a scope remembers ages as it does in the inner cache, to the instant.
func TestRequestScopedEntriesAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, c, asked, ctx := scopedStack(t)
		written := time.Date(2001, time.September, 9, 1, 46, 40, 0, time.UTC)
		given := ctxcache.Entry[int]{Value: 1, Meta: ctxcache.Meta{
			TTL: time.Hour, StaleFor: 40 * time.Minute, Written: written,
		}}
		copied := given
		copied.CopyTTL = 10 * time.Minute
		forever := ctxcache.NewEntry(1, ctxcache.NoExpiry)
		all := map[string]ctxcache.Entry[int]{"given": given, "copied": copied, "forever": forever}
		if err := ctxcache.SetEntries(t.Context(), store, all); err != nil {
			t.Fatal(err)
		}
		for passed := time.Duration(0); passed < time.Hour; passed += 5 * time.Minute {
			for key := range all {
				want, wantErr := ctxcache.GetEntry(t.Context(), store, key)
				if got, err := ctxcache.GetEntry(ctx, c, key); got != want || err != wantErr {
					t.Errorf("%s, after %v: %+v, %v, want %+v, %v", key, passed, got, err, want, wantErr)
				}
			}
			time.Sleep(5 * time.Minute)
		}
		got := asked.take()
		if n := len(got); n < 3 || slices.Equal(got[n-2:], []string{"given", "given"}) {
			t.Errorf("asked for %q, want the keys that have not expired once", got)
		}
		for _, way := range scopedReads[int]() {
			if _, err := way.Read(ctx, c, "given"); err != ctxcache.ErrMiss {
				t.Errorf("%s after the life: %v, want a miss", way.Name, err)
			}
		}
		if has, err := ctxcache.Contains(ctx, c, "given"); has || err != nil {
			t.Errorf("Contains after the life: %v, %v", has, err)
		}
		wantAsked(t, "after an hour", asked, slices.Repeat([]string{"given"}, 1+len(scopedReads[int]()))...)
	})
}

// TestRequestScopedAgesDuringTheRead checks that the time that a read takes is taken off the life in the scope: the
// value does not outlive the inner cache's.
func TestRequestScopedAgesDuringTheRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory[int]()
		slow := cachetest.Hooked(store, cachetest.Hook[string]{
			After: func(_ context.Context, _ cachetest.Call[string], err error) error {
				time.Sleep(time.Minute)
				return err
			},
		})
		c, ctx := layers.RequestScoped(slow), layers.WithRequestScope(t.Context())
		if err := store.Set(t.Context(), "k", 1, 90*time.Second); err != nil {
			t.Fatal(err)
		}
		layertest.WantValue(t, scopedBy(ctx, c), "k", 1)
		if e, err := ctxcache.GetEntry(ctx, c, "k"); e.TTL != 30*time.Second || err != nil {
			t.Errorf("TTL %v, %v, want 30s", e.TTL, err)
		}
		time.Sleep(30 * time.Second)
		if _, err := c.Get(ctx, "k"); err != ctxcache.ErrMiss {
			t.Errorf("%v, want a miss", err)
		}
	})
}

// bare has the three methods only, and so reports no TTLs.
type bare[V any] struct{ inner ctxcache.Cache[string, V] }

func (b bare[V]) Get(ctx context.Context, key string) (V, error) { return b.inner.Get(ctx, key) }
func (b bare[V]) Delete(ctx context.Context, key string) error   { return b.inner.Delete(ctx, key) }
func (b bare[V]) Set(ctx context.Context, key string, value V, ttl time.Duration) error {
	return b.inner.Set(ctx, key, value, ttl)
}

// TestRequestScopedOverThreeMethods checks that a key of a cache without TTLs is asked for once, too, also by Contains,
// and that Check says what that means.
func TestRequestScopedOverThreeMethods(t *testing.T) {
	store, asked := counting(newMemory[int]())
	layertest.MustSet(t, store, "k", 1)
	layertest.MustSet(t, store, "looked for", 2)
	c, ctx := layers.RequestScoped[string, int](bare[int]{store}), layers.WithRequestScope(t.Context())
	for range 2 {
		if e, err := ctxcache.GetEntry(ctx, c, "k"); e != ctxcache.NewEntry(1, ctxcache.Unknown) || err != nil {
			t.Errorf("%+v, %v", e, err)
		}
		for key, want := range map[string]bool{"k": true, "looked for": true} {
			if has, err := ctxcache.Contains(ctx, c, key); has != want || err != nil {
				t.Errorf("Contains(%s) = %v, %v", key, has, err)
			}
		}
	}
	wantAsked(t, "three methods", asked, "k", "looked for")
	if err := c.Delete(ctx, "looked for"); err != nil {
		t.Fatal(err)
	}
	if has, err := ctxcache.Contains(ctx, c, "looked for"); has || err != nil {
		t.Errorf("Contains after Delete = %v, %v", has, err)
	}
	for _, test := range []struct {
		c    ctxcache.Cache[string, int]
		want int
	}{{c, 1}, {layers.RequestScoped(newMemory[int]()), 0}} {
		warnings, err := ctxcache.Check(t.Context(), ctxcache.NodeOf(test.c))
		if len(warnings) != test.want || err != nil || test.want == 1 && warnings[0].Code != "lives_unknown" {
			t.Errorf("Check = %v, %v", warnings, err)
		}
	}
}

// lacking is a store without some capabilities, like one that cannot report lives.
type lacking struct {
	ctxcache.Forward[string, int]
	caps ctxcache.Cap
}

func (l *lacking) Supports() ctxcache.Cap { return l.Forward.Supports() &^ l.caps }

// TestRequestScopedFillsOverAStoreWithoutLives checks that the scope reports of a Fill what the store would report, and
// forgets the entry when its time is over all the same. An entry with the store's default TTL is not remembered.
func TestRequestScopedFillsOverAStoreWithoutLives(t *testing.T) {
	const both = ctxcache.CapEntry | ctxcache.CapStale
	for _, caps := range []ctxcache.Cap{both, ctxcache.CapStale} {
		for _, test := range []struct {
			filled ctxcache.Meta
			ends   time.Duration
			asks   bool
		}{
			{ctxcache.Meta{TTL: time.Hour, StaleFor: time.Minute}, time.Hour, false},
			{ctxcache.Meta{TTL: time.Hour, StaleFor: time.Minute, CopyTTL: time.Minute}, time.Minute, false},
			{ctxcache.Meta{}, 0, true},
		} {
			synctest.Test(t, func(t *testing.T) {
				counted, asked := counting[int](&lacking{ctxcache.NewForward(newMemory[int](), ctxcache.Description{}), caps})
				c, ctx := layers.RequestScoped(counted), layers.WithRequestScope(t.Context())
				_, lease, err := ctxcache.GetLease(ctx, c, "k", 0)
				if err != ctxcache.ErrMiss {
					t.Fatal(err)
				}
				if err := ctxcache.Fill(ctx, c, "k", lease, ctxcache.Entry[int]{Value: 1, Meta: test.filled}); err != nil {
					t.Fatal(err)
				}
				asked.take()
				found, err := ctxcache.GetEntries(ctx, c, []string{"k"})
				e := found["k"]
				if err != nil || e.Value != 1 || e.StaleFor != 0 || !test.asks && (e.TTL == ctxcache.Unknown) != caps.Has(ctxcache.CapEntry) {
					t.Errorf("%+v of %+v, without %v: %v", e, test.filled, caps, err)
				}
				if asks := len(asked.take()) > 0; asks != test.asks {
					t.Errorf("%+v, without %v: the store was asked: %v", test.filled, caps, asks)
				}
				if test.ends > 0 {
					time.Sleep(test.ends)
					if value, err := c.Get(ctx, "k"); err != ctxcache.ErrMiss {
						t.Errorf("%+v, without %v, after its end: %d, %v, want a miss", test.filled, caps, value, err)
					}
				}
			})
		}
	}
}
