package generic

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
)

// layers has a name that the generated code would give to a package.
var layers = oak{"a": 1}

type oak map[string]int

func (o oak) Get(_ context.Context, key string) (int, error) { return o[key], nil }

func (o oak) Many(_ context.Context, keys ...string) (map[string]int, error) {
	found := map[string]int{}
	for _, key := range keys {
		found[key] = o[key]
	}
	return found, nil
}

func (o oak) Has(_ context.Context, value int) (bool, error) {
	return slices.Contains(slices.Collect(maps.Values(o)), value), nil
}

func (o oak) Put(_ context.Context, key string, value int) error { o[key] = value; return nil }

func TestCachedTree(t *testing.T) {
	ctx := t.Context()
	c := newCachedTree(tree[string, int](layers), memory.New[string, []byte](nil), nil)
	for _, value := range []int{2, 3} {
		if got, err := c.Get(ctx, "a"); got != 1 || err != nil {
			t.Errorf("Get: %v, %v", got, err)
		}
		if got, err := c.Many(ctx, "a", "b"); len(got) != 2 || got["a"] != 1 || err != nil {
			t.Errorf("Many: %v, %v", got, err)
		}
		if err := c.Put(ctx, "a", value); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.RefreshGet(ctx, "a"); got != 3 || err != nil {
		t.Errorf("RefreshGet: %v, %v", got, err)
	}
	if was, err := c.DeleteMany(ctx, "a", "b"); !was || err != nil {
		t.Errorf("DeleteMany: %v, %v", was, err)
	}
	if key, err := c.KeyMany(t.Context(), "a", "b"); key != `many:["a","b"]` || err != nil {
		t.Errorf("KeyMany: %v, %v", key, err)
	}
	if has, err := c.Has(ctx, 3); !has || err != nil {
		t.Errorf("Has: %v, %v", has, err)
	}
	if key, err := c.KeyHas(ctx, 3); key != "has:int 3" || err != nil {
		t.Errorf("KeyHas: %v, %v", key, err)
	}
}
