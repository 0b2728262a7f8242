package bench_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
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

// BenchmarkFuncs is a hit of one function, cached in all the ways there are: by Func over typed values, which
// is as fast as it gets; over the JSON of values, which a shared store needs; with keys made of arguments; and
// by reflection.
func BenchmarkFuncs(b *testing.B) {
	ctx := context.Background()
	newStore := func() *memory.Cache[string, []byte] { return memory.New[string, []byte](nil) }
	byID := func(ctx context.Context, id userID) (user, error) { return loadUser(ctx, id.team, id.id) }
	key := func(id userID) (string, error) { return cached.JSONKey(id.team, id.id) }
	json := layers.JSON[user]{}

	typed := cached.Func(memory.New[userID, user](nil), byID, nil)
	encoded := cached.Func(
		layers.Encoded(layers.Prefixed(newStore(), "u."), json),
		func(ctx context.Context, _ string) (user, error) { return loadUser(ctx, "a", 7) }, nil)
	keyed := cached.KeyedFunc(layers.Encoded(layers.Prefixed(newStore(), "u."), json), key, byID, nil)
	reflected := loadUser
	if _, err := cached.Funcs(newStore(), cached.Vars{"u.": &reflected}, nil); err != nil {
		b.Fatal(err)
	}
	for _, way := range []struct {
		name string
		call func() (user, error)
	}{
		{"Func", func() (user, error) { return typed.Get(ctx, userID{"a", 7}) }},
		{"Func-over-JSON", func() (user, error) { return encoded.Get(ctx, `["a",7]`) }},
		{"KeyedFunc-over-JSON", func() (user, error) { return keyed.Get(ctx, userID{"a", 7}) }},
		{"Funcs", func() (user, error) { return reflected(ctx, "a", 7) }},
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
