package ctxcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// warned is a layer of a user, which warns.
type warned struct {
	ctxcache.Forward[string, string]
	warnings []ctxcache.Warning
	err      error
}

func (w *warned) Check(context.Context) ([]ctxcache.Warning, error) { return w.warnings, w.err }

func newWarned(inner ctxcache.Cache[string, string], name string, err error, codes ...string) *warned {
	w := &warned{Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "warned", Name: name}), err: err}
	for _, code := range codes {
		w.warnings = append(w.warnings, ctxcache.Warning{Code: code, Text: "Change it"})
	}
	return w
}

func TestCheckAsksEachNodeOnce(t *testing.T) {
	down := errors.New("the server is down")
	store := newWarned(memory.New(&memory.Options[string, string]{MaxEntries: 10}), "store", down, "late", "old")
	first, second := newWarned(store, "", nil, "mine"), newWarned(store, "second", nil)
	warnings, err := ctxcache.Check(t.Context(), first, second)
	if !errors.Is(err, down) {
		t.Errorf("the error is %v", err)
	}
	want := []string{"warned: Change it (mine)", "warned store: Change it (late)", "warned store: Change it (old)"}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	if len(got) != len(want) {
		t.Fatalf("warnings %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("warning %d is %q, want %q", i, got[i], want[i])
		}
	}
}

// decorator is a layer as people write it first: it embeds the interface.
type decorator struct{ ctxcache.Cache[string, string] }

func TestCheckFindsDecoratorsThatHideCapabilities(t *testing.T) {
	store := memory.New(&memory.Options[string, string]{MaxEntries: 10})
	for name, c := range map[string]struct {
		cache ctxcache.Cache[string, string]
		want  []string
	}{
		"a struct":                {decorator{store}, []string{"hides_capabilities"}},
		"a pointer":               {&decorator{store}, []string{"hides_capabilities"}},
		"over nothing to hide":    {decorator{decorator{nil}}, nil},
		"the store itself":        {store, nil},
		"a layer with a base":     {newWarned(store, "", nil), nil},
		"a base over a decorator": {newWarned(decorator{store}, "", nil), []string{"hides_capabilities"}},
	} {
		warnings, err := ctxcache.Check(t.Context(), ctxcache.NodeOf(c.cache))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var codes []string
		for _, w := range warnings {
			codes = append(codes, w.Code)
		}
		if len(codes) != len(c.want) || len(codes) == 1 && codes[0] != c.want[0] {
			t.Errorf("%s: warnings %v, want %v", name, warnings, c.want)
		}
	}
}

func TestCheckFindsInvalidOptions(t *testing.T) {
	about := ctxcache.Description{Kind: "mine", Name: "users"}
	warnings, err := ctxcache.Check(t.Context(), ctxcache.NodeOf(ctxcache.Invalid[string, string](about, ctxcache.ErrOptions)))
	if err != nil || len(warnings) != 1 || warnings[0].Code != "invalid_options" || warnings[0].Node != "mine users" {
		t.Errorf("warnings %v, %v", warnings, err)
	}
}
