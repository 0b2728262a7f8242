package layers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestRequestScopedAsksOnce checks that a key is asked for once in a scope, whatever way it is read first, with leases,
// too, and again. A Contains is answered from the scope, but does not fill it.
func TestRequestScopedAsksOnce(t *testing.T) {
	first := append(layertest.ReadWays[int](), scopedReads[int]()...)
	for _, way := range first {
		for _, again := range scopedReads[int]() {
			t.Run(way.Name+"/"+again.Name, func(t *testing.T) {
				store, c, asked, ctx := scopedStack(t)
				layertest.MustSet(t, store, "k", 1)
				for _, way := range []layertest.ReadWay[int]{way, again, again} {
					if value, err := way.Read(ctx, c, "k"); value != 1 || err != nil {
						t.Errorf("%s = %d, %v, want 1", way.Name, value, err)
					}
				}
				if has, err := ctxcache.Contains(ctx, c, "k"); !has || err != nil {
					t.Errorf("Contains = %v, %v", has, err)
				}
				wantAsked(t, "in a scope", asked, "k")
			})
		}
	}
}

// TestRequestScopedRepeatsReads checks that a scope does not see what others write, and that other scopes do.
func TestRequestScopedRepeatsReads(t *testing.T) {
	for _, way := range scopedReads[int]() {
		store, c, _, ctx := scopedStack(t)
		layertest.MustSet(t, store, "k", 1)
		if value, err := way.Read(ctx, c, "k"); value != 1 || err != nil {
			t.Fatalf("%s = %d, %v", way.Name, value, err)
		}
		other := layers.WithRequestScope(t.Context())
		if err := c.Set(other, "k", 2, time.Hour); err != nil { // in another scope
			t.Fatal(err)
		}
		layertest.MustSet(t, c, "k", 3) // in none
		if value, err := way.Read(ctx, c, "k"); value != 1 || err != nil {
			t.Errorf("%s again = %d, %v, want 1 as before", way.Name, value, err)
		}
		for name, ctx := range map[string]context.Context{"another scope": other, "no scope": t.Context()} {
			if value, err := way.Read(ctx, c, "k"); value != 3 || err != nil {
				t.Errorf("%s in %s = %d, %v, want 3", way.Name, name, value, err)
			}
		}
	}
}

// TestRequestScopedRemembersNegativeEntries checks that a negative entry counts as an answer, and stays a negative one.
func TestRequestScopedRemembersNegativeEntries(t *testing.T) {
	for _, way := range scopedReads[int]() {
		store, c, asked, ctx := scopedStack(t)
		if err := ctxcache.SetEntry(t.Context(), store, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
			t.Fatal(err)
		}
		want := ctxcache.ErrNotFound
		if way.Name == "GetMany" {
			want = ctxcache.ErrMiss // it leaves negative entries out
		}
		for range 2 {
			if _, err := way.Read(ctx, c, "k"); err != want {
				t.Errorf("%s: %v, want %v", way.Name, err, want)
			}
		}
		if has, err := ctxcache.Contains(ctx, c, "k"); has || err != nil {
			t.Errorf("%s, then Contains = %v, %v", way.Name, has, err)
		}
		e, err := ctxcache.GetEntry(ctx, c, "k")
		if err != ctxcache.ErrNotFound || !e.Absent || e.TTL <= 0 {
			t.Errorf("%s, then GetEntry = %+v, %v", way.Name, e, err)
		}
		wantAsked(t, way.Name, asked, "k")
	}
}

// TestRequestScopedDoesNotRememberMisses checks that a key that appears during a request is found.
func TestRequestScopedDoesNotRememberMisses(t *testing.T) {
	for _, way := range scopedReads[int]() {
		store, c, _, ctx := scopedStack(t)
		if _, err := way.Read(ctx, c, "k"); err != ctxcache.ErrMiss {
			t.Errorf("%s: %v, want a miss", way.Name, err)
		}
		if has, err := ctxcache.Contains(ctx, c, "k"); has || err != nil {
			t.Errorf("%s, then Contains = %v, %v", way.Name, has, err)
		}
		layertest.MustSet(t, store, "k", 1)
		if value, err := way.Read(ctx, c, "k"); value != 1 || err != nil {
			t.Errorf("%s = %d, %v, want 1", way.Name, value, err)
		}
	}
}

// TestRequestScopedDoesNotRememberFailures checks that a key is asked for again after a failure, and that a failure
// does not spoil what the scope has of other keys.
func TestRequestScopedDoesNotRememberFailures(t *testing.T) {
	for _, way := range scopedReads[int]() {
		store := newMemory[int]()
		failing, faults := cachetest.Failing(store)
		c, ctx := layers.RequestScoped(failing), layers.WithRequestScope(t.Context())
		layertest.MustSet(t, store, "k", 1)
		layertest.MustSet(t, store, "known", 2)
		if _, err := way.Read(ctx, c, "known"); err != nil {
			t.Fatal(err)
		}
		faults.Fail(errPanic, cachetest.On())
		if _, err := way.Read(ctx, c, "k"); !errors.Is(err, errPanic) {
			t.Errorf("%s: %v, want the failure", way.Name, err)
		}
		found, err := ctxcache.GetEntries(ctx, c, []string{"k", "known"})
		if !errors.Is(ctxcache.KeyError(err, "k"), errPanic) || ctxcache.KeyError(err, "known") != nil || found["known"].Value != 2 {
			t.Errorf("%s, then GetEntries = %v, %v, want the known one, and the failure of the other", way.Name, found, err)
		}
		faults.Heal()
		if value, err := way.Read(ctx, c, "k"); value != 1 || err != nil {
			t.Errorf("%s = %d, %v, want 1", way.Name, value, err)
		}
	}
}

