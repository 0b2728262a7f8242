package layers_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/guarded"
	"github.com/ctxcache/cached/layers/twolevel"
)

// partitions is a store with a partition for each length of its keys.
type partitions struct {
	ctxcache.Forward[string, string]
}

func (partitions) Partition(key string) int { return len(key) }

// TestLayersKnowThePartition checks that each layer reports the partition of the key that it stores.
func TestLayersKnowThePartition(t *testing.T) {
	var store ctxcache.Cache[string, string] = &partitions{ctxcache.NewForward(newMemory[string](), ctxcache.Description{})}
	for name, layer := range map[string]struct {
		cache ctxcache.Cache[string, string]
		want  int // of the key "key"
	}{
		"none":     {store, 3},
		"Prefixed": {layers.Prefixed(store, "user:"), 8},
		"Keyed": {layers.Keyed(store,
			func(key string) (string, error) { return strings.Repeat(key, 3), nil },
			func(stored string) (string, bool) { return stored[:len(stored)/3], true }), 9},
		"Cloned":        {layers.Cloned(store, func(value string) string { return value }), 3},
		"Expiring":      {layers.Expiring(store, layers.Expiry{Max: time.Hour}), 3},
		"Stats":         {layers.Stats(store, "test"), 3},
		"Debug":         {layers.Debug(store, "test", slog.New(slog.DiscardHandler), nil), 3},
		"RequestScoped": {layers.RequestScoped(store), 3},
		"guarded":       {guarded.New(store, nil), 3},
		"two levels":    {twolevel.New(newMemory[string](), store, nil), 3},
		"over memory":   {newMemory[string](), 0},
	} {
		if got := ctxcache.PartitionOf(layer.cache, "key"); got != layer.want {
			t.Errorf("%s: partition %d, want %d", name, got, layer.want)
		}
	}
}
