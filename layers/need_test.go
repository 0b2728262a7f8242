package layers_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func TestConstructorsPanicOnNil(t *testing.T) {
	store := newMemory[[]byte]()
	var none ctxcache.Cache[string, []byte]
	calls := map[string]func(){
		"Locked needs a function that builds":        func() { layers.Locked[string, []byte](1, nil) },
		"Locked needs caches that are not nil":       func() { layers.Locked(1, func() bytesCache { return nil }) },
		"Keyed needs an inner cache":                 func() { layers.Keyed(none, reversed, nil) },
		"Keyed needs a function that maps keys":      func() { layers.Keyed[string](store, nil, nil) },
		"Prefixed needs an inner cache":              func() { layers.Prefixed(none, "") },
		"Encoded needs an inner cache":               func() { layers.Encoded(none, layers.JSON[int]{}, nil) },
		"Encoded needs a codec":                      func() { layers.Encoded[string, int](store, nil, nil) },
		"Base85 needs an inner cache":                func() { layers.Base85(nil) },
		"Stats needs an inner cache":                 func() { layers.Stats(none, "") },
		"Expiring needs an inner cache":              func() { layers.Expiring(none, layers.Expiry{}) },
		"Cloned needs an inner cache":                func() { layers.Cloned(none, slices.Clone[[]byte]) },
		"Cloned needs a function that copies values": func() { layers.Cloned(store, nil) },
		"Debug needs an inner cache":                 func() { layers.Debug(none, "", slog.Default(), nil) },
		"Debug needs a logger":                       func() { layers.Debug(store, "", nil, nil) },
	}
	for want, call := range calls {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if message, _ := recover().(string); !strings.Contains(message, want) {
					t.Errorf("panics with %q, want it to say %q", message, want)
				}
			}()
			call()
		})
	}
}
