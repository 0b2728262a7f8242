package layers_test

import (
	"context"
	"log/slog"
	"testing"
	"unsafe"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// keeping is a handler that keeps the records, as one that sends them in batches does.
type keeping struct {
	slog.Handler
	kept *[]slog.Record
}

func (h keeping) WithAttrs([]slog.Attr) slog.Handler { return h }

func (keeping) Enabled(context.Context, slog.Level) bool { return true }

func (h keeping) Handle(_ context.Context, r slog.Record) error {
	*h.kept = append(*h.kept, r)
	return nil
}

// A key may be a view of a buffer that its caller uses again. A handler may keep it for longer.
func TestDebugCopiesKeys(t *testing.T) {
	var kept []slog.Record
	c := layers.Debug(newMemory[string](), "cache", slog.New(keeping{kept: &kept}), &layers.DebugOptions{Keys: true})
	buffer := []byte("alice")
	key := unsafe.String(&buffer[0], len(buffer))
	if err := c.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.DeleteMany(t.Context(), c, []string{key}); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "mally")
	for _, r := range kept {
		r.Attrs(func(a slog.Attr) bool {
			if got := a.Value.String(); a.Key == "key" && got != "alice" && got != "[alice]" {
				t.Errorf("the key has become %s", got)
			}
			return true
		})
	}
	if len(kept) != 2 {
		t.Errorf("%d records", len(kept))
	}
}

// Stats counts keys that no map can have, in calls that the cache refuses.
func TestStatsOfKeysThatCannotBeHashed(t *testing.T) {
	c := layers.Stats(memory.New[any, int](nil), "any")
	keys := []any{"k", []int{1}}
	if _, err := ctxcache.GetEntries(t.Context(), c, keys); ctxcache.KeyError(err, any("k")) == nil {
		t.Errorf("GetEntries: %v", err)
	}
	if err := ctxcache.DeleteMany(t.Context(), c, keys); ctxcache.KeyError(err, any("k")) == nil {
		t.Errorf("DeleteMany: %v", err)
	}
}
