package funcvars_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

func TestHandleIsANode(t *testing.T) {
	store := newStore()
	get, count := newOrigin("k", "v").load, func() int { return 1 }
	handles, err := funcvars.Replace(store, funcvars.Vars{"get.": &get, "count.": &count}, nil)
	if err != nil {
		t.Fatal(err)
	}
	value, err := get(t.Context(), "k")
	expect(t, value, err, "v", nil)

	var kinds []string
	ctxcache.Walk(handles["get."], func(_ int, _ ctxcache.Node, d ctxcache.Description) bool {
		kinds = append(kinds, d.Kind)
		return true
	})
	if want := []string{"func", "encoded", "prefixed", "memory"}; !slices.Equal(kinds, want) {
		t.Errorf("it stands on %q, want %q", kinds, want)
	}
	if d := handles["get."].Describe(); d.Name != "get." {
		t.Errorf("its name is %q", d.Name)
	}
	stats, err := ctxcache.StatsOf(t.Context(), handles["get."])
	if stats.Name != "get." || stats.Loads != 1 || len(stats.Children) != 1 || stats.Children[0].Name != "memory" || err != nil {
		t.Errorf("Stats: %+v, %v", stats, err)
	}

	if err := ctxcache.CloseAll(t.Context(), handles["get."], handles["count."]); err != nil {
		t.Errorf("CloseAll: %v", err)
	}
	value, err = get(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrClosed)
	if got := count(); got != 1 { // it cannot return an error, so the original is called
		t.Errorf("count after Close: %d", got)
	}
	if _, err := store.Get(t.Context(), "get."); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("the store is not closed: %v", err)
	}
}

// The Name of a function is its prefix, which no other function has.
func TestHandleIsNamedByItsPrefix(t *testing.T) {
	get := newOrigin("k", "v").load
	handle := wrap(t, newStore(), &get, &funcvars.Options{Options: cached.Options{Name: "users"}})
	stats, err := handle.Stats(t.Context())
	if stats.Name != "f." || err != nil {
		t.Errorf("Stats: %+v, %v", stats, err)
	}
}
