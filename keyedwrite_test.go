package cached_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestKeyedFuncWrites(t *testing.T) {
	ctx := t.Context()
	spans := cached.KeyedFunc(newMemory(), spanKey, describe, nil)
	one, two, three := span{1, 2, nil}, span{1, 3, nil}, span{2, 3, nil}
	for _, args := range []span{one, two, three} {
		if err := spans.Set(ctx, args, "set"); err != nil {
			t.Fatal(err)
		}
		value, err := spans.Get(ctx, args)
		expect(t, value, err, "set", nil)
	}
	contains := func(want ...bool) {
		t.Helper()
		for i, args := range []span{one, two, three} {
			if has, err := spans.Contains(ctx, args); has != want[i] || err != nil {
				t.Errorf("Contains(%v): %v, %v", args, has, err)
			}
		}
	}
	if err := spans.ClearIn(ctx, ctxcache.Scope[string]{Prefix: "[2,"}); err != nil {
		t.Error(err)
	}
	contains(true, true, false)
	if err := spans.DeleteMany(ctx, []span{one, three}); err != nil {
		t.Error(err)
	}
	contains(false, true, false)
}

// If one of the arguments has no key, nothing is deleted.
func TestKeyedFuncDeleteManyWithoutAKeyHasNoEffect(t *testing.T) {
	f := cached.KeyedFunc(newMemory(), func(_ context.Context, name string) (string, error) {
		if name == "" {
			return "", ctxcache.ErrKey
		}
		return name, nil
	}, newOrigin("a", "v").load, nil)
	if _, err := f.Get(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := f.DeleteMany(t.Context(), []string{"a", ""}); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("DeleteMany: %v", err)
	}
	if err := f.Set(t.Context(), "", "v"); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Set: %v", err)
	}
	if has, err := f.Contains(t.Context(), "a"); !has || err != nil {
		t.Errorf("Contains: %v, %v", has, err)
	}
}
