package layers_test

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// reporting is a store whose Watch reports these events. The keys of a store need not be keys of a map.
type reporting struct {
	ctxcache.Forward[string, string]
	events []ctxcache.Event
}

func (r *reporting) Watch(_ context.Context, fn func(ctxcache.Event)) error {
	for _, e := range r.events {
		fn(e)
	}
	return nil
}

func (r *reporting) StoredKey(key string) any { return []byte(key) }

// TestLayersPassOnWhateverIsStored checks that no layer hashes, compares or maps the key of an event: it is a key of the
// innermost store, and may be of any type.
func TestLayersPassOnWhateverIsStored(t *testing.T) {
	store := &reporting{
		ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "reporting"}),
		[]ctxcache.Event{{Gap: true}, {Key: []byte("user:1")}, {Key: map[string]int{}}, {Key: 7}, {Key: "no base 85: \x00"}, {All: true}},
	}
	for name, c := range map[string]interface {
		Watch(ctx context.Context, fn func(ctxcache.Event)) error
		StoredKey(key string) any
	}{
		"Prefixed": layers.Prefixed[string](store, "user:").(ctxcache.WatchCache[string]),
		"Base85":   layers.Base85(store).(ctxcache.WatchCache[string]),
		"Keyed": layers.Keyed[string](store,
			func(key string) (string, error) { return "k:" + key, nil },
			func(stored string) (string, bool) { return stored[2:], true }).(ctxcache.WatchCache[string]),
		"Cloned":   layers.Cloned[string](store, func(value string) string { return value }).(ctxcache.WatchCache[string]),
		"Expiring": layers.Expiring[string](store, layers.Expiry{Max: time.Hour}).(ctxcache.WatchCache[string]),
		"Stats":    layers.Stats[string](store, "test").(ctxcache.WatchCache[string]),
		"Debug": layers.Debug[string](store, "test", slog.New(slog.DiscardHandler),
			&layers.DebugOptions{Keys: true}).(ctxcache.WatchCache[string]),
	} {
		var got []ctxcache.Event
		if err := c.Watch(t.Context(), func(e ctxcache.Event) { got = append(got, e) }); err != nil {
			t.Errorf("%s: Watch: %v", name, err)
		}
		if !reflect.DeepEqual(got, store.events) {
			t.Errorf("%s passes on %v, want %v", name, got, store.events)
		}
		if stored, ok := c.StoredKey("1").([]byte); !ok || len(stored) == 0 {
			t.Errorf("%s: StoredKey is %v, want the store's bytes", name, c.StoredKey("1"))
		}
	}
}
