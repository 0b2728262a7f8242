package layers_test

import (
	"context"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

func TestPrefixedSharesAStore(t *testing.T) {
	store := newMemory[string]()
	users, orders := layers.Prefixed(store, "user:"), layers.Prefixed(store, "order:")
	layertest.MustSet(t, users, "1", "ada")
	layertest.MustSet(t, users, "2", "grace")
	layertest.MustSet(t, orders, "1", "a book")
	layertest.MustSet(t, store, "1", "no one's")

	layertest.WantValue(t, users, "1", "ada")
	layertest.WantValue(t, orders, "1", "a book")
	layertest.WantValue(t, store, "user:1", "ada")
	layertest.WantKeys(t, users, "1", "2")

	if err := ctxcache.Clear(t.Context(), users); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	layertest.WantKeys(t, users)
	layertest.WantKeys(t, store, "order:1", "1")
}

func TestPrefixedNests(t *testing.T) {
	store := newMemory[string]()
	inner := layers.Prefixed(layers.Prefixed(store, "app:"), "user:")
	layertest.MustSet(t, inner, "1", "ada")
	layertest.WantKeys(t, store, "app:user:1")
	layertest.WantKeys(t, inner, "1")
}

func TestPrefixedByNothingIsTheStore(t *testing.T) {
	store := newMemory[string]()
	if layers.Prefixed(store, "") != store {
		t.Error("an empty prefix adds a layer")
	}
}

func TestPrefixedScope(t *testing.T) {
	store := newMemory[string]()
	users := layers.Prefixed(store, "user:")
	for _, key := range []string{"ada", "adele", "alan", "bob"} {
		layertest.MustSet(t, users, key, "")
	}
	layertest.MustSet(t, store, "ada", "")
	layertest.MustSet(t, store, "use", "")
	scope := ctxcache.Scope[string]{
		Prefix: "ad",
		Match:  func(key string) bool { return slices.Contains([]string{"ada", "bob"}, key) },
	}
	var got []string
	for key, err := range ctxcache.KeysIn(t.Context(), users, scope) {
		if err != nil {
			t.Fatalf("Keys: %v", err)
		}
		got = append(got, key)
	}
	if want := []string{"ada"}; !slices.Equal(got, want) {
		t.Errorf("Keys in scope = %v, want %v", got, want)
	}
	if n, err := ctxcache.LenIn(t.Context(), users, scope); n != 1 || err != nil {
		t.Errorf("Len in scope = %d, %v, want 1", n, err)
	}
}

// scopeSpy records the scope that it was asked for.
type scopeSpy struct {
	ctxcache.Forward[string, string]
	asked ctxcache.Scope[string]
}

func (s *scopeSpy) Supports() ctxcache.Cap { return s.Forward.Supports() | ctxcache.CapLen }

func (s *scopeSpy) Len(_ context.Context, scope ctxcache.Scope[string]) (int, error) {
	s.asked = scope
	return 0, nil
}

func TestPrefixedTellsTheStoreTheWholePrefix(t *testing.T) {
	spy := &scopeSpy{Forward: ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "spy"})}
	users := layers.Prefixed(layers.Prefixed[string](spy, "app:"), "user:")
	if _, err := ctxcache.LenIn(t.Context(), users, ctxcache.Scope[string]{Prefix: "a"}); err != nil {
		t.Fatalf("Len: %v", err)
	}
	if spy.asked.Prefix != "app:user:a" || spy.asked.Match != nil {
		t.Errorf("the store was asked for prefix %q, want app:user:a and nothing else", spy.asked.Prefix)
	}
}

func TestPrefixedHitAllocatesOnce(t *testing.T) {
	nested := layers.Prefixed(layers.Prefixed(newMemory[string](), "app:"), "user:")
	key := "some-key-that-is-not-too-short-to-matter"
	layertest.MustSet(t, nested, key, "value")
	background := t.Context()
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := nested.Get(background, key); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 1 {
		t.Errorf("a hit allocates %v times, want at most 1", allocs)
	}
}
