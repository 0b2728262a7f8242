package layers_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// A key is mapped to one that no map can hold. It fails alone, in every call for many keys.
func TestKeyedToAKeyThatCannotBeHashed(t *testing.T) {
	ctx := t.Context()
	for name, store := range map[string]ctxcache.Cache[any, int]{
		"memory": memory.New[any, int](nil),
		"locked": layers.Locked(2, func() ctxcache.Cache[any, int] { return memory.New[any, int](nil) }),
	} {
		c := layers.Keyed(store, func(key any) (any, error) {
			if key == "bad" {
				return []int{1}, nil
			}
			return key, nil
		}, nil)
		keys := []any{"good", "bad"}
		only := func(call string, err error) {
			t.Helper()
			if !errors.Is(ctxcache.KeyError(err, any("bad")), ctxcache.ErrKey) || ctxcache.KeyError(err, any("good")) != nil {
				t.Errorf("%s: %s: %v", name, call, err)
			}
		}
		_, leases, err := ctxcache.GetLeases(ctx, c, keys, 0)
		only("GetLeases", err)
		leases["bad"] = leases["good"]
		entries := map[any]ctxcache.Entry[int]{"good": ctxcache.NewEntry(1, time.Hour), "bad": ctxcache.NewEntry(2, time.Hour)}
		only("FillMany", ctxcache.FillMany(ctx, c, entries, leases))
		only("SetMany", ctxcache.SetMany(ctx, c, map[any]int{"good": 1, "bad": 2}, time.Hour))
		values, err := ctxcache.GetMany(ctx, c, keys)
		only("GetMany", err)
		found, err := ctxcache.GetEntries(ctx, c, keys)
		only("GetEntries", err)
		if len(values) != 1 || values["good"] != 1 || len(found) != 1 {
			t.Errorf("%s: %v, %v", name, values, found)
		}
		only("DeleteMany", ctxcache.DeleteMany(ctx, c, keys))
		if _, err := c.Get(ctx, "bad"); !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s: Get: %v", name, err)
		}
	}
}
