package bench_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/funcvars"
	"github.com/ctxcache/cached/layers"
)

type user struct {
	Name string
	Age  int
}

type userID struct {
	team string
	id   int
}

func loadUser(context.Context, string, int) (user, error) { return user{"Ada Lovelace", 36}, nil }

// BenchmarkFuncVars measures a hit of one function that is cached in four ways: by Func over typed values, which is the
// fastest way; by Func over values as JSON, which a shared store needs; by KeyedFunc, with keys made of the arguments;
// and by funcvars, with reflection.
func BenchmarkFuncVars(b *testing.B) {
	ctx := context.Background()
	newStore := func() *memory.Cache[string, []byte] { return memory.New[string, []byte](nil) }
	byID := func(ctx context.Context, id userID) (user, error) { return loadUser(ctx, id.team, id.id) }
	key := func(_ context.Context, id userID) (string, error) { return cached.JSONKey(id.team, id.id) }
	json := layers.JSON[user]{}

	typed := cached.Func(memory.New[userID, user](nil), byID, nil)
	encoded := cached.Func(
		layers.Encoded(layers.Prefixed(newStore(), "u."), json, nil),
		func(ctx context.Context, _ string) (user, error) { return loadUser(ctx, "a", 7) }, nil)
	keyed := cached.KeyedFunc(layers.Encoded(layers.Prefixed(newStore(), "u."), json, nil), key, byID, nil)
	reflected := loadUser
	if _, err := funcvars.Replace(newStore(), funcvars.Vars{"u.": &reflected}, nil); err != nil {
		b.Fatal(err)
	}
	for _, way := range []struct {
		name string
		call func() (user, error)
	}{
		{"Func", func() (user, error) { return typed.Get(ctx, userID{"a", 7}) }},
		{"Func-over-JSON", func() (user, error) { return encoded.Get(ctx, `["a",7]`) }},
		{"KeyedFunc-over-JSON", func() (user, error) { return keyed.Get(ctx, userID{"a", 7}) }},
		{"funcvars", func() (user, error) { return reflected(ctx, "a", 7) }},
	} {
		b.Run("way="+way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got, err := way.call(); got.Age != 36 || err != nil {
					b.Fatal(got, err)
				}
			}
		})
	}
}
