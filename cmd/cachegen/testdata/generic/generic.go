//go:build go1.26

// Package generic has a generic interface whose methods are cached.
package generic

import (
	"cmp"
	"context"
	"fmt"
)

//go:generate go run github.com/ctxcache/cached/cmd/cachegen -type tree -methods Get=get:,Many=many:,Has=has: -key Has=hasKey -o cached.go

type tree[K cmp.Ordered, V any] interface {
	Get(ctx context.Context, key K) (V, error)
	Many(ctx context.Context, keys ...K) (map[K]V, error)
	Has(ctx context.Context, value V) (bool, error)
	Put(ctx context.Context, key K, value V) error
}

func hasKey[K cmp.Ordered, V any](_ context.Context, value V) (string, error) {
	return fmt.Sprintf("%T %v", value, value), nil
}
