package twolevel_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// limited is a cache with fewer capabilities.
type limited struct {
	ctxcache.Forward[string, int]
	caps ctxcache.Cap
}

func (c *limited) Supports() ctxcache.Cap { return c.caps }

func newLimited(change func(ctxcache.Cap) ctxcache.Cap) *limited {
	inner := newNear()
	return &limited{ctxcache.NewForward(inner, ctxcache.Description{Kind: "limited"}), change(ctxcache.Supports(inner))}
}

// TestClearNeedsBoth checks that two levels cannot clear a scope that near cannot clear. Len and Keys are far's.
func TestClearNeedsBoth(t *testing.T) {
	in := func(scopes ctxcache.Scopes) func(ctxcache.Cap) ctxcache.Cap {
		return func(caps ctxcache.Cap) ctxcache.Cap { return caps.In(scopes) }
	}
	without := func(lost ctxcache.Cap) func(ctxcache.Cap) ctxcache.Cap {
		return func(caps ctxcache.Cap) ctxcache.Cap { return caps &^ lost }
	}
	for name, test := range map[string]struct {
		near, far func(ctxcache.Cap) ctxcache.Cap
		clears    bool
		scopes    ctxcache.Scopes
	}{
		"all":                  {in(ctxcache.ScopesAny), in(ctxcache.ScopesAny), true, ctxcache.ScopesAny},
		"near without Clear":   {without(ctxcache.CapClear), in(ctxcache.ScopesAny), false, ctxcache.ScopesAny},
		"far without Clear":    {in(ctxcache.ScopesWhole), without(ctxcache.CapClear), false, ctxcache.ScopesAny},
		"a whole near":         {in(ctxcache.ScopesWhole), in(ctxcache.ScopesAny), true, ctxcache.ScopesWhole},
		"a shared far":         {in(ctxcache.ScopesAny), in(ctxcache.ScopesPrefixed), true, ctxcache.ScopesPrefixed},
		"no scope in common":   {in(ctxcache.ScopesWhole), in(ctxcache.ScopesPrefixed), false, ctxcache.ScopesPrefixed},
		"a near without scope": {in(ctxcache.ScopesNone), in(ctxcache.ScopesAny), false, ctxcache.ScopesAny},
	} {
		c := twolevel.New(newLimited(test.near), newLimited(test.far), nil)
		caps := c.Supports()
		if caps.Has(ctxcache.CapClear) != test.clears || caps.Scopes() != test.scopes {
			t.Errorf("%s: supports %v in scopes %d, want Clear %v in scopes %d", name, caps, caps.Scopes(), test.clears, test.scopes)
		}
		prefixed := ctxcache.Scope[string]{Prefix: "a"}
		cleared := c.Clear(t.Context(), prefixed) != errors.ErrUnsupported
		if want := test.clears && prefixed.In(test.scopes); cleared != want {
			t.Errorf("%s: Clear under a prefix: %v, want %v", name, cleared, want)
		}
	}
}

// TestUnsupportedLeavesNear checks that the near copy stays if far refuses a write as unsupported, because that has no
// effect in far.
func TestUnsupportedLeavesNear(t *testing.T) {
	far := newLimited(func(caps ctxcache.Cap) ctxcache.Cap { return caps &^ ctxcache.CapNegative })
	near := newNear()
	c := twolevel.New(near, far, nil)
	layertest.MustSet(t, c, "k", 1)
	negative := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	lease := mustLease(t, c, "k", ctxcache.NoExpiry)
	for name, err := range map[string]error{
		"SetEntry":   ctxcache.SetEntry(t.Context(), c, "k", negative),
		"SetEntries": ctxcache.SetEntries(t.Context(), c, map[string]ctxcache.Entry[int]{"k": negative}),
		"Fill":       ctxcache.Fill(t.Context(), c, "k", lease, negative),
		"FillMany": ctxcache.FillMany(t.Context(), c, map[string]ctxcache.Entry[int]{"k": negative},
			map[string]ctxcache.Lease{"k": lease}),
		"the method": c.SetEntry(t.Context(), "k", negative),
		"its Fill":   c.Fill(t.Context(), "k", lease, negative),
	} {
		if !errors.Is(err, errors.ErrUnsupported) || name[0] >= 'a' && err != errors.ErrUnsupported { // the package functions name the layer
			t.Errorf("%s: %v, want ErrUnsupported, bare", name, err)
		}
	}
	layertest.WantValue(t, near, "k", 1)
	if err := ctxcache.Fill(t.Context(), c, "k", lease, ctxcache.NewEntry(2, time.Hour)); err != nil {
		t.Errorf("Fill by the lease, which stands: %v", err)
	}
	layertest.WantValue(t, near, "k", 2)
	wantFree(t, near, "k")
}

func TestDescribe(t *testing.T) {
	near, far := newNear(), newNear()
	c := twolevel.New(near, far, &twolevel.Options{
		NearTTL: time.Minute, Resilient: true, OutageTTL: 2 * time.Second, Strict: true, Coherent: true, MaxStale: time.Second,
	})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	want := ctxcache.Description{
		Kind: "two-level",
		Options: []ctxcache.Option{
			{Name: "near_ttl", Value: time.Minute},
			{Name: "resilient", Value: true},
			{Name: "outage_ttl", Value: 2 * time.Second},
			{Name: "strict", Value: true},
			{Name: "coherent", Value: true},
			{Name: "follow", Value: false},
			{Name: "max_stale", Value: time.Second},
		},
		Children: []ctxcache.Node{ctxcache.NodeOf(near), ctxcache.NodeOf(far)},
	}
	if got := c.Describe(); !reflect.DeepEqual(got, want) || got.Children[0] != ctxcache.NodeOf(near) {
		t.Errorf("Describe = %+v, want %+v", got, want)
	}
}