// TestRequestScopedAsksForTheOthersInOneCall checks that a call for many keys asks only for those that the scope does
// not have, each once, in one call.
func TestRequestScopedAsksForTheOthersInOneCall(t *testing.T) {
	store, c, asked, ctx := scopedStack(t)
	for i := range 4 {
		layertest.MustSet(t, store, fmt.Sprint(i), i)
	}
	layertest.WantValue(t, scopedBy(ctx, c), "1", 1)
	asked.take()
	keys := []string{"0", "1", "2", "2", "absent", "0"}
	values, err := ctxcache.GetMany(ctx, c, keys)
	if len(values) != 3 || values["0"] != 0 || values["1"] != 1 || values["2"] != 2 || err != nil {
		t.Errorf("GetMany = %v, %v", values, err)
	}
	if asked.many != 1 {
		t.Errorf("%d calls for many keys, want 1", asked.many)
	}
	wantAsked(t, "GetMany", asked, "0", "2", "absent")
	if values, err = ctxcache.GetMany(ctx, c, keys[:4]); len(values) != 3 || err != nil {
		t.Errorf("GetMany again = %v, %v", values, err)
	}
	wantAsked(t, "GetMany again", asked)
}

// TestRequestScopedWithoutAScope checks that the layer passes all calls on if there is no scope.
func TestRequestScopedWithoutAScope(t *testing.T) {
	for _, way := range append(scopedReads[int](), layertest.ReadWays[int]()...) {
		store, c, _, _ := scopedStack(t)
		for i := range 3 {
			layertest.MustSet(t, store, "k", i)
			if value, err := way.Read(t.Context(), c, "k"); value != i || err != nil {
				t.Errorf("%s = %d, %v, want %d", way.Name, value, err, i)
			}
		}
	}
	store := &fastMany{Forward: ctxcache.NewForward(newMemory[int](), ctxcache.Description{})}
	c := layers.RequestScoped[string](store)
	if _, err := ctxcache.GetMany(t.Context(), c, []string{"k"}); err != nil || store.calls != 1 {
		t.Errorf("GetMany: %v, want one call of the inner cache's, not %d", err, store.calls)
	}
	if _, _, err := c.(ctxcache.ValuesGetter[string, int]).GetValues(t.Context(), []string{"k"}); err != nil || store.calls != 2 {
		t.Errorf("GetValues: %v, want one call of the inner cache's, not %d", err, store.calls-1)
	}
}

// fastMany counts the calls of GetMany and GetValues.
type fastMany struct {
	ctxcache.Forward[string, int]
	calls int
}

func (v *fastMany) GetMany(context.Context, []string) (map[string]int, error) {
	v.calls++
	return nil, nil
}

func (v *fastMany) GetValues(context.Context, []string) (map[string]int, []string, error) {
	v.calls++
	return nil, nil, nil
}

// TestRequestScopedDescribesItself checks what the layer says about itself, and what it passes on.
func TestRequestScopedDescribesItself(t *testing.T) {
	store := newMemory[int]()
	c := layers.RequestScoped(store)
	if d := ctxcache.NodeOf(c).Describe(); d.Kind != "request_scoped" || len(d.Children) != 1 || d.Children[0] != ctxcache.NodeOf(store) {
		t.Errorf("%+v", d)
	}
	if got, want := ctxcache.Supports(c), ctxcache.Supports(store); got != want {
		t.Errorf("supports %v, want %v", got, want)
	}
	layertest.MustSet(t, c, "k", 1)
	stats, err := ctxcache.GetStats(t.Context(), c)
	if want, _ := ctxcache.GetStats(t.Context(), store); stats.Writes != 1 || stats.Name != want.Name || err != nil {
		t.Errorf("Stats = %+v, %v", stats, err)
	}
	events := &reporting{ctxcache.NewForward(newMemory[string](), ctxcache.Description{}), []ctxcache.Event{{Gap: true}, {Key: "k"}}}
	var got []ctxcache.Event
	watched := layers.RequestScoped[string](events).(ctxcache.WatchCache[string])
	if err := watched.Watch(t.Context(), func(e ctxcache.Event) { got = append(got, e) }); err != nil || !slices.Equal(got, events.events) {
		t.Errorf("Watch passes on %v, %v", got, err)
	}
	if stored, ok := watched.StoredKey("k").([]byte); !ok || string(stored) != "k" {
		t.Errorf("StoredKey = %v", watched.StoredKey("k"))
	}
}

// TestRequestScopedScopes checks that Len, Clear and Keys work for the keys for which the inner cache has them, in a
// request scope, too.
func TestRequestScopedScopes(t *testing.T) {
	for _, layer := range requestScopedLayers {
		for _, scopes := range []ctxcache.Scopes{ctxcache.ScopesPrefixed, ctxcache.ScopesWhole, ctxcache.ScopesNone} {
			c := layer.over(newLimited(scopes))
			if got := ctxcache.Supports(c).Scopes(); got != scopes {
				t.Errorf("%s: scopes %v, want %v", layer.name, got, scopes)
			}
			wantScopes(t, layer.name, c)
		}
	}
}

// TestRequestScopedNeedsAnInnerCache checks that a nil cache panics.
func TestRequestScopedNeedsAnInnerCache(t *testing.T) {
	defer func() {
		if got := recover(); got != "layers: RequestScoped needs an inner cache" {
			t.Errorf("panics with %v", got)
		}
	}()
	layers.RequestScoped[string, int](nil)
}
