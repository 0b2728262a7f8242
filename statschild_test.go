package cached_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// mute is a cache that cannot report its counters.
type mute struct {
	ctxcache.Forward[string, string]
}

var errMute = errors.New("the server does not answer")

func (*mute) Supports() ctxcache.Cap { return ctxcache.CapStats }

func (*mute) Stats(context.Context) (ctxcache.Stats, error) { return ctxcache.Stats{}, errMute }

// The counters of the function, and of the layers between, do not disappear because a store does not answer, nor after
// Close.
func TestFunctionStatsAreNotLost(t *testing.T) {
	down := &mute{ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{Kind: "mute"})}
	f := cached.Func(layers.Stats[string, string](down, "far"), newOrigin("k", "v").load, &cached.Options{Name: "users"})
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	check := func() {
		t.Helper()
		stats, err := f.Stats(t.Context())
		if !errors.Is(err, errMute) || stats.Name != "users" || stats.Loads != 1 {
			t.Errorf("counted %+v, %v", stats, err)
		}
		if len(stats.Children) != 1 || stats.Children[0].Name != "far" || stats.Children[0].Reads == 0 {
			t.Errorf("children %+v", stats.Children)
		}
	}
	check()
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	check()
}

// Errors name the function.
func TestErrorsNameTheFunction(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin().load, &cached.Options{Name: "users"})
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := f.Get(t.Context(), "k")
	if err == nil || !strings.HasPrefix(err.Error(), "users get: ") {
		t.Errorf("got %v", err)
	}
	keyed := cached.KeyedFunc(newMemory(), cached.JSONKeyOf, func(context.Context, any) (string, error) { return "", nil },
		&cached.Options{Name: "searches"})
	_, err = keyed.Get(t.Context(), make(chan int))
	if err == nil || !strings.HasPrefix(err.Error(), "searches get: ") || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("got %v", err)
	}
}
